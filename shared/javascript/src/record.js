// What a data model finds: `cube`, `view`, `context`, `asyncModule`, `COMPILE_CONTEXT`, and the
// names inside SQL. Those have no values while a model is compiled: each stands for itself, and
// becomes a mark in the text it is put into. A mark cannot be forged by accident: it holds a number
// nobody knows before the program runs.
(function (prelude, host) {
  "use strict";
  const { tools, load } = prelude;
  const { stringify, parse } = JSON;
  const { apply, ownKeys } = Reflect;
  const { isArray } = Array;
  const { keys: keysOf, freeze, defineProperty, getPrototypeOf } = Object;
  const text = String;
  const nonce = host.nonce();
  const OPEN = "\uE000" + nonce + ":";
  const CLOSE = "\uE001";

  // --- Things that stand for themselves -----------------------------------------------------
  const marks = [];
  const recorded = new WeakMap();
  const recordOf = WeakMap.prototype.get.bind(recorded);
  const remember = WeakMap.prototype.set.bind(recorded);
  const isObject = (value) =>
    (typeof value === "object" && value !== null) || typeof value === "function";
  const recordedIn = (value) => (isObject(value) ? recordOf(value) : undefined);
  const markOf = (value) => {
    marks.push(value);
    return OPEN + (marks.length - 1) + CLOSE;
  };
  // What a column or another piece of SQL is given as.
  const sqlOf = (value, what) => {
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "bigint") return text(value);
    const record = recordedIn(value);
    if (record !== undefined) return markOf(record);
    throw new TypeError(`${what} takes SQL, not ${value === null ? "null" : typeof value}`);
  };
  const refuse = (what) => {
    throw new TypeError(what);
  };
  const noValue = (record) =>
    record.kind === "value"
      ? "what is computed from a claim has no value while the model is compiled: use `?:`, `&&`, " +
        "`||`, comparisons and `includes` on it, inside `${...}`"
      : record.kind === "claim"
        ? "a claim has no value here: compute on `.unsafeValue()`, or filter with `.filter('column')`"
        : "a reference has no value while the model is compiled: it can only be put into SQL";
  // A proxy that answers `get` for names and turns into a mark in a text.
  const standIn = (record, get, call) => {
    const proxy = new Proxy(function () {}, {
      get: (_, key) => {
        if (key === Symbol.toPrimitive) {
          return (hint) => (hint === "number" ? refuse(noValue(record)) : markOf(record));
        }
        if (key === "toString" || key === "valueOf") return () => markOf(record);
        if (typeof key === "symbol") {
          return key === Symbol.iterator ? refuse(noValue(record)) : undefined;
        }
        if (key === "toJSON" || key === "then") return undefined;
        return get(key);
      },
      apply: (_, owner, values) => call(values),
      construct: () => refuse(noValue(record)),
      has: () => refuse(noValue(record)),
      set: () => refuse(noValue(record)),
      deleteProperty: () => refuse(noValue(record)),
      defineProperty: () => refuse(noValue(record)),
      ownKeys: () => refuse(noValue(record)),
      getPrototypeOf: () => Function.prototype,
    });
    remember(proxy, record);
    return proxy;
  };
  const notCalled = (name) => () => refuse(`\`${name}\` is not a function`);

  // `CUBE`, `Orders`, `Orders.count`, `createdAt.month`.
  const path = (names, at) =>
    standIn({ kind: "path", path: names, at }, (key) => path(names.concat([key]), at), () => {
      if (names.length === 2 && names[1] === "sql") {
        const record = { kind: "cubeSql", name: names[0], at };
        return standIn(record, () => refuse("`sql()` is text"), notCalled("sql()"));
      }
      return refuse(`\`${names.join(".")}\` is not a function`);
    });

  // The parameters of a function, by name.
  const parametersOf = (found) => {
    const source = Function.prototype.toString.call(found).replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, " ");
    const single = /^\s*(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(source);
    if (single) return [single[1]];
    const names = [];
    let depth = 0;
    let current = "";
    for (let index = source.indexOf("("); index < source.length; index++) {
      const letter = source[index];
      if (depth === 1 && (letter === "," || letter === ")")) {
        if (current.trim() !== "") names.push(current.trim());
        if (letter === ")") return names;
        current = "";
        continue;
      }
      if ("([{".includes(letter)) depth += 1;
      if (")]}".includes(letter)) depth -= 1;
      if (depth > 1 || (depth === 1 && letter !== "(")) current += letter;
    }
    return names;
  };

  // The values of a filter, in the function it is given: `(from, to) => ...`, `(...all) => ...`.
  const argument = (index) => {
    const record = { kind: "argument", index };
    const name = "the value of a filter";
    return standIn(record, (key) => {
      // A claim that is a list: its elements with commas between.
      if (key === "join") {
        return (between = ",") => standIn(
          { kind: "arguments", from: index, separator: text(between) },
          () => refuse(noValue(record)), notCalled(name),
        );
      }
      return refuse(noValue(record));
    }, notCalled(name));
  };
  // All values from one on: they can only be put together, which `join` below does.
  const remaining = (from) => {
    const record = { kind: "arguments", from, separator: "," };
    const why = "the values of a filter can only be put together: `${values.join(',')}`";
    const proxy = new Proxy(function () {}, { get: () => refuse(why), apply: () => refuse(why) });
    remember(proxy, record);
    return proxy;
  };
  const originalJoin = Array.prototype.join;
  Array.prototype.join = function join(separator = ",") {
    const record = this.length === 1 ? recordedIn(this[0]) : undefined;
    if (record !== undefined && record.kind === "arguments") {
      return markOf({ kind: record.kind, from: record.from, separator: text(separator) });
    }
    return apply(originalJoin, this, [separator]);
  };
  Array.prototype.toString = function () {
    return this.join();
  };

  const formOf = (given, what) => {
    if (typeof given !== "function" || recordedIn(given) !== undefined) {
      const column = sqlOf(given, what);
      if (column.trim() === "") refuse(`${what} takes a column that is not empty`);
      return { column };
    }
    const rest = parametersOf(given).findIndex((name) => name.startsWith("..."));
    const values = [];
    const count = rest < 0 ? given.length : rest;
    for (let index = 0; index < count; index++) values.push(argument(index));
    if (rest >= 0) values.push(remaining(rest));
    return { body: sqlOf(apply(given, undefined, values), what) };
  };

  const filterParams = (names, at) =>
    standIn({ kind: "filterParams", path: names, at }, (key) => {
      if (names.length === 2 && key === "filter") {
        return (given) => {
          const form = formOf(given, `FILTER_PARAMS.${names.join(".")}.filter`);
          const record = { kind: "filterParam", cube: names[0], member: names[1], form, at };
          return standIn(record, () => refuse(noValue(record)), notCalled("filter()"));
        };
      }
      return filterParams(names.concat([key]), at);
    }, notCalled("FILTER_PARAMS"));
  const filterGroup = (at) => (...params) => {
    const records = params.map((param) => {
      const record = recordedIn(param);
      if (record === undefined || record.kind !== "filterParam") {
        refuse("`FILTER_GROUP` takes one or more `FILTER_PARAMS.cube.member.filter('column')`");
      }
      return record;
    });
    if (records.length === 0) {
      refuse("`FILTER_GROUP` takes one or more `FILTER_PARAMS.cube.member.filter('column')`");
    }
    const record = { kind: "filterGroup", params: records, at };
    return standIn(record, () => refuse(noValue(record)), notCalled("FILTER_GROUP()"));
  };
  const claims = (names, at) => {
    const record = { kind: "claim", path: names, at };
    return standIn(record, (key) => {
      if (names.length > 0) {
        const required = key === "requiredFilter" || key === "required_filter";
        if (key === "filter" || required) {
          return (given) => {
            const form = formOf(given, `SECURITY_CONTEXT.${names.join(".")}.${key}`);
            const filter = { kind: "claimFilter", path: names, required, form, at };
            return standIn(filter, () => refuse(noValue(filter)), notCalled("filter()"));
          };
        }
        if (key === "unsafeValue" || key === "unsafe_value") {
          return () => value({ op: "claim", path: names }, at);
        }
      }
      return claims(names.concat([key]), at);
    }, notCalled(`SECURITY_CONTEXT.${names.join(".")}`));
  };
  const utilities = (at) => {
    const wrapped = (kind) => (given) => {
      const record = { kind, sql: sqlOf(given, `SQL_UTILS.${kind}`), at };
      return standIn(record, () => refuse(noValue(record)), notCalled(`${kind}()`));
    };
    return freeze({ convertTz: wrapped("convertTz"), urlEncode: wrapped("urlEncode") });
  };

  // --- Computing on claims: what is done is kept, not done ------------------------------------
  const value = (tree, at) => {
    const record = { kind: "value", tree, at };
    const test = (op) => (given) => value({ op, of: [tree, treeOf(given, at)] }, at);
    const change = (op) => () => value({ op, of: [tree] }, at);
    const each = (op) => (given) => {
      const body = treeOf(given(value({ op: "element" }, at)), at);
      return value({ op, of: [tree, body] }, at);
    };
    const known = {
      includes: test("includes"), startsWith: test("startsWith"), endsWith: test("endsWith"),
      toLowerCase: change("lower"), toUpperCase: change("upper"), trim: change("trim"),
      some: each("some"), every: each("every"),
    };
    return standIn(record, (key) => {
      if (known[key] !== undefined && known.hasOwnProperty(key)) return known[key];
      if (key === "hasOwnProperty" || key === "constructor" || key === "__proto__") {
        return refuse(noValue(record));
      }
      return value({ op: "member", name: key, of: [tree] }, at);
    }, notCalled("a claim"));
  };
  const treeOf = (given, at) => {
    const record = recordedIn(given);
    if (record !== undefined) {
      if (record.kind === "value") return record.tree;
      return { op: "sql", text: markOf(record) };
    }
    if (given === undefined) return { op: "undefined" };
    if (given === null || typeof given === "boolean") return { op: "constant", value: given };
    if (typeof given === "number" || typeof given === "bigint") {
      return { op: "number", value: text(given) };
    }
    if (typeof given === "string") return { op: "sql", text: given };
    if (isArray(given)) return { op: "list", of: given.map((item) => treeOf(item, at)) };
    return refuse("claims are compared with texts, numbers, true, false, null and lists of them");
  };
  const symbolic = (given) => {
    const record = recordedIn(given);
    if (record === undefined) return undefined;
    if (record.kind !== "value") refuse(noValue(record));
    return record;
  };
  const thunks = (...given) => given.map((thunk) => treeOf(thunk()));
  tools.cond = (test, then, otherwise) => {
    const record = symbolic(test);
    if (record === undefined) return test ? then() : otherwise();
    return value({ op: "cond", of: [record.tree, ...thunks(then, otherwise)] }, record.at);
  };
  const logical = (op, stops) => (left, right) => {
    const record = recordedIn(left) === undefined ? undefined : symbolic(left);
    if (record === undefined) return stops(left) ? left : right();
    return value({ op, of: [record.tree, ...thunks(right)] }, record.at);
  };
  tools.and = logical("and", (left) => !left);
  tools.or = logical("or", (left) => !!left);
  tools.nullish = logical("nullish", (left) => left !== null && left !== undefined);
  tools.not = (given) => {
    const record = symbolic(given);
    return record === undefined ? !given : value({ op: "not", of: [record.tree] }, record.at);
  };
  tools.test = (given) => {
    if (symbolic(given) !== undefined) {
      refuse("a statement cannot depend on a claim, only a value can: use `?:` instead of `if`");
    }
    return given;
  };
  tools.typeOf = (given) => {
    const record = recordedIn(given);
    if (record === undefined || record.kind !== "value") return typeof given;
    return value({ op: "typeof", of: [record.tree] }, record.at);
  };
  const operators = {
    "===": (a, b) => a === b, "!==": (a, b) => a !== b, "==": (a, b) => a == b,
    "!=": (a, b) => a != b, "<": (a, b) => a < b, ">": (a, b) => a > b,
    "<=": (a, b) => a <= b, ">=": (a, b) => a >= b, "+": (a, b) => a + b,
    in: (a, b) => a in b, instanceof: (a, b) => a instanceof b,
  };
  tools.op = (name, left, right) => {
    const one = recordedIn(left);
    const other = recordedIn(right);
    if (one === undefined && other === undefined) return operators[name](left, right);
    if (name === "+") {
      // A text is put together; a sum of claims would be another thing than a text of them.
      if (typeof (one === undefined ? left : right) === "number") refuse(noValue(one || other));
      return text(left) + text(right);
    }
    const record = one !== undefined ? symbolic(left) || other : symbolic(right);
    if (name === "in" || name === "instanceof") refuse(noValue(record));
    const of = [treeOf(left), treeOf(right)];
    return value({ op: "compare", name, of }, record.at);
  };
  tools.plain = (given) => {
    const record = recordedIn(given);
    return record === undefined ? given : refuse(noValue(record));
  };
  // Built-in functions would take what stands for a claim for an object.
  const guard = (owner, names, answer) => {
    for (const name of names) {
      const original = owner[name];
      // What the function it is given answers is looked at.
      const asks = ["some", "every", "filter", "find", "findIndex", "findLast", "sort"].indexOf(name) >= 0;
      defineProperty(owner, name, {
        configurable: true,
        writable: true,
        value: function (...given) {
          for (const item of given) {
            const record = recordedIn(item);
            if (record === undefined) continue;
            if (answer !== undefined && record.kind === "value") {
              return value(answer(name, this, record), record.at);
            }
            refuse(noValue(record));
          }
          if (asks && typeof given[0] === "function") {
            const callback = given[0];
            given[0] = function (...values) {
              return tools.test(apply(callback, this, values));
            };
          }
          return apply(original, this, given);
        },
      });
    }
  };
  const guardBuiltIns = () => {
    const includes = (name, owner, record) => ({ op: name, of: [treeOf(owner), record.tree] });
    guard(Array.prototype, ["indexOf", "lastIndexOf", "filter", "find", "findIndex", "findLast", "some", "every", "sort"]);
    guard(String.prototype, ["startsWith", "endsWith"], (name, owner, record) => includes(name, text(owner), record));
    guard(String.prototype, ["indexOf", "lastIndexOf", "replace", "replaceAll", "split", "match", "search", "localeCompare", "padStart", "padEnd", "repeat"]);
    guard(Map.prototype, ["get", "has"]);
    guard(Set.prototype, ["has"]);
    guard(RegExp.prototype, ["test", "exec"]);
    guard(Object, ["is", "keys", "values", "entries", "assign", "fromEntries"]);
    guard(JSON, ["stringify", "parse"]);
    guard(Number, ["parseInt", "parseFloat", "isInteger", "isFinite", "isNaN"]);
    guard(globalThis, ["parseInt", "parseFloat", "isNaN", "isFinite", "encodeURIComponent", "encodeURI"]);
    for (const name of ["Boolean", "Number"]) {
      const check = (given) => {
        for (const item of given) if (recordedIn(item) !== undefined) refuse(noValue(recordedIn(item)));
      };
      globalThis[name] = new Proxy(globalThis[name], {
        apply: (found, owner, given) => { check(given); return apply(found, owner, given); },
        construct: (found, given) => { check(given); return Reflect.construct(found, given); },
      });
    }
    guard(Array, ["isArray"], (_, __, record) => ({ op: "isArray", of: [record.tree] }));
    guard(Array.prototype, ["includes"], includes);
    guard(String.prototype, ["includes"], (name, owner, record) => includes(name, text(owner), record));
  };

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
      errors.push(failure(error).concat(near === undefined ? [] : near));
      return fallback;
    }
  };
  const failure = (error) =>
    error instanceof Error
      ? [text(error.name), text(error.message), text(error.stack)]
      : ["Error", typeof error === "string" ? error : text(stringify(error)), ""];
  const contextNames = ["SECURITY_CONTEXT", "USER_CONTEXT", "securityContext", "security_context",
    "FILTER_PARAMS", "FILTER_GROUP", "SQL_UTILS", "userAttributes", "user_attributes"];
  const meaning = (name, at) => {
    switch (name) {
      case "SECURITY_CONTEXT": case "USER_CONTEXT": case "securityContext": case "security_context":
        return claims([], at);
      case "FILTER_PARAMS": return filterParams([], at);
      case "FILTER_GROUP": return filterGroup(at);
      case "SQL_UTILS": return utilities(at);
      default: return path([name], at);
    }
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
      let result;
      if (found !== undefined) {
        result = found.evaluate(resolve);
        if (typeof result === "function" && recordedIn(result) === undefined) result = called(result);
        return ["e", found.number, read(result, resolve, depth + 1)];
      }
      return read(called(given), resolve, depth + 1);
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
    const values = parametersOf(found).map((name) =>
      contextNames.includes(name) ? meaning(name) : path([name]));
    const result = apply(found, undefined, values);
    if (isObject(result) && typeof result.then === "function" && recordedIn(result) === undefined) {
      refuse("SQL cannot be given by an async function: read what it needs in `asyncModule`");
    }
    return result;
  };
  let stillWaiting = 0;
  return {
    guard: guardBuiltIns,
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
    marks: () => stringify(marks),
    reads: () => stringify(reads),
  };
})
