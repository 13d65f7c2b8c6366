//! Modules that projects import by name and that no file of theirs is.

use std::collections::BTreeMap;
use std::sync::Arc;

use javascript::HostFunction;

use crate::{Given, tokens};

/// What `driverFactory` may make: an object that remembers its options. As in Cube, what it is not
/// given it has from the variables of its own data source, which is the default one.
const POSTGRES_DRIVER: &str = r#"
class PostgresDriver {
  constructor(options) { this.options = options || {}; }
  toJSON() {
    return { ...this.options, dataSource: this.options.dataSource || "default", type: "postgres" };
  }
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

/// Options of the package `pg`, for `driverFactory`: there is no network to use them on here.
const PG: &str = r#"
const refuse = () => {
  throw new TypeError("cube.js has no network: return the options from `driverFactory`");
};
class Pool {
  constructor(options) {
    this.options = typeof options === "string" ? { connectionString: options } : options || {};
  }
  toJSON() { return { ...this.options, type: "postgres" }; }
  connect() { refuse(); }
  query() { refuse(); }
  on() { return this; }
  async end() {}
}
class Client extends Pool {}
module.exports = { Pool, Client };
"#;

const JSONWEBTOKEN: &str = include_str!("jsonwebtoken.js");

/// Only types are imported from these.
const NOTHING: &str = "";

/// Their texts by name.
pub(crate) fn modules() -> BTreeMap<String, String> {
    [
        ("@cubejs-backend/postgres-driver", POSTGRES_DRIVER),
        ("@cubejs-backend/server-core", SERVER_CORE),
        ("@cubejs-backend/server", SERVER_CORE),
        ("@cubejs-backend/shared", SERVER_CORE),
        ("jsonwebtoken", JSONWEBTOKEN),
        ("pg", PG),
        ("@cubejs-backend/api-gateway", NOTHING),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .collect()
}

const NO_FILES: &str =
    "cube.js reads no files: `require('./name')` takes those of the project, `.json` too";
const NO_NETWORK: &str = "cube.js has no network: what it needs stands in its files, in the environment \
                          (`TESSERA_JS_ENV`) or in the caller's token";
const NO_KEY_SETS: &str =
    "cube.js fetches no keys: the option `jwt` says where an issuer's keys are";

/// Modules that authors know from Node, and what to do without them.
const ABSENT: &[(&str, &str)] = &[
    ("crypto", "tokens are verified and signed with `jsonwebtoken`; nothing else of it is here"),
    ("fs", NO_FILES),
    ("fs/promises", NO_FILES),
    ("path", "paths are texts with `/` between, relative to the project"),
    ("dotenv", "the project's `.env` is read before cube.js runs: `process.env` has it"),
    ("http", NO_NETWORK),
    ("https", NO_NETWORK),
    ("net", NO_NETWORK),
    ("axios", NO_NETWORK),
    ("node-fetch", NO_NETWORK),
    ("cross-fetch", NO_NETWORK),
    ("undici", NO_NETWORK),
    ("got", NO_NETWORK),
    ("request", NO_NETWORK),
    ("aws-sdk", NO_NETWORK),
    ("redis", NO_NETWORK),
    ("ioredis", NO_NETWORK),
    ("jwks-rsa", NO_KEY_SETS),
    ("jwk-to-pem", NO_KEY_SETS),
    ("jose", "tokens are verified and signed with `jsonwebtoken`"),
];

/// Why they are not there.
pub(crate) fn absent() -> BTreeMap<String, String> {
    ABSENT.iter().map(|(name, why)| ((*name).to_owned(), (*why).to_owned())).collect()
}

/// What they call.
pub(crate) fn functions(given: &Given) -> BTreeMap<String, HostFunction> {
    let read_folder = given.read_folder.iter().map(|read| ("readFolder", Arc::clone(read)));
    let tokens = tokens::functions(given.token_rules, given.clock.clone());
    read_folder.chain(tokens).map(|(name, function)| (name.to_owned(), function)).collect()
}
