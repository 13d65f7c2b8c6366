//! Several data sources: `CUBEJS_DATASOURCES` and `CUBEJS_DS_<NAME>_DB_*`.
//!
//! Cube 1.7.25, `packages/cubejs-backend-shared/src/env.ts`, `keyByDataSource`.

use ::database::{DEFAULT, Options};

use crate::{DatabasesFrom, Environment, Error, database, value::text};

const LIST: &str = "CUBEJS_DATASOURCES";

/// The variables of one data source under the names of the default one.
struct Renamed<'e> {
    environment: &'e dyn Environment,
    /// `CUBEJS_DS_ARCHIVE_DB_`
    prefix: String,
}

/// What the variables of the default data source start with.
const DEFAULT_PREFIX: &str = "CUBEJS_DB_";

impl Environment for Renamed<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let rest = name.strip_prefix(DEFAULT_PREFIX)?;
        self.environment.get(&format!("{}{rest}", self.prefix))
    }

    fn names(&self) -> Vec<String> {
        let names = self.environment.names().into_iter();
        let rest = |name: String| name.strip_prefix(&self.prefix).map(str::to_owned);
        names.filter_map(rest).map(|rest| format!("{DEFAULT_PREFIX}{rest}")).collect()
    }
}

/// The databases by the names of their data sources: only the default one when none are listed.
///
/// `errors` receives every mistake; what is returned is then not to be used.
pub(crate) fn read(
    environment: &dyn Environment,
    from: DatabasesFrom,
    errors: &mut Vec<Error>,
) -> Vec<(String, Options)> {
    let Some(list) = text(environment, LIST) else {
        return vec![(DEFAULT.to_owned(), database::read(environment, from, errors))];
    };
    let mut databases: Vec<(String, Options)> = Vec::new();
    for name in list.split(',').map(str::trim) {
        let is_new = databases.iter().all(|(known, _)| !known.eq_ignore_ascii_case(name));
        let is_name =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if name.is_empty() || !is_name || !is_new {
            let expected = "names of letters, digits, _ and -, each once";
            errors.push(Error::Invalid { variable: LIST, expected });
        } else if name == DEFAULT {
            databases.push((name.to_owned(), database::read(environment, from, errors)));
        } else {
            databases.push((name.to_owned(), read_one(environment, name, from, errors)));
        }
    }
    databases
}

fn read_one(
    environment: &dyn Environment,
    name: &str,
    from: DatabasesFrom,
    errors: &mut Vec<Error>,
) -> Options {
    let prefix = format!("CUBEJS_DS_{}_DB_", name.to_uppercase());
    let mut found = Vec::new();
    let renamed = Renamed { environment, prefix: prefix.clone() };
    let options = database::read(&renamed, from, &mut found);
    errors.extend(found.into_iter().map(|error| Error::DataSource {
        sentence: error.to_string().replace(DEFAULT_PREFIX, &prefix),
    }));
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    fn read_all(pairs: &[(&str, &str)]) -> (Vec<(String, Options)>, Vec<String>) {
        let named = [("CUBEJS_DB_NAME", "shop"), ("CUBEJS_DB_USER", "me")];
        let map: Map = named
            .iter()
            .chain(pairs)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut errors = Vec::new();
        let databases = read(&map, DatabasesFrom::Variables, &mut errors);
        (databases, errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn without_a_list_there_is_the_default_one() {
        let (databases, errors) = read_all(&[("CUBEJS_DS_ARCHIVE_DB_NAME", "old")]);
        assert_eq!(errors, [""; 0]);
        let names: Vec<_> =
            databases.iter().map(|(name, options)| (&**name, &*options.name)).collect();
        assert_eq!(names, [("default", "shop")]);
    }

    #[test]
    fn every_data_source_has_variables_of_its_own() {
        let (databases, errors) = read_all(&[
            ("CUBEJS_DATASOURCES", "default, archive"),
            ("CUBEJS_DS_ARCHIVE_DB_NAME", "old"),
            ("CUBEJS_DS_ARCHIVE_DB_USER", "reader"),
            ("CUBEJS_DS_ARCHIVE_DB_HOST", "archive.example"),
            ("CUBEJS_DS_ARCHIVE_DB_MAX_POOL", "2"),
            ("CUBEJS_DB_HOST", "shop.example"),
        ]);
        assert_eq!(errors, [""; 0]);
        let [(default, shop), (archive, old)] = databases.as_slice() else { panic!("two") };
        assert_eq!((&**default, &*shop.host, shop.max_pool), ("default", "shop.example", 8));
        assert_eq!((&**archive, &*old.host, &*old.name), ("archive", "archive.example", "old"));
        assert_eq!((&*old.user, old.max_pool), ("reader", 2));
    }

    #[test]
    fn a_mistake_names_the_variable_of_its_data_source() {
        let (_, errors) = read_all(&[
            ("CUBEJS_DATASOURCES", "default,archive"),
            ("CUBEJS_DS_ARCHIVE_DB_USER", "reader"),
            ("CUBEJS_DS_ARCHIVE_DB_PORT", "hunter2"),
        ]);
        assert_eq!(
            errors,
            [
                "CUBEJS_DS_ARCHIVE_DB_PORT must be a TCP port",
                "CUBEJS_DS_ARCHIVE_DB_NAME is required: it names the database",
            ]
        );
    }

    #[test]
    fn a_list_has_every_name_once() {
        for list in ["default,default", "a,,b", "default,a b", "archive,ARCHIVE", ","] {
            let (_, errors) = read_all(&[("CUBEJS_DATASOURCES", list)]);
            assert!(
                errors.iter().any(|error| error.starts_with("CUBEJS_DATASOURCES must")),
                "{list}"
            );
        }
    }
}
