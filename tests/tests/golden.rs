//! Golden cases: `golden/<case>/query.json` (and `context.json`) with what it is planned as, the
//! statement that is written, and the rows that come back. `model.yml` in a case is its data model.
//!
//! The folders are walked, one test per case. `make golden` rewrites the expected files; the review
//! reads the diff. A file that no case writes fails. The data model and the rows are those of
//! `conformance/`, unless the case brings a `model.yml` of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use auth::SecurityContext;
use compiler::ModelFile;
use database::{Database, Options};
use harness::block_on;
use harness::postgres::{self, Cluster};
use harness::root;
use libtest_mimic::{Arguments, Failed, Trial};
use model::DataModel;
use planner::MissingClaims;
use query::{Limits, Query};

/// The moment at which relative dates are read.
const NOW: &str = "2020-07-15T12:00:00Z";

/// What a case may bring.
const GIVEN: [&str; 3] = ["query.json", "context.json", "model.yml"];

/// What stands in a case's folder besides.
const EXPECTED: [&str; 3] = ["plan.txt", "statement.sql", "rows.jsonl"];

fn main() {
    let arguments = Arguments::from_args();
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let model = Arc::new(model());
    let trials = cases
        .into_iter()
        .map(|case| {
            let model = Arc::clone(&model);
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            Trial::test(name, move || run(&model, &case))
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(cluster) = CLUSTER.get() {
        // A static is not dropped; the server must not outlive the test.
        cluster.lock().unwrap().pause();
    }
    conclusion.exit();
}

fn folder() -> PathBuf {
    root().join("tests/golden")
}

fn model() -> DataModel {
    let files = compiler::read_folder(&root().join("tests/conformance/model")).unwrap();
    compiler::compile(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A small model whose cubes bring their rows in their own SQL.
fn own_model(path: &Path) -> DataModel {
    let file =
        ModelFile { path: "model.yml".to_owned(), text: std::fs::read_to_string(path).unwrap() };
    compiler::compile(&[file]).unwrap_or_else(|errors| panic!("{errors}"))
}

fn run(model: &DataModel, case: &Path) -> Result<(), Failed> {
    let query = read_query(&std::fs::read(case.join("query.json")).unwrap());
    let own = case.join("model.yml");
    let own = own.exists().then(|| own_model(&own));
    let model = own.as_ref().unwrap_or(model);
    let context = match std::fs::read(case.join("context.json")) {
        Ok(text) => SecurityContext::for_test(serde_json::from_slice(&text).unwrap()),
        Err(_) => SecurityContext::nobody(),
    };
    let plan = planner::plan(model, &context, MissingClaims::Refuse, &query)
        .map_err(|error| error.to_string())?;
    let words = planner::explain(model, &context, &query).map_err(|error| error.to_string())?;
    let mut statement = plan.statement.text.clone();
    for (index, parameter) in plan.statement.parameters.iter().enumerate() {
        write!(statement, "\n-- ${} = {parameter}", index + 1).unwrap();
    }
    statement.push('\n');
    let found = [words, statement, rows(&plan.statement)];
    let mut wrong = String::new();
    for (name, found) in EXPECTED.iter().zip(found) {
        let file = case.join(name);
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if expected == found {
            continue;
        }
        if harness::is_rewriting() {
            std::fs::write(&file, found).unwrap();
        } else {
            writeln!(wrong, "{name} was\n{expected}\nand is\n{found}").unwrap();
        }
    }
    for entry in std::fs::read_dir(case).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !EXPECTED.contains(&name.as_str()) && !GIVEN.contains(&name.as_str()) {
            writeln!(wrong, "nothing reads {name}").unwrap();
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}

fn read_query(json: &[u8]) -> Query {
    let request = query::parse(json).unwrap();
    let limits = Limits::default();
    query::normalize(&request.queries[0], &limits, NOW.parse().unwrap()).unwrap().query
}

static CLUSTER: OnceLock<std::sync::Mutex<Cluster>> = OnceLock::new();

/// The rows as JSON, one array per line.
fn rows(statement: &sql::Statement) -> String {
    let cluster = CLUSTER.get_or_init(|| {
        std::sync::Mutex::new(Cluster::start(&root().join("tests/conformance/seed.sql"), &[]))
    });
    let port = cluster.lock().unwrap().port;
    let text = block_on(async {
        let database = Database::new(&options(port)).unwrap();
        let mut rows = database.query(statement, None).await.unwrap();
        let columns = rows.columns().len();
        let mut text = Vec::new();
        while let Some(row) = rows.next().await.unwrap() {
            for index in 0..columns {
                text.push(if index == 0 { b'[' } else { b',' });
                row.write(index, &mut text);
            }
            text.extend_from_slice(b"]\n");
        }
        text
    });
    String::from_utf8(text).unwrap()
}

fn options(port: u16) -> Options {
    Options {
        host: "127.0.0.1".to_owned(),
        port,
        name: postgres::DATABASE.to_owned(),
        user: postgres::USER.to_owned(),
        password: postgres::PASSWORD.into(),
        ..Options::default()
    }
}
