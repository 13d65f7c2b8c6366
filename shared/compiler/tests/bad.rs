//! Bad models: `bad/<case>.yml` with the mistakes it is expected to report in `bad/<case>.txt`.
//!
//! The folder is walked, nobody keeps a list. A new case needs its `.txt`: run the test, read the
//! file it writes, and copy it when every line says what its author should do.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use compiler::{ModelFile, compile};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad")
}

/// The stems of the files with an extension.
fn cases(extension: &str) -> BTreeSet<String> {
    std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_bad_model_reports_all_its_mistakes() {
    let mut different = Vec::new();
    for case in cases("yml") {
        let path = format!("bad/{case}.yml");
        let text = std::fs::read_to_string(folder().join(format!("{case}.yml"))).unwrap();
        let actual = match compile(&[ModelFile { path, text }]) {
            Ok(_) => "no mistake\n".to_owned(),
            Err(errors) => format!("{errors}\n"),
        };
        let golden = folder().join(format!("{case}.txt"));
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        if actual != expected {
            let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad");
            std::fs::create_dir_all(&written).unwrap();
            let written = written.join(format!("{case}.txt"));
            std::fs::write(&written, &actual).unwrap();
            different.push(format!("{}\n{actual}", written.display()));
        }
    }
    assert!(different.is_empty(), "differ from tests/bad:\n{}", different.join("\n"));
}

#[test]
fn every_expectation_has_its_model() {
    assert_eq!(cases("txt"), cases("yml"));
    let files = std::fs::read_dir(folder()).unwrap().count();
    assert_eq!(files, cases("txt").len() + cases("yml").len(), "a file of another kind");
}

#[test]
fn no_bad_model_compiles() {
    for case in cases("txt") {
        let expected = std::fs::read_to_string(folder().join(format!("{case}.txt"))).unwrap();
        assert!(
            expected.lines().all(|line| line.starts_with(&format!("bad/{case}.yml:"))),
            "{case}"
        );
    }
}
