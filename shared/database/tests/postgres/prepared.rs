//! Statements that connections keep answer what all others do.

use database::{Database, Error, Options};
use serde_json::json;

use crate::support::{Server, rows, server, statement, text};

/// One connection that keeps its statements.
fn keeping(server: &Server) -> Database {
    let options = Options { max_pool: 1, keeps_statements: true, ..server.options() };
    Database::new(&options).unwrap()
}

const COUNT_OF_KEPT: &str =
    "SELECT count(*)::text FROM pg_prepared_statements WHERE statement LIKE '%of this test\"'";

#[tokio::test]
async fn a_statement_is_prepared_once_for_all_values() {
    let Some(server) = server() else { return };
    let database = keeping(server);
    for value in ["1", "2", "3"] {
        let asked = statement("SELECT ($1::int + 1)::text AS \"of this test\"", &[value]);
        let expected = (value.parse::<u8>().unwrap() + 1).to_string();
        assert_eq!(text(&database, &asked).await, expected);
        assert_eq!(text(&database, &statement(COUNT_OF_KEPT, &[])).await, "1");
    }
    let unnamed = Database::new(&Options { max_pool: 1, ..server.options() }).unwrap();
    let asked = statement("SELECT $1::text AS \"of this test\"", &["1"]);
    assert_eq!(text(&unnamed, &asked).await, "1");
    assert_eq!(text(&unnamed, &statement(COUNT_OF_KEPT, &[])).await, "0");
}

/// The server's own time zone and date style are others.
#[tokio::test]
async fn what_is_read_when_it_is_prepared_is_read_with_our_settings() {
    let Some(server) = server() else { return };
    let database = keeping(server);
    let asked = statement(
        "SELECT '2020-01-02 03:04'::timestamptz::text, '02-01-03'::date::text, $1::timestamptz::text",
        &["2020-01-02 03:04"],
    );
    for _ in 0..2 {
        let expected = json!([["2020-01-02 03:04:00+00", "2002-01-03", "2020-01-02 03:04:00+00"]]);
        assert_eq!(json!(rows(&database, &asked).await.unwrap()), expected);
    }
}

#[tokio::test]
async fn what_the_server_refuses_spares_the_connection() {
    let Some(server) = server() else { return };
    let database = keeping(server);
    let backend = statement("SELECT pg_backend_pid()::text", &[]);
    let before = text(&database, &backend).await;
    for (wrong, values) in [
        ("SELECT nothing_like_this", &[][..]),
        ("SELEC", &[]),
        ("SELECT $1::int", &["x"]),
        ("SELECT 1 / $1::int", &["0"]),
    ] {
        for _ in 0..2 {
            let refused = rows(&database, &statement(wrong, values)).await.unwrap_err();
            let is_refusal =
                matches!(refused, Error::Statement { .. } | Error::InvalidValue { .. });
            assert!(is_refusal, "{wrong}: {refused}");
        }
    }
    assert_eq!(text(&database, &backend).await, before);
}

#[tokio::test]
async fn a_statement_that_the_server_has_dropped_is_prepared_anew() {
    let Some(server) = server() else { return };
    let database = keeping(server);
    let asked = statement("SELECT $1::text AS \"of this test\"", &["1"]);
    for _ in 0..2 {
        assert_eq!(text(&database, &asked).await, "1");
        assert_eq!(text(&database, &statement(COUNT_OF_KEPT, &[])).await, "1");
        assert!(rows(&database, &statement("DEALLOCATE ALL", &[])).await.unwrap().is_empty());
    }
    assert_eq!(text(&database, &asked).await, "1");
}
