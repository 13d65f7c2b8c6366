//! TLS and passwords.

use database::{Database, Error, Options, Outage, Ssl, VerifyFull};

use crate::support::proxy::Proxy;
use crate::support::{server, statement, text};

fn outage(error: &Error) -> Outage {
    let Error::Unavailable { reason, .. } = error else { panic!("not an outage: {error}") };
    *reason
}

async fn refused(options: Options) -> Outage {
    let database = Database::new(&options).unwrap();
    let error = database.query(&statement("SELECT 1", &[]), None).await.err().unwrap();
    outage(&error)
}

#[tokio::test]
async fn tls_with_a_checked_certificate_and_a_password_works() {
    let Some(server) = server() else { return };
    let database = Database::new(&server.tls_options()).unwrap();
    let query = statement("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]);
    assert_eq!(text(&database, &query).await, "TLSv1.3");
    let types = statement("SELECT 'glad'::mood", &[]);
    assert_eq!(text(&database, &types).await, "glad");
}

#[tokio::test]
async fn a_cancelled_statement_over_tls_stops() {
    let Some(server) = server() else { return };
    let options = Options { max_pool: 1, ..server.tls_options() };
    let database = Database::new(&options).unwrap();
    let endless = statement("SELECT generate_series(1, 1000000000)", &[]);
    let rows = database.query(&endless, None).await.unwrap();
    drop(rows);
    // The turn is given back only when the server is done.
    assert_eq!(text(&database, &statement("SELECT 'free'", &[])).await, "free");
}

#[tokio::test]
async fn another_name_or_authority_is_no_connection() {
    let Some(server) = server() else { return };
    let Ssl::VerifyFull(good) = server.tls_options().ssl else { panic!("TLS") };
    for bad in [
        VerifyFull { server_name: Some("other.example.com".to_owned()), ..good.clone() },
        VerifyFull { server_name: None, ..good.clone() },
        VerifyFull { ca_pem: None, ..good },
    ] {
        let options = Options { ssl: Ssl::VerifyFull(bad), ..server.tls_options() };
        assert_eq!(refused(options).await, Outage::Connect);
    }
}

#[tokio::test]
async fn a_server_that_refuses_tls_gets_no_plain_text() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let listening = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).await.unwrap();
        stream.write_all(b"N").await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        (request, rest)
    });
    let options = Options {
        host: "127.0.0.1".to_owned(),
        port,
        password: "secret".into(),
        ssl: Ssl::VerifyFull(VerifyFull::default()),
        ..Options::default()
    };
    assert_eq!(refused(options).await, Outage::Connect);
    let (request, rest) = listening.await.unwrap();
    assert_eq!(request, [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f], "a request for TLS");
    assert!(rest.is_empty(), "and nothing after the refusal");
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again_at_once() {
    let Some(server) = server() else { return };
    let proxy = Proxy::to(server.port).await;
    let options = Options {
        port: proxy.port,
        user: "tester".to_owned(),
        password: "wrong".into(),
        ..server.options()
    };
    let database = Database::new(&options).unwrap();
    for _ in 0..5 {
        let error = database.query(&statement("SELECT 1", &[]), None).await.err().unwrap();
        assert_eq!(outage(&error), Outage::Login);
        assert!(!format!("{error:?} {error}").contains("wrong"));
    }
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn a_missing_database_is_a_login_refused() {
    let Some(server) = server() else { return };
    let options = Options { name: "missing".to_owned(), ..server.options() };
    assert_eq!(refused(options).await, Outage::Login);
}

#[tokio::test]
async fn a_unix_socket_works() {
    let Some(server) = server() else { return };
    let options = Options { socket_path: Some(server.directory.clone()), ..server.options() };
    let database = Database::new(&options).unwrap();
    assert_eq!(text(&database, &statement("SELECT 'socket'", &[])).await, "socket");
    let endless = statement("SELECT generate_series(1, 1000000000)", &[]);
    drop(database.query(&endless, None).await.unwrap());
    database.ping().await.unwrap();
}
