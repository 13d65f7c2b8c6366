// Verifies a token as Cube does, and prints its payload: with the shared secret (packages/cubejs-api-gateway/src/gateway.ts,
// createDefaultCheckAuth), or with the key of a key set that the token names (src/jwk.ts).
const { createPublicKey } = require('node:crypto');
const { decode, verify } = require('jsonwebtoken');

const [token, keySet] = process.argv.slice(2);

function key() {
  if (!keySet) return process.env.CUBEJS_API_SECRET;
  const { kid } = decode(token, { complete: true }).header;
  const jwk = JSON.parse(keySet).keys.find((one) => one.kid === kid);
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
}

console.log(JSON.stringify(verify(token, key(), {})));
