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
mod members;
mod plain;
mod question;
mod tree;
mod world;

use std::ops::Range;

use auth::SecurityContext;
use compiler::ModelFile;
use database::{Database, Options};
use harness::postgres::{self, Cluster};
use model::DataModel;
use planner::{Error, MissingClaims, Plan};
use query::Limits;

use crate::plain::Answer;
use crate::question::Question;
use crate::tree::JoinTree;
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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tally = runtime.block_on(async {
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
                if let Some(tree) = &tree {
                    tally.repeated += usize::from(plain::repeats_rows(&world, &question, tree));
                }
                match check(&database, &model, &world, &question, tree.as_ref()).await {
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
    let Tally { asked, not_empty, repeated, differences } = tally;
    let shown = differences.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {asked} differ\n{shown}", differences.len());
    // What the comparison is about has to happen often, whatever is changed in the drawing.
    let is_telling = not_empty * 2 > asked && repeated * 5 > asked;
    let is_sample = draws.end - draws.start < DRAWS;
    assert!(is_telling || is_sample, "of {asked}, {not_empty} have rows, {repeated} repeat some");
}

/// What has happened so far.
#[derive(Debug, Default)]
struct Tally {
    asked: usize,
    /// Queries that are answered with rows.
    not_empty: usize,
    /// Queries whose join repeats rows of a measured cube.
    repeated: usize,
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

/// Plans and runs one query; returns the number of rows, or what is wrong with the answer.
async fn check(
    database: &Database,
    model: &DataModel,
    world: &World,
    question: &Question,
    tree: Option<&JoinTree>,
) -> Result<usize, String> {
    let expected = match tree {
        Some(tree) => Some(plain::answer(world, question, tree)),
        None => plain::answer_of_facts(world, question),
    };
    let Some(expected) = expected else {
        return match plan(model, question) {
            Err(Error::NoJoinPath { .. }) => Ok(0),
            other => Err(format!("no root reaches all cubes, but: {other:?}")),
        };
    };
    let plan = plan(model, question).map_err(|error| format!("refused: {error}"))?;
    let statement = format!("{}\n{:?}", plan.statement.text, plan.statement.parameters);
    let columns = plan.projection.columns.len() - question.measures.len();
    let found = run(database, &plan, columns, question)
        .await
        .map_err(|error| format!("{statement}\n{error}"))?;
    let total = total(database, &plan).await.map_err(|error| format!("{statement}\n{error}"))?;
    if is_same(&expected, &found) && total == found.len().to_string() {
        return Ok(found.len());
    }
    Err(format!(
        "{statement}\nfrom {tree:?}\nexpected {expected:?}\nfound    {found:?}, {total} in all",
    ))
}

fn plan(model: &DataModel, question: &Question) -> Result<Plan, Error> {
    let request = query::parse(question.json().to_string().as_bytes()).unwrap();
    let now = "2020-07-15T12:00:00Z".parse().unwrap();
    let query = query::normalize(&request.queries[0], &Limits::default(), now).unwrap().query;
    planner::plan(model, &SecurityContext::nobody(), MissingClaims::Refuse, &query)
}

/// The rows of a statement whose first `columns` columns are grouped by.
async fn run(
    database: &Database,
    plan: &Plan,
    columns: usize,
    question: &Question,
) -> Result<Answer, String> {
    let is_number = |index: usize| {
        index >= columns
            || question.dimensions.get(index).is_some_and(|&(_, dimension)| dimension.is_number())
    };
    let mut rows =
        database.query(&plan.statement, None).await.map_err(|error| format!("{error:?}"))?;
    let mut answer = Answer::new();
    while let Some(row) = rows.next().await.map_err(|error| format!("{error:?}"))? {
        let cell = |index: usize| {
            let text = row.raw(index).map(|raw| String::from_utf8(raw.to_vec()).unwrap());
            if is_number(index) { text.map(|text| number(&text).to_string()) } else { text }
        };
        let group: Vec<_> = (0..columns).map(cell).collect();
        let measures = (columns..row.len()).map(|index| cell(index).map(|text| number(&text)));
        if answer.insert(group.clone(), measures.collect()).is_some() {
            return Err(format!("the group {group:?} comes twice"));
        }
    }
    Ok(answer)
}

/// The number of rows, which a statement of its own counts.
async fn total(database: &Database, plan: &Plan) -> Result<String, String> {
    let statement = plan.total.as_ref().ok_or("the total is not planned")?;
    let mut rows = database.query(statement, None).await.map_err(|error| format!("{error:?}"))?;
    let mut total = String::new();
    // Read to the end: a connection whose answer is not goes back to no pool.
    while let Some(row) = rows.next().await.map_err(|error| format!("{error:?}"))? {
        total.push_str(&String::from_utf8_lossy(row.raw(0).unwrap_or_default()));
    }
    Ok(total)
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

fn is_same(expected: &Answer, found: &Answer) -> bool {
    let close = |pair: (&Option<f64>, &Option<f64>)| match pair {
        (None, None) => true,
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
        _ => false,
    };
    expected.len() == found.len()
        && expected.iter().zip(found).all(|((group, measures), (other, others))| {
            group == other
                && measures.len() == others.len()
                && measures.iter().zip(others).all(close)
        })
}
