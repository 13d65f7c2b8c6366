//! A `.env` file, read as npm's `dotenv` reads it.

use std::path::Path;

use crate::{Error, Map};

/// The variables of the file at `path`; empty when there is no such file.
///
/// `KEY=value` or `export KEY=value` per line, `#` comments, values in single quotes, double quotes
/// (with `\n` and `\r`) or backticks, which may span lines. Nothing is expanded: a `$` in a password
/// is a `$` (npm `dotenv` 16, `lib/main.js`, `parse`).
///
/// # Errors
/// [`Error::File`] for a file that cannot be read and for a line that is no assignment.
pub fn read_dotenv(path: &Path) -> Result<Map, Error> {
    let refused = |reason: String| Error::File { path: path.to_owned(), reason };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Map::default()),
        Err(error) => return Err(refused(error.to_string())),
    };
    parse(&text)
        .map(|pairs| pairs.into_iter().collect())
        .map_err(|line| refused(format!("line {line} is no assignment")))
}

/// The assignments of `text`, or the number of the first line that is none.
fn parse(text: &str) -> Result<Vec<(String, String)>, usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut pairs = Vec::new();
    let mut rest = text;
    let mut line_number = 0;
    while !rest.is_empty() {
        line_number += 1;
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let assignment = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = assignment.split_once('=').ok_or(line_number)?;
        let name = name.trim_end();
        if !is_name(name) {
            return Err(line_number);
        }
        let value = value.trim_start();
        let (value, lines_taken) = match value.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => {
                quoted(value, quote, &mut rest).ok_or(line_number)?
            }
            _ => (unquoted(value), 0),
        };
        line_number += lines_taken;
        pairs.push((name.to_owned(), value));
    }
    Ok(pairs)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// A value without quotes ends at ` #` or at the end of its line.
fn unquoted(value: &str) -> String {
    let end = value.find('#').unwrap_or(value.len());
    value.get(..end).unwrap_or(value).trim_end().to_owned()
}

/// A value in quotes, which may go on in `rest`; also how many lines of `rest` it took.
fn quoted(value: &str, quote: char, rest: &mut &str) -> Option<(String, usize)> {
    let mut inner = value.strip_prefix(quote)?.to_owned();
    let mut lines_taken = 0;
    while !inner.contains(quote) {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        *rest = after;
        inner.push('\n');
        inner.push_str(line.strip_suffix('\r').unwrap_or(line));
        lines_taken += 1;
    }
    let (inner, _comment) = inner.split_once(quote)?;
    let value = if quote == '"' {
        inner.replace("\\n", "\n").replace("\\r", "\r")
    } else {
        inner.to_owned()
    };
    Some((value, lines_taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Environment;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap()
    }

    fn value(text: &str) -> String {
        pairs(text).remove(0).1
    }

    #[test]
    fn assignments_comments_and_blank_lines() {
        let read = pairs("# c\n\nA=1\r\nexport B = two \nC=\n");
        let expected = [("A", "1"), ("B", "two"), ("C", "")];
        assert_eq!(read, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn nothing_is_expanded() {
        assert_eq!(value("A=pa$$word$HOME"), "pa$$word$HOME");
        assert_eq!(value("A='a\\nb'"), "a\\nb");
    }

    #[test]
    fn quotes_keep_hashes_and_blanks_and_span_lines() {
        assert_eq!(value("A=' x # y ' # z"), " x # y ");
        assert_eq!(value("A=\"a\\nb\""), "a\nb");
        assert_eq!(value("A=x # y"), "x");
        let two = pairs("A=\"-----BEGIN\nabc\n-----END\"\nB=1");
        assert_eq!(two.first().unwrap().1, "-----BEGIN\nabc\n-----END");
        assert_eq!(two.get(1).unwrap().1, "1");
    }

    #[test]
    fn a_line_that_is_no_assignment_is_named_by_its_number() {
        assert_eq!(parse("A=1\nnonsense\n"), Err(2));
        assert_eq!(parse("A=\"x\ny\"\n1 2=3\n"), Err(3));
        assert_eq!(parse("A=\"never closed\n\n"), Err(1));
    }

    #[test]
    fn a_missing_file_is_no_variables() {
        let map = read_dotenv(Path::new("/nonexistent/.env")).unwrap();
        assert!(map.names().is_empty());
    }
}
