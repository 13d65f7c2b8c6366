//! Which tables are meant.

use crate::{Error, Table};

/// The positions of the tables that `names` name (`orders,shop."Order Items"`), in that order and
/// each once; without names those of every table that is no view.
///
/// A name without a schema is looked for in the search path first. Without quotes it is also found
/// in lower case, as in SQL.
///
/// # Errors
/// [`Error::BadTableName`], [`Error::UnknownTable`] or [`Error::AmbiguousTable`].
pub fn choose(tables: &[Table], names: Option<&str>) -> Result<Vec<usize>, Error> {
    let Some(names) = names else {
        let all = tables.iter().enumerate().filter(|(_, table)| !table.is_view);
        return Ok(all.map(|(index, _)| index).collect());
    };
    let mut chosen = Vec::new();
    for name in split(names, ',').ok_or_else(|| Error::BadTableName(names.to_owned()))? {
        let index = find(tables, name.trim())?;
        if !chosen.contains(&index) {
            chosen.push(index);
        }
    }
    Ok(chosen)
}

fn find(tables: &[Table], name: &str) -> Result<usize, Error> {
    let bad = || Error::BadTableName(name.to_owned());
    let parts: Vec<Part> = split(name, '.')
        .and_then(|parts| parts.into_iter().map(Part::read).collect())
        .ok_or_else(bad)?;
    let (schema, own) = match parts.as_slice() {
        [own] => (None, own),
        [schema, own] => (Some(schema), own),
        _ => return Err(bad()),
    };
    for is_exact in [true, false] {
        let matches = |(_, table): &(usize, &Table)| {
            own.is(&table.name, is_exact)
                && schema.is_none_or(|schema| schema.is(&table.schema, is_exact))
        };
        let found: Vec<(usize, &Table)> = tables.iter().enumerate().filter(matches).collect();
        let visible = found.iter().find(|(_, table)| schema.is_none() && table.is_visible);
        match (found.as_slice(), visible) {
            ([], _) => {}
            ([(index, _)], _) | (_, Some((index, _))) => return Ok(*index),
            (several, None) => {
                let candidates = several.iter().map(|(_, table)| table.sql.clone()).collect();
                return Err(Error::AmbiguousTable { name: name.to_owned(), candidates });
            }
        }
    }
    Err(Error::UnknownTable { name: name.to_owned(), nearest: nearest(tables, name) })
}

fn nearest(tables: &[Table], name: &str) -> Option<String> {
    let names = tables.iter().flat_map(|table| [table.name.as_str(), table.sql.as_str()]);
    let distance = |known: &str| strsim::osa_distance(&name.to_lowercase(), &known.to_lowercase());
    let best = names.map(|known| (distance(known), known)).min_by_key(|(distance, _)| *distance);
    let tolerated = (name.chars().count() / 3).clamp(1, 4);
    best.filter(|(distance, _)| *distance <= tolerated).map(|(_, known)| known.to_owned())
}

/// A name of SQL.
struct Part {
    text: String,
    is_quoted: bool,
}

impl Part {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(inner) = text.strip_prefix('"') {
            let text = inner.strip_suffix('"')?.replace("\"\"", "\"");
            return (!text.is_empty()).then_some(Self { text, is_quoted: true });
        }
        let is_name = !text.is_empty() && !text.contains('"');
        is_name.then(|| Self { text: text.to_owned(), is_quoted: false })
    }

    fn is(&self, name: &str, is_exact: bool) -> bool {
        self.text == name || !is_exact && !self.is_quoted && self.text.to_lowercase() == name
    }
}

/// The pieces between the separators that stand outside double quotes; nothing when a quote stays
/// open.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut pieces = Vec::new();
    let (mut start, mut is_quoted) = (0, false);
    for (index, character) in text.char_indices() {
        if character == '"' {
            is_quoted = !is_quoted;
        } else if character == separator && !is_quoted {
            pieces.push(text.get(start..index)?);
            start = index + character.len_utf8();
        }
    }
    pieces.push(text.get(start..)?);
    (!is_quoted).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> Vec<Table> {
        let table = |schema: &str, name: &str, sql: &str, is_view| Table {
            schema: schema.into(),
            name: name.into(),
            sql: sql.into(),
            is_visible: schema == "public",
            is_view,
            description: None,
            columns: Vec::new(),
            key: Vec::new(),
            unique: Vec::new(),
            foreign_keys: Vec::new(),
        };
        vec![
            table("public", "orders", "public.orders", false),
            table("shop", "orders", "shop.orders", false),
            table("shop", "Order, Items", "shop.\"Order, Items\"", false),
            table("a", "twice", "a.twice", false),
            table("b", "twice", "b.twice", false),
            table("we.ird", "a\"b", "\"we.ird\".\"a\"\"b\"", false),
            table("public", "latest", "public.latest", true),
        ]
    }

    fn chosen(names: &str) -> Result<Vec<usize>, Error> {
        choose(&tables(), Some(names))
    }

    #[test]
    fn without_names_every_table_that_is_no_view_is_meant() {
        assert_eq!(choose(&tables(), None), Ok(vec![0, 1, 2, 3, 4, 5]));
    }

    #[test]
    fn names_are_found_as_sql_finds_them() {
        assert_eq!(chosen("orders"), Ok(vec![0]));
        assert_eq!(chosen("ORDERS, shop.orders,orders"), Ok(vec![0, 1]));
        assert_eq!(chosen("shop.\"Order, Items\""), Ok(vec![2]));
        assert_eq!(chosen("\"we.ird\".\"a\"\"b\""), Ok(vec![5]));
        assert_eq!(chosen("latest"), Ok(vec![6]));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in ["", ",", "a.b.c", "\"orders", "\"\"", ".", "or\"ders", "orders,"] {
            assert!(matches!(chosen(bad), Err(Error::BadTableName(_))), "{bad}");
        }
    }

    #[test]
    fn an_unknown_or_ambiguous_name_is_refused_with_what_could_be_meant() {
        let said = chosen("oders").unwrap_err().to_string();
        assert!(said.ends_with("did you mean `orders`?"), "{said}");
        let said = chosen("\"Orders\"").unwrap_err().to_string();
        assert!(said.contains("no table `\"Orders\"`"), "{said}");
        let said = chosen("twice").unwrap_err().to_string();
        assert!(said.ends_with("one of a.twice, b.twice"), "{said}");
        assert!(!chosen("nothing_like_it").unwrap_err().to_string().contains("did you mean"));
    }
}
