// A token as the front end's own server would sign it.
import { createHmac } from 'node:crypto';

export function token(lifetimeSeconds = 3600, claims = {}) {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iat: now - 7200, exp: now + lifetimeSeconds, ...claims })}`;
  return `${text}.${createHmac('sha256', process.env.TESSERA_SECRET).update(text).digest('base64url')}`;
}
