// The ways through the author's code. What is decided by a claim (`if`, `?:`, `&&`, `switch`, ...) is
// decided once each way: the code runs for every way there is, and what came out of them becomes one
// computation that asks the same questions for a request.
(function (marks) {
  "use strict";
  const { apply, stringify, text, refuse, isOurs, piecesOf } = marks;
  // Each way is a run of the author's code and a branch of what is kept.
  const MAX_WAYS = 64;
  const RealError = Error;
  const join = Array.prototype.join;
  const dictionary = () => Object.create(null);
  // What the engine throws for mistakes in the code, by itself.
  const MISTAKES = new Set(["TypeError", "ReferenceError", "RangeError", "SyntaxError", "InternalError",
    "EvalError", "URIError", "AggregateError"]);
  const isMistake = Set.prototype.has.bind(MISTAKES);

  // The way that is being gone: the decisions it repeats (`script`), those it has taken, and what is
  // known from them. `outer` is the way inside which it began.
  let way;

  // What a claim is compared with, when that is a value of the author's.
  const constantOf = ({ op, text: words, value }) =>
    op === "text" ? `s${words}` : op === "number" ? `n${value}` : op === "constant" ? `c${value}` : undefined;
  const isEquality = (tree) => tree.op === "compare" && tree.name === "===";
  // What follows from decisions that were taken before.
  const known = (tree, key) => {
    const constant = isEquality(tree) ? constantOf(tree.of[1]) : undefined;
    const subject = constant === undefined ? undefined : stringify(tree.of[0]);
    for (let one = way; one !== undefined; one = one.outer) {
      const answer = one.facts[key];
      if (answer !== undefined) return answer;
      const equal = subject === undefined ? undefined : one.equal[subject];
      if (equal !== undefined) return equal === constant;
    }
    return undefined;
  };
  const OPPOSITES = { "!==": "===", "!=": "==" };

  // Which branch is taken on this way.
  const decide = (tree, at) => {
    if (tree.op === "not") return !decide(tree.of[0], at);
    if (tree.op === "compare" && OPPOSITES[tree.name] !== undefined) {
      return !decide({ op: "compare", name: OPPOSITES[tree.name], of: tree.of }, at);
    }
    const key = stringify(tree);
    let answer = known(tree, key);
    if (answer !== undefined) return answer;
    if (way === undefined) refuse("a claim can only decide inside SQL");
    const turn = way.taken.length;
    if (turn < way.script.length) {
      if (way.script[turn].key !== key) refuse("this does something else each time it is run: SQL follows from the claims alone");
      answer = way.script[turn].answer;
    } else {
      way.all.forks += 1;
      if (way.all.forks >= MAX_WAYS) {
        refuse(`claims lead more than ${MAX_WAYS} ways through this: decide inside \`\${...}\`, each by itself`);
      }
      answer = true;
    }
    way.taken.push({ tree, key, answer, at });
    way.facts[key] = answer;
    if (answer && isEquality(tree)) {
      const constant = constantOf(tree.of[1]);
      if (constant !== undefined) way.equal[stringify(tree.of[0])] = constant;
    }
    return answer;
  };

  // The sentence of an error that the author throws to refuse a caller; nothing for a mistake.
  const refusalOf = (error) => {
    if (!(error instanceof RealError)) return typeof error === "string" ? `Error: ${error}` : "Error";
    if (isOurs(error) || isMistake(text(error.name))) return undefined;
    return `${text(error.name)}: ${text(error.message)}`;
  };
  // Without what stands for claims.
  const plainly = (sentence) =>
    apply(join, piecesOf(sentence).map((piece) => (typeof piece === "string" ? piece : "...")), [""]);

  const go = (work, script, all, outer) => {
    way = { outer, script, all, taken: [], facts: dictionary(), equal: dictionary() };
    let outcome;
    try {
      outcome = { value: work() };
    } catch (error) {
      const sentence = way.taken.length === 0 ? undefined : refusalOf(error);
      if (sentence === undefined) {
        if (way.taken.length > 0 && error instanceof TypeError && !isOurs(error)) {
          error.message += " (for callers whose claims lead here: say what holds for them, or throw an Error)";
        }
        throw error;
      }
      outcome = { refusal: plainly(sentence), error };
    }
    return { outcome, taken: way.taken };
  };

  // Runs `work` once for every way through it. Gives what it gave, when nothing was decided, or
  // `together` of the tree of decisions: `{ decided, at, yes, no }`, with outcomes at its ends.
  const explore = (work, together) => {
    const outer = way;
    const all = { forks: 0 };
    let root;
    let script = [];
    // The first error, while every way ends in one.
    let first = {};
    try {
      for (;;) {
        const { outcome, taken } = go(work, script, all, outer);
        if (taken.length === 0) return outcome.value;
        if (outcome.refusal === undefined) first = undefined;
        else if (first !== undefined && first.error === undefined) first.error = outcome.error;
        root = grown(root, taken, 0, outcome);
        script = taken;
        while (script.length > 0 && !script[script.length - 1].answer) script = script.slice(0, -1);
        if (script.length === 0) {
          if (first !== undefined) throw first.error;
          break;
        }
        const { key } = script[script.length - 1];
        script = script.slice(0, -1).concat([{ key, answer: false }]);
      }
    } finally {
      way = outer;
    }
    return together(root);
  };
  // The tree with the outcome of one way more.
  const grown = (node, taken, depth, outcome) => {
    if (depth === taken.length) return { outcome };
    const { tree, at, answer } = taken[depth];
    const found = node || { decided: tree, at };
    const side = answer ? "yes" : "no";
    found[side] = grown(found[side], taken, depth + 1, outcome);
    return found;
  };
  return { decide, explore, known: (tree) => known(tree, stringify(tree)) };
})
