//! `tessera certificate` as somebody types it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::os::unix::fs::PermissionsExt as _;

use harness::command::{Folder, Said, tessera};
use serde_json::Value;

const NAMES: [&str; 4] = ["--name", "shop.example", "--name", "*.shop.example"];
const OURS: [&str; 4] = ["--issuer", "root.pem", "--issuer-key", "root.key"];

fn run(folder: &Folder, verb: &str, arguments: &[&[&str]]) -> Said {
    let arguments = [&["certificate", verb], arguments.concat().as_slice()].concat();
    tessera(folder.path(), &arguments, &[])
}

fn good(folder: &Folder, verb: &str, arguments: &[&[&str]]) -> String {
    let said = run(folder, verb, arguments);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{verb}: {}", said.out);
    said.out
}

fn bad(folder: &Folder, verb: &str, arguments: &[&[&str]]) -> String {
    let said = run(folder, verb, arguments);
    assert_eq!(said.code, 1, "{verb}: {}{}", said.out, said.err);
    format!("{}{}", said.out, said.err)
}

fn serial(folder: &Folder, file: &str) -> String {
    let shown: Value = serde_json::from_str(&good(folder, "show", &[&[file, "--json"]])).unwrap();
    shown[0]["serial"].as_str().unwrap().to_owned()
}

/// A folder with a root, and a pair that it issued.
fn issued() -> Folder {
    let folder = Folder::new();
    let root = ["--authority", "Shop root", "--certificate", "root.pem", "--key", "root.key"];
    good(&folder, "new", &[&root, &["--scope", "shop.example"]]);
    good(&folder, "new", &[&NAMES, &OURS]);
    folder
}

#[test]
fn a_pair_is_made_shown_and_checked() {
    let folder = issued();
    for (file, mode) in [("key.pem", 0o600), ("root.key", 0o600), ("certificate.pem", 0o644)] {
        let found = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{file}");
    }
    let shown = good(&folder, "show", &[]);
    assert!(shown.contains("issued by   CN=Shop root"), "{shown}");
    assert!(shown.contains("for         *.shop.example, shop.example"), "{shown}");
    let trust = ["--trust", "root.pem", "--name", "www.shop.example", "--usage", "server"];
    good(&folder, "check", &[&trust]);
    let json = good(&folder, "check", &[&trust, &["--json"]]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["good"], &json["faults"]), (&true.into(), &Value::Array(vec![])));
    assert_eq!(json["certificates"][0]["use"], "server");
    let said = bad(&folder, "check", &[&["--trust", "root.pem", "--name", "pay.example"]]);
    assert!(said.contains("not for `pay.example`, but for *.shop.example, shop.example"), "{said}");
    assert!(said.ends_with("tessera: the certificate is not good: 1 fault\n"), "{said}");
    let json = bad(&folder, "check", &[&["--usage", "client", "--json"]]);
    let json: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(json["good"], false);
    assert!(json["faults"][0].as_str().unwrap().contains("not for use by a client"), "{json}");
}

#[test]
fn an_authority_below_the_root_issues_within_its_scope() {
    let folder = issued();
    let below = ["--authority", "Shop servers", "--path-length", "0"];
    let files = ["--certificate", "below.pem", "--key", "below.key"];
    good(&folder, "new", &[&below, &OURS, &files]);
    let ours = ["--issuer", "below.pem", "--issuer-key", "below.key"];
    let both = ["--certificate", "pair.pem", "--key", "pair.pem"];
    good(&folder, "new", &[&["--name", "a.shop.example"], &ours, &both]);
    good(&folder, "check", &[&both, &["--trust", "root.pem"]]);
    let said = bad(&folder, "new", &[&["--name", "other.example"], &ours, &["--key", "x"]]);
    assert!(said.contains("outside of what its authority may issue"), "{said}");
    let said = bad(&folder, "new", &[&["--authority", "third"], &ours, &["--key", "x"]]);
    assert!(said.contains("may have no authority below it"), "{said}");
    assert!(!folder.files().contains(&"x".to_owned()));
}

#[test]
fn a_pair_is_renewed_when_it_is_due_or_wrong_and_else_kept() {
    let folder = issued();
    let first = serial(&folder, "certificate.pem");
    let kept = good(&folder, "renew", &[&OURS]);
    assert!(kept.starts_with("kept: it is due at 20"), "{kept}");
    let kept: Value = serde_json::from_str(&good(&folder, "renew", &[&OURS, &["--json"]])).unwrap();
    assert_eq!(kept["renewed"], false);
    assert_eq!(serial(&folder, "certificate.pem"), first);
    let renewed = good(&folder, "renew", &[&OURS, &["--force"]]);
    assert!(renewed.starts_with("renewed: it was asked for\n"), "{renewed}");
    let second = serial(&folder, "certificate.pem");
    assert_ne!(second, first);
    // As after a crash between the two files.
    folder.write("key.pem", &folder.read("root.key"));
    let renewed = good(&folder, "renew", &[&OURS]);
    assert!(renewed.contains("the key is not that of the first certificate"), "{renewed}");
    let names = ["--name", "shop.example", "--key-type", "P-384"];
    let renewed = good(&folder, "renew", &[&OURS, &names, &["--json"]]);
    let renewed: Value = serde_json::from_str(&renewed).unwrap();
    assert_eq!(renewed["reason"], "other names are asked for");
    assert_eq!(renewed["certificate"]["key"], "P-384");
    let said = bad(&folder, "renew", &[&["--certificate", "none.pem", "--key", "none.key"]]);
    assert!(said.contains("it needs 1 to 100 names"), "{said}");
    let none = ["--certificate", "none.pem", "--key", "none.pem", "--name", "a.example"];
    let made = good(&folder, "renew", &[&none]);
    assert!(made.starts_with("renewed: there is no certificate yet\n"), "{made}");
    good(&folder, "check", &[&["--certificate", "none.pem", "--key", "none.pem"]]);
}

#[test]
fn a_request_is_written_with_its_key() {
    let folder = Folder::new();
    let said = good(&folder, "new", &[&NAMES, &["--request", "request.pem"]]);
    assert!(said.contains("give request.pem to the authority"), "{said}");
    assert!(folder.read("request.pem").starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
    assert_eq!(folder.files(), ["key.pem", "request.pem"]);
}

#[test]
fn files_that_are_no_pair_are_named_with_what_to_do() {
    let folder = issued();
    folder.write("empty.pem", "");
    folder.write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n");
    for (certificate, key, part) in [
        ("absent.pem", "key.pem", "cannot read absent.pem: No such file"),
        ("absent.pem", "absent.key", "cannot read absent.pem"),
        (".", "key.pem", "cannot read .: "),
        ("empty.pem", "key.pem", "the certificate is empty"),
        ("certificate.pem", "empty.pem", "the key is empty"),
        ("key.pem", "certificate.pem", "are certificate and key swapped?"),
        ("certificate.pem", "locked.key", "the key is encrypted"),
        ("certificate.pem", "root.key", "the key is not that of the first certificate"),
        ("root.pem", "root.key", "is an authority's"),
    ] {
        let said = bad(&folder, "check", &[&["--certificate", certificate, "--key", key]]);
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = bad(&folder, "new", &[&NAMES]);
    assert!(said.contains("certificate.pem is there already"), "{said}");
    let no_authority = ["--issuer", "certificate.pem", "--issuer-key", "key.pem", "--key", "x"];
    let said = bad(&folder, "new", &[&NAMES, &no_authority, &["--certificate", "x"]]);
    assert!(said.contains("certificate.pem: the authority cannot issue it"), "{said}");
    for (arguments, part) in [
        (&["--name", "*.com"][..], "two labels"),
        (&["--name", "a.example", "--life", "1w"], "a number with s, m, h or d"),
        (&["--name", "a.example", "--key-type", "DSA"], "none of P-256"),
        (&["--name", "a.example", "--issuer", "root.pem"], "--issuer-key"),
        (&["--authority", "x", "--scope", "*.example.com"], "leave the `*.` out"),
    ] {
        let said = run(&folder, "new", &[arguments]);
        assert!(said.code == 2 && said.err.contains(part), "{part}: {}", said.err);
    }
}
