//! The recorded queries, normalized, and the data model they were recorded with.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench fails by panicking")]

use auth::SecurityContext;
use compiler::ModelFile;
use harness::root;
use model::DataModel;
use planner::MissingClaims;
use query::{Limits, Query};
use serde_json::Value;

/// The files of the model.
pub(crate) fn files() -> Vec<ModelFile> {
    compiler::read_folder(&root().join("tests/conformance/model")).unwrap()
}

/// Every recorded query that has a plan.
pub(crate) fn queries(model: &DataModel, context: &SecurityContext) -> Vec<Query> {
    let cases = std::fs::read_to_string(root().join("tests/conformance/cases.jsonl")).unwrap();
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    cases
        .lines()
        .filter_map(|line| {
            let case: Value = serde_json::from_str(line).unwrap();
            let request = query::parse(case["query"].to_string().as_bytes()).ok()?;
            let normalized =
                query::normalize(request.queries.first()?, &Limits::default(), now).ok()?;
            planner::plan(model, context, MissingClaims::Refuse, &normalized.query).ok()?;
            Some(normalized.query)
        })
        .collect()
}
