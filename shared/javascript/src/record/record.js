// What a data model finds: `cube`, `view`, `context`, `asyncModule` and `COMPILE_CONTEXT`. What is
// defined is read when all cubes are known.
(function (prelude, host, marks, references, settle) {
  "use strict";
  const { path, meaning, meant, parametersOf } = references;
  const { tools, load } = prelude;
  const { apply, stringify, text, isObject, recordedIn, markOf, refuse } = marks;
  const { parse } = JSON;
  const { ownKeys } = Reflect;
  const { isArray } = Array;
  const RealError = Error;
  const { keys: keysOf, defineProperty } = Object;

  // --- Definitions ----------------------------------------------------------------------------
  const definitions = [];
  const waiting = [];
  const literals = new WeakMap();
  const late = new WeakMap();
  let site = 0;
  tools.o = (number, literal) => {
    literals.set(literal, number);
    return literal;
  };
  tools.site = (number, found) => {
    site = number;
    return found;
  };
  tools.late = (number, evaluate) => {
    const notYet = () => refuse("this SQL can only be read when all cubes are known");
    late.set(notYet, { number, evaluate });
    return notYet;
  };
  const define = (kind) => (name, definition) => {
    const at = site;
    if (typeof name !== "string") refuse(`\`${kind}\` takes a name and an object`);
    if (!isObject(definition)) refuse(`\`${kind}\` takes a name and an object: ${name} has none`);
    definitions.push({ kind, name, definition, at });
  };
  const globals = {
    cube: define("cube"),
    view: define("view"),
    context: define("context"),
    view_group: define("view_group"),
    asyncModule: (run) => {
      if (typeof run !== "function") refuse("`asyncModule` takes a function");
      waiting.push(run);
    },
  };
  for (const name of keysOf(globals)) {
    defineProperty(globalThis, name, { value: globals[name] });
  }

  // --- The compile context: what is read of it is noted -----------------------------------------
  const reads = [];
  const noted = new Map();
  const note = (path, isWhole = true) => {
    const key = stringify([path, isWhole]);
    if (!noted.has(key)) {
      noted.set(key, true);
      reads.push({ path, isWhole });
    }
  };
  const watched = (given, names) => {
    if (!isObject(given)) {
      note(names);
      return given;
    }
    note(names, false);
    return new Proxy(given, {
      get: (target, key) => {
        if (typeof key === "symbol") {
          if (key !== Symbol.toPrimitive) note(names);
          return target[key];
        }
        if (isArray(target) && (key === "length" || typeof target[key] === "function")) {
          note(names);
          return target[key];
        }
        if (key === "toJSON") return undefined;
        if (!Object.hasOwn(target, key)) {
          note(names.concat([key]));
          return undefined;
        }
        return watched(target[key], names.concat([key]));
      },
      has: (target, key) => {
        note(names.concat([text(key)]));
        return Object.hasOwn(target, key);
      },
      ownKeys: (target) => {
        note(names);
        return ownKeys(target);
      },
      set: () => refuse("the compile context cannot be changed"),
      deleteProperty: () => refuse("the compile context cannot be changed"),
      defineProperty: () => refuse("the compile context cannot be changed"),
    });
  };
  const values = parse(host.context());
  if (!Object.hasOwn(values, "securityContext")) values.securityContext = {};
  const compileContext = watched(values, []);
  defineProperty(globalThis, "COMPILE_CONTEXT", { value: compileContext });

  // --- Reading what was defined -----------------------------------------------------------------
  const errors = [];
  // `near` is where to look when the error does not say where it was thrown.
  const attempt = (work, fallback, near) => {
    try {
      return work();
    } catch (error) {
      const found = failure(error);
      errors.push(found.length > 3 || near === undefined ? found : found.concat(near));
      return fallback;
    }
  };
  const failure = (error) => {
    if (error instanceof RealError) return [text(error.name), text(error.message), text(error.stack)];
    // The engine throws it when there is no room for an error.
    if (error === null) return ["InternalError", "out of memory", ""].concat(tools.at < 0 ? [] : ["site", tools.at]);
    const words = ["Error", typeof error === "string" ? error : text(stringify(error)), ""];
    return tools.thrown.value === error ? words.concat(["site", tools.thrown.at]) : words;
  };
  // Members by cube, as far as they are known: a member's name wins over a constant of the file.
  let known;
  const gather = () => {
    known = new Map(parse(host.names()).map(([name, members]) => [name, new Set(members)]));
    for (const { kind, name, definition } of definitions) {
      if (kind === "context" || kind === "view_group") continue;
      const members = known.get(name) || new Set();
      for (const part of ["measures", "dimensions", "segments"]) {
        attempt(() => {
          const list = definition[part];
          if (isObject(list) && typeof list !== "function") {
            for (const key of keysOf(list)) members.add(isArray(list) ? list[key] && list[key].name : key);
          }
        });
      }
      known.set(name, members);
    }
    const parents = new Map();
    for (const { name, definition } of definitions) {
      const parent = attempt(() => {
        const given = definition.extends;
        const found = late.has(given) ? late.get(given).evaluate((n, word, own) => known.has(word) ? path([word], n) : own ? own() : path([word], n)) : given;
        const record = recordedIn(found);
        return record === undefined ? found : record.path && record.path[0];
      });
      if (typeof parent === "string") parents.set(name, parent);
    }
    for (const [name] of parents) {
      const members = known.get(name);
      for (let up = parents.get(name), steps = 0; up !== undefined && steps < 100; up = parents.get(up), steps++) {
        for (const member of known.get(up) || []) members.add(member);
      }
    }
  };
  const resolver = (cube) => {
    const members = known.get(cube);
    return (number, name, own) => {
      if (own === undefined) return meaning(name, number);
      if (known.has(name) || (members !== undefined && members.has(name))) return path([name], number);
      return own();
    };
  };
  let nodes = 0;
  const read = (given, resolve, depth) => {
    if (depth > 48) refuse("an object that holds itself, or is nested deeper than 48 levels");
    nodes += 1;
    if (nodes > 500000) refuse("more than 500000 values");
    if (given === null || given === undefined) return ["z"];
    if (typeof given === "string") return ["s", given];
    if (typeof given === "boolean") return ["b", given];
    if (typeof given === "number" || typeof given === "bigint") return ["n", text(given)];
    if (typeof given === "symbol") return refuse("a symbol is no value of a data model");
    const record = recordedIn(given);
    if (record !== undefined) return ["s", markOf(record)];
    if (typeof given === "function") {
      const found = late.get(given);
      if (found === undefined) return read(settle(() => called(given)), resolve, depth + 1);
      const result = settle(() => {
        const held = found.evaluate(resolve);
        return typeof held === "function" && recordedIn(held) === undefined ? called(held) : held;
      });
      return ["e", found.number, read(result, resolve, depth + 1)];
    }
    const number = literals.get(given);
    if (isArray(given)) {
      const items = [];
      for (let index = 0; index < given.length; index++) items.push(tried(given[index], resolve, depth));
      return ["l", number === undefined ? -1 : number, items];
    }
    const entries = [];
    for (const key of keysOf(given)) {
      const item = given[key];
      if (item !== undefined) entries.push([key, tried(item, resolve, depth)]);
    }
    return ["m", number === undefined ? -1 : number, entries];
  };
  const tried = (given, resolve, depth) =>
    typeof given === "function" && recordedIn(given) === undefined
      ? attempt(() => read(given, resolve, depth + 1), ["x"], late.has(given) ? ["late", late.get(given).number] : undefined)
      : read(given, resolve, depth + 1);
  const called = (found) => {
    const result = apply(found, undefined, parametersOf(found).map(meant));
    if (isObject(result) && typeof result.then === "function" && recordedIn(result) === undefined) {
      refuse("SQL cannot be given by an async function: read what it needs in `asyncModule`");
    }
    return result;
  };
  let stillWaiting = 0;
  return {
    load: (name, number) => void attempt(() => load(name), undefined, ["site", number]),
    // Starts what `asyncModule` was given, one after another.
    start: () => {
      const next = () => {
        const run = waiting.shift();
        if (run === undefined) return undefined;
        stillWaiting += 1;
        return Promise.resolve()
          .then(run)
          .then(() => { stillWaiting -= 1; }, (error) => { stillWaiting -= 1; errors.push(failure(error)); })
          .then(next);
      };
      next();
    },
    waits: () => stillWaiting > 0,
    finish: () => {
      gather();
      const found = definitions.map(({ kind, name, definition, at }) => ({
        kind, name, at, node: attempt(() => read(definition, resolver(name), 0), ["x"], ["site", at]),
      }));
      return stringify({ definitions: found, errors });
    },
    reads: () => stringify(reads),
  };
})
