//! Identifiers of cubes and members, and the two spellings Cube derives from a name.

use serde::{Deserialize, Serialize};

/// The position of a cube in its [`DataModel`](crate::DataModel).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CubeId(pub u32);

/// A member's kind and its position in the cube's list of that kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Member {
    /// An index into [`Cube::measures`](crate::Cube::measures).
    Measure(u32),
    /// An index into [`Cube::dimensions`](crate::Cube::dimensions).
    Dimension(u32),
    /// An index into [`Cube::segments`](crate::Cube::segments).
    Segment(u32),
}

/// A member of a cube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MemberId {
    /// The cube that owns the member.
    pub cube: CubeId,
    /// Which of its members.
    pub member: Member,
}

/// The snake-case spelling Cube uses in column aliases: `ECommerce.totalSales` becomes
/// `e_commerce__total_sales`.
///
/// Every capital starts a word (`HTMLParser` becomes `h_t_m_l_parser`), a digit does not
/// (`rollingCountBy2Week` becomes `rolling_count_by2_week`).
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/adapter/BaseQuery.js`, `aliasName` over
/// `inflection.underscore`.
pub fn underscore(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    for character in name.chars() {
        match character {
            '.' => out.push_str("__"),
            '-' => out.push('_'),
            _ => {
                if character.is_ascii_uppercase() && !out.is_empty() && !out.ends_with('_') {
                    out.push('_');
                }
                out.push(character.to_ascii_lowercase());
            }
        }
    }
    out
}

/// The human title Cube derives from a name: `totalSales` becomes `Total Sales`, `userId` becomes
/// `User ID`, `createdAt` becomes `Created at`.
///
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeToMetaTransformer.ts`, `titleize`:
/// the npm packages `camelcase` 6 (Pascal case) and `inflection` 1 one after the other, then `Id` is
/// spelt `ID`. Hence a letter after a digit starts a word (`rolling7dNumber` is `Rolling7 D
/// Number`), a digit after an underscore does not (`total_2` is `Total2`), and short prepositions
/// and articles stay in lower case after the first word.
pub fn titleize(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for character in mark_case_changes(name) {
        if is_separator(character) {
            before = character;
            continue;
        }
        let starts_word = is_separator(before) || before.is_ascii_digit();
        let lower = character.to_ascii_lowercase();
        match words.last_mut() {
            Some(word) if !(starts_word && character.is_alphabetic()) => word.push(lower),
            Some(_) | None => words.push(lower.to_string()),
        }
        before = character;
    }
    let titles: Vec<String> =
        words.iter().enumerate().map(|(index, word)| title_word(word, index == 0)).collect();
    titles.join(" ")
}

/// What `camelcase` takes words apart at, and leaves out.
fn is_separator(character: char) -> bool {
    matches!(character, '_' | '-' | '.' | ' ')
}

/// Puts a `-` where a word starts by case alone, as `preserveCamelCase` of `camelcase` does:
/// before a capital after a small letter, and before the last capital of several.
fn mark_case_changes(name: &str) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(name.len() + 8);
    let (mut after_lower, mut after_upper, mut after_two_uppers) = (false, false, false);
    for character in name.chars() {
        if after_lower && character.is_uppercase() {
            out.push('-');
            (after_lower, after_two_uppers, after_upper) = (false, after_upper, true);
        } else if after_upper && after_two_uppers && character.is_lowercase() {
            let at = out.len().saturating_sub(1);
            out.insert(at, '-');
            (after_lower, after_two_uppers, after_upper) = (true, after_upper, false);
        } else {
            after_lower = character.is_lowercase();
            after_two_uppers = after_upper;
            after_upper = character.is_uppercase();
        }
        out.push(character);
    }
    out
}

/// Words the npm package `inflection` does not capitalize inside a title (`nonTitlecasedWords`).
const LOWER_CASE_WORDS: &[&str] = &[
    "and", "or", "nor", "a", "an", "the", "so", "but", "to", "of", "at", "by", "from", "into",
    "on", "onto", "off", "out", "in", "over", "with", "for",
];

fn title_word(word: &str, is_first: bool) -> String {
    match word {
        "id" => return "ID".to_owned(),
        "ids" => return "IDs".to_owned(),
        _ => {}
    }
    if !is_first && LOWER_CASE_WORDS.contains(&word) {
        return word.to_owned();
    }
    let mut characters = word.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_snake_case_with_double_underscores_for_dots() {
        assert_eq!(underscore("ECommerce.totalSales"), "e_commerce__total_sales");
        assert_eq!(underscore("rollingCountBy2Week"), "rolling_count_by2_week");
        assert_eq!(underscore("HTMLParser"), "h_t_m_l_parser");
        assert_eq!(underscore("order_items.total"), "order_items__total");
    }

    #[test]
    fn a_title_spells_out_the_words_of_a_name() {
        assert_eq!(titleize("totalSales"), "Total Sales");
        assert_eq!(titleize("ECommerce"), "E Commerce");
        assert_eq!(titleize("id"), "ID");
        assert_eq!(titleize("createdAt"), "Created at");
        assert_eq!(titleize("noEmail"), "No Email");
        assert_eq!(titleize("minNumber"), "Min Number");
    }

    /// The right side is what `camelcase` 6.2.1 and `inflection` 1.13.4 answered under Node.
    #[test]
    fn a_title_is_what_cubes_packages_make_of_it() {
        let cases = [
            ("rolling1mStart", "Rolling1 M Start"),
            ("rolling7dNumber", "Rolling7 D Number"),
            ("userId", "User ID"),
            ("user_ids", "User IDs"),
            ("HTMLParser", "Html Parser"),
            ("ids", "IDs"),
            ("ID", "ID"),
            ("orderID", "Order ID"),
            ("SKU", "Sku"),
            ("v2_total", "V2 Total"),
            ("total2", "Total2"),
            ("a1b2c3", "A1 B2 C3"),
            ("the_first", "The First"),
            ("with_tax", "With Tax"),
            ("URLOfPage", "Url of Page"),
            ("is_a_test", "Is a Test"),
            ("_private", "Private"),
            ("__dirty__x", "Dirty X"),
            ("number_2_of_3", "Number2 Of3"),
            ("MyCube_Name", "My Cube Name"),
            ("HTMLparserIDs", "Htm Lparser I Ds"),
            ("userIDs", "User I Ds"),
            ("fooBAR", "Foo Bar"),
            ("FOO_BAR", "Foo Bar"),
            ("a_", "A"),
            ("x_1", "X1"),
            ("x1y", "X1 Y"),
        ];
        for (name, title) in cases {
            assert_eq!(titleize(name), title, "{name}");
        }
    }
}
