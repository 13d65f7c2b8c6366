//! How many connections there are, and who has to wait.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use database::{Database, Error};
use futures_util::future::join_all;

use crate::support::proxy::Proxy;
use crate::support::{rows, server, statement, text};

#[tokio::test]
async fn no_more_connections_than_allowed_and_each_used_again() {
    let Some(server) = server() else { return };
    let proxy = Proxy::to(server.port).await;
    let options = database::Options { port: proxy.port, max_pool: 3, ..server.options() };
    let database = Database::new(&options).unwrap();
    assert_eq!(proxy.connections(), 0, "none before the first statement");
    let process = statement("SELECT pg_backend_pid() FROM pg_sleep(0.01)", &[]);
    let processes = join_all((0..40).map(|_| text(&database, &process))).await;
    assert_eq!(processes.iter().collect::<HashSet<_>>().len(), 3);
    assert_eq!(proxy.connections(), 3);
}

#[tokio::test]
async fn one_waiter_too_many_is_turned_away_at_once_and_the_others_served() {
    let Some(server) = server() else { return };
    let options = database::Options { max_pool: 1, max_queue: 2, ..server.options() };
    let database = Database::new(&options).unwrap();
    let nap = statement("SELECT pg_sleep(0.3)::text", &[]);
    let outcomes = join_all((0..5).map(|_| rows(&database, &nap))).await;
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::Overloaded)));
    assert_eq!(refused.count(), 2);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
}

#[tokio::test]
async fn whoever_waits_too_long_is_turned_away() {
    let Some(server) = server() else { return };
    let options = database::Options {
        max_pool: 1,
        acquire_timeout: Duration::from_millis(50),
        ..server.options()
    };
    let database = Database::new(&options).unwrap();
    let rows = database.query(&statement("VALUES (1), (2)", &[]), None).await.unwrap();
    let error = database.query(&statement("SELECT 1", &[]), None).await.err().unwrap();
    assert!(matches!(error, Error::Overloaded), "{error}");
    drop(rows);
    assert_eq!(text(&database, &statement("SELECT 'free'", &[])).await, "free");
}

#[tokio::test]
async fn a_connection_idle_for_too_long_is_replaced() {
    let Some(server) = server() else { return };
    let options = database::Options { idle_timeout: Duration::ZERO, ..server.options() };
    let database = Database::new(&options).unwrap();
    let process = statement("SELECT pg_backend_pid()", &[]);
    assert_ne!(text(&database, &process).await, text(&database, &process).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_of_several_threads_works_as_well() {
    let Some(server) = server() else { return };
    let database = Arc::new(Database::new(&server.options()).unwrap());
    let tasks = (0..200).map(|number: u32| {
        let database = Arc::clone(&database);
        tokio::spawn(async move {
            let number = number.to_string();
            let echo = statement("SELECT $1::text || '-' || $2::text", &[&number, "x"]);
            assert_eq!(text(&database, &echo).await, format!("{number}-x"));
        })
    });
    // 64 may wait and 8 work: 200 at once are more than allowed, so in portions.
    let tasks: Vec<_> = tasks.collect();
    let refused = join_all(tasks).await.into_iter().filter(Result::is_err).count();
    assert!(refused <= 200 - 72, "{refused} refused");
}
