//! One line of the audit log: made, hashed and handed to the system.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::{fs::OpenOptions, hint::black_box, io, time::Duration};

use audit::{Line, Log, Outcome};
use criterion::{Criterion, criterion_group, criterion_main};

/// What the line of a small query holds.
fn fields(line: &mut Line<'_>) {
    line.text("request.id", "77d2d24eaa92c147ca8723a9db9f3b2f");
    line.text("route", "load");
    line.text("subject", "ba7816bf");
    line.text("tenant", "7");
    line.texts("claims", [("email", "alice@a.example"), ("role", "admin")]);
    line.text("members", black_box("orders.count orders.status orders.created_at"));
}

fn lines(criterion: &mut Criterion) {
    let clock = || Duration::from_millis(1_795_319_997_521);
    let made = Log::new("0123456789abcdef0123456789abcdef".to_owned(), clock, io::sink());
    criterion.bench_function("audit line, made", |bencher| {
        bencher.iter(|| made.write(Outcome::Allowed, fields).unwrap());
    });
    let file = OpenOptions::new().write(true).open("/dev/null").unwrap();
    let written = Log::new("0123456789abcdef0123456789abcdef".to_owned(), clock, file);
    criterion.bench_function("audit line, made and written", |bencher| {
        bencher.iter(|| written.write(Outcome::Allowed, fields).unwrap());
    });
}

criterion_group!(benches, lines);
criterion_main!(benches);
