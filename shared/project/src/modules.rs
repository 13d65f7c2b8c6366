//! Modules that projects import by name and that no file of theirs is.

use std::collections::BTreeMap;

use javascript::HostFunction;

/// What `driverFactory` may make: an object that remembers its options.
const POSTGRES_DRIVER: &str = r#"
class PostgresDriver {
  constructor(options) { this.options = options || {}; }
  toJSON() { return { ...this.options, type: "postgres" }; }
  static getDefaultConcurrency() { return 2; }
}
module.exports = PostgresDriver;
module.exports.default = PostgresDriver;
module.exports.PostgresDriver = PostgresDriver;
"#;

/// What `repositoryFactory` may return: the files of a folder of the project.
const SERVER_CORE: &str = r#"
class FileRepository {
  constructor(folder) { this.folder = String(folder); }
  localPath() { return this.folder; }
  async dataSchemaFiles() { return call("readFolder", this.folder); }
}
exports.FileRepository = FileRepository;
"#;

/// Only types are imported from these.
const NOTHING: &str = "";

/// Their texts by name.
pub(crate) fn modules() -> BTreeMap<String, String> {
    [
        ("@cubejs-backend/postgres-driver", POSTGRES_DRIVER),
        ("@cubejs-backend/server-core", SERVER_CORE),
        ("@cubejs-backend/server", SERVER_CORE),
        ("@cubejs-backend/shared", NOTHING),
        ("@cubejs-backend/api-gateway", NOTHING),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .collect()
}

/// What they call.
pub(crate) fn functions(read_folder: Option<HostFunction>) -> BTreeMap<String, HostFunction> {
    read_folder.into_iter().map(|function| ("readFolder".to_owned(), function)).collect()
}
