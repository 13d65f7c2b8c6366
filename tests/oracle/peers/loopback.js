// Preloaded into Cube: its servers listen on 127.0.0.1 only.
const net = require('net');

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function onLoopback(...given) {
  return typeof given[0] === 'number' || /^\d+$/.test(given[0])
    ? listen.call(this, Number(given[0]), '127.0.0.1', ...given.filter((one) => typeof one === 'function'))
    : listen.apply(this, given);
};
