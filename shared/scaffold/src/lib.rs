//! The first files of a project: an empty project, and a model for the tables of a database.
//!
//! Pure: tables come in as [`Table`]s, files go out as texts; somebody else asks the database
//! ([`CATALOG`] is the statement) and writes the files.
//!
//! `catalog` says what a table is, `choose` which ones are meant, `names` what they are called in
//! the model, `column` what a column becomes, `cube` what a table becomes, `yaml` and `javascript`
//! how that is written, `project` what stands around it.

mod catalog;
mod choose;
mod column;
mod cube;
mod error;
mod javascript;
mod names;
mod project;
mod yaml;

pub use catalog::{CATALOG, Column, ForeignKey, Table, read_table};
pub use choose::choose;
pub use cube::{Cube, Dimension, Join, KnownCube, Measure, cube_names, plan};
pub use error::Error;
pub use project::{ProjectFile, check_name, project};

/// The language of a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `orders.yml`
    Yaml,
    /// `orders.js`
    JavaScript,
}

impl Language {
    /// What the names of its files end with, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Yaml => "yml",
            Self::JavaScript => "js",
        }
    }

    /// The text of the file that declares a cube.
    pub fn write(self, cube: &Cube) -> String {
        match self {
            Self::Yaml => yaml::write(cube),
            Self::JavaScript => javascript::write(cube),
        }
    }
}
