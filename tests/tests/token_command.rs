//! `tessera token`: tokens from the command line, as Cube's own makes them and reads them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::Command;

use harness::command::{Folder, Said, tessera};
use harness::moto::Moto;
use harness::server::Server;
use harness::token::payload;
use harness::tools::Tools;
use harness::{http, root, token};
use serde_json::{Value, json};

/// `tessera token` with these arguments and variables, in an empty folder.
fn command(arguments: &[&str], environment: &[(String, String)]) -> Said {
    let folder = Folder::new();
    tessera(folder.path(), &[&["token"], arguments].concat(), environment)
}

fn with_secret(secret: &str) -> Vec<(String, String)> {
    vec![("CUBEJS_API_SECRET".to_owned(), secret.to_owned())]
}

/// The token that a command printed.
fn printed(out: &str) -> String {
    let token = out.lines().find_map(|line| line.strip_prefix("Token: "));
    token.unwrap_or_else(|| panic!("no token in {out}")).to_owned()
}

/// A server whose database is not there, with these variables besides.
fn serve(more: Vec<(String, String)>) -> Server {
    let fixed = [("CUBEJS_DB_NAME", "shop"), ("CUBEJS_DB_USER", "me")];
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Server::start(&root().join("tests/conformance"), fixed.into_iter().chain(more).collect())
}

fn status(server: &Server, token: &str) -> u16 {
    let url = server.url("/cubejs-api/v1/meta");
    http::send("GET", &url, &[("authorization", token)], "").status
}

/// A program of `tests/peers/cube-cli`, with the tests' secret; what it printed.
fn of_cube(program: &str, arguments: &[&str]) -> String {
    let tools = Tools::get();
    let folder: &Path = tools.cube_cli.as_ref().unwrap_or_else(|| tools.absent("cube_cli"));
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("CUBEJS_API_SECRET", token::SECRET)
        .env("CUBEJS_TELEMETRY", "false")
        .env("NO_COLOR", "1")
        .output()
        .unwrap_or_else(|error| panic!("{program} was not found: {error}"));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn cubes_command_and_ours_make_tokens_that_both_accept() {
    let server = serve(Vec::new());
    let theirs = of_cube("npx", &["--no-install", "cubejs", "token", "-p", "user_id=42"]);
    let ours = command(&["-p", "user_id=42"], &with_secret(token::SECRET));
    assert_eq!(ours.code, 0, "{ours:?}");
    for token in [printed(&theirs), printed(&ours.out)] {
        assert_eq!(status(&server, &token), 200);
        let verified = of_cube("node", &["verify.js", &token]);
        let claims: Value = serde_json::from_str(&verified).unwrap();
        assert_eq!(claims["user_id"], "42");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 2_592_000);
    }
    // Up to the token itself they print the same.
    let head = |out: &str| out.split("Token: ").next().unwrap().to_owned();
    assert_eq!(head(&ours.out), head(&theirs));
}

#[test]
fn claims_that_are_no_texts_come_as_json() {
    let context = r#"{"u": {"id": 42}, "roles": ["a"]}"#;
    let said =
        command(&["--context", context, "-p", "name=b", "-e", "1h"], &with_secret(token::SECRET));
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains(r#"Payload: {"name":"b","roles":["a"],"u":{"id":42}}"#), "{said:?}");
    let minted = printed(&said.out);
    let claims = payload(&minted);
    assert_eq!((&claims["u"]["id"], &claims["name"]), (&json!(42), &json!("b")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3_600);
    assert_eq!(status(&serve(Vec::new()), &minted), 200);
}

#[test]
fn a_stored_key_signs_whatever_kind_it_is() {
    let moto = Moto::start();
    let secret = moto.create_secret("plain", "stored-secret-canary-of-thirty-two-bytes");
    let mut environment = moto.environment();
    let said = command(&["--secret-arn", &secret, "-p", "user_id=42"], &environment);
    assert_eq!(said.code, 0, "{said:?}");
    environment.push(("TESSERA_API_SECRET_ARN".to_owned(), secret));
    let server = serve(environment.clone());
    assert_eq!(status(&server, &printed(&said.out)), 200);
    let by_environment = command(&["-p", "user_id=42"], &environment);
    assert_eq!(status(&server, &printed(&by_environment.out)), 200);
    let decoded = command(&["--decode", &printed(&said.out)], &environment);
    assert!(decoded.out.contains("Verification: good"), "{decoded:?}");
    let pem = rcgen_key();
    let key = moto.create_secret("private", &pem);
    let said = command(&["--secret-arn", &key], &moto.environment());
    assert_eq!(said.code, 0, "{said:?}");
    let decoded =
        command(&["--secret-arn", &key, "--decode", &printed(&said.out)], &moto.environment());
    assert!(
        decoded.out.contains("Algorithm: ES256") && decoded.out.contains("Verification: good"),
        "{decoded:?}"
    );
    let missing = command(&["--secret-arn", "no-such-secret"], &moto.environment());
    assert_eq!(missing.code, 1);
    assert!(!missing.err.contains("panicked") && !missing.err.is_empty(), "{missing:?}");
}

/// A new private key on P-256 as PEM, PKCS #8.
fn rcgen_key() -> String {
    rcgen::KeyPair::generate().unwrap().serialize_pem()
}

#[test]
fn a_token_is_shown_and_judged() {
    let minted = token::good(&json!({ "u": { "id": 42 } }));
    let shown = command(&["--decode", &minted], &with_secret(token::SECRET));
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.out.contains(r#""u":{"id":42}"#) && shown.out.ends_with("Verification: good\n"));
    let other = command(
        &["--decode", &minted],
        &with_secret("another secret of at least thirty-two bytes"),
    );
    assert!(other.out.contains("Verification: refused"), "{other:?}");
    let unchecked = command(&["--decode", &minted], &[]);
    assert!(unchecked.out.contains("Verification: not checked"), "{unchecked:?}");
    assert_eq!(command(&["--decode", "x"], &[]).code, 1);
}

#[test]
fn a_token_of_another_secret_is_refused() {
    let other = command(&["-s", "another secret of at least thirty-two bytes", "-e", "60"], &[]);
    assert_eq!(other.code, 0, "{other:?}");
    assert_eq!(status(&serve(Vec::new()), &printed(&other.out)), 403);
}

#[test]
fn the_command_line_says_what_is_wrong() {
    for (arguments, secret, said) in [
        (&["--expiry", "soon"][..], token::SECRET, "`soon` is no expiry"),
        (&[], "", "No app secret found"),
        (&["--context", "{"], token::SECRET, "--context is"),
        (&["--context", r#"{"exp": 1}"#], token::SECRET, "`exp` cannot be set"),
        (&["-p", "iat=1"], token::SECRET, "`iat` cannot be set"),
    ] {
        let output = command(arguments, &with_secret(secret));
        assert_eq!(output.code, 1, "{arguments:?}: {output:?}");
        assert!(output.err.contains(said), "{said}: {output:?}");
        assert!(
            !output.err.contains("panicked") && !output.err.contains(token::SECRET),
            "{output:?}"
        );
    }
}
