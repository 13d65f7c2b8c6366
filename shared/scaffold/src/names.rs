//! Names of cubes and members, made from names that may hold anything.

use std::collections::HashSet;

/// Longer names are cut, so that the alias of a member with its cube's fits into the 63 bytes that
/// PostgreSQL keeps.
const MAX_MEMBER: usize = 36;
/// As long as PostgreSQL's own.
const MAX_CUBE: usize = 58;

/// Words that a template or a JavaScript file reads otherwise.
const RESERVED: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "cube",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "from",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "is",
    "let",
    "new",
    "none",
    "not",
    "null",
    "or",
    "and",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "security_context",
    "static",
    "super",
    "switch",
    "table",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "user_attributes",
    "var",
    "view",
    "void",
    "while",
    "with",
    "yield",
];

/// A name for the cube of a table: `OrderItems` becomes `order_items`.
pub(crate) fn cube_name(text: &str) -> String {
    let name = identifier(text, MAX_CUBE, "unnamed");
    if RESERVED.contains(&name.as_str()) { format!("{name}_cube") } else { name }
}

/// A name for the member of a column.
pub(crate) fn member_name(text: &str, position: usize) -> String {
    let name = identifier(text, MAX_MEMBER, &format!("column_{position}"));
    if RESERVED.contains(&name.as_str()) { format!("{name}_column") } else { name }
}

/// Snake case of ASCII letters and digits; `otherwise` when none is left.
fn identifier(text: &str, max: usize, otherwise: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut name = String::new();
    for (index, &character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            if !name.ends_with('_') && !name.is_empty() {
                name.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|index| characters.get(index));
        let after = characters.get(index + 1);
        // `createdAt`, and the `S` of `HTTPServer`.
        let starts_word = character.is_ascii_uppercase()
            && (before
                .is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit())
                || before.is_some_and(char::is_ascii_uppercase)
                    && after.is_some_and(char::is_ascii_lowercase));
        if starts_word && !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name.truncate(max);
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        None => otherwise.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        Some(_) => name.to_owned(),
    }
}

/// Names that are given once.
#[derive(Debug, Default)]
pub(crate) struct Unique(HashSet<String>);

impl Unique {
    /// `name`, or `name_2`, `name_3` and so on when it is taken.
    pub(crate) fn take(&mut self, name: String) -> String {
        if self.0.insert(name.clone()) {
            return name;
        }
        let mut number = 2_u32;
        loop {
            let candidate = format!("{name}_{number}");
            if self.0.insert(candidate.clone()) {
                return candidate;
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_snake_case() {
        for (text, name) in [
            ("orders", "orders"),
            ("OrderItems", "order_items"),
            ("createdAt", "created_at"),
            ("HTTPServer", "http_server"),
            ("userID", "user_id"),
            ("line-items (old)", "line_items_old"),
            ("__proto__", "proto"),
            ("größe", "gr_e"),
            ("2024 sales", "_2024_sales"),
            ("address2Line", "address2_line"),
            ("a{b}c`d\"e", "a_b_c_d_e"),
        ] {
            assert_eq!(member_name(text, 1), name, "{text}");
        }
    }

    #[test]
    fn a_name_that_has_none_of_our_letters_is_numbered() {
        assert_eq!(member_name("数量", 3), "column_3");
        assert_eq!(cube_name("таблица"), "unnamed");
    }

    #[test]
    fn a_word_with_a_meaning_of_its_own_is_changed() {
        assert_eq!(cube_name("CUBE"), "cube_cube");
        assert_eq!(cube_name("class"), "class_cube");
        assert_eq!(member_name("security_context", 1), "security_context_column");
    }

    #[test]
    fn names_are_cut_and_told_apart() {
        let mut unique = Unique::default();
        let long = "x".repeat(63);
        assert_eq!(unique.take(member_name(&long, 1)).len(), MAX_MEMBER);
        assert_eq!(unique.take(member_name(&long, 2)), format!("{}_2", "x".repeat(MAX_MEMBER)));
        assert_eq!(unique.take("a".into()), "a");
        assert_eq!(unique.take("a_2".into()), "a_2");
        assert_eq!(unique.take("a".into()), "a_3");
    }
}
