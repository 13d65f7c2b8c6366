//! Compiling a data model of 200 JavaScript cubes of ordinary size, with claims computed on in some.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::fmt::Write as _;
use std::hint::black_box;

use compiler::ModelFile;
use criterion::{Criterion, criterion_group, criterion_main};

const CUBES: usize = 200;

/// A file for each cube: ten dimensions, six measures, three joins, two segments.
fn model() -> Vec<ModelFile> {
    let mut files = vec![ModelFile {
        path: "model/lib.js".to_owned(),
        text:
            "export const money = (name) => ({ sql: () => name, type: `sum`, format: `currency` });"
                .to_owned(),
    }];
    for index in 0..CUBES {
        let mut text = format!(
            "import {{ money }} from './lib';\n\ncube(`Cube{index}`, {{\n  sql: `SELECT * FROM schema.table_{index} WHERE \
             ${{SECURITY_CONTEXT.tenant.filter('tenant_id')}} ${{SECURITY_CONTEXT.role.unsafeValue() === 'admin' ? '' : 'AND is_public'}}`,\n  joins: {{\n"
        );
        for other in 1..=3 {
            let target = (index + other * 7) % CUBES;
            writeln!(text, "    Cube{target}: {{ relationship: `belongsTo`, sql: `${{CUBE}}.cube_{target}_id = ${{Cube{target}}}.id` }},").unwrap();
        }
        text.push_str("  },\n  measures: {\n    count: { type: `count`, drillMembers: [id, name0, name1] },\n");
        for member in 0..5 {
            writeln!(text, "    total{member}: money(`amount_{member}`),").unwrap();
        }
        text.push_str("  },\n  dimensions: {\n    id: { sql: `id`, type: `number`, primaryKey: true },\n    createdAt: { sql: `created_at`, type: `time` },\n");
        for member in 0..8 {
            writeln!(text, "    name{member}: {{ sql: `LOWER(${{CUBE}}.name_{member})`, type: `string`, title: `Name {member}` }},").unwrap();
        }
        text.push_str("  },\n  segments: {\n    open: { sql: `${CUBE}.status = 'open'` },\n    recent: { sql: `${createdAt} > NOW() - INTERVAL '7 days'` },\n  },\n});\n");
        files.push(ModelFile { path: format!("model/cubes/cube_{index}.js"), text });
    }
    files
}

fn compile(criterion: &mut Criterion) {
    let files = model();
    let compiled = compiler::compile(&files).unwrap();
    assert_eq!(compiled.len(), CUBES);
    let mut group = criterion.benchmark_group("compile");
    group.sample_size(10);
    group.bench_function("200 JavaScript cubes", |bencher| {
        bencher.iter(|| compiler::compile(black_box(&files)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, compile);
criterion_main!(benches);
