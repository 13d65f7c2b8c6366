//! Spellings: Cube's two cases, names, and the nearest known name.

use crate::site::Nearest;

/// The snake-case spelling of a key: `sqlTable` is `sql_table`.
pub(crate) fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for character in key.chars() {
        if character.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}

/// Whether a text can be the name of a cube or member.
///
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`, `identifierRegex`.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Among how many known names a suggestion is looked for.
const MAX_CANDIDATES: usize = 2_000;

/// The candidate with the fewest edits between it and `name`, when they are few for its length.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Nearest {
    let wanted = name.to_lowercase();
    let tolerated = (name.chars().count() / 3).clamp(1, 4);
    let best = candidates
        .into_iter()
        .take(MAX_CANDIDATES)
        // An edit changes the length by one at most. Known names are ASCII.
        .filter(|candidate| candidate.len().abs_diff(wanted.chars().count()) <= tolerated)
        .map(|candidate| (strsim::osa_distance(&wanted, &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance);
    Nearest(best.filter(|(distance, _)| *distance <= tolerated).map(|(_, name)| name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_cases_of_a_key_are_one_key() {
        assert_eq!(snake("sqlTable"), "sql_table");
        assert_eq!(snake("sql_table"), "sql_table");
        assert_eq!(snake("propagateFiltersToSubQuery"), "propagate_filters_to_sub_query");
    }

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        let known = ["orders", "line_items", "users"];
        assert_eq!(nearest("Order", known).0.as_deref(), Some("orders"));
        assert_eq!(nearest("line_itmes", known).0.as_deref(), Some("line_items"));
        assert_eq!(nearest("suppliers", known).0, None);
    }

    #[test]
    fn a_name_is_letters_digits_and_underscores() {
        assert!(is_identifier("_a1"));
        for bad in ["", "1a", "a-b", "a b", "é", "a.b"] {
            assert!(!is_identifier(bad), "{bad}");
        }
    }
}
