// `cubejs validate` and `generate` need the compiler, `cubejs token` does not: 80 MB that nobody loads.
module.exports = {};
