// What every program finds besides the language: a console, modules, and a clock only if given one.
// It is a function of what the host offers; it is the first code in a context, so that what it keeps
// cannot be replaced by what runs later.
(function (host) {
  "use strict";
  const { freeze, defineProperty, keys: keysOf, getOwnPropertyNames } = Object;
  const { stringify, parse } = JSON;
  const { apply, construct } = Reflect;
  const text = String;
  const isObject = (value) =>
    (typeof value === "object" && value !== null) || typeof value === "function";

  // --- Clock and chance ---------------------------------------------------------------------
  const RealDate = Date;
  const RealError = Error;
  const now = () => {
    const value = host.now();
    if (value === undefined) {
      throw new Error("there is no clock here: the answer would depend on when it is asked for");
    }
    return value;
  };
  function GivenDate(...parts) {
    if (!new.target) return text(new RealDate(now()));
    return construct(RealDate, parts.length === 0 ? [now()] : parts, new.target);
  }
  GivenDate.prototype = RealDate.prototype;
  defineProperty(RealDate.prototype, "constructor", { value: GivenDate });
  GivenDate.now = now;
  GivenDate.parse = RealDate.parse;
  GivenDate.UTC = RealDate.UTC;
  defineProperty(GivenDate, "name", { value: "Date" });
  globalThis.Date = GivenDate;
  Math.random = () => {
    const value = host.random();
    if (value === undefined) {
      throw new Error("there is no chance here: the answer would change from time to time");
    }
    return value;
  };

  // --- Errors: they say where they were thrown, whatever the program does ----------------------
  defineProperty(RealError, "prepareStackTrace", { value: undefined });
  defineProperty(RealError, "stackTraceLimit", { value: 32 });

  // --- Lists ------------------------------------------------------------------------------------
  // These go through a list without looking at the clock, and the length of a list costs no memory.
  const MAX_LIST = 2 ** 24;
  const { forEach } = Array.prototype;
  const check = (list) => {
    if (isObject(list) && list.length > MAX_LIST) {
      throw new RangeError(`a list of more than ${MAX_LIST} elements`);
    }
  };
  for (const name of ["concat", "copyWithin", "flat", "flatMap", "join", "reverse", "shift", "slice",
    "sort", "splice", "toReversed", "toSorted", "toSpliced", "unshift"]) {
    const original = Array.prototype[name];
    defineProperty(Array.prototype, name, {
      configurable: true,
      writable: true,
      value: function (...given) {
        check(this);
        if (name === "concat") apply(forEach, given, [check]);
        if (name === "flat") apply(forEach, this, [check]);
        return apply(original, this, given);
      },
    });
  }

  // --- Console ------------------------------------------------------------------------------
  const shown = (value) => {
    if (typeof value === "string") return value;
    if (value instanceof Error) return text(value);
    try {
      const json = stringify(value);
      return json === undefined ? text(value) : json;
    } catch {
      return text(value);
    }
  };
  const say = (level) => (...values) => {
    let line = "";
    for (let index = 0; index < values.length; index++) {
      line += (index === 0 ? "" : " ") + shown(values[index]);
    }
    host.log(level, line);
  };
  const quiet = () => {};
  globalThis.console = {
    debug: say("debug"), trace: say("debug"), log: say("info"), info: say("info"),
    dir: say("info"), table: say("info"), warn: say("warn"), error: say("error"),
    group: quiet, groupEnd: quiet, time: quiet, timeEnd: quiet, assert: quiet, count: quiet,
  };

  // --- The environment: what the host gives, as Node names it --------------------------------
  const environment = parse(host.environment());
  globalThis.process = freeze({ env: freeze(environment) });

  // --- Modules ------------------------------------------------------------------------------
  const loaded = new Map();
  const getLoaded = loaded.get.bind(loaded);
  const setLoaded = loaded.set.bind(loaded);
  // `at` is the loop that ran last, `thrown` what was thrown last and is no error, with its place.
  const tools = { at: -1, thrown: { at: -1 } };
  tools.throw = (at, value) => {
    // The engine itself throws null when there is no room for an error.
    if (value === null) return new Error("null");
    if (!(value instanceof RealError)) tools.thrown = { at, value };
    return value;
  };
  const load = (name) => {
    const known = getLoaded(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    setLoaded(name, module);
    const folder = name.slice(0, name.lastIndexOf("/") + 1);
    const run = host.compile(name);
    const call = (what, ...values) => {
      const answer = host.call(what, stringify(values));
      return answer === undefined ? undefined : parse(answer);
    };
    const require = (wanted) => load(host.resolve(name, text(wanted)));
    try {
      apply(run, module.exports, [module.exports, require, module, name, folder, tools, call]);
    } catch (error) {
      loaded.delete(name);
      throw error;
    }
    return module.exports;
  };
  const mark = (exports) => {
    if (!exports.__esModule) defineProperty(exports, "__esModule", { value: true });
  };
  tools.mark = mark;
  tools.give = (exports, name, get) => {
    mark(exports);
    defineProperty(exports, name, { get, enumerable: true, configurable: true });
  };
  tools.giveAll = (exports, from) => {
    mark(exports);
    for (const name of keysOf(from)) {
      if (name === "default" || name in exports) continue;
      defineProperty(exports, name, { get: () => from[name], enumerable: true, configurable: true });
    }
  };
  tools.defaultOf = (exports) =>
    isObject(exports) && exports.__esModule ? exports.default : exports;
  tools.namespaceOf = (exports) => {
    if (!isObject(exports) || exports.__esModule) return exports;
    return new Proxy(exports, {
      get: (target, key) => (key === "default" ? target : target[key]),
    });
  };
  tools.later = (require) => (name) =>
    new Promise((resolve) => resolve(tools.namespaceOf(require(name))));

  // --- Calls from outside -------------------------------------------------------------------
  const rootOf = (name) => {
    const exports = load(name);
    if (isObject(exports) && exports.__esModule && isObject(exports.default)) {
      return exports.default;
    }
    return exports;
  };
  const describe = (value, path, found, depth) => {
    for (const key of keysOf(value)) {
      const item = value[key];
      const here = path.concat([key]);
      if (typeof item === "function") {
        found.push({ path: here, function: true });
      } else if (isObject(item) && !Array.isArray(item) && depth > 0) {
        describe(item, here, found, depth - 1);
      } else {
        found.push({ path: here, value: item === undefined ? null : item });
      }
    }
    return found;
  };
  const settled = { state: "none", value: undefined };
  const jsonOf = (value) => {
    const json = stringify(value);
    return json === undefined ? "null" : json;
  };
  return {
    tools,
    load: (name) => void load(name),
    exports: (name) => jsonOf(describe(rootOf(name), [], [], 4)),
    // Starts a call; the host drives the jobs and asks `result`.
    call: (name, path, values) => {
      let owner;
      let found = rootOf(name);
      for (const key of parse(path)) {
        owner = found;
        found = isObject(found) ? found[key] : undefined;
      }
      if (typeof found !== "function") return false;
      const given = parse(values);
      settled.state = "waiting";
      settled.given = given;
      const answer = apply(found, owner, given);
      if (isObject(answer) && typeof answer.then === "function") {
        answer.then(
          (value) => { settled.state = "done"; settled.value = value; },
          (error) => { settled.state = "failed"; settled.value = error; },
        );
      } else {
        settled.state = "done";
        settled.value = answer;
      }
      return true;
    },
    result: () => {
      const { state, value, given } = settled;
      settled.value = settled.given = undefined;
      if (state === "failed") throw value;
      if (state !== "done") return undefined;
      return [value === undefined ? "null" : jsonOf(value), jsonOf(given), text(value === undefined)];
    },
  };
})
