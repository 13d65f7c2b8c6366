// Functions of the language that would take what stands for a claim for an object, or for a text of
// its own: they are kept for the request, decided by, or refused.
(function (marks, ways, claims, tools) {
  "use strict";
  const { decide } = ways;
  const { symbolic, operand, asked, isOwn } = claims;
  const { apply, recordedIn, markOf, refuse, noValue } = marks;
  const { defineProperty, getOwnPropertyNames } = Object;
  const { construct } = Reflect;
  const { isArray } = Array;
  const mapKeys = Map.prototype.keys;
  const setKeys = Set.prototype.keys;

  // Puts `instead(original, owner, given)` in the place of functions.
  const patch = (owner, names, instead) => {
    for (const name of names) {
      const original = owner[name];
      defineProperty(owner, name, {
        configurable: true,
        writable: true,
        value: function (...given) {
          return instead(original, this, given, name);
        },
      });
    }
  };
  const without = (given) => {
    for (const item of given) {
      const record = symbolic(item);
      if (record !== undefined) refuse(noValue(record));
    }
  };
  const refusing = (original, owner, given) => {
    without(given);
    return apply(original, owner, given);
  };
  const refusingFirst = (original, owner, given) => {
    without(given.slice(0, 1));
    return apply(original, owner, given);
  };
  // A question about a claim or a list with claims in it.
  const asking = (original, owner, given, name) => {
    let record = symbolic(given[0]);
    for (let index = 0; record === undefined && isArray(owner) && index < owner.length; index++) {
      record = symbolic(owner[index]);
    }
    if (record === undefined) return apply(original, owner, given);
    if (given.length !== 1) refuse(`\`${name}\` with a claim takes one value`);
    return asked(record, name, operand(owner), operand(given[0]));
  };
  // What the function it is given answers is looked at.
  const deciding = (original, owner, given) => {
    const [callback, ...rest] = given;
    if (typeof callback !== "function") return apply(original, owner, given);
    const decided = function (...values) {
      return tools.test(apply(callback, this, values));
    };
    return apply(original, owner, [decided, ...rest]);
  };
  const arrays = () => {
    const { prototype } = Array;
    patch(prototype, ["includes", "indexOf"], asking);
    patch(prototype, ["filter", "find", "findIndex", "findLast", "findLastIndex", "some", "every"], deciding);
    patch(prototype, ["lastIndexOf"], refusing);
    patch(prototype, ["concat"], (original, owner, given) => {
      for (const item of given) {
        // It may be a list, whose elements would be taken.
        if (recordedIn(item) !== undefined && recordedIn(item).kind === "value") tools.plain(item);
      }
      return apply(original, owner, given);
    });
    patch(prototype, ["sort", "toSorted"].filter((name) => name in prototype), (original, owner, given) => {
      const [compare] = given;
      if (typeof compare !== "function") {
        without(owner);
        return apply(original, owner, given);
      }
      return apply(original, owner, [(a, b) => tools.plain(compare(a, b))]);
    });
    patch(Array, ["from"], refusing);
    patch(Array, ["isArray"], (original, owner, given) => {
      const record = recordedIn(given[0]) && symbolic(given[0]);
      return record ? asked(record, "isArray", record.tree) : apply(original, owner, given);
    });
  };
  const texts = () => {
    const { prototype } = String;
    patch(prototype, ["includes", "startsWith", "endsWith", "indexOf"], asking);
    patch(prototype, ["lastIndexOf", "split", "match", "matchAll", "search", "localeCompare", "padStart", "padEnd",
      "repeat"], refusing);
    patch(prototype, ["replace", "replaceAll"], (original, owner, given) => {
      without(given.slice(0, 1));
      const [pattern, replacement, ...rest] = given;
      const record = recordedIn(replacement);
      return apply(original, owner, [pattern, record === undefined ? replacement : markOf(record), ...rest]);
    });
    patch(RegExp.prototype, ["test", "exec"], refusing);
  };
  const collections = () => {
    patch(Map.prototype, ["get"], (original, owner, given) => {
      const record = symbolic(given[0]);
      if (record === undefined) return apply(original, owner, given);
      for (const key of apply(mapKeys, owner, [])) {
        const of = [record.tree, operand(key)];
        if (decide({ op: "compare", name: "===", of }, record.at)) return apply(original, owner, [key]);
      }
      return undefined;
    });
    const has = (keys) => (original, owner, given) => {
      const record = symbolic(given[0]);
      if (record === undefined) return apply(original, owner, given);
      return asked(record, "includes", operand([...apply(keys, owner, [])]), record.tree);
    };
    patch(Map.prototype, ["has"], has(mapKeys));
    patch(Set.prototype, ["has"], has(setKeys));
    patch(Map.prototype, ["set", "delete"], refusingFirst);
    patch(Set.prototype, ["add", "delete"], refusingFirst);
  };
  const objects = () => {
    const own = (original, owner, given) =>
      symbolic(given[0]) === undefined ? apply(original, owner, given) : isOwn(owner, given[0]);
    patch(Object.prototype, ["hasOwnProperty", "propertyIsEnumerable"], own);
    patch(Object, ["hasOwn"], (original, owner, given) =>
      symbolic(given[1]) === undefined ? apply(original, owner, given) : isOwn(...given));
    patch(Object, ["is", "keys", "values", "entries", "assign", "fromEntries"], refusing);
    patch(JSON, ["parse"], refusing);
    // It would leave out what stands for a claim, as it leaves out functions.
    patch(JSON, ["stringify"], (original, owner, [value, replacer, ...rest]) => {
      const checked = function (key, item) {
        const shown = typeof replacer === "function" ? apply(replacer, this, [key, item]) : item;
        without([shown]);
        return shown;
      };
      return apply(original, owner, [value, isArray(replacer) ? replacer : checked, ...rest]);
    });
  };
  const numbers = () => {
    const whole = (original, owner, given) => {
      const record = symbolic(given[0]);
      if (record === undefined) return apply(original, owner, given);
      if (given.length > 1 && given[1] !== 10) refuse("`parseInt` of a claim reads decimal digits");
      return asked(record, "parseInt", record.tree);
    };
    patch(globalThis, ["parseInt"], whole);
    patch(Number, ["parseInt"], whole);
    patch(Number, ["parseFloat", "isInteger", "isFinite", "isNaN"], refusing);
    patch(globalThis, ["parseFloat", "isNaN", "isFinite", "encodeURIComponent", "encodeURI"], refusing);
    patch(Math, getOwnPropertyNames(Math).filter((name) => typeof Math[name] === "function"), refusing);
  };
  // `String(x)`, `Number(x)`, `Boolean(x)`; nobody makes objects of them.
  const conversions = () => {
    const convert = (name, kept) => {
      globalThis[name] = new Proxy(globalThis[name], {
        apply: (original, owner, given) => {
          const record = symbolic(given[0]);
          return record === undefined ? apply(original, owner, given) : kept(record, given[0]);
        },
        construct: (original, given, target) => {
          without(given);
          return construct(original, given, target);
        },
      });
    };
    const none = (record) => refuse(noValue(record));
    for (const name of ["BigInt", "Date", "Function", "RegExp", "Symbol"]) convert(name, none);
    convert("String", (_, given) => (typeof given === "string" ? given : markOf(recordedIn(given))));
    convert("Number", (record) => asked(record, "toNumber", record.tree));
    convert("Boolean", (record) => asked(record, "not", { op: "not", of: [record.tree] }));
  };
  return () => {
    arrays();
    texts();
    collections();
    objects();
    numbers();
    conversions();
  };
})
