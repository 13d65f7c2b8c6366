//! Credentials that change while connections are opened.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use database::{Database, Error, Login, Logins, Options, Outage, Roles};
use futures_util::FutureExt as _;
use secrecy::SecretString;

use crate::support::proxy::Proxy;
use crate::support::{Server, server, statement, text};

/// A place where credentials are, and how often they were read.
#[derive(Clone)]
struct Place {
    passwords: Arc<Mutex<Result<Vec<&'static str>, String>>>,
    reads: Arc<AtomicUsize>,
}

impl Place {
    fn new(passwords: &[&'static str]) -> Self {
        let passwords = Arc::new(Mutex::new(Ok(passwords.to_vec())));
        Self { passwords, reads: Arc::default() }
    }

    fn set(&self, passwords: &[&'static str]) {
        *self.passwords.lock().unwrap() = Ok(passwords.to_vec());
    }

    fn logins(&self, user: &str, server: &Server) -> Logins {
        let (place, user, port) = (self.clone(), user.to_owned(), server.port);
        Logins::new("place".to_owned(), move || {
            place.reads.fetch_add(1, Ordering::SeqCst);
            let passwords = place.passwords.lock().unwrap().clone();
            let login = |password: &str| Login {
                user: user.clone(),
                password: password.into(),
                host: Some("127.0.0.1".to_owned()),
                port: Some(port),
                name: Some("postgres".to_owned()),
            };
            let logins = passwords.map(|all| all.into_iter().map(login).collect());
            std::future::ready(logins).boxed()
        })
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

/// A role with the password `first`, and somebody who can change it.
async fn role(server: &Server, name: &str) -> Roles {
    let administrator = Options { user: "postgres".to_owned(), ..server.options() };
    let roles = Roles::connect(&administrator).await.unwrap().unwrap();
    roles.create_member(name, "tester", &SecretString::from("first")).await.unwrap();
    roles
}

/// A database whose every statement opens a connection.
fn database(logins: Logins, port: u16) -> Database {
    let (host, idle_timeout) = (String::new(), Duration::ZERO);
    let options = Options { host, port, idle_timeout, logins: Some(logins), ..Options::default() };
    Database::new(&options).unwrap()
}

async fn who(database: &Database) -> String {
    text(database, &statement("SELECT current_user::text", &[])).await
}

async fn outage(database: &Database) -> Outage {
    let refused = database.query(&statement("SELECT 1", &[]), None).await.err().unwrap();
    let Error::Unavailable { reason, .. } = refused else { panic!("{refused}") };
    reason
}

/// P-09
#[tokio::test]
async fn a_password_that_was_rotated_is_read_again_once() {
    let Some(server) = server() else { return };
    let roles = role(server, "rotated").await;
    let place = Place::new(&["first"]);
    let database = database(place.logins("rotated", server), 0);
    assert_eq!(place.reads(), 0, "nothing is read before it is needed");
    for _ in 0..3 {
        assert_eq!(who(&database).await, "rotated");
    }
    assert_eq!(place.reads(), 1);
    roles.set_password("rotated", &"second".into()).await.unwrap();
    // The rotation has not ended: what is in force is refused, what is pending gets in.
    place.set(&["first", "second"]);
    let all = futures_util::future::join_all((0..5).map(|_| who(&database))).await;
    assert_eq!(all, ["rotated"; 5]);
    assert_eq!(place.reads(), 2, "five who were refused have read it once");
    place.set(&["second"]);
    assert_eq!(who(&database).await, "rotated");
    assert_eq!(place.reads(), 2);
}

/// P-09
#[tokio::test]
async fn a_wrong_password_is_tried_once_a_second() {
    let Some(server) = server() else { return };
    role(server, "locked").await;
    let proxy = Proxy::to(server.port).await;
    let place = Place::new(&["wrong"]);
    let database = database(place.logins("locked", server), proxy.port);
    for _ in 0..5 {
        assert_eq!(outage(&database).await, Outage::Login);
    }
    assert_eq!((proxy.connections(), place.reads()), (1, 1));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    place.set(&["first"]);
    assert_eq!(who(&database).await, "locked");
}

/// P-09
#[tokio::test]
async fn credentials_that_cannot_be_read_are_an_outage_and_not_asked_for_at_once_again() {
    let Some(server) = server() else { return };
    let place = Place::new(&[]);
    *place.passwords.lock().unwrap() = Err("ThrottlingException".to_owned());
    let database = database(place.logins("nobody", server), 0);
    assert_eq!(outage(&database).await, Outage::Credentials);
    assert_eq!(outage(&database).await, Outage::Login);
    assert_eq!(place.reads(), 1);
}
