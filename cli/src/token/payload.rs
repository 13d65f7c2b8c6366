//! From `-p` and `--context` to claims.

use serde_json::{Map, Value};

/// What the command writes itself.
const WRITTEN_HERE: [(&str, &str); 3] = [
    ("exp", "it follows from --expiry"),
    ("iat", "it is the time of now"),
    ("jti", "it is made for each token"),
];

/// The members of `context`, and over them every `name=value`, the first of two with one name.
///
/// What comes after a second `=` is left out, and so is an entry without a name or a value, as Cube
/// does.
///
/// # Errors
/// A sentence: the context is no JSON object, or sets what the command writes itself.
pub(super) fn read<'a>(
    context: Option<&str>,
    entries: impl Iterator<Item = &'a String>,
) -> Result<Map<String, Value>, String> {
    let mut claims = Map::new();
    for entry in entries {
        let mut parts = entry.split('=');
        if let (Some(name), Some(value)) = (parts.next(), parts.next())
            && !name.is_empty()
            && !value.is_empty()
        {
            claims.entry(name).or_insert_with(|| value.into());
        }
    }
    if let Some(context) = context {
        let members = auth::read_object(context.as_bytes(), auth::MAX_DEPTH).map_err(|error| {
            format!("--context is {error}: write it as in --context '{{\"u\": {{\"id\": 42}}}}'")
        })?;
        for (name, value) in members {
            claims.entry(name).or_insert(value);
        }
    }
    match WRITTEN_HERE.iter().find(|(name, _)| claims.contains_key(*name)) {
        Some((name, why)) => Err(format!("`{name}` cannot be set: {why}")),
        None => Ok(claims),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(context: Option<&str>, entries: &[&str]) -> Result<String, String> {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        read(context, entries.iter()).map(|claims| Value::Object(claims).to_string())
    }

    #[test]
    fn entries_are_read_as_cube_reads_them() {
        for (entries, expected) in [
            (&[][..], "{}"),
            (&["a=1", "a=2"], r#"{"a":"1"}"#),
            (&["a=b=c", "=x", "y=", "z"], r#"{"a":"b"}"#),
            (&["id=42"], r#"{"id":"42"}"#),
        ] {
            assert_eq!(shown(None, entries).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_context_is_a_json_object_under_the_entries() {
        let context = r#"{"u": {"id": 42, "roles": ["a"]}, "tenant": 7, "a": null}"#;
        let expected = r#"{"a":null,"tenant":"8","u":{"id":42,"roles":["a"]}}"#;
        assert_eq!(shown(Some(context), &["tenant=8"]).as_deref(), Ok(expected));
        for bad in ["", "7", "[]", "{", r#"{"a":1,"a":2}"#, "{} x"] {
            assert!(shown(Some(bad), &[]).unwrap_err().starts_with("--context is"), "{bad}");
        }
    }

    #[test]
    fn what_the_command_writes_itself_cannot_be_set() {
        for name in ["exp", "iat", "jti"] {
            let context = format!(r#"{{"{name}": 1}}"#);
            for refused in [shown(Some(&context), &[]), shown(None, &[&format!("{name}=1")])] {
                assert!(refused.unwrap_err().contains(name));
            }
        }
    }
}
