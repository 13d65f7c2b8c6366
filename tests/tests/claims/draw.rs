//! Functions of the security context, drawn.

use std::fmt::Write as _;
use std::ops::Range;

/// Numbers that a seed stands for (Marsaglia, "Xorshift RNGs", 2003).
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        let mut chance = Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            chance.below(2);
        }
        chance
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 33) % u64::try_from(end).unwrap()).unwrap()
    }

    fn pick<'l>(&mut self, list: &[&'l str]) -> &'l str {
        list[self.below(list.len())]
    }
}

/// The seeds that are asked for.
#[expect(clippy::disallowed_methods, reason = "the tests' own switch, not a setting")]
pub(crate) fn seeds(count: u64) -> Range<u64> {
    let Ok(text) = std::env::var("DRAWS") else { return 0..count };
    match text.split_once("..") {
        Some((start, end)) => start.parse().unwrap()..end.parse().unwrap(),
        None => 0..text.parse().unwrap(),
    }
}

/// The function that a seed stands for.
pub(crate) fn function(seed: u64) -> String {
    let mut draw = Draw { chance: Chance::new(seed), loops: 0 };
    let body = draw.statements(2, 3);
    format!(
        "(c) => {{ let out = 's'; const parts = []; const kind = (v) => {{ if (v === 'admin') return 'A'; \
         if (v) return 'T'; return 'F'; }}; {body} return out + parts.join('+'); }}"
    )
}

struct Draw {
    chance: Chance,
    /// Loops around what is drawn; each has a variable `x1`, `x2`, ...
    loops: usize,
}

impl Draw {
    fn statements(&mut self, depth: usize, count: usize) -> String {
        let mut out = String::new();
        for _ in 0..=self.chance.below(count) {
            let statement = self.statement(depth);
            write!(out, "{statement} ").unwrap();
        }
        out
    }

    fn statement(&mut self, depth: usize) -> String {
        let kinds = if depth == 0 { 6 } else { 11 };
        match self.chance.below(kinds) {
            0 => format!("out += {};", self.text()),
            1 => {
                format!("out += `${{{} ? {} : {}}}`;", self.condition(2), self.text(), self.text())
            }
            2 => format!("out = {} ? {} : out + {};", self.condition(1), self.text(), self.text()),
            3 => format!("{} && parts.push({});", self.condition(1), self.text()),
            4 => format!("out += kind({});", self.value()),
            5 => format!("if ({}) return out + {};", self.condition(1), self.text()),
            6 | 7 => {
                let condition = self.condition(2);
                let (then, otherwise) =
                    (self.statements(depth - 1, 2), self.statements(depth - 1, 2));
                format!("if ({condition}) {{ {then} }} else {{ {otherwise} }}")
            }
            8 => self.switch(depth),
            9 => self.over_a_list(depth),
            _ => {
                format!("out += ({} || {}) === 'admin' ? 'o' : 'p';", self.value(), self.constant())
            }
        }
    }

    fn switch(&mut self, depth: usize) -> String {
        let mut out = format!("switch ({}) {{ ", self.value());
        for _ in 0..=self.chance.below(2) {
            let (constant, body) = (self.constant(), self.statements(depth - 1, 1));
            let end = self.chance.pick(&["break;", ""]);
            write!(out, "case {constant}: {body} {end} ").unwrap();
        }
        let body = self.statements(depth - 1, 1);
        format!("{out} default: {body} }}")
    }

    fn over_a_list(&mut self, depth: usize) -> String {
        self.loops += 1;
        let name = format!("x{}", self.loops);
        let list = self.chance.pick(&["['admin', 'editor']", "[1, 5]", "['a', 'b']"]);
        let body = self.statements(depth - 1, 1);
        let (value, end) =
            (self.value(), self.chance.pick(&["break;", "continue;", "out += 'f';"]));
        self.loops -= 1;
        format!(
            "for (const {name} of {list}) {{ if ({value} === {name}) {{ out += {name}; {end} }} {body} }}"
        )
    }

    fn condition(&mut self, depth: usize) -> String {
        let kinds = if depth == 0 { 6 } else { 9 };
        match self.chance.below(kinds) {
            0 => {
                let operator = self.chance.pick(&["===", "!==", "==", "!="]);
                format!("({} {operator} {})", self.value(), self.constant())
            }
            1 => format!(
                "(Number({}) {} {})",
                self.value(),
                self.chance.pick(&[">", "<=", "<"]),
                self.chance.below(8)
            ),
            2 => self.value(),
            3 => format!("c.tags.unsafeValue().includes({})", self.constant()),
            4 => format!(
                "(typeof {} === {})",
                self.value(),
                self.chance.pick(&["'string'", "'number'", "'undefined'"])
            ),
            5 => format!("['admin', 'viewer', 5].includes({})", self.value()),
            6 => format!("!{}", self.condition(depth - 1)),
            7 => {
                let operator = self.chance.pick(&["&&", "||"]);
                format!("({} {operator} {})", self.condition(depth - 1), self.condition(depth - 1))
            }
            _ => format!("(`<${{{}}}>` === `<${{{}}}>`)", self.value(), self.constant()),
        }
    }

    fn value(&mut self) -> String {
        self.chance
            .pick(&[
                "c.role.unsafeValue()",
                "c.role.unsafeValue()",
                "c.level.unsafeValue()",
                "c.id.unsafeValue()",
                "c.is_admin.unsafeValue()",
                "c.csv.unsafeValue().split(',')[1]",
                "c.user.unsafeValue().name",
                "c.user.unsafeValue().boss",
                "c.user.unsafeValue().boss?.name",
                "(c.user.unsafeValue().boss ?? 'admin')",
                "c.user.unsafeValue().team?.id",
                "`${c.role.unsafeValue()}`",
                "({ admin: 'a', editor: 5 })[c.role.unsafeValue()]",
                "(c.role.unsafeValue() === 'admin' && 'admin')",
            ])
            .to_owned()
    }

    fn constant(&mut self) -> &'static str {
        self.chance.pick(&[
            "'admin'",
            "'editor'",
            "''",
            "'a'",
            "'b'",
            "0",
            "5",
            "42",
            "'7'",
            "true",
            "null",
            "undefined",
        ])
    }

    fn text(&mut self) -> &'static str {
        self.chance.pick(&["'a'", "'b '", "'c-'", "`d`", "''", "1"])
    }
}
