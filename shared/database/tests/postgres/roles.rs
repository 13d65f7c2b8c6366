//! Roles and their passwords.

use database::{Error, Options, Roles, can_log_in};
use secrecy::SecretString;

use crate::support::server;

/// Names that would end a quoted one.
const OWNER: &str = "own\"er's";
const CLONE: &str = "own\"er's_clone";

#[tokio::test]
async fn a_member_is_made_and_changes_its_own_password() {
    let Some(server) = server() else { return };
    let administrator = Options { user: "postgres".to_owned(), ..server.options() };
    let administrator = Roles::connect(&administrator).await.unwrap().unwrap();
    let (first, second) = (SecretString::from("first ' word"), SecretString::from("second"));
    let login = |user: &str, password: &SecretString| {
        let (user, password) = (user.to_owned(), password.clone());
        Options { user, password, ..server.options() }
    };
    assert!(!administrator.exists(OWNER).await.unwrap());
    administrator.create_member(OWNER, "tester", &first).await.unwrap();
    administrator.create_member(CLONE, OWNER, &first).await.unwrap();
    assert!(administrator.exists(CLONE).await.unwrap());
    for role in [OWNER, CLONE] {
        assert!(can_log_in(&login(role, &first)).await.unwrap(), "{role}");
        assert!(!can_log_in(&login(role, &second)).await.unwrap(), "{role}");
    }
    assert!(Roles::connect(&login(CLONE, &second)).await.unwrap().is_none());
    let own = Roles::connect(&login(CLONE, &first)).await.unwrap().unwrap();
    own.set_password(CLONE, &second).await.unwrap();
    assert!(can_log_in(&login(CLONE, &second)).await.unwrap());
    assert!(!can_log_in(&login(CLONE, &first)).await.unwrap());
    // Its own alone.
    let refused = own.set_password("tester", &second).await.unwrap_err();
    let Error::Statement { sqlstate, message } = refused else { panic!("{refused}") };
    assert_eq!(sqlstate, "42501");
    assert!(!message.contains("SCRAM"), "{message}");
}

#[tokio::test]
async fn a_member_of_nobody_is_not_made() {
    let Some(server) = server() else { return };
    let administrator = Options { user: "postgres".to_owned(), ..server.options() };
    let administrator = Roles::connect(&administrator).await.unwrap().unwrap();
    let refused = administrator.create_member("half", "nobody", &"password".into()).await;
    assert!(matches!(refused, Err(Error::Statement { .. })));
    assert!(!administrator.exists("half").await.unwrap(), "half of it was kept");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_no_refusal() {
    let Some(server) = server() else { return };
    let nowhere = Options { port: 1, ..server.options() };
    assert!(matches!(can_log_in(&nowhere).await, Err(Error::Unavailable { .. })));
}
