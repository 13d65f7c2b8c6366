// A client that never stops asking, until its standard input ends: over one connection that is kept open, and over new
// ones. It then prints what happened, as JSON.

import https from 'node:https';
import { readFileSync } from 'node:fs';

const [url, authority] = process.argv.slice(2);
const ca = readFileSync(authority);
const kept = new https.Agent({ keepAlive: true, maxSockets: 1, ca });
const counts = { kept: 0, fresh: 0, failures: [] };
const sockets = new Set();
const serials = new Set();
let isOver = false;

/** Asks once; the certificate of the connection, when it is a new one. */
function ask(options) {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { ca, ...options }, (response) => {
      const { socket } = response;
      const serial = options.agent ? undefined : socket.getPeerCertificate().serialNumber;
      if (options.agent) sockets.add(socket);
      response.resume();
      response.on('end', () => (response.statusCode === 200 ? resolve(serial) : reject(new Error(response.statusCode))));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

async function repeat(name, options, pause) {
  while (!isOver) {
    try {
      const serial = await ask(options);
      counts[name] += 1;
      if (serial) serials.add(serial);
    } catch (error) {
      counts.failures.push(`${name}: ${error.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

process.stdin.resume();
process.stdin.on('end', () => {
  isOver = true;
});
await Promise.all([repeat('kept', { agent: kept }, 5), repeat('fresh', { agent: false }, 10)]);
kept.destroy();
console.log(JSON.stringify({ ...counts, sockets: sockets.size, serials: serials.size }));
