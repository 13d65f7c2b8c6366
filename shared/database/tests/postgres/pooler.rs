//! `PgBouncer` in transaction mode between us and the server: consecutive transactions of one
//! connection run on any of the pooler's.

use database::{Database, Options};
use futures_util::future::join_all;
use serde_json::json;

use crate::support::process::{Owner, Process};
use crate::support::server::{find_program, free_port};
use crate::support::{Server, rows, server, statement, text};

/// A pooler with two connections to the server, or `None` (said aloud) where none is installed.
async fn pooler(server: &Server) -> Option<(Process, Options)> {
    let Some(program) = find_program("pgbouncer") else {
        println!("skipped: no PgBouncer");
        return None;
    };
    let port = free_port();
    let directory = std::env::temp_dir().join(format!("tessera-pooler-{port}"));
    std::fs::create_dir(&directory).unwrap();
    let owner = Owner::find();
    owner.give(&directory);
    let configuration = directory.join("pgbouncer.ini");
    let text = format!(
        "[databases]\n\
         postgres = host=127.0.0.1 port={} user=plain\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = any\n\
         pool_mode = transaction\n\
         default_pool_size = 2\n",
        server.port
    );
    owner.write(&configuration, &text);
    let process = Process::start(&owner, &program, &[configuration.as_os_str()], &directory);
    let options = Options { port, max_pool: 8, ..server.options() };
    let database = Database::new(&options).unwrap();
    for _ in 0..100 {
        if database.ping().await.is_ok() {
            return Some((process, options));
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let log = std::fs::read_to_string(directory.join("log")).unwrap_or_default();
    panic!("PgBouncer did not start:\n{log}");
}

#[tokio::test]
async fn statements_through_a_transaction_pooler_do_not_meet() {
    let Some(server) = server() else { return };
    let Some((_process, options)) = pooler(server).await else { return };
    // Eight of ours over two of the pooler's, some of them dropped midway.
    let clients = (0..8).map(|client| {
        let options = Options { max_pool: 1, ..options.clone() };
        async move {
            let database = Database::new(&options).unwrap();
            for round in 0..50 {
                let mark = format!("{client}-{round}");
                let query = statement(
                    "SELECT $1::text, 'glad'::mood, now() = date_trunc('day', now(), $2), \
                     current_setting('TimeZone'), '2024-02-03'::date::text",
                    &[&mark, "Europe/Berlin"],
                );
                let expected = json!([[mark, "glad", false, "UTC", "2024-02-03"]]);
                assert_eq!(json!(rows(&database, &query).await.unwrap()), expected);
                if round % 10 == client {
                    let endless = statement("SELECT generate_series(1, 1000000000)", &[]);
                    drop(database.query(&endless, None).await.unwrap());
                }
            }
        }
    });
    join_all(clients).await;
    // Nothing of ours stayed on the pooler's connections.
    let operator = server.operator();
    let busy = statement(
        "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() \
         AND query LIKE 'SELECT generate_series%'",
        &[],
    );
    assert_eq!(text(&operator, &busy).await, "0");
}
