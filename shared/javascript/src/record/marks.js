// Things that have no value while a model is compiled: each stands for itself, and becomes a mark in
// the text it is put into. A mark cannot be forged by accident: it holds a number nobody knows before
// the program runs.
(function (host) {
  "use strict";
  const { stringify } = JSON;
  const { apply } = Reflect;
  const text = String;
  const { indexOf, slice } = String.prototype;
  const OPEN = "\uE000" + host.nonce() + ":";
  const CLOSE = "\uE001";

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
  // Of what is ours to say, which is never the author's way of refusing a caller.
  const ours = new WeakSet();
  const isOurs = WeakSet.prototype.has.bind(ours);
  const refuse = (what) => {
    const error = new TypeError(what);
    ours.add(error);
    throw error;
  };
  const noValue = (record) =>
    record.kind === "value"
      ? "what is computed from a claim has no value while the model is compiled, and this cannot be " +
        "kept for the request: decide by it (`if`, `?:`, `===`, `includes`, ...) or put it into SQL"
      : record.kind === "claim"
        ? "a claim has no value here: compute on `.unsafeValue()`, or filter with `.filter('column')`"
        : "a reference has no value while the model is compiled: it can only be put into SQL";
  // The pieces of a text: texts, and what its marks stand for.
  const piecesOf = (given) => {
    const pieces = [];
    let rest = 0;
    for (;;) {
      const open = apply(indexOf, given, [OPEN, rest]);
      const close = open < 0 ? -1 : apply(indexOf, given, [CLOSE, open]);
      if (close < 0) break;
      if (open > rest) pieces.push(apply(slice, given, [rest, open]));
      const record = marks[apply(slice, given, [open + OPEN.length, close])];
      if (record === undefined) break;
      pieces.push(record);
      rest = close + 1;
    }
    if (rest < given.length) pieces.push(apply(slice, given, [rest]));
    return pieces;
  };
  const holdsMark = (given) => apply(indexOf, given, [OPEN]) >= 0;
  // A number for all records that are the same but for the numbers of their marks, which each run of the
  // author's code gives anew.
  const numbers = new WeakMap();
  const numberIn = WeakMap.prototype.get.bind(numbers);
  const keepNumber = WeakMap.prototype.set.bind(numbers);
  const kinds = Object.create(null);
  let count = 0;
  const numberOf = (record) => {
    let number = numberIn(record);
    if (number === undefined) {
      const kind = stringify(record, (_, item) => (typeof item === "string" && holdsMark(item) ? numbered(item) : item));
      number = kinds[kind] === undefined ? (kinds[kind] = count++) : kinds[kind];
      keepNumber(record, number);
    }
    return number;
  };
  const numbered = (given) => {
    const pieces = piecesOf(given);
    let whole = "";
    for (let index = 0; index < pieces.length; index++) {
      const piece = pieces[index];
      whole += typeof piece === "string" ? piece : OPEN + "=" + numberOf(piece) + CLOSE;
    }
    return whole;
  };
  const isSame = (one, other) =>
    typeof one === "string" || typeof other === "string" ? one === other : numberOf(one) === numberOf(other);
  const textOf = (pieces) =>
    pieces.reduce((whole, piece) => whole + (typeof piece === "string" ? piece : markOf(piece)), "");
  // How many letters two texts have in common from the front, or with `step` -1 from behind; a letter of
  // two units is not cut.
  const commonLength = (one, other, step) => {
    const at = (given, index) => given[step > 0 ? index : given.length - 1 - index];
    let length = 0;
    while (length < one.length && length < other.length && at(one, length) === at(other, length)) length += 1;
    const last = length > 0 ? at(one, length - 1) : "";
    const isCut = step > 0 ? last >= "\uD800" && last <= "\uDBFF" : last >= "\uDC00" && last <= "\uDFFF";
    return isCut ? length - 1 : length;
  };
  // Two texts as what they have in common, and between it what tells them apart.
  const compared = (left, right) => {
    let [one, other] = [piecesOf(left), piecesOf(right)];
    const shortest = () => (one.length < other.length ? one.length : other.length);
    let count = 0;
    while (count < shortest() && isSame(one[count], other[count])) count += 1;
    let before = textOf(one.slice(0, count));
    [one, other] = [one.slice(count), other.slice(count)];
    const areTexts = (place) => typeof one.at(place) === "string" && typeof other.at(place) === "string";
    if (areTexts(0)) {
      count = commonLength(one[0], other[0], 1);
      before += one[0].slice(0, count);
      [one[0], other[0]] = [one[0].slice(count), other[0].slice(count)];
    }
    count = 0;
    while (count < shortest() && isSame(one.at(-1 - count), other.at(-1 - count))) count += 1;
    let behind = textOf(one.slice(one.length - count));
    [one, other] = [one.slice(0, one.length - count), other.slice(0, other.length - count)];
    if (areTexts(-1)) {
      const [last, otherLast] = [one.pop(), other.pop()];
      count = commonLength(last, otherLast, -1);
      behind = last.slice(last.length - count) + behind;
      one.push(last.slice(0, last.length - count));
      other.push(otherLast.slice(0, otherLast.length - count));
    }
    [one, other] = [textOf(one), textOf(other)];
    return { before, one, other, behind };
  };
  // What a column or another piece of SQL is given as.
  const sqlOf = (value, what) => {
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "bigint") return text(value);
    const record = recordedIn(value);
    if (record !== undefined) return markOf(record);
    return refuse(`${what} takes SQL, not ${value === null ? "null" : typeof value}`);
  };
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

  return {
    apply, stringify, text, isObject, recordedIn, remember, markOf, refuse, isOurs, noValue, piecesOf,
    holdsMark, compared, sqlOf, standIn, notCalled,
    list: (shown) => stringify(marks.map(shown)),
  };
})
