//! The credentials of the warehouse in Secrets Manager: read with the first query, and again when a
//! rotation has changed them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use database::{Options, Roles};
use harness::moto::Moto;
use harness::postgres::{self, Cluster};
use harness::server::Server;
use harness::{block_on, leak, root, wait_until};
use serde_json::{Value, json};

fn login(cluster: &Cluster, password: &str) -> String {
    let (user, name) = (postgres::USER, postgres::DATABASE);
    json!({
        "engine": "postgres", "host": "127.0.0.1", "port": cluster.port, "username": user,
        "password": password, "dbname": name,
    })
    .to_string()
}

fn serve(moto: &Moto, arn: &str) -> Server {
    let mut environment = moto.environment();
    environment.push(("TESSERA_DB_SECRET_ARN".to_owned(), arn.to_owned()));
    Server::start(&root().join("tests/conformance"), environment)
}

/// What a query is answered with that no other has asked before.
fn status(server: &Server, number: usize) -> u16 {
    let query = json!({
        "measures": ["Orders.count"],
        "filters": [{ "member": "Orders.id", "operator": "gt", "values": [number.to_string()] }],
    });
    let answer = server.load(&query, &Value::Object(serde_json::Map::new()));
    leak::check(&answer);
    answer.status
}

/// Changes the password of the role that the server logs in as.
fn set_password(cluster: &Cluster, password: &str) {
    let options = Options {
        host: "127.0.0.1".to_owned(),
        port: cluster.port,
        name: postgres::DATABASE.to_owned(),
        user: "postgres".to_owned(),
        password: postgres::PASSWORD.into(),
        ..Options::default()
    };
    block_on(async {
        let roles = Roles::connect(&options).await.unwrap().unwrap();
        roles.set_password(postgres::USER, &password.into()).await.unwrap();
    });
}

/// P-09
#[test]
fn queries_go_on_when_the_password_of_the_database_is_rotated() {
    let moto = Moto::start();
    let mut cluster = Cluster::start(&root().join("tests/conformance/seed.sql"), &[]);
    let arn = moto.create_secret("credentials", &login(&cluster, postgres::PASSWORD));
    let server = serve(&moto, &arn);
    assert_eq!(status(&server, 0), 200);
    set_password(&cluster, "second-password-canary");
    // Connections that are open go on; those that are opened find what is in force now.
    assert_eq!(status(&server, 1), 200);
    moto.put_secret(&arn, &login(&cluster, "second-password-canary"), "second");
    cluster.pause();
    cluster.resume();
    assert_eq!(status(&server, 2), 200);
    // One that no version of the secret has is an outage until the secret says it.
    set_password(&cluster, "third-password-canary");
    cluster.pause();
    cluster.resume();
    assert_eq!(status(&server, 3), 503);
    assert_eq!(status(&server, 4), 503, "and is not tried at once again");
    moto.put_secret(&arn, &login(&cluster, "third-password-canary"), "third");
    wait_until("the third password", Duration::from_secs(10), || status(&server, 5) == 200);
    for canary in [postgres::PASSWORD, "password-canary", arn.as_str()] {
        assert!(!server.log().contains(canary), "the log holds {canary}");
    }
}

#[test]
fn a_secret_that_holds_no_credentials_is_an_outage() {
    let moto = Moto::start();
    for (name, value) in [("empty", "{}"), ("other", r#"{"engine": "mysql"}"#), ("text", "secret")]
    {
        let arn = moto.create_secret(name, value);
        let server = serve(&moto, &arn);
        assert_eq!(status(&server, 0), 503, "{name}");
        assert!(server.log().contains("credentials of the database not read"), "{name}");
    }
}
