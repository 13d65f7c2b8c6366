//! Planning every recorded query. Nothing is kept from one to the next.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench fails by panicking"
)]

mod recorded;

use std::hint::black_box;
use std::time::Instant;

use auth::SecurityContext;
use criterion::{Criterion, criterion_group, criterion_main};
use planner::MissingClaims;
use serde_json::json;

fn planning(criterion: &mut Criterion) {
    let model = compiler::compile(&recorded::files()).unwrap();
    let context = SecurityContext::for_test(json!({ "id": 5 }));
    let queries = recorded::queries(&model, &context);
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
