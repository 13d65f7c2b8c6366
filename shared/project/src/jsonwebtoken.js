// The npm package `jsonwebtoken` 9 as cube.js finds it. Signatures and claims are the host's to judge.
"use strict";

class JsonWebTokenError extends Error {
  constructor(message, inner) {
    super(message);
    this.name = "JsonWebTokenError";
    if (inner) this.inner = inner;
  }
}
class TokenExpiredError extends JsonWebTokenError {
  constructor(message, expiredAt) {
    super(message);
    this.name = "TokenExpiredError";
    this.expiredAt = expiredAt;
  }
}
class NotBeforeError extends JsonWebTokenError {
  constructor(message, date) {
    super(message);
    this.name = "NotBeforeError";
    this.date = date;
  }
}

const dateOf = (seconds) => new Date(seconds * 1000);
const listOf = (value) => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

// Seconds by the units of npm's `ms`; a number in a text without one counts milliseconds.
const UNITS = [
  [1e-3, /^(|ms|msecs?|milliseconds?)$/], [1, /^(s|secs?|seconds?)$/], [60, /^(m|mins?|minutes?)$/],
  [3600, /^(h|hrs?|hours?)$/], [86400, /^(d|days?)$/], [604800, /^(w|weeks?)$/],
  [31557600, /^(y|yrs?|years?)$/],
];
const secondsOf = (time, name) => {
  if (typeof time === "number" && Number.isFinite(time)) return time;
  const parts = /^(-?[0-9]*\.?[0-9]+) *([a-z]*)$/i.exec(typeof time === "string" ? time.trim() : "");
  const unit = parts && UNITS.find(([, words]) => words.test(parts[2].toLowerCase()));
  if (!unit) throw new TypeError(`jsonwebtoken: \`${name}\` must be seconds or a time like "2h"`);
  return Number(parts[1]) * unit[0];
};

const VERIFYING = [
  "algorithms", "issuer", "audience", "subject", "jwtid", "nonce", "clockTolerance", "maxAge",
  "complete",
];
const SIGNING = [
  "algorithm", "expiresIn", "notBefore", "audience", "issuer", "jwtid", "subject", "keyid", "header",
];

// What is not known could be what an author relies on.
const check = (options, known) => {
  for (const name of Object.keys(options)) {
    if (!known.includes(name) && options[name] !== undefined && options[name] !== false) {
      throw new TypeError(`jsonwebtoken: option \`${name}\` is not supported here`);
    }
  }
};

const verified = (token, secret, options) => {
  check(options, VERIFYING);
  if (typeof token !== "string" || token === "") throw new JsonWebTokenError("jwt must be provided");
  const texts = (name) => {
    const list = listOf(options[name]);
    if (list.every((item) => typeof item === "string")) return list;
    throw new TypeError(`jsonwebtoken: option \`${name}\` must be a text or a list of texts`);
  };
  const asked = {
    algorithms: options.algorithms, issuer: texts("issuer"), audience: texts("audience"),
    subject: options.subject, tolerance: options.clockTolerance ?? 0,
  };
  const { error, message, claims } = call("verifyToken", token, secret, asked);
  if (error === "TokenExpiredError") throw new TokenExpiredError(message, dateOf(decode(token).exp));
  if (error === "NotBeforeError") throw new NotBeforeError(message, dateOf(decode(token).nbf));
  if (error) throw new JsonWebTokenError(message);
  for (const [option, claim] of [["jwtid", "jti"], ["nonce", "nonce"]]) {
    if (options[option] !== undefined && claims[claim] !== options[option]) {
      throw new JsonWebTokenError(`jwt ${option} invalid. expected: ${options[option]}`);
    }
  }
  if (options.maxAge !== undefined) {
    if (typeof claims.iat !== "number") throw new JsonWebTokenError("iat required when maxAge is specified");
    const end = claims.iat + secondsOf(options.maxAge, "maxAge") + asked.tolerance;
    if (Date.now() / 1000 >= end) throw new TokenExpiredError("maxAge exceeded", dateOf(end));
  }
  return options.complete ? { ...decode(token, { complete: true }), payload: claims } : claims;
};

// With a callback, errors are handed to it and nothing is thrown.
const answered = (callback, work) => {
  let result;
  try {
    result = work();
  } catch (error) {
    return callback(error);
  }
  return callback(null, result);
};

const verify = (token, secret, options, callback) => {
  if (typeof options === "function") [options, callback] = [{}, options];
  options = options || {};
  if (typeof callback !== "function") return verified(token, secret, options);
  if (typeof secret !== "function") return answered(callback, () => verified(token, secret, options));
  const complete = decode(token, { complete: true });
  if (complete === null) return callback(new JsonWebTokenError("jwt malformed"));
  return secret(complete.header, (error, key) =>
    error
      ? callback(new JsonWebTokenError("error in secret or public key callback: " + error.message))
      : answered(callback, () => verified(token, key, options)));
};

// Reads and judges nothing.
function decode(token, options) {
  const parts = call("decodeToken", typeof token === "string" ? token : "");
  if (parts === undefined || parts === null) return null;
  return options && options.complete ? parts : parts.payload;
}

const signed = (payload, secret, options) => {
  check(options, SIGNING);
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    throw new TypeError("jsonwebtoken: the payload must be an object");
  }
  for (const name of Object.keys(options.header || {})) {
    if (!["alg", "typ", "kid"].includes(name)) {
      throw new TypeError(`jsonwebtoken: the header \`${name}\` is not supported here`);
    }
  }
  const { iat = Math.floor(Date.now() / 1000), exp, jti, ...claims } = payload;
  for (const [option, claim] of [["audience", "aud"], ["issuer", "iss"], ["subject", "sub"]]) {
    if (options[option] !== undefined) claims[claim] = options[option];
  }
  if (options.notBefore !== undefined) claims.nbf = Math.floor(iat + secondsOf(options.notBefore, "notBefore"));
  const life = options.expiresIn === undefined ? exp - iat : secondsOf(options.expiresIn, "expiresIn");
  const header = options.header || {};
  return call("signToken", claims, secret, {
    algorithm: options.algorithm || header.alg || "HS256",
    keyid: options.keyid ?? header.kid ?? null,
    lifetime: Number.isNaN(life) ? null : Math.floor(life),
    now: iat,
    id: options.jwtid ?? jti ?? null,
  });
};

const sign = (payload, secret, options, callback) => {
  if (typeof options === "function") [options, callback] = [{}, options];
  options = options || {};
  if (typeof callback !== "function") return signed(payload, secret, options);
  return answered(callback, () => signed(payload, secret, options));
};

module.exports = { verify, decode, sign, JsonWebTokenError, TokenExpiredError, NotBeforeError };
