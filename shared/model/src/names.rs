//! Identifiers of cubes and members, and the two spellings Cube derives from a name.

/// The position of a cube in its [`DataModel`](crate::DataModel).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CubeId(pub u32);

/// A member's kind and its position in the cube's list of that kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Member {
    /// An index into [`Cube::measures`](crate::Cube::measures).
    Measure(u32),
    /// An index into [`Cube::dimensions`](crate::Cube::dimensions).
    Dimension(u32),
    /// An index into [`Cube::segments`](crate::Cube::segments).
    Segment(u32),
}

/// A member of a cube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId {
    /// The cube that owns the member.
    pub cube: CubeId,
    /// Which of its members.
    pub member: Member,
}

/// The snake-case spelling Cube uses in column aliases: `ECommerce.totalSales` becomes
/// `e_commerce__total_sales`.
///
/// A digit does not start a new word (`rollingCountBy2Week` becomes `rolling_count_by2_week`).
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/adapter/BaseQuery.js`, `aliasName` over
/// `inflection.underscore`.
pub fn underscore(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 8);
    for (index, &character) in characters.iter().enumerate() {
        if character == '.' {
            out.push_str("__");
            continue;
        }
        if character.is_ascii_uppercase() && index > 0 {
            let before = characters.get(index - 1).copied().unwrap_or('_');
            let after = characters.get(index + 1).copied().unwrap_or('_');
            let starts_word = before.is_ascii_lowercase() || before.is_ascii_digit();
            let ends_acronym = before.is_ascii_uppercase() && after.is_ascii_lowercase();
            if starts_word || ends_acronym {
                out.push('_');
            }
        }
        out.push(if character == '-' { '_' } else { character.to_ascii_lowercase() });
    }
    out
}

/// The human title Cube derives from a name: `totalSales` becomes `Total Sales`, `id` becomes `ID`,
/// `createdAt` becomes `Created at`.
///
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeToMetaTransformer.js`, `titleize`:
/// `inflection.titleize(inflection.underscore(camelize(name, true)))`, which leaves short
/// prepositions and articles in lower case after the first word.
pub fn titleize(name: &str) -> String {
    let spaced = underscore(name).replace(['_', '.'], " ");
    let mut words = Vec::new();
    for (index, word) in spaced.split_whitespace().enumerate() {
        words.push(title_word(word, index == 0));
    }
    words.join(" ")
}

/// Words the npm package `inflection` does not capitalize inside a title (`nonTitlecasedWords`).
const LOWER_CASE_WORDS: &[&str] = &[
    "and", "or", "nor", "a", "an", "the", "so", "but", "to", "of", "at", "by", "from", "into",
    "on", "onto", "off", "out", "in", "over", "with", "for",
];

fn title_word(word: &str, is_first: bool) -> String {
    if word == "id" {
        return "ID".to_owned();
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
        assert_eq!(underscore("HTMLParser"), "html_parser");
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
}
