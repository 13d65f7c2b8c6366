// Between the host and cube.js: every function that a request may need, with JSON in and out.
"use strict";
const given = require("$ENTRY");

const isObject = (value) => typeof value === "object" && value !== null;
const config = isObject(given) && given.__esModule && isObject(given.default) ? given.default : given;
const has = (name) => isObject(config) && typeof config[name] === "function";

// What an option holds, so that a function is told apart from a value.
const held = (value, depth) => {
  if (typeof value === "function") return { kind: "function" };
  if (!isObject(value)) return { kind: "value", value: value === undefined ? null : value };
  if (value instanceof RegExp) return { kind: "pattern" };
  if (depth === 0) return { kind: "other" };
  if (Array.isArray(value)) return { kind: "list", items: value.map((item) => held(item, depth - 1)) };
  const members = Object.keys(value).map((name) => [name, held(value[name], depth - 1)]);
  return { kind: "object", members };
};

// Where a function stands, as the engine counts.
const placeOf = (value) =>
  typeof value === "function" ? [value.fileName, value.lineNumber, value.columnNumber] : null;

exports.describe = () => {
  if (!isObject(config)) return null;
  return Object.keys(config)
    .filter((name) => config[name] !== undefined)
    .map((name) => [name, held(config[name], 6), placeOf(config[name])]);
};

// A request as authors know it from Express.
const requestOf = (incoming) => {
  const headers = incoming.headers;
  const header = (name) => headers[String(name).toLowerCase()];
  const req = {
    method: incoming.method, url: incoming.url, originalUrl: incoming.url, path: incoming.path,
    query: incoming.query, headers, get: header, header, requestId: incoming.requestId,
  };
  // `authInfo` is what `securityContext` was called.
  Object.defineProperty(req, "authInfo", {
    get: () => req.securityContext,
    set: (value) => { req.securityContext = value; },
    enumerable: true,
  });
  return req;
};

const contextOf = (context) => {
  context.authInfo = context.securityContext;
  return context;
};

exports.checkAuth = async (incoming, token) => {
  const req = requestOf(incoming);
  const returned = await config.checkAuth(req, token === null ? undefined : token);
  const own = isObject(returned) ? returned.security_context ?? returned.securityContext : undefined;
  const context = own === undefined ? req.securityContext : own;
  return context === undefined ? null : context;
};

// Which of the functions of `caller` was called last.
let asked = null;
exports.asked = () => asked;

exports.caller = async (incoming, securityContext, defaultScopes) => {
  const answer = {};
  asked = null;
  let context = { securityContext, requestId: incoming.requestId };
  if (has("extendContext")) {
    const req = requestOf(incoming);
    req.securityContext = securityContext;
    asked = "extendContext";
    const extension = await config.extendContext(req);
    if (extension !== undefined && extension !== null) {
      answer.extension = extension;
      if (isObject(extension)) context = { ...context, ...extension };
    }
  }
  contextOf(context);
  const ask = async (key, name) => {
    if (!has(name)) return;
    asked = name;
    answer[key] = (await config[name](context)) ?? null;
  };
  await ask("appId", "contextToAppId");
  await ask("orchestratorId", "contextToOrchestratorId");
  await ask("schemaVersion", "schemaVersion");
  await ask("groups", "contextToRoles");
  await ask("groups", "contextToGroups");
  if (has("contextToApiScopes")) {
    asked = "contextToApiScopes";
    answer.scopes = (await config.contextToApiScopes(context.securityContext, defaultScopes)) ?? null;
  }
  return answer;
};

exports.queryRewrite = async (query, context) => {
  const rewrite = config.queryRewrite || config.queryTransformer;
  const answer = await rewrite.call(config, query, contextOf(context));
  return answer === undefined ? null : answer;
};

exports.files = async (context) => {
  const repository = await config.repositoryFactory(contextOf(context));
  if (!isObject(repository) || typeof repository.dataSchemaFiles !== "function") return null;
  return (await repository.dataSchemaFiles()) ?? null;
};

// Name by name: as JSON alone, what is undefined would look as if it had been left out.
exports.driver = async (context) => {
  const driver = await config.driverFactory(contextOf(context));
  if (!isObject(driver) || Array.isArray(driver)) return null;
  const options = typeof driver.toJSON === "function" ? driver.toJSON() : driver;
  return Object.keys(options).map((name) => [name, held(options[name], 3)]);
};
