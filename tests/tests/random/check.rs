//! One query about one world: planned, run, and held against the plain evaluation.

use auth::SecurityContext;
use database::Database;
use model::DataModel;
use planner::{Error, MissingClaims, Plan};
use query::Limits;

use crate::plain::{self, Answer, AnswerRow};
use crate::question::Question;
use crate::tree::{JoinTree, NotJoined};
use crate::windows;
use crate::world::World;

/// Plans and runs one query; returns the number of rows, or what is wrong with the answer.
pub(crate) async fn check(
    database: &Database,
    model: &DataModel,
    world: &World,
    question: &Question,
    tree: &Result<JoinTree, NotJoined>,
) -> Result<usize, String> {
    if question.is_rolling() && tree.is_err() {
        // Several facts with windows are not what this test is about.
        return Ok(0);
    }
    let expected = match tree {
        Ok(tree) if question.is_rolling() => {
            Ok(windows::rolling(world, question, tree).into_iter().collect())
        }
        Ok(tree) if question.is_ungrouped => Ok(plain::ungrouped(world, question, tree)),
        Ok(tree) => Ok(plain::answer(world, question, tree).into_iter().collect()),
        Err(NotJoined::NoPath) => plain::answer_of_facts(world, question)
            .map(|answer| answer.into_iter().collect())
            .ok_or(NotJoined::NoPath),
        Err(NotJoined::Ambiguous) => Err(NotJoined::Ambiguous),
    };
    let expected: Vec<AnswerRow> = match (expected, plan(model, question)) {
        (Ok(expected), _) => expected,
        (Err(NotJoined::NoPath), Err(Error::NoJoinPath { .. }))
        | (Err(NotJoined::Ambiguous), Err(Error::AmbiguousJoinPath { .. })) => return Ok(0),
        (Err(reason), other) => return Err(format!("{reason:?}, but: {other:?}")),
    };
    let plan = plan(model, question).map_err(|error| format!("refused: {error}"))?;
    let statement = format!("{}\n{:?}", plan.statement.text, plan.statement.parameters);
    let columns = plan.projection.columns.len() - question.measures.len();
    let found = run(database, &plan, columns, question)
        .await
        .map_err(|error| format!("{statement}\n{error}"))?;
    let total = total(database, &plan).await.map_err(|error| format!("{statement}\n{error}"))?;
    if is_right(question, &expected, &found) && total == expected.len().to_string() {
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

/// The rows of a statement whose first `columns` columns are no measures.
async fn run(
    database: &Database,
    plan: &Plan,
    columns: usize,
    question: &Question,
) -> Result<Vec<AnswerRow>, String> {
    let is_number = |index: usize| {
        index >= columns
            || question.dimensions.get(index).is_some_and(|&(_, dimension)| dimension.is_number())
    };
    let mut rows =
        database.query(&plan.statement, None).await.map_err(|error| format!("{error:?}"))?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next().await.map_err(|error| format!("{error:?}"))? {
        let cell = |index: usize| {
            let text = row.raw(index).map(|raw| String::from_utf8(raw.to_vec()).unwrap());
            if is_number(index) { text.map(|text| number(&text).to_string()) } else { text }
        };
        let group = (0..columns).map(cell).collect();
        let measures = (columns..row.len()).map(|index| cell(index).map(|text| number(&text)));
        answer.push((group, measures.collect()));
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

/// Whether the rows that were found are those expected, in the order that was asked for.
fn is_right(question: &Question, expected: &[AnswerRow], found: &[AnswerRow]) -> bool {
    if question.is_ungrouped {
        let sorted = |rows: &[AnswerRow]| {
            let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
            rows.sort();
            rows
        };
        return sorted(expected) == sorted(found);
    }
    let by_group: Answer = expected.iter().cloned().collect();
    let groups: Answer = found.iter().cloned().collect();
    let are_known = groups.iter().all(|(group, measures)| {
        by_group.get(group).is_some_and(|others| {
            measures.len() == others.len() && measures.iter().zip(others).all(is_close)
        })
    });
    are_known && groups.len() == found.len() && is_page(question, expected, found)
}

/// Whether the measure that is ordered by takes the values of the page, each in its place.
fn is_page(question: &Question, expected: &[AnswerRow], found: &[AnswerRow]) -> bool {
    let (offset, limit) = question.page.unwrap_or((0, usize::MAX));
    let Some((place, is_descending)) = question.order else {
        return found.len() == expected.len();
    };
    let keys = |rows: &[AnswerRow]| rows.iter().map(|row| row.1[place]).collect::<Vec<_>>();
    let mut all = keys(expected);
    // As in PostgreSQL, null is greater than all others.
    let rank = |key: &Option<f64>| key.unwrap_or(f64::INFINITY);
    all.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    if is_descending {
        all.reverse();
    }
    let page: Vec<_> = all.into_iter().skip(offset).take(limit).collect();
    let found = keys(found);
    page.len() == found.len() && page.iter().zip(&found).all(is_close)
}

fn is_close(pair: (&Option<f64>, &Option<f64>)) -> bool {
    match pair {
        (None, None) => true,
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
        _ => false,
    }
}
