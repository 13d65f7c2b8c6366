//! Planning every recorded query. Nothing is kept from one to the next.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench fails by panicking"
)]

use std::hint::black_box;
use std::time::Instant;

use auth::SecurityContext;
use criterion::{Criterion, criterion_group, criterion_main};
use harness::root;
use model::DataModel;
use planner::MissingClaims;
use query::{Limits, Query};
use serde_json::{Value, json};

fn model() -> DataModel {
    let files = compiler::read_folder(&root().join("tests/conformance/model")).unwrap();
    compiler::compile(&files).unwrap()
}

/// Every recorded query that has a plan.
fn queries(model: &DataModel, context: &SecurityContext) -> Vec<Query> {
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

fn planning(criterion: &mut Criterion) {
    let model = model();
    let context = SecurityContext::for_test(json!({ "id": 5 }));
    let queries = queries(&model, &context);
    let mut medians: Vec<f64> = queries
        .iter()
        .map(|query| {
            let mut sample: Vec<f64> = (0..51)
                .map(|_| {
                    let began = Instant::now();
                    black_box(
                        planner::plan(&model, &context, MissingClaims::Refuse, black_box(query))
                            .unwrap(),
                    );
                    began.elapsed().as_secs_f64() * 1e6
                })
                .collect();
            benches::median(&mut sample)
        })
        .collect();
    benches::say(&format!(
        "{} recorded queries: median {:.1} us, slowest {:.1} us",
        queries.len(),
        benches::median(&mut medians),
        medians.last().unwrap()
    ));
    criterion.bench_function("plan all recorded queries", |bencher| {
        bencher.iter(|| {
            for query in &queries {
                black_box(planner::plan(&model, &context, MissingClaims::Refuse, query).unwrap());
            }
        });
    });
}

criterion_group!(benches, planning);
criterion_main!(benches);
