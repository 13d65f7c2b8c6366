//! `Cube.member`.

use std::fmt;

/// `Cube.member`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberPath {
    /// The part before the dot.
    pub cube: String,
    /// The part after it.
    pub member: String,
}

impl MemberPath {
    /// The pattern of a member, as Cube writes it in its sentence.
    pub(crate) const PATTERN: &str = r"/^[a-zA-Z0-9_]+\.[a-zA-Z0-9_]+$/";
    /// The pattern of a member with or without a granularity.
    pub(crate) const PATTERN_WITH_GRANULARITY: &str =
        r"/^[a-zA-Z0-9_]+\.[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)?$/";
    /// The pattern of a sort key, as Cube writes it. One name alone is a member expression there,
    /// which is not served.
    pub(crate) const PATTERN_OF_SORT_KEYS: &str = r"/^[a-zA-Z0-9_]+\.[a-zA-Z0-9_]+$|^[a-zA-Z0-9_]+$|^[a-zA-Z0-9_]+\.[a-zA-Z0-9_]+\.[a-zA-Z0-9_]+$/";

    /// The path that `text` writes out, if it is two plain names with a dot between them.
    pub fn parse(text: &str) -> Option<MemberPath> {
        match MemberPath::parse_with_granularity(text)? {
            (path, None) => Some(path),
            (_, Some(_)) => None,
        }
    }

    /// The path and the granularity behind it, if `text` is two or three plain names with dots.
    pub(crate) fn parse_with_granularity(text: &str) -> Option<(MemberPath, Option<&str>)> {
        let mut names = text.split('.');
        let cube = names.next().filter(|name| is_plain_name(name))?;
        let member = names.next().filter(|name| is_plain_name(name))?;
        let granularity = match names.next() {
            Some(name) => Some(Some(name).filter(|name| is_plain_name(name))?),
            None => None,
        };
        if names.next().is_some() {
            return None;
        }
        let path = MemberPath { cube: cube.to_owned(), member: member.to_owned() };
        Some((path, granularity))
    }
}

/// Whether `name` could name anything in a data model: ASCII letters, digits and underscores.
pub(crate) fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl fmt::Display for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.cube, self.member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_two_plain_names() {
        let path = MemberPath::parse("Orders.count").unwrap();
        assert_eq!((path.cube.as_str(), path.member.as_str()), ("Orders", "count"));
        assert_eq!(path.to_string(), "Orders.count");
        for text in
            ["", ".", "Orders", "Orders.", ".count", "a.b.c", "a.b ", " a.b", "a.b;", "о.b", "a..b"]
        {
            assert_eq!(MemberPath::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_third_name_is_a_granularity() {
        let (path, granularity) = MemberPath::parse_with_granularity("a.b.month").unwrap();
        assert_eq!((path.to_string().as_str(), granularity), ("a.b", Some("month")));
        for text in ["a.b.", "a.b.c.d", "a.b.c'", "a..c"] {
            assert_eq!(MemberPath::parse_with_granularity(text), None, "{text}");
        }
    }
}
