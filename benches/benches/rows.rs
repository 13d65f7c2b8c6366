//! The row writer alone: 10,000 rows of five columns from wire bytes to JSON.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench fails by panicking"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use database::{Column, Kind};

const ROWS: usize = 10_000;

fn writing(criterion: &mut Criterion) {
    let columns = [
        (Column::new("Orders.id", Kind::Plain), "\"Orders.id\":"),
        (Column::new("Orders.status", Kind::Text), "\"Orders.status\":"),
        (Column::new("Orders.amount", Kind::Plain), "\"Orders.amount\":"),
        (Column::new("Orders.number", Kind::Plain), "\"Orders.number\":"),
        (Column::new("Orders.createdAt", Kind::Time), "\"Orders.createdAt\":"),
    ];
    let rows: Vec<[String; 5]> = (0..ROWS)
        .map(|row| {
            [
                row.to_string(),
                ["processing", "shipped", "completed"][row % 3].to_owned(),
                format!("{}.{:02}", row * 7, row % 100),
                (row % 100).to_string(),
                format!("2020-01-{:02} {:02}:15:30", 1 + row % 28, row % 24),
            ]
        })
        .collect();
    let mut out = Vec::with_capacity(4 << 20);
    let mut write_all = || {
        out.clear();
        for row in black_box(&rows) {
            out.push(b'{');
            for (cell, (column, key)) in row.iter().zip(&columns) {
                out.extend_from_slice(key.as_bytes());
                column.write(Some(cell.as_bytes()), &mut out);
                out.push(b',');
            }
            out.push(b'}');
        }
        out.len()
    };
    let bytes = write_all();
    let mut group = criterion.benchmark_group("rows");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("write 10,000 rows of 5 columns", |bencher| bencher.iter(&mut write_all));
    group.finish();
}

criterion_group!(benches, writing);
criterion_main!(benches);
