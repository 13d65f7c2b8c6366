//! Instructions per plan, counted by valgrind, with the recorded model and with one of 500 cubes around it.
//!
//! The same program plans all recorded queries once and eleven times; what differs is ten times planning, without the
//! start and the compilation of the model.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a bench fails by panicking"
)]

mod recorded;

use std::fmt::Write as _;
use std::hint::black_box;
use std::process::Command;

use auth::SecurityContext;
use compiler::ModelFile;
use planner::MissingClaims;
use serde_json::json;

const CUBES: usize = 500;
const ROUNDS: u32 = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, cubes, rounds] = arguments.as_slice()
        && word == "plan"
    {
        benches::say(&plan(cubes.parse().unwrap(), rounds.parse().unwrap()).to_string());
        return;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        benches::say(
            "instructions per plan: not counted, valgrind is missing (apt-get install valgrind)",
        );
        return;
    }
    let (few, queries) = counted(0);
    let (many, _) = counted(CUBES);
    let per_plan = |instructions: f64| instructions / (f64::from(ROUNDS) * queries);
    benches::say(&format!(
        "instructions per plan: {:.0} with the recorded model, {:.0} with {CUBES} cubes ({:+.2} %)",
        per_plan(few),
        per_plan(many),
        (many / few - 1.0) * 100.0
    ));
}

/// Instructions of ten times planning, and how many queries there are.
fn counted(cubes: usize) -> (f64, f64) {
    let (once, queries) = under_valgrind(cubes, 1);
    let (again, _) = under_valgrind(cubes, 1 + ROUNDS);
    (again - once, queries)
}

fn under_valgrind(cubes: usize, rounds: u32) -> (f64, f64) {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args(["plan", &cubes.to_string(), &rounds.to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| line.split_once("refs:")).map(|(_, count)| count);
    let Some(count) = count else { panic!("valgrind said no count:\n{said}") };
    let queries = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
    (count.trim().replace(',', "").parse().unwrap(), queries)
}

/// Plans every recorded query `rounds` times beside `cubes` other cubes; returns how many queries there are.
fn plan(cubes: usize, rounds: u32) -> usize {
    let mut files = recorded::files();
    if cubes > 0 {
        files.push(ModelFile { path: "other.yml".into(), text: others(cubes) });
    }
    let model = compiler::compile(&files).unwrap();
    let context = SecurityContext::for_test(json!({ "id": 5 }));
    let queries = recorded::queries(&model, &context);
    for _ in 0..rounds {
        for query in &queries {
            black_box(planner::plan(&model, &context, MissingClaims::Refuse, query).unwrap());
        }
    }
    queries.len()
}

/// Cubes that are joined to one another and to the recorded ones.
fn others(cubes: usize) -> String {
    let mut text = String::from("cubes:\n");
    for index in 0..cubes {
        let joined = if index == 0 { "Users".to_owned() } else { format!("Other{}", index - 1) };
        write!(
            text,
            "  - name: Other{index}
    sql_table: other_{index}
    joins:
      - {{ name: {joined}, relationship: many_to_one, sql: \"{{CUBE}}.other_id = {{{joined}.id}}\" }}
    measures:
      - {{ name: count, type: count }}
      - {{ name: total, type: sum, sql: amount }}
    dimensions:
      - {{ name: id, type: number, sql: id, primary_key: true }}
      - {{ name: status, type: string, sql: status }}
      - {{ name: createdAt, type: time, sql: created_at }}
"
        )
        .unwrap();
    }
    text
}
