// What the names inside SQL stand for: cubes and members, contexts, filters and their values.
(function (marks, value) {
  "use strict";
  const { apply, text, recordedIn, remember, markOf, refuse, noValue, sqlOf, standIn, notCalled } = marks;
  const { freeze } = Object;

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
  // What a parameter of the author's function is given.
  const meant = (name) => (contextNames.includes(name) ? meaning(name) : path([name]));
  return { path, meaning, meant, parametersOf };
})
