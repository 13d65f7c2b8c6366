//! What a statement is told of its caller ends with its transaction, however that ends (X-04).

use std::time::Duration;

use database::{Database, Error, Options, RowSecurity};

use crate::support::{Server, server, statement, text};

const PROBE: &str =
    "SELECT current_user || '/' || coalesce(current_setting('request.jwt.claims', true), '')";

/// One connection, and a role that its login may act as.
async fn database(server: &Server, role: &str) -> Database {
    let administrator = Options { user: "postgres".to_owned(), ..server.options() };
    let roles = database::Roles::connect(&administrator).await.unwrap().unwrap();
    roles.create_member(role, "tester", &"any".into()).await.unwrap();
    // The administrator may act as anybody.
    Database::new(&Options { max_pool: 1, ..administrator }).unwrap()
}

fn caller(role: &str) -> RowSecurity {
    RowSecurity { role: Some(role.to_owned()), claims: Some(r#"{"tenant_id":7}"#.to_owned()) }
}

async fn told(database: &Database, caller: &RowSecurity) -> String {
    let probe = statement(PROBE, &[]);
    let mut rows = database.query_for(caller, &probe, None).await.unwrap();
    let row = rows.next().await.unwrap().unwrap();
    let said = String::from_utf8(row.raw(0).unwrap().to_vec()).unwrap();
    assert!(rows.next().await.unwrap().is_none());
    said
}

#[tokio::test]
async fn nothing_of_a_caller_is_left_for_the_next_one() {
    let Some(server) = server() else { return };
    let database = database(server, "acting").await;
    let acting = caller("acting");
    let pristine = "postgres/";
    assert_eq!(text(&database, &statement(PROBE, &[])).await, pristine);
    assert_eq!(told(&database, &acting).await, r#"acting/{"tenant_id":7}"#);
    assert_eq!(text(&database, &statement(PROBE, &[])).await, pristine);
    // A statement that fails, one whose time is up, one that nobody reads to its end.
    let failing = statement("SELECT 1 / 0", &[]);
    assert!(database.query_for(&acting, &failing, None).await.is_err());
    assert_eq!(text(&database, &statement(PROBE, &[])).await, pristine);
    let slow = statement("SELECT pg_sleep(30)::text", &[]);
    let limit = Some(Duration::from_millis(200));
    assert!(matches!(database.query_for(&acting, &slow, limit).await, Err(Error::Timeout)));
    assert_eq!(text(&database, &statement(PROBE, &[])).await, pristine);
    let long = statement("SELECT i::text FROM generate_series(1, 1000000) i", &[]);
    drop(database.query_for(&acting, &long, None).await.unwrap());
    assert_eq!(text(&database, &statement(PROBE, &[])).await, pristine);
    let waiting = database.query_for(&acting, &slow, None);
    assert!(tokio::time::timeout(Duration::from_millis(200), waiting).await.is_err());
    assert_eq!(text(&database, &statement(PROBE, &[])).await, pristine);
}

#[tokio::test]
async fn claims_alone_are_told_to_no_login_that_is_above_policies() {
    let Some(server) = server() else { return };
    let claims = RowSecurity { role: None, claims: Some("{}".to_owned()) };
    let probe = statement(PROBE, &[]);
    let administrator = Options { user: "postgres".to_owned(), ..server.options() };
    let above = Database::new(&administrator).unwrap();
    for _ in 0..2 {
        let refused = above.query_for(&claims, &probe, None).await.err().unwrap();
        assert!(matches!(refused, Error::RowSecurity { .. }), "{refused}");
    }
    // The connection is as good as before.
    assert_eq!(text(&above, &probe).await, "postgres/");
}
