//! A cube as JavaScript.

use std::fmt::Write as _;

use crate::Cube;
use crate::column::Expression;
use crate::cube::shown;

/// The text of a model file with one cube.
pub(crate) fn write(cube: &Cube) -> String {
    let mut out = format!("cube(`{}`, {{\n", cube.name);
    if let Some(alias) = &cube.alias {
        entry(&mut out, 2, "sql_alias", &template(alias));
    }
    entry(&mut out, 2, "sql_table", &template(&cube.table));
    if let Some(description) = &cube.description {
        entry(&mut out, 2, "description", &template(description));
    }
    out.push('\n');
    if !cube.joins.is_empty() {
        out.push_str("  joins: {\n");
        for join in &cube.joins {
            let equal = join.columns.iter().map(|(ours, theirs)| {
                format!("${{CUBE}}.{} = ${{{}}}.{}", escaped(ours), join.name, escaped(theirs))
            });
            let _ = writeln!(out, "    {}: {{", join.name);
            entry(&mut out, 6, "relationship", &template(join.relationship));
            entry(&mut out, 6, "sql", &format!("`{}`", equal.collect::<Vec<_>>().join(" AND ")));
            out.push_str("    },\n");
        }
        out.push_str("  },\n\n");
    }
    out.push_str("  measures: {\n");
    for measure in &cube.measures {
        let _ = writeln!(out, "    {}: {{", measure.name);
        entry(&mut out, 6, "type", &template(measure.kind));
        if let Some(sql) = &measure.sql {
            entry(&mut out, 6, "sql", &expression(sql));
        }
        out.push_str("    },\n");
    }
    out.push_str("  },\n");
    if !cube.dimensions.is_empty() {
        out.push_str("\n  dimensions: {\n");
    }
    for dimension in &cube.dimensions {
        let _ = writeln!(out, "    {}: {{", dimension.name);
        entry(&mut out, 6, "type", &template(dimension.kind));
        entry(&mut out, 6, "sql", &expression(&dimension.sql));
        if dimension.is_key {
            entry(&mut out, 6, "primary_key", "true");
        }
        if let Some(description) = &dimension.description {
            entry(&mut out, 6, "description", &template(description));
        }
        out.push_str("    },\n");
    }
    if !cube.dimensions.is_empty() {
        out.push_str("  },\n");
    }
    for (index, note) in cube.notes.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(out, "{gap}  // {}", shown(note));
    }
    out.push_str("});\n");
    out
}

fn entry(out: &mut String, indent: usize, key: &str, value: &str) {
    // Writing to a String does not fail.
    let _ = writeln!(out, "{:indent$}{key}: {value},", "");
}

/// A template literal that is only text.
fn template(text: &str) -> String {
    format!("`{}`", escaped(text))
}

/// What stands in a template literal for a text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '$' => {
                out.push('\\');
                out.push(character);
            }
            // A template literal reads every line end as `\n`.
            '\r' => out.push_str("\\r"),
            _ => out.push(character),
        }
    }
    out
}

/// A plain column goes without its cube, as people write it.
fn expression(sql: &Expression) -> String {
    let is_plain = sql.column.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match (sql.before, sql.after) {
        ("", "") if is_plain => template(&sql.column),
        (before, after) => format!("`{before}${{CUBE}}.{}{after}`", escaped(&sql.column)),
    }
}
