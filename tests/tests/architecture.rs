//! Who may import whom (ARCHITECTURE.md, "The crates"). A new edge is a change in this file, which
//! somebody reviews.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Crate, layer, and the crates of ours it may import. A crate imports lower layers only.
const ROOMS: &[(&str, u8, &[&str])] = &[
    ("model", 0, &[]),
    ("auth", 0, &[]),
    ("aws", 0, &[]),
    ("audit", 0, &[]),
    ("metrics", 0, &[]),
    ("certificate", 0, &[]),
    ("sql", 0, &[]),
    ("javascript", 0, &[]),
    ("query", 1, &["model"]),
    ("compiler", 1, &["javascript", "model"]),
    ("project", 1, &["auth", "javascript"]),
    ("scaffold", 1, &[]),
    ("keys", 1, &["auth", "aws"]),
    ("ledger", 1, &["auth", "aws"]),
    ("vault", 1, &["aws"]),
    ("acme", 1, &["aws", "certificate"]),
    ("database", 1, &["sql"]),
    ("identity", 1, &["aws"]),
    ("traces", 1, &[]),
    ("issuance", 2, &["auth"]),
    ("planner", 2, &["auth", "model", "query", "sql"]),
    ("rotation", 2, &["acme", "auth", "certificate", "database", "keys", "metrics", "vault"]),
    (
        "settings",
        3,
        &[
            "acme",
            "audit",
            "auth",
            "certificate",
            "compiler",
            "database",
            "keys",
            "ledger",
            "metrics",
            "query",
            "rotation",
            "traces",
            "vault",
        ],
    ),
    (
        "api",
        3,
        &[
            "audit", "auth", "compiler", "database", "identity", "issuance", "keys", "ledger",
            "metrics", "model", "planner", "project", "query", "sql", "traces",
        ],
    ),
    ("server", 3, &["acme", "certificate"]),
    ("assembly", 4, &["api", "compiler", "database", "keys", "project", "settings"]),
    ("load", 5, &["api", "assembly", "settings"]),
    ("token", 5, &["api", "identity", "issuance", "keys", "settings"]),
    ("renew-certificate", 5, &["metrics", "rotation", "settings", "vault"]),
    ("rotate-secret", 5, &["rotation", "settings", "vault"]),
    (
        "tessera",
        5,
        &[
            "acme",
            "api",
            "assembly",
            "audit",
            "auth",
            "certificate",
            "compiler",
            "database",
            "issuance",
            "keys",
            "model",
            "scaffold",
            "server",
            "settings",
            "sql",
            "vault",
        ],
    ),
];

/// Outside crates that only their keepers may name.
const KEEPERS: &[(&str, &[&str])] = &[
    ("jsonwebtoken", &["auth"]),
    ("aws-lc-rs", &["auth", "certificate", "identity"]),
    ("tokio-postgres", &["database"]),
    ("tokio-postgres-rustls", &["database"]),
    ("postgres-protocol", &["database"]),
    ("rustls", &["database", "keys", "server"]),
    ("tokio-rustls", &["server"]),
    ("rustls-pki-types", &["auth", "certificate"]),
    ("rustls-webpki", &["certificate"]),
    ("rcgen", &["certificate"]),
    ("instant-acme", &["acme"]),
    ("x509-parser", &["certificate"]),
    ("pem", &["certificate"]),
    ("time", &["certificate"]),
    ("socket2", &["database"]),
    ("webpki-roots", &["database", "keys"]),
    ("hyper", &["keys", "server"]),
    ("hyper-util", &["keys", "server"]),
    ("hyper-rustls", &["keys"]),
    ("tower", &["server"]),
    ("aws-config", &["acme", "aws", "vault"]),
    ("aws-smithy-runtime-api", &["aws"]),
    ("aws-smithy-types", &["aws"]),
    ("aws-sdk-acm", &["vault"]),
    ("aws-sdk-apigatewayv2", &["vault"]),
    ("aws-sdk-cognitoidentityprovider", &["identity"]),
    ("aws-sdk-dynamodb", &["ledger"]),
    ("aws-sdk-kms", &["keys"]),
    ("aws-sigv4", &["vault"]),
    ("aws-sdk-secretsmanager", &["keys", "vault"]),
    ("aws-sdk-route53", &["acme"]),
    ("aws-sdk-s3", &["vault"]),
    ("aws-sdk-sns", &["vault"]),
    ("axum", &["api"]),
    ("lambda_http", &["load", "token"]),
    ("saphyr-parser", &["compiler", "issuance"]),
    ("lambda_runtime", &["renew-certificate", "rotate-secret"]),
    ("minijinja", &["compiler"]),
    ("rmp-serde", &["compiler"]),
    ("rquickjs", &["javascript"]),
    ("oxc_parser", &["javascript"]),
    ("oxc_semantic", &["javascript"]),
    ("jiff", &["audit", "query", "settings", "api"]),
    ("clap", &["tessera"]),
];

/// Crates outside the layers: they look at the product from outside.
const OBSERVERS: &[&str] = &["harness", "benches"];

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata");
    metadata.packages
}

fn dependencies(package: &Package) -> BTreeSet<String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal)
        .map(|dependency| dependency.name.clone())
        .collect()
}

#[test]
fn every_crate_has_a_room() {
    let known: BTreeSet<String> = ROOMS
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .chain(OBSERVERS.iter().map(|name| (*name).to_owned()))
        .collect();
    let found: BTreeSet<String> =
        packages().iter().map(|package| package.name.to_string()).collect();
    assert_eq!(found, known, "a crate without a row in ROOMS, or a row without a crate");
}

#[test]
fn crates_import_what_their_row_names() {
    let layers: BTreeMap<&str, u8> = ROOMS.iter().map(|(name, layer, _)| (*name, *layer)).collect();
    for package in packages() {
        let name = package.name.to_string();
        let Some((_, layer, allowed)) = ROOMS.iter().find(|(room, ..)| *room == name) else {
            continue;
        };
        for import in dependencies(&package) {
            let Some(imported) = layers.get(import.as_str()) else { continue };
            assert!(
                allowed.contains(&import.as_str()),
                "`{name}` imports `{import}`, which its row does not name"
            );
            assert!(imported < layer, "`{name}` imports `{import}`, which is not below it");
        }
    }
}

#[test]
fn outside_crates_stay_with_their_keepers() {
    for package in packages() {
        let name = package.name.to_string();
        if OBSERVERS.contains(&name.as_str()) {
            continue;
        }
        for import in dependencies(&package) {
            let Some((_, keepers)) = KEEPERS.iter().find(|(outside, _)| *outside == import) else {
                continue;
            };
            assert!(
                keepers.contains(&name.as_str()),
                "`{name}` imports `{import}`, which only {keepers:?} may"
            );
        }
    }
}

/// Asked of `cargo tree`: the lock file and the metadata also name what no feature turns on.
#[test]
fn one_crypto_backend_is_built() {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--workspace", "--edges", "normal,build", "--prefix", "none"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo tree");
    let text = String::from_utf8_lossy(&output.stdout);
    let built: BTreeSet<&str> =
        text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(built.contains("aws-lc-rs"), "{}", String::from_utf8_lossy(&output.stderr));
    for other in ["ring", "openssl", "native-tls"] {
        assert!(!built.contains(other), "`{other}` is a second crypto backend");
    }
}

#[test]
fn every_crate_that_logs_is_heard() {
    let log = include_str!("../../shared/settings/src/log.rs");
    for package in packages() {
        let logs = dependencies(&package).contains("tracing");
        let target = format!("\"{}\",", package.name.replace('-', "_"));
        let is_room = ROOMS.iter().any(|(room, ..)| *room == package.name.as_str());
        assert!(
            !(logs && is_room) || log.contains(&target),
            "`{}` logs, and OURS of settings/src/log.rs does not name it",
            package.name
        );
    }
}
