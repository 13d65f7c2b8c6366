//! A cube as YAML.

use std::fmt::Write as _;

use crate::Cube;
use crate::column::Expression;
use crate::cube::shown;

/// The text of a model file with one cube.
pub(crate) fn write(cube: &Cube) -> String {
    let mut out = String::from("cubes:\n");
    entry(&mut out, "  - ", "name", &cube.name);
    if let Some(alias) = &cube.alias {
        entry(&mut out, "    ", "sql_alias", alias);
    }
    entry(&mut out, "    ", "sql_table", &template(&cube.table));
    if let Some(description) = &cube.description {
        entry(&mut out, "    ", "description", description);
    }
    if !cube.joins.is_empty() {
        out.push_str("\n    joins:\n");
        for join in &cube.joins {
            entry(&mut out, "      - ", "name", &join.name);
            entry(&mut out, "        ", "relationship", join.relationship);
            let equal = join.columns.iter().map(|(ours, theirs)| {
                format!("{{CUBE}}.{} = {{{}}}.{}", template(ours), join.name, template(theirs))
            });
            entry(&mut out, "        ", "sql", &equal.collect::<Vec<_>>().join(" AND "));
        }
    }
    out.push_str("\n    measures:\n");
    for measure in &cube.measures {
        entry(&mut out, "      - ", "name", &measure.name);
        entry(&mut out, "        ", "type", measure.kind);
        if let Some(sql) = &measure.sql {
            entry(&mut out, "        ", "sql", &expression(sql));
        }
    }
    if !cube.dimensions.is_empty() {
        out.push_str("\n    dimensions:\n");
    }
    for dimension in &cube.dimensions {
        entry(&mut out, "      - ", "name", &dimension.name);
        entry(&mut out, "        ", "type", dimension.kind);
        entry(&mut out, "        ", "sql", &expression(&dimension.sql));
        if dimension.is_key {
            out.push_str("        primary_key: true\n");
        }
        if let Some(description) = &dimension.description {
            entry(&mut out, "        ", "description", description);
        }
    }
    for (index, note) in cube.notes.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        // A comment is read by Jinja too.
        let note = without_jinja(&shown(note), "{ ");
        // Writing to a String does not fail.
        let _ = writeln!(out, "{gap}    # {note}");
    }
    out
}

fn entry(out: &mut String, indent: &str, key: &str, value: &str) {
    let _ = writeln!(out, "{indent}{key}: {}", scalar(value));
}

/// SQL in a template: what means something there is escaped.
fn template(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for character in sql.chars() {
        if matches!(character, '\\' | '{' | '}' | '`') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// A plain column goes without its cube, as people write it.
fn expression(sql: &Expression) -> String {
    let is_plain = sql.column.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match (sql.before, sql.after) {
        ("", "") if is_plain => sql.column.clone(),
        (before, after) => format!("{before}{{CUBE}}.{}{after}", template(&sql.column)),
    }
}

/// Words that YAML takes for something else than text, in any case.
const WORDS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// A text as it is, or in double quotes where it could be read otherwise.
fn scalar(text: &str) -> String {
    let mut bytes = text.bytes();
    let is_plain = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            _ if is_printable(character) => out.push(character),
            _ if u32::from(character) > 0xffff => {
                let _ = write!(out, "\\U{:08x}", u32::from(character));
            }
            _ => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
        }
    }
    out.push('"');
    without_jinja(&out, "\\x7b")
}

/// YAML 1.2, section 5.1, less what ends a line somewhere and the mark of byte order.
fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// `text` with `brace` for every `{` that would open a Jinja tag: the file is one to Cube.
fn without_jinja(text: &str, brace: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '{' && matches!(characters.peek(), Some('{' | '%' | '#')) {
            out.push_str(brace);
        } else {
            out.push(character);
        }
    }
    out
}
