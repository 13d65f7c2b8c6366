//! Every type, compared with what the server itself says.

use database::Database;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::{rows, server, statement};

async fn cell(database: &Database, expression: &str) -> Value {
    let query = statement(format!("SELECT {expression} AS cell"), &[]);
    match rows(database, &query).await {
        Ok(mut rows) => rows[0].remove(0),
        Err(error) => panic!("{expression}: {error}"),
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
async fn every_type_has_its_json_form() {
    let Some(server) = server() else { return };
    let database = Database::new(&server.options()).unwrap();
    for (expression, expected) in [
        ("null::int", json!(null)),
        ("null::timestamptz", json!(null)),
        ("true", json!(true)),
        ("false", json!(false)),
        ("(-32768)::int2", json!("-32768")),
        ("2147483647::int4", json!("2147483647")),
        ("(-9223372036854775808)::int8", json!("-9223372036854775808")),
        ("count(*)", json!("1")),
        ("0.1::float4", json!("0.1")),
        ("0.1::float8 + 0.2::float8", json!("0.30000000000000004")),
        ("1e300::float8", json!("1e+300")),
        ("1e15::float8", json!("1e+15")),
        ("123456789012345::float8", json!("123456789012345")),
        ("0.0001::float8", json!("0.0001")),
        ("0.00001::float8", json!("1e-05")),
        ("'-0'::float8", json!("-0")),
        ("'NaN'::float8", json!("NaN")),
        ("'-Infinity'::float4", json!("-Infinity")),
        ("210.98000::numeric", json!("210.98000")),
        ("1::numeric / 6", json!("0.16666666666666666667")),
        ("'NaN'::numeric", json!("NaN")),
        ("'Infinity'::numeric", json!("Infinity")),
        ("1e40::numeric", json!("10000000000000000000000000000000000000000")),
        ("16384::oid", json!("16384")),
        ("'plain'::text", json!("plain")),
        ("E'a\"b\\\\c\\n\\x01é😀'::varchar", json!("a\"b\\c\n\u{1}é😀")),
        ("'ab'::char(4)", json!("ab  ")),
        ("'x'::name", json!("x")),
        ("'untyped'", json!("untyped")),
        ("'2024-02-29 12:30:05.9999'::timestamp", json!("2024-02-29T12:30:05.999")),
        ("'2024-02-29 12:30:05+00'::timestamptz", json!("2024-02-29T12:30:05.000")),
        ("'2024-07-01 00:00:00 Europe/Berlin'::timestamptz", json!("2024-06-30T22:00:00.000")),
        ("'2024-02-29'::date", json!("2024-02-29T00:00:00.000")),
        ("'infinity'::timestamptz", json!("infinity")),
        ("'-infinity'::date", json!("-infinity")),
        ("'0044-03-15 BC'::date", json!("-000043-03-15T00:00:00.000")),
        ("'12000-01-01'::timestamp", json!("+012000-01-01T00:00:00.000")),
        ("'01:02:03.5'::time", json!("01:02:03.5")),
        ("'01:02:03+02'::timetz", json!("01:02:03+02")),
        ("'1 year 2 days 03:04:05'::interval", json!("1 year 2 days 03:04:05")),
        ("gen_random_uuid() = gen_random_uuid()", json!(false)),
        (
            "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid",
            json!("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ),
        ("'{\"a\": [1, null, \"x\"]}'::json", json!({"a": [1, null, "x"]})),
        ("'{\"b\":  2}'::jsonb", json!({"b": 2})),
        ("'null'::jsonb", json!(null)),
        ("'\\xdeadbeef'::bytea", json!("\\xdeadbeef")),
        ("ARRAY[1, null, 3]", json!("{1,NULL,3}")),
        ("ARRAY['a\"b']", json!("{\"a\\\"b\"}")),
        ("int4range(1, 5)", json!("[1,5)")),
        ("'10.0.0.0/8'::cidr", json!("10.0.0.0/8")),
        ("point(1, 2)", json!("(1,2)")),
        ("B'101'", json!("101")),
        ("'<a/>'::xml IS NOT NULL", json!(true)),
        ("'glad'::mood", json!("glad")),
        ("ARRAY['glad', 'calm']::mood[]", json!("{glad,calm}")),
        ("(1, 'x')::pair", json!("(1,x)")),
        ("(1, 2)", json!("(1,2)")),
        ("7::positive", json!("7")),
    ] {
        assert_eq!(cell(&database, expression).await, expected, "{expression}");
    }
}

#[tokio::test]
async fn fifty_thousand_rows_with_a_type_of_the_users_arrive_in_order() {
    let Some(server) = server() else { return };
    let database = Database::new(&server.options()).unwrap();
    let query = statement(
        "SELECT n, 'glad'::mood AS mood, repeat('x', 50) AS filler \
         FROM generate_series(1, 50000) AS n ORDER BY n",
        &[],
    );
    let mut rows = database.query(&query, None).await.unwrap();
    let names: Vec<_> = rows.columns().iter().map(database::Column::name).collect();
    assert_eq!(names, ["n", "mood", "filler"]);
    let mut count = 0;
    while let Some(row) = rows.next().await.unwrap() {
        count += 1;
        assert_eq!(row.raw(0).unwrap(), count.to_string().as_bytes());
        assert_eq!(row.raw(1).unwrap(), b"glad");
        assert_eq!(row.raw(3), None);
    }
    assert_eq!(count, 50_000);
    assert!(rows.next().await.unwrap().is_none());
}

/// What the server calls a value is what we answer with: text through `format('%s')`, which uses
/// the type's own output function in the same transaction, and times through `to_char`.
#[test]
fn random_values_are_what_the_server_says_they_are() {
    let Some(server) = server() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = Database::new(&server.options()).unwrap();
    let mut runner = TestRunner::new(Config { cases: 256, ..Config::default() });
    let values = (
        any::<f64>(),
        any::<f32>(),
        any::<i64>(),
        (any::<i128>(), 0_u32..30),
        -60_000_000_000_000_000_i64..250_000_000_000_000_000,
        "[^\\x00]{0,40}",
    );
    let outcome =
        runner.run(&values, |(double, single, integer, (digits, scale), micros, text)| {
            let query = statement(
                "WITH v AS (SELECT $1::float8 d, $2::float4 f, $3::int8 i, \
                $4::numeric / 10::numeric ^ $5::int n, $7::text t, \
                'epoch'::timestamptz + $6::int8 * '1 microsecond'::interval z) \
             SELECT d, format('%s', d), f, format('%s', f), i, format('%s', i), \
                n, format('%s', n), t, format('%s', t), z, \
                to_char(date_trunc('milliseconds', z), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS'), \
                z::date, to_char(z::date, 'YYYY-MM-DD\"T\"00:00:00.000') FROM v",
                &[
                    &double.to_string(),
                    &single.to_string(),
                    &integer.to_string(),
                    &digits.to_string(),
                    &scale.to_string(),
                    &micros.to_string(),
                    &text,
                ],
            );
            let row = runtime.block_on(rows(&database, &query)).unwrap().remove(0);
            for pair in row.chunks(2) {
                prop_assert_eq!(&pair[0], &pair[1]);
            }
            prop_assert_eq!(row[8].as_str().unwrap(), text);
            Ok(())
        });
    outcome.unwrap();
}
