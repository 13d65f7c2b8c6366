//! Whether there is a database for every cube.

use database::Databases;
use model::DataModel;

/// A cube lives where there is no database: nothing may be served in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the data model names the data source `{0}`, and CUBEJS_DATASOURCES does not: list it there"
)]
pub struct MissingDataSource(String);

/// Checks that every data source of `model` has a database.
///
/// # Errors
/// [`MissingDataSource`] with the first that has none.
pub fn check_data_sources(
    model: &DataModel,
    databases: &Databases,
) -> Result<(), MissingDataSource> {
    match model.data_sources().into_iter().find(|name| databases.find(name).is_none()) {
        Some(name) => Err(MissingDataSource(name.to_owned())),
        None => Ok(()),
    }
}
