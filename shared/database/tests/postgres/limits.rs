//! Time limits and cancelling: no statement outlives its caller.

use std::time::Duration;

use database::{Database, Error};

use crate::support::{server, statement, text};

/// Statements that carry `mark` and still run. Waits for there to be `expected`.
async fn assert_running(operator: &Database, mark: &str, expected: &str) {
    let running = statement(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' \
         AND query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()",
        &[mark],
    );
    let mut count = String::new();
    for _ in 0..100 {
        count = text(operator, &running).await;
        if count == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{count} statements marked {mark} run, not {expected}");
}

#[tokio::test]
async fn a_statement_past_its_time_is_ended_by_the_server_and_the_connection_lives() {
    let Some(server) = server() else { return };
    let options = database::Options {
        max_pool: 1,
        query_timeout: Duration::from_millis(300),
        ..server.options()
    };
    let database = Database::new(&options).unwrap();
    let process = statement("SELECT pg_backend_pid()", &[]);
    let before = text(&database, &process).await;
    let slow = statement("SELECT pg_sleep(600) /* past its time */", &[]);
    let error = database.query(&slow, None).await.err().unwrap();
    assert!(matches!(error, Error::Timeout), "{error}");
    assert_running(&server.operator(), "past its time", "0").await;
    assert_eq!(text(&database, &process).await, before);
}

#[tokio::test]
async fn a_caller_may_ask_for_less_time_but_not_for_more() {
    let Some(server) = server() else { return };
    let options =
        database::Options { query_timeout: Duration::from_millis(300), ..server.options() };
    let database = Database::new(&options).unwrap();
    let slow = statement("SELECT pg_sleep(600)", &[]);
    for limit in [Duration::from_millis(1), Duration::from_hours(1)] {
        let error = database.query(&slow, Some(limit)).await.err().unwrap();
        assert!(matches!(error, Error::Timeout), "{error}");
    }
}

#[tokio::test]
async fn a_dropped_query_is_cancelled() {
    let Some(server) = server() else { return };
    let options = database::Options { max_pool: 1, ..server.options() };
    let database = Database::new(&options).unwrap();
    let operator = server.operator();
    let slow = statement("SELECT pg_sleep(600) /* dropped query */", &[]);
    {
        let mut query = std::pin::pin!(database.query(&slow, None));
        tokio::select! {
            _ = &mut query => panic!("it sleeps for ten minutes"),
            () = assert_running(&operator, "dropped query", "1") => {}
        }
    }
    assert_running(&operator, "dropped query", "0").await;
    // The only turn of the pool is free again.
    assert_eq!(text(&database, &statement("SELECT 'free'", &[])).await, "free");
}

#[tokio::test]
async fn a_query_dropped_before_it_has_begun_is_cancelled_too() {
    let Some(server) = server() else { return };
    let database = Database::new(&server.options()).unwrap();
    let operator = server.operator();
    let slow = statement("SELECT pg_sleep(600) /* barely begun */", &[]);
    for patience_ms in 0..30 {
        let patience = Duration::from_millis(patience_ms);
        let outcome = tokio::time::timeout(patience, database.query(&slow, None)).await;
        assert!(outcome.is_err());
    }
    assert_running(&operator, "barely begun", "0").await;
}

#[tokio::test]
async fn rows_dropped_midway_cancel_the_statement() {
    let Some(server) = server() else { return };
    let options = database::Options { max_pool: 1, ..server.options() };
    let database = Database::new(&options).unwrap();
    let endless =
        statement("SELECT generate_series(1, 1000000000), repeat('x', 1000) /* midway */", &[]);
    let mut rows = database.query(&endless, None).await.unwrap();
    for _ in 0..100 {
        assert!(rows.next().await.unwrap().is_some());
    }
    drop(rows);
    assert_running(&server.operator(), "midway", "0").await;
    assert_eq!(text(&database, &statement("SELECT 'free'", &[])).await, "free");
}

#[tokio::test]
async fn a_time_limit_holds_while_rows_arrive() {
    let Some(server) = server() else { return };
    let database = Database::new(&server.options()).unwrap();
    let slow = statement("SELECT n, pg_sleep(0.02) FROM generate_series(1, 100000) n", &[]);
    let mut rows = match database.query(&slow, Some(Duration::from_millis(700))).await {
        Ok(rows) => rows,
        // The server sends nothing before its buffer is full: the usual case.
        Err(error) => return assert!(matches!(error, Error::Timeout), "{error}"),
    };
    let error = loop {
        match rows.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the end of 2000 seconds of sleep"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Timeout), "{error}");
}
