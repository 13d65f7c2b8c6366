// Cube's gateway on loopback, with an empty data model: `node gateway.js PORT JWK_URL ISSUER AUDIENCE`. It fetches the key
// set, verifies tokens and answers `/cubejs-api/v1/meta` as a Cube does that is set up with CUBEJS_JWK_URL and the like.
const { ApiGateway } = require('@cubejs-backend/api-gateway');
const express = require('express');

const [port, jwkUrl, issuer, audience] = process.argv.slice(2);

const compilerApi = { metaConfig: async () => [] };
const log = (type, details) => console.log(type, details.error ?? '');
const gateway = new ApiGateway('no shared secret is used here', async () => compilerApi, async () => undefined, log, {
  basePath: '/cubejs-api',
  standalone: true,
  enforceSecurityChecks: true,
  jwt: { jwkUrl, issuer: [issuer], audience },
});

const app = express();
gateway.initApp(app);
app.listen(Number(port), '127.0.0.1', () => console.log('ready'));
