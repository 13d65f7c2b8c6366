// Computing on claims: a claim has no value while a model is compiled, so what is done with it is kept
// as a tree of operations, and what is decided by it is decided both ways (`ways.js`).
(function (marks, ways, tools) {
  "use strict";
  const { decide, explore, known } = ways;
  const { text, recordedIn, markOf, refuse, noValue, piecesOf, holdsMark, compared, standIn } = marks;
  const { isArray } = Array;
  const { keys: keysOf, hasOwn } = Object;

  // --- What is kept -----------------------------------------------------------------------------
  const isClaim = (piece) => piece.kind === "value";
  // What stands for a claim's value, or a text that holds one, as a record; nothing for what has a value.
  const symbolic = (given) => {
    if (typeof given === "string") {
      if (!holdsMark(given)) return undefined;
      const claim = piecesOf(given).find(isClaim);
      return claim && { kind: "value", tree: whole(given), at: claim.at };
    }
    const record = recordedIn(given);
    if (record !== undefined && record.kind !== "value") refuse(noValue(record));
    return record;
  };
  // A text that holds claims, put together for the request.
  const whole = (given) => ({
    op: "concat",
    of: piecesOf(given).map((piece) => {
      if (typeof piece === "string") return { op: "text", text: piece };
      return isClaim(piece) ? plain(piece.tree) : refuse("SQL that holds claims can only be put into SQL");
    }),
  });
  // A tree whose value is asked for, so that it cannot be SQL.
  const plain = (tree) => {
    if (tree.op === "sql") refuse("SQL that depends on claims can only be put into SQL");
    if (tree.of !== undefined) tree.of.forEach(plain);
    return tree;
  };
  const constant = (given) => {
    if (given === undefined) return { op: "undefined" };
    if (given === null || typeof given === "boolean") return { op: "constant", value: given };
    if (typeof given === "number" || typeof given === "bigint") return { op: "number", value: text(given) };
    return refuse("what is computed with claims is made of texts, numbers, true, false, null and lists of them");
  };
  // What a claim is computed with.
  const operand = (given) => {
    const record = symbolic(given);
    if (record !== undefined) return plain(record.tree);
    if (typeof given === "string") return { op: "text", text: given };
    return isArray(given) ? { op: "list", of: given.map(operand) } : constant(given);
  };
  // What came out of a way: SQL, a text, a claim's value, or another value.
  const outcome = (given) => {
    const record = recordedIn(given);
    if (record !== undefined) return isClaim(record) ? record.tree : { op: "sql", text: markOf(record) };
    return typeof given === "string" ? { op: holdsMark(given) ? "sql" : "text", text: given } : constant(given);
  };
  const sql = (given) =>
    typeof given === "string" || typeof given === "number" || recordedIn(given) !== undefined
      ? outcome(given)
      : refuse("what claims decide here must be SQL for every caller: for some it is " +
          (given === null ? "null" : isArray(given) ? "a list" : typeof given));
  const isText = ({ op }) => op === "text" || op === "sql";
  // The outcomes of all ways as one tree. Texts are one text, in which only what tells them apart is
  // decided: a claim that decides is not beside one that is written.
  const together = (node, leaf) => {
    if (node.outcome !== undefined) {
      const { refusal, value: given } = node.outcome;
      return refusal === undefined ? leaf(given) : { op: "refusal", text: refusal };
    }
    const [yes, no] = [together(node.yes, leaf), together(node.no, leaf)];
    const decided = (one, other) => ({ op: "cond", of: [node.decided, one, other] });
    if (!isText(yes) || !isText(no)) return decided(yes, no);
    const { before, one, other, behind } = compared(yes.text, no.text);
    if (before === "" && behind === "") return decided(yes, no);
    const mark = markOf({ kind: "value", tree: decided(outcome(one), outcome(other)), at: node.at });
    return { op: "sql", text: before + mark + behind };
  };
  // What the author's code gives, for every way there is through it.
  const explored = (work, leaf) =>
    explore(work, (root) => {
      const tree = together(root, leaf);
      return tree.op === "sql" ? tree.text : value(tree, root.at);
    });

  // --- A value ----------------------------------------------------------------------------------
  const one = (name, given) =>
    given.length === 1 ? given[0] : refuse(`\`${name}\` of a claim takes one value here`);
  const METHODS = {
    includes: (kept, given) => kept("includes", operand(one("includes", given))),
    startsWith: (kept, given) => kept("startsWith", operand(one("startsWith", given))),
    endsWith: (kept, given) => kept("endsWith", operand(one("endsWith", given))),
    indexOf: (kept, given) => kept("indexOf", operand(one("indexOf", given))),
    split: (kept, given) => kept("split", operand(one("split", given))),
    toLowerCase: (kept) => kept("toLowerCase"),
    toUpperCase: (kept) => kept("toUpperCase"),
    trim: (kept) => kept("trim"),
    replace: (kept, given) => replaced(kept, "replace", given),
    replaceAll: (kept, given) => replaced(kept, "replaceAll", given),
    some: (kept, given) => kept("some", ofEach(one("some", given))),
    every: (kept, given) => kept("every", ofEach(one("every", given))),
  };
  const SUPPORTED = keysOf(METHODS).map((name) => `\`${name}\``).join(", ");
  // A pattern that is a text, written as one or as a regular expression.
  const PLAIN_PATTERN = /^(?:[^\\^$.*+?()[\]{}|]|\\[^\w\s])+$/;
  const replaced = (kept, name, given) => {
    let [pattern, replacement] = given;
    let op = name;
    if (pattern instanceof RegExp) {
      const { source, flags } = pattern;
      if (!PLAIN_PATTERN.test(source) || (flags !== "" && flags !== "g")) {
        refuse(`\`${name}\` of a claim takes a text, or a regular expression that is one`);
      }
      op = flags === "g" ? "replaceAll" : "replace";
      pattern = source.replace(/\\(.)/g, "$1");
    }
    const isPlain = (item) => typeof item === "string" && !holdsMark(item);
    if (given.length !== 2 || !isPlain(pattern) || pattern === "" || !isPlain(replacement) || replacement.includes("$")) {
      refuse(`\`${name}\` of a claim takes two texts, the first not empty and the second without \`$\``);
    }
    return kept(op, { op: "text", text: pattern }, { op: "text", text: replacement });
  };
  // What a function answers for an element of a claim that is a list.
  let depth = 0;
  const ofEach = (given) => {
    if (typeof given !== "function" || recordedIn(given) !== undefined) {
      refuse("`some` and `every` take a function");
    }
    depth += 1;
    try {
      const element = value({ op: "element", depth }, undefined);
      const answer = operand(explored(() => given(element), operand));
      if (holdsOther(answer, depth)) refuse("a function in a function over a claim sees its own element only");
      return answer;
    } finally {
      depth -= 1;
    }
  };
  const holdsOther = (tree, own) =>
    (tree.op === "element" && tree.depth !== own) ||
    (tree.of !== undefined && tree.of.some((part) => holdsOther(part, own)));

  // Operations in all; more only by an author's trick.
  const MAX_OPERATIONS = 5000;
  const sizes = new WeakMap();
  const sizeOf = WeakMap.prototype.get.bind(sizes);
  const keepSize = WeakMap.prototype.set.bind(sizes);
  const size = (tree) => {
    let found = sizeOf(tree);
    if (found === undefined) {
      found = (tree.of || []).reduce((sum, part) => sum + size(part), 1);
      keepSize(tree, found);
    }
    return found;
  };
  const value = (tree, at, name) => {
    if (size(tree) > MAX_OPERATIONS) refuse("too much is computed on claims here: decide less at once");
    const kept = (op, ...of) => value({ op, of: [tree, ...of] }, at);
    const isCalled = () =>
      refuse(name === undefined ? "a claim is not a function"
        : `\`${name}()\` of a claim cannot be kept for the request: there are ${SUPPORTED}; a list is ` +
          "put into SQL with `.filter('column')`");
    return standIn({ kind: "value", tree, at }, (key) => {
      if (hasOwn(METHODS, key)) return (...given) => METHODS[key](kept, given);
      if (key === "constructor" || key === "__proto__") refuse(`a claim has no \`${key}\``);
      return value({ op: "member", name: key, of: [tree] }, at, key);
    }, isCalled);
  };
  const asked = (record, op, ...of) => value({ op, of }, record.at);
  // Whether something is missing. A claim that is read is there, or the caller is refused.
  const mayBeMissing = (record) => ["member", "element", "cond"].indexOf(record.tree.op) >= 0;
  const absence = (record) => ({ op: "compare", name: "==", of: [record.tree, constant(null)] });
  const isMissing = (record) => mayBeMissing(record) && decide(absence(record), record.at);

  // --- Operators --------------------------------------------------------------------------------
  const QUESTIONS = ["compare", "not", "includes", "startsWith", "endsWith", "some", "every", "isArray"];
  // A value that was decided by: of a question the answer.
  const answered = (given, answer) => {
    const record = recordedIn(given);
    return record !== undefined && QUESTIONS.indexOf(record.tree.op) >= 0 ? answer : given;
  };
  tools.test = (given) => {
    if (typeof given === "string") {
      if (!holdsMark(given) || !piecesOf(given).every((piece) => typeof piece !== "string" && isClaim(piece))) {
        return given;
      }
    }
    const record = symbolic(given);
    return record === undefined ? given : decide(record.tree, record.at);
  };
  tools.and = (left, right) => (tools.test(left) ? right() : answered(left, false));
  tools.or = (left, right) => (tools.test(left) ? answered(left, true) : right());
  tools.nullish = (left, right) => {
    const record = typeof left === "string" ? undefined : symbolic(left);
    if (record === undefined) return left === null || left === undefined ? right() : left;
    return isMissing(record) ? right() : left;
  };
  tools.not = (given) => {
    const record = recordedIn(given) && symbolic(given);
    return record ? asked(record, "not", record.tree) : !tools.test(given);
  };
  tools.typeOf = (given) => {
    const record = recordedIn(given);
    return record === undefined || !isClaim(record) ? typeof given : asked(record, "typeof", record.tree);
  };
  const OPERATORS = {
    "===": (a, b) => a === b, "!==": (a, b) => a !== b, "==": (a, b) => a == b, "!=": (a, b) => a != b,
    "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
    in: (a, b) => a in b, instanceof: (a, b) => a instanceof b,
    "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b,
    "%": (a, b) => a % b, "**": (a, b) => a ** b, "|": (a, b) => a | b, "&": (a, b) => a & b,
    "^": (a, b) => a ^ b, "<<": (a, b) => a << b, ">>": (a, b) => a >> b, ">>>": (a, b) => a >>> b,
  };
  const COMPARISONS = ["===", "!==", "==", "!=", "<", ">", "<=", ">="];
  tools.op = (name, left, right) => {
    if (name === "+") {
      const record = recordedIn(left) || recordedIn(right);
      if (record === undefined) return left + right;
      // A text is put together; a sum of claims would be another thing than a text of them.
      if (typeof left === "number" || typeof right === "number") refuse(noValue(record));
      return text(left) + text(right);
    }
    const record = symbolic(left) || symbolic(right);
    if (record === undefined) return OPERATORS[name](left, right);
    if (COMPARISONS.indexOf(name) >= 0) {
      return value({ op: "compare", name, of: [operand(left), operand(right)] }, record.at);
    }
    if (name === "in") return isOwn(right, left);
    return name === "instanceof" && right === Array ? asked(record, "isArray", record.tree) : refuse(noValue(record));
  };
  tools.plus = (given) => {
    const record = symbolic(given);
    return record === undefined ? +given : asked(record, "toNumber", record.tree);
  };
  tools.plain = (given) => {
    const record = symbolic(given);
    return record === undefined ? given : refuse(noValue(record));
  };
  // What is added to something that may be a number.
  tools.added = (given) => (recordedIn(given) === undefined ? given : tools.plain(given));

  // --- Members ----------------------------------------------------------------------------------
  // A text that holds a claim has none of the members that it has as a text of ours.
  tools.live = (given) => {
    const record = typeof given === "string" ? symbolic(given) : undefined;
    return record === undefined ? given : value(record.tree, record.at);
  };
  tools.may = (given) => {
    const live = tools.live(given);
    const record = recordedIn(live);
    return record !== undefined && isClaim(record) && isMissing(record) ? undefined : live;
  };
  // What has a default where JavaScript finds it missing, which a claim's value may be for some callers.
  tools.given = (...values) => {
    for (const given of values) {
      const record = recordedIn(given);
      if (record !== undefined && isClaim(record) && mayBeMissing(record) && known(absence(record)) !== false) {
        refuse("a default does not see what is missing in a claim: write `?? otherwise` where it is read");
      }
    }
  };
  const isNamed = (record, name) =>
    decide({ op: "compare", name: "===", of: [{ op: "concat", of: [plain(record.tree)] }, { op: "text", text: name }] }, record.at);
  // A name that a claim says is one of the author's own, never one that every object has.
  tools.lookup = (owner, key) => {
    const held = tools.live(owner);
    const record = symbolic(key);
    if (record === undefined || held === null || held === undefined) return held[key];
    if (recordedIn(held) !== undefined) refuse(noValue(record));
    for (const name of keysOf(held)) if (isNamed(record, name)) return held[name];
    return undefined;
  };
  const isOwn = (owner, key) => {
    const record = symbolic(key);
    if (recordedIn(owner) !== undefined) refuse(noValue(recordedIn(owner)));
    return asked(record, "includes", operand(keysOf(owner)), { op: "concat", of: [plain(record.tree)] });
  };
  tools.hole = (work) => explored(work, outcome);

  // A tree as a list of its operations, operands before what they are operands of.
  const flat = (tree, nodes) => {
    const of = (tree.of || []).map((part) => flat(part, nodes));
    return nodes.push({ ...tree, of }) - 1;
  };
  const shown = (record) => {
    if (!isClaim(record)) return record;
    const nodes = [];
    flat(record.tree, nodes);
    return { kind: record.kind, at: record.at, nodes };
  };
  return { symbolic, operand, value, asked, isOwn, shown, settle: (work) => explored(work, sql) };
})
