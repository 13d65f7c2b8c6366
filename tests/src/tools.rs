//! Where things are: the project, its built programs, and the tools that `make install` has found.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Deserialize;

/// What `infra/local/install.py test` wrote to `.tools/paths.json`.
#[derive(Debug, Deserialize)]
pub struct Tools {
    /// The folder with the program `cargo-lambda`.
    pub cargo_lambda: PathBuf,
    /// The `PostgreSQL` server.
    pub postgres: Postgres,
    /// The account that servers run as when the tests run as root.
    pub server_user: Option<ServerUser>,
    /// The program `moto_server`, when it could be had.
    pub moto: Option<PathBuf>,
    /// `PgBouncer`, when it could be had.
    pub pgbouncer: Option<Program>,
    /// Pebble, when it could be had.
    pub pebble: Option<Program>,
    /// The npm project of the clients, when its packages could be had.
    pub clients: Option<PathBuf>,
    /// The npm project of the `OpenID` provider, when its packages could be had.
    pub oidc: Option<PathBuf>,
    /// The npm project of Cube's command line, when its packages could be had.
    pub cube_cli: Option<PathBuf>,
    /// The npm project of Cube's gateway, when its packages could be had.
    pub cube_gateway: Option<PathBuf>,
    /// The npm project of the example's page, when its packages could be had.
    pub web: Option<PathBuf>,
    /// The npm project that drives a browser, when its packages could be had.
    pub browser: Option<PathBuf>,
    /// What could not be had: name and reason.
    #[serde(default)]
    pub missing: std::collections::BTreeMap<String, String>,
}

/// A `PostgreSQL` server's programs.
#[derive(Debug, Deserialize)]
pub struct Postgres {
    /// The folder of `postgres` and `initdb`.
    pub bin: PathBuf,
    /// Folders of libraries that are not the system's, separated by colons.
    pub libraries: Option<String>,
    /// The locale for new clusters.
    pub locale: String,
    /// Whether the `hll` extension is there.
    pub hll: bool,
}

/// A program and the libraries it brings along.
#[derive(Debug, Deserialize)]
pub struct Program {
    /// The program.
    pub program: PathBuf,
    /// Folders of libraries that are not the system's, separated by colons.
    pub libraries: Option<String>,
}

/// A user of this machine, by numbers.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct ServerUser {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

impl Tools {
    /// The table of tools, read once.
    pub fn get() -> &'static Self {
        static TOOLS: OnceLock<Tools> = OnceLock::new();
        TOOLS.get_or_init(|| {
            let file = root().join(".tools/paths.json");
            let text = std::fs::read_to_string(&file).unwrap_or_else(|_| {
                panic!("the tests' tools are not installed: run `make install`")
            });
            serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}: run `make install`", file.display()))
        })
    }

    /// Ends the test with the reason why a tool is missing.
    pub fn absent(&self, name: &str) -> ! {
        let reason = self.missing.get(name).map_or("run `make install`", String::as_str);
        panic!("{name} is missing: {reason}")
    }
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A program of this workspace, built beside the running test.
pub fn binary(name: &str) -> PathBuf {
    let file = profile_folder().join(name);
    assert!(file.exists(), "{} is not built: run `cargo build --workspace --bins`", file.display());
    file
}

/// `target/debug`, or wherever the running program was built: a test is in its folder `deps`.
pub(crate) fn profile_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap();
    if folder.ends_with("deps") { folder.parent().unwrap().to_owned() } else { folder.to_owned() }
}
