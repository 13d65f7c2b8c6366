//! The databases of a model whose cubes live in several.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::database::Database;
use crate::error::Error;
use crate::options::Options;

/// The data source of a cube that names none.
pub const DEFAULT: &str = "default";

/// One database for each data source, each with a pool of its own.
pub struct Databases(BTreeMap<String, Arc<Database>>);

impl Databases {
    /// Those that `options` describe, by the names of their data sources. No connection is made
    /// yet.
    ///
    /// # Errors
    /// [`Error::Options`] for certificates, keys or names that cannot work.
    pub fn new<'o>(
        options: impl IntoIterator<Item = (&'o str, &'o Options)>,
    ) -> Result<Self, Error> {
        let databases = options.into_iter().map(|(name, options)| {
            Database::new(options).map(|database| (name.to_owned(), Arc::new(database)))
        });
        databases.collect::<Result<_, _>>().map(Self)
    }

    /// The database of a data source, when there is one.
    pub fn find(&self, data_source: &str) -> Option<&Arc<Database>> {
        self.0.get(data_source)
    }

    /// Every database.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Database>> {
        self.0.values()
    }
}

impl From<Database> for Databases {
    /// Only the data source [`DEFAULT`].
    fn from(database: Database) -> Self {
        Self(BTreeMap::from([(DEFAULT.to_owned(), Arc::new(database))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_found_by_its_data_source() {
        let options =
            Options { name: "shop".to_owned(), user: "me".to_owned(), ..Options::default() };
        let databases = Databases::new([(DEFAULT, &options), ("archive", &options)]).unwrap();
        assert_eq!(databases.all().count(), 2);
        assert!(databases.find("archive").is_some() && databases.find("default").is_some());
        assert!(databases.find("ARCHIVE").is_none());
        let only = Databases::from(Database::new(&options).unwrap());
        assert!(only.find("default").is_some() && only.find("archive").is_none());
    }
}
