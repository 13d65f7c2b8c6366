//! What a statement brings along, and what the server makes of wrong ones.

use database::{Database, Error, Options, Outage};
use serde_json::json;

use crate::support::{rows, server, statement, text};

#[tokio::test]
async fn a_statement_brings_its_own_settings_and_leaves_none() {
    let Some(server) = server() else { return };
    // One connection, and other tests have theirs.
    let database = Database::new(&Options { max_pool: 1, ..server.options() }).unwrap();
    let settings = statement(
        "SELECT current_setting('TimeZone'), current_setting('DateStyle'), \
         current_setting('IntervalStyle'), current_setting('extra_float_digits'), \
         current_setting('standard_conforming_strings'), current_setting('transaction_read_only'), \
         current_setting('transaction_isolation'), current_setting('search_path')",
        &[],
    );
    let expected = json!([[
        "UTC",
        "ISO, YMD",
        "postgres",
        "1",
        "on",
        "on",
        "read committed",
        "\"$user\", public"
    ]]);
    for _ in 0..2 {
        assert_eq!(json!(rows(&database, &settings).await.unwrap()), expected);
    }
    let pid = text(&database, &statement("SELECT pg_backend_pid()::text", &[])).await;
    let state =
        statement("SELECT state FROM pg_stat_activity WHERE pid = $1::int", &[pid.as_str()]);
    assert_eq!(text(&server.operator(), &state).await, "idle");
}

#[tokio::test]
async fn a_time_without_zone_is_read_in_utc_and_year_first() {
    let Some(server) = server() else { return };
    let database = Database::new(&server.options()).unwrap();
    let query = statement(
        "SELECT '2024-07-01 12:00'::timestamptz = '2024-07-01 12:00+00', '2024-02-03'::date::text, \
         date_trunc('day', '2024-07-01 02:00+02'::timestamptz)",
        &[],
    );
    let expected = json!([[true, "2024-02-03", "2024-07-01T00:00:00.000"]]);
    assert_eq!(json!(rows(&database, &query).await.unwrap()), expected);
}

#[tokio::test]
async fn parameters_are_values_whatever_is_in_them() {
    let Some(server) = server() else { return };
    let database = Database::new(&server.options()).unwrap();
    for value in ["", "'; DROP TABLE x; --", "\\", "\\' OR 1=1", "\"", "$1", "%_", "\n\u{7f}é😀"]
    {
        let echo = statement("SELECT $1::text, $1::text LIKE $2", &[value, "%"]);
        let expected = json!([[value, true]]);
        assert_eq!(json!(rows(&database, &echo).await.unwrap()), expected, "{value:?}");
    }
    let typed = statement(
        "SELECT n FROM generate_series(1, 3) AS n WHERE n >= $1 AND n = ANY($2) AND $3",
        &["2", "{1,2}", "true"],
    );
    assert_eq!(json!(rows(&database, &typed).await.unwrap()), json!([["2"]]));
}

#[tokio::test]
async fn a_nul_and_too_many_parameters_are_refused_before_anything_is_sent() {
    // Nothing listens there: an attempt to connect would be `Unavailable`.
    let options = Options { port: 1, ..Options::default() };
    let database = Database::new(&options).unwrap();
    let nul = statement("SELECT $1", &["a\0b"]);
    let refused = database.query(&nul, None).await.err().unwrap();
    assert!(matches!(refused, Error::InvalidValue { has_context_parameters: false, .. }));
    let many = statement("SELECT 1", &vec!["x"; 65_536]);
    let refused = database.query(&many, None).await.err().unwrap();
    assert!(matches!(refused, Error::TooManyParameters { count: 65_536 }));
    let nul = statement("SELECT '\0'", &[]);
    let refused = database.query(&nul, None).await.err().unwrap();
    assert!(matches!(refused, Error::Statement { .. }));
}

#[tokio::test]
async fn what_the_server_refuses_is_told_apart_by_who_is_to_blame() {
    let Some(server) = server() else { return };
    let database = Database::new(&server.options()).unwrap();
    let refused = async |text: &str, parameters: &[&str]| {
        rows(&database, &statement(text, parameters)).await.err().unwrap()
    };
    for (text, parameter) in [
        ("SELECT 1 WHERE 1 = $1", "abc"),
        ("SELECT $1::int4", "99999999999"),
        ("SELECT $1::timestamptz", "2024-99-01"),
        ("SELECT $1::uuid", "nonsense"),
        ("SELECT n FROM generate_series(1, 100000) n WHERE n / 100000 = 1 AND 'x' ~ $1", "*"),
    ] {
        let error = refused(text, &[parameter]).await;
        assert!(matches!(&error, Error::InvalidValue { .. }), "{text}: {error}");
        assert!(!error.to_string().contains(parameter), "{error}");
    }
    let mut context = statement("SELECT $1::int4", &["abc"]);
    context.has_context_parameters = true;
    let error = rows(&database, &context).await.err().unwrap();
    assert!(matches!(error, Error::InvalidValue { has_context_parameters: true, .. }));
    for (text, code) in [
        ("SELEC 1", "42601"),
        ("SELECT missing FROM pg_class", "42703"),
        ("SELECT * FROM missing", "42P01"),
        ("SELECT 1 / (random() * 0)::int", "22012"),
        ("SELECT 1; SELECT 2", "42601"),
        ("SELECT 'abc'::int4", "22P02"),
        ("SELECT * FROM pg_authid", "42501"),
        ("SELECT $1::int", "08P01"),
    ] {
        let error = refused(text, &[]).await;
        assert!(
            matches!(&error, Error::Statement { sqlstate, .. } if sqlstate == code),
            "{text}: {error}"
        );
    }
    let error = refused("SELECT hll_cardinality(hll_add_agg(hll_hash_any(1)))", &[]).await;
    assert!(matches!(error, Error::MissingExtension { name: "hll" }), "{error}");
    let error = refused("CREATE TABLE written (n int)", &[]).await;
    assert!(
        matches!(error, Error::Unavailable { reason: Outage::Failover, .. }),
        "read-only: {error}"
    );
    // All of that on connections that still are in order.
    assert_eq!(text(&database, &statement("SELECT 'in order'", &[])).await, "in order");
}

#[tokio::test]
async fn a_failure_after_the_first_rows_ends_the_result_and_spares_the_connection() {
    let Some(server) = server() else { return };
    let options = Options { max_pool: 1, ..server.options() };
    let database = Database::new(&options).unwrap();
    let process = statement("SELECT pg_backend_pid()", &[]);
    let before = text(&database, &process).await;
    let query =
        statement("SELECT 1 / (20000 - n), repeat('x', 100) FROM generate_series(1, 30000) n", &[]);
    let mut rows = database.query(&query, None).await.unwrap();
    let mut count = 0;
    let error = loop {
        match rows.next().await {
            Ok(Some(_)) => count += 1,
            Ok(None) => panic!("the end without the failure"),
            Err(error) => break error,
        }
    };
    assert_eq!(count, 19_999);
    assert!(matches!(error, Error::Statement { .. }), "{error}");
    assert!(rows.next().await.unwrap().is_none());
    drop(rows);
    assert_eq!(text(&database, &process).await, before);
}
