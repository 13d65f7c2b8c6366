//! Servers and networks that fail.

use std::sync::atomic::Ordering;
use std::time::Duration;

use database::{Database, Error, Options, Outage};
use tokio::io::AsyncWriteExt as _;

use crate::support::proxy::Proxy;
use crate::support::{rows, server, statement, text};

fn is_unavailable(error: &Error, expected: Outage) -> bool {
    matches!(error, Error::Unavailable { reason, .. } if *reason == expected)
}

#[tokio::test]
async fn nobody_at_the_door_is_unavailable() {
    let options = Options { host: "127.0.0.1".to_owned(), port: 1, ..Options::default() };
    let database = Database::new(&options).unwrap();
    let error = database.query(&statement("SELECT 1", &[]), None).await.err().unwrap();
    assert!(is_unavailable(&error, Outage::Connect), "{error}");
    assert!(is_unavailable(&database.ping().await.unwrap_err(), Outage::Connect));
    let options = Options { host: "no-such-host.invalid".to_owned(), ..options };
    let database = Database::new(&options).unwrap();
    let error = database.query(&statement("SELECT 1", &[]), None).await.err().unwrap();
    assert!(is_unavailable(&error, Outage::Connect), "{error}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options {
        host: "127.0.0.1".to_owned(),
        port: listener.local_addr().unwrap().port(),
        connect_timeout: Duration::from_millis(200),
        ..Options::default()
    };
    let database = Database::new(&options).unwrap();
    let error = database.query(&statement("SELECT 1", &[]), None).await.err().unwrap();
    assert!(is_unavailable(&error, Outage::Connect), "{error}");
}

#[tokio::test]
async fn garbage_and_endless_messages_end_the_connection() {
    for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"R\x7f\xff\xff\xff", b"R\0\0\0\0"] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(answer).await.unwrap();
                // Kept open: it is the client who has to give up.
                std::mem::forget(stream);
            }
        });
        let options = Options { host: "127.0.0.1".to_owned(), port, ..Options::default() };
        let database = Database::new(&options).unwrap();
        let error = database.query(&statement("SELECT 1", &[]), None).await.err().unwrap();
        assert!(is_unavailable(&error, Outage::Connect), "{error}");
    }
}

#[tokio::test]
async fn a_backend_ended_while_idle_is_not_noticed_by_the_caller() {
    let Some(server) = server() else { return };
    let database = Database::new(&server.options()).unwrap();
    let operator = server.operator();
    let process = statement("SELECT pg_backend_pid()", &[]);
    for _ in 0..3 {
        let before = text(&database, &process).await;
        let end = statement("SELECT pg_terminate_backend($1)", &[&before]);
        rows(&operator, &end).await.unwrap();
        assert_ne!(text(&database, &process).await, before);
    }
}

#[tokio::test]
async fn a_backend_ended_at_work_costs_one_more_attempt() {
    let Some(server) = server() else { return };
    let proxy = Proxy::to(server.port).await;
    let options = Options { port: proxy.port, ..server.options() };
    let database = Database::new(&options).unwrap();
    let operator = server.operator();
    let work = statement("SELECT 'done' FROM pg_sleep(1) /* ended at work */", &[]);
    let end = statement(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE query LIKE '%ended at work%' AND state = 'active' AND pid <> pg_backend_pid()",
        &[],
    );
    let ending = async {
        while rows(&operator, &end).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (answer, ()) = tokio::join!(text(&database, &work), ending);
    assert_eq!(answer, "done");
    assert_eq!(proxy.connections(), 2, "one attempt each");
}

#[tokio::test]
async fn a_connection_that_fell_silent_is_replaced_within_the_probe() {
    let Some(server) = server() else { return };
    let proxy = Proxy::to(server.port).await;
    let options = Options {
        port: proxy.port,
        max_pool: 1,
        probe_timeout: Duration::from_millis(200),
        ..server.options()
    };
    let database = Database::new(&options).unwrap();
    let echo = statement("SELECT 'heard'", &[]);
    assert_eq!(text(&database, &echo).await, "heard");
    proxy.faults.is_black_hole.store(true, Ordering::SeqCst);
    let (answer, ()) = tokio::join!(text(&database, &echo), async {
        // New connections get through again; the old one stays lost.
        tokio::time::sleep(Duration::from_millis(100)).await;
        proxy.faults.is_black_hole.store(false, Ordering::SeqCst);
    });
    assert_eq!(answer, "heard");
    proxy.faults.is_black_hole.store(true, Ordering::SeqCst);
    let (pong, ()) = tokio::join!(database.ping(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        proxy.faults.is_black_hole.store(false, Ordering::SeqCst);
    });
    pong.unwrap();
}

#[tokio::test]
async fn a_connection_cut_anywhere_is_an_outage_or_the_whole_answer() {
    let Some(server) = server() else { return };
    let proxy = Proxy::to(server.port).await;
    let options = Options { port: proxy.port, max_pool: 1, ..server.options() };
    let database = Database::new(&options).unwrap();
    let query = statement("SELECT n, repeat('y', 30) FROM generate_series(1, 300) AS n", &[]);
    let expected = rows(&database, &query).await.unwrap();
    assert_eq!(expected.len(), 300);
    for place in (1..16_000).step_by(331) {
        proxy.faults.cut_after_bytes.store(place, Ordering::SeqCst);
        match rows(&database, &query).await {
            Ok(rows) => assert_eq!(rows, expected, "cut after {place} bytes"),
            Err(error) => assert!(is_unavailable(&error, Outage::Lost), "{place}: {error}"),
        }
        proxy.faults.cut_after_bytes.store(0, Ordering::SeqCst);
        assert_eq!(rows(&database, &query).await.unwrap(), expected, "after {place}");
    }
}

#[tokio::test]
async fn a_server_without_connections_left_is_full() {
    let Some(server) = server() else { return };
    let operator = server.operator();
    rows(&operator, &statement("SELECT 1", &[])).await.unwrap();
    let options = Options { name: "narrow".to_owned(), ..server.options() };
    let database = Database::new(&options).unwrap();
    let error = database.query(&statement("SELECT 1", &[]), None).await.err().unwrap();
    assert!(is_unavailable(&error, Outage::Exhausted), "{error}");
}
