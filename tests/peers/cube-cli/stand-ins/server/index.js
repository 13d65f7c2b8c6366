// All that `cubejs token` asks of Cube's server: packages/cubejs-server/src/server.ts, `apiSecret`.
module.exports = { apiSecret: () => process.env.CUBEJS_API_SECRET };
