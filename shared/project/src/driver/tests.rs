use secrecy::ExposeSecret;
use serde_json::json;

use super::*;

/// Options as the bridge tells them.
fn held(value: Value) -> Held {
    match value {
        Value::Array(items) => Held::List(items.into_iter().map(held).collect()),
        Value::Object(members) => {
            Held::Object(members.into_iter().map(|(name, value)| (name, held(value))).collect())
        }
        value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            Held::Value(value)
        }
    }
}

fn read(options: Value) -> Result<Driver, DriverFault> {
    let Value::Object(members) = options else { panic!("{options}") };
    Driver::read(members.into_iter().map(|(name, value)| (name, held(value))))
}

fn said(options: Value) -> String {
    read(options).unwrap_err().to_string()
}

#[test]
fn every_option_of_cubes_is_read() {
    let driver = read(json!({
        "type": "postgres", "host": "db.example", "port": "6432", "database": "shop", "user": "me",
        "password": "hunter2", "max": 3, "connectionTimeoutMillis": 500, "idleTimeoutMillis": 1000,
        "acquireTimeoutMillis": "2000", "executionTimeout": 60, "query_timeout": 5000,
        "readOnly": true, "storeTimezone": "UTC", "min": 1, "dataSource": "archive", "log": null,
    }))
    .unwrap();
    assert_eq!((driver.host.as_deref(), driver.port), (Some("db.example"), Some(6432)));
    assert_eq!((driver.database.as_deref(), driver.user.as_deref()), (Some("shop"), Some("me")));
    assert_eq!(driver.password.as_ref().unwrap().expose_secret(), "hunter2");
    assert_eq!(driver.max_pool, Some(3));
    assert_eq!(driver.connect_timeout, Some(Duration::from_millis(500)));
    assert_eq!(driver.acquire_timeout, Some(Duration::from_secs(2)));
    assert_eq!(driver.query_timeout, Some(Duration::from_secs(5)));
    assert_eq!(driver.data_source.as_deref(), Some("archive"));
    assert!(!format!("{driver:?}").contains("hunter2"));
}

#[test]
fn only_postgres_is_served() {
    assert_eq!(
        said(json!({"type": "mysql"})),
        "its `type` is `mysql`, and only `postgres` is served"
    );
    assert_eq!(said(json!({"host": "a"})), "it has no `type`: write `type: \"postgres\"`");
    let secret = said(json!({"type": "postgres://me:hunter2@db/shop"}));
    assert_eq!(secret, "option `type` must be `postgres`");
}

#[test]
fn what_is_not_known_has_a_nearest_name_and_no_value() {
    for (name, sentence) in [
        ("pasword", "there is no option `pasword`: did you mean `password`?"),
        ("Database", "there is no option `Database`: did you mean `database`?"),
        ("frobnicate", "there is no option `frobnicate`"),
        (
            "options",
            "option `options` is not supported: no settings can be given to the server with \
          a connection",
        ),
    ] {
        assert_eq!(said(json!({"type": "postgres", name: "hunter2"})), sentence);
    }
}

#[test]
fn what_decides_the_database_is_given_or_left_out() {
    for name in ["host", "port", "database", "user", "password", "connectionString", "dataSource"] {
        assert_eq!(
            said(json!({"type": "postgres", name: null})),
            format!(
                "option `{name}` is undefined or null: leave it out to have it from the environment"
            )
        );
    }
    for (name, value) in [
        ("host", json!("")),
        ("database", json!(1)),
        ("user", json!(["hunter2"])),
        ("port", json!(0)),
        ("port", json!(70_000)),
        ("port", json!("hunter2")),
        ("password", json!(12)),
        ("max", json!(-1)),
        ("max", json!(1.5)),
        ("query_timeout", json!("soon")),
        ("ssl", json!("false")),
    ] {
        let said = said(json!({"type": "postgres", name: value}));
        assert!(said.starts_with(&format!("option `{name}` must be ")), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert!(read(json!({"type": "postgres", "max": null, "ssl": null})).unwrap().tls.is_none());
}

#[test]
fn tls_verifies_or_is_off() {
    let tls = |ssl: Value| read(json!({"type": "postgres", "ssl": ssl}));
    assert!(matches!(tls(json!(false)).unwrap().tls, Some(DriverTls::Off)));
    for ssl in [json!(true), json!({}), json!("true"), json!({"rejectUnauthorized": true})] {
        let driver = tls(ssl).unwrap();
        assert!(matches!(driver.tls, Some(DriverTls::On { ca: None, .. })));
        assert_eq!(driver.notices, [""; 0]);
    }
    for ssl in [json!({"rejectUnauthorized": false}), json!("no-verify")] {
        let driver = tls(ssl).unwrap();
        assert!(matches!(driver.tls, Some(DriverTls::On { .. })));
        assert!(driver.notices[0].contains("always verified"));
    }
    let pem = "-----BEGIN CERTIFICATE-----";
    let several = tls(json!({"ca": [pem, pem], "servername": "db"})).unwrap().tls;
    let Some(DriverTls::On { ca: Some(ca), server_name, .. }) = several else { panic!("on") };
    assert_eq!((ca.matches(pem).count(), server_name.as_deref()), (2, Some("db")));
    for (ssl, sentence) in [
        (json!({"ca": "/etc/ca.pem"}), "option `ssl.ca` must be PEM text"),
        (json!({"key": []}), "option `ssl.key` must be PEM text"),
        (
            json!({"serverName": "x"}),
            "there is no option `ssl.serverName`: did you mean `servername`?",
        ),
    ] {
        assert_eq!(tls(ssl).unwrap_err().to_string(), sentence);
    }
    assert!(tls(json!({"passphrase": "hunter2"})).unwrap_err().to_string().contains("PEM texts"));
}
