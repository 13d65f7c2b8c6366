//! Drawn data models, rows and queries: what the planned statement returns from `PostgreSQL` is
//! compared with a plain evaluation of the query over the same rows in memory.
//!
//! `DRAWS=10000` asks for more worlds than the suite does; `DRAWS=17..18` repeats one of them. The
//! plain evaluation (`plain.rs`) defines what is right where joins repeat rows, and knows nothing
//! of SQL or of how the planner avoids them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::float_cmp,
    reason = "a test fails by panicking; the numbers compared are exact in binary"
)]

mod calendar;
mod cell;
mod chance;
mod check;
mod members;
mod plain;
mod question;
mod tree;
mod windows;
mod world;

use std::ops::Range;

use compiler::ModelFile;
use database::{Database, Options};
use harness::block_on;
use harness::postgres::{self, Cluster};
use model::DataModel;

use crate::check::check;
use crate::question::Question;
use crate::tree::{JoinTree, NotJoined};
use crate::world::World;

/// Worlds that are drawn when nobody says how many.
const DRAWS: u64 = 150;
/// Queries about each world.
const QUERIES: usize = 8;
/// Differences that are shown in full.
const SHOWN: usize = 5;

#[test]
fn random_queries_are_answered_as_a_plain_evaluation_does() {
    let draws = draws();
    let cluster = cluster(draws.clone());
    let tally = block_on(async {
        let database = Database::new(&options(cluster.port)).unwrap();
        let mut tally = Tally::default();
        for seed in draws.clone() {
            let (world, mut chance) = World::draw(seed);
            let text = members::model_text(&world);
            let model = compile(&text);
            for _ in 0..QUERIES {
                let question = Question::draw(&mut chance, &world);
                let tree = JoinTree::of(&world, &question);
                tally.asked += 1;
                if let Ok(tree) = &tree {
                    tally.repeated += usize::from(plain::repeats_rows(&world, &question, tree));
                }
                tally.ambiguous += usize::from(matches!(tree, Err(NotJoined::Ambiguous)));
                match check(&database, &model, &world, &question, &tree).await {
                    Ok(rows) => tally.not_empty += usize::from(rows > 0),
                    Err(wrong) => tally.differences.push(format!(
                        "DRAWS={seed}..{}\n{text}{}\n{wrong}\n",
                        seed + 1,
                        question.json()
                    )),
                }
            }
        }
        tally
    });
    drop(cluster);
    let Tally { asked, not_empty, repeated, ambiguous, differences } = tally;
    let shown = differences.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {asked} differ\n{shown}", differences.len());
    // What the comparison is about has to happen often, whatever is changed in the drawing.
    let is_telling = not_empty * 2 > asked && repeated * 5 > asked && ambiguous * 20 < asked;
    let is_sample = draws.end - draws.start < DRAWS;
    assert!(
        is_telling || is_sample,
        "of {asked}, {not_empty} have rows, {repeated} repeat some, \
         {ambiguous} are ambiguous"
    );
}

/// What has happened so far.
#[derive(Debug, Default)]
struct Tally {
    asked: usize,
    /// Queries that are answered with rows.
    not_empty: usize,
    /// Queries whose join repeats rows of a measured cube.
    repeated: usize,
    /// Queries that pin two paths to one cube.
    ambiguous: usize,
    differences: Vec<String>,
}

#[expect(clippy::disallowed_methods, reason = "a switch of this test, not a setting")]
fn draws() -> Range<u64> {
    let Some(asked) = std::env::var_os("DRAWS") else {
        return 0..DRAWS;
    };
    let asked = asked.to_string_lossy();
    let number = |text: &str| text.parse().expect("DRAWS is a number of worlds or a range of them");
    match asked.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => 0..number(&asked),
    }
}

/// A cluster with the rows of all worlds.
fn cluster(draws: Range<u64>) -> Cluster {
    let mut seed = String::from(world::TABLE);
    for draw in draws {
        seed.push_str(&World::draw(draw).0.insert());
    }
    seed.push_str(world::INDEX);
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("random.sql");
    std::fs::write(&file, seed).unwrap();
    Cluster::start(&file, &[])
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

fn compile(text: &str) -> DataModel {
    let file = ModelFile { path: "model/drawn.yml".to_owned(), text: text.to_owned() };
    compiler::compile(&[file]).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}
