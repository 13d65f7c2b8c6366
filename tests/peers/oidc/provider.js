// An OpenID provider on loopback: `node provider.js PORT '{"ada": {"tenant_id": 7}}' [ORIGIN]`, accounts and the claims of
// each, and the origin of a page whose users sign in here.
//
// Two public clients, `dashboard-RS256` and `dashboard-ES256`, get tokens of their algorithm by authorization code with
// PKCE: an ID token, and for a resource a JWT as the access token. Nobody types a password: who `login_hint` names is
// signed in, and without it who writes their name into a form. `POST /keys` with a list like `["b", "a"]` publishes these key pairs, makes those that are new, and signs
// with the first from now on. Codes and sessions live through that.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const accounts = new Map(Object.entries(JSON.parse(process.argv[3])));
const page = process.argv[4];
const issuer = `http://127.0.0.1:${port}`;
const algorithms = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};
const pairs = new Map();

/** The private JWKs of a name, one for each algorithm. */
function keys(name) {
  if (!pairs.has(name)) {
    pairs.set(name, Object.entries(algorithms).map(([alg, generate]) => (
      { ...generate().privateKey.export({ format: 'jwk' }), kid: `${name}-${alg}`, alg, use: 'sig' })));
  }
  return pairs.get(name);
}

/** Every claim that an account has, besides `sub`. */
const claimNames = [...new Set([...accounts.values()].flatMap(Object.keys))];

/** A provider that publishes the keys of these names and signs with those of the first. */
function provider(names) {
  const made = new Provider(issuer, {
    jwks: { keys: names.flatMap(keys) },
    clients: Object.keys(algorithms).map((alg) => ({
      client_id: `dashboard-${alg}`,
      id_token_signed_response_alg: alg,
      redirect_uris: [`${issuer}/signed-in`, ...(page ? [`${page}/`] : [])],
      token_endpoint_auth_method: 'none',
    })),
    clientBasedCORS: (_, origin) => origin === page,
    cookies: { keys: ['a key for cookies on loopback'] },
    claims: { openid: ['sub', ...claimNames] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => accounts.has(id) && { accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) },
    extraTokenClaims: (_, token) => accounts.get(token.accountId),
    interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
    loadExistingGrant,
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: true, getResourceServerInfo },
    },
  });
  return { handle: made.callback(), signIn: (request, response) => signIn(made, request, response) };
}

/** Consents to everything: the clients are the provider's own. */
async function loadExistingGrant({ oidc }) {
  const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
  grant.addOIDCScope('openid');
  for (const resource of [oidc.params.resource].flat().filter(Boolean)) {
    grant.addResourceScope(resource, 'data');
  }
  await grant.save();
  return grant;
}

/** Any resource is an API whose access tokens are JWTs of the client's algorithm. */
function getResourceServerInfo(_, resource, client) {
  const alg = client.idTokenSignedResponseAlg;
  return { audience: resource, scope: 'data', accessTokenFormat: 'jwt', accessTokenTTL: 3600, jwt: { sign: { alg } } };
}

const FORM = '<!doctype html><title>Sign in</title><form method="post"><label>Name <input name="name"></label><button>Go</button></form>';

async function signIn(made, request, response) {
  const { params } = await made.interactionDetails(request, response);
  let accountId = params.login_hint;
  if (request.method === 'POST') {
    accountId = new URLSearchParams((await request.toArray()).join('')).get('name');
  }
  if (!accountId) {
    return response.writeHead(200, { 'content-type': 'text/html' }).end(FORM);
  }
  await made.interactionFinished(request, response, { login: { accountId } });
}

let current = provider(['a']);

async function answer(request, response) {
  if (request.url.startsWith('/sign-in/')) {
    return current.signIn(request, response);
  }
  if (request.url === '/keys' && request.method === 'POST') {
    const body = (await request.toArray()).join('');
    current = provider(JSON.parse(body));
    return response.end();
  }
  return current.handle(request, response);
}

createServer((request, response) => {
  answer(request, response).catch((error) => response.writeHead(500).end(`${error.stack}`));
}).listen(port, '127.0.0.1', () => console.log('ready'));
