//! Variables of the warehouse: `CUBEJS_DB_*`.

use std::{path::PathBuf, time::Duration};

use database::{Options, Ssl, VerifyFull};
use secrecy::SecretString;

use crate::logins::set_logins;
use crate::rds::set_tokens;
use crate::{
    Environment, Error,
    pem::pem_source,
    value::{duration, flag, number, text},
};

/// Who says where the warehouses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabasesFrom {
    /// The variables alone: a database without a name is an error.
    Variables,
    /// The project's code, and the variables what it leaves out.
    Code,
}

/// Where the warehouse is and how much of it may be used.
///
/// `errors` receives every mistake; what is returned is then not to be used.
pub(crate) fn read(
    environment: &dyn Environment,
    from: DatabasesFrom,
    errors: &mut Vec<Error>,
) -> Options {
    let mut options = Options::default();
    let mut run = |steps: &[Step]| {
        for step in steps {
            if let Err(error) = step(environment, &mut options) {
                errors.push(error);
            }
        }
    };
    run(&[set_kind, set_place, set_names, set_logins]);
    if from == DatabasesFrom::Variables {
        run(&[need_name, need_user]);
    }
    run(&[set_ssl, set_tokens, set_bounds]);
    options
}

type Step = fn(&dyn Environment, &mut Options) -> Result<(), Error>;

/// How to connect, and where to when a secret does not say: what of the variables is not about a
/// role or a database of the server.
pub(crate) fn read_place(environment: &dyn Environment, errors: &mut Vec<Error>) -> Options {
    let mut options = Options::default();
    for step in [set_kind, set_place, set_ssl] {
        if let Err(error) = step(environment, &mut options) {
            errors.push(error);
        }
    }
    options
}

fn set_kind(environment: &dyn Environment, _: &mut Options) -> Result<(), Error> {
    match text(environment, "CUBEJS_DB_TYPE").as_deref() {
        None | Some("postgres") => Ok(()),
        Some(_) => Err(Error::Invalid { variable: "CUBEJS_DB_TYPE", expected: "postgres" }),
    }
}

fn set_place(environment: &dyn Environment, options: &mut Options) -> Result<(), Error> {
    if let Some(url) = text(environment, "CUBEJS_DB_URL") {
        return set_url(&url, options);
    }
    options.socket_path = text(environment, "CUBEJS_DB_SOCKET_PATH").map(PathBuf::from);
    if let Some(host) = text(environment, "CUBEJS_DB_HOST") {
        options.host = host;
    }
    let port =
        number(environment, "CUBEJS_DB_PORT", u32::from(options.port), 1..=65_535, "a TCP port")?;
    options.port = u16::try_from(port).unwrap_or(options.port);
    Ok(())
}

fn set_url(url: &str, options: &mut Options) -> Result<(), Error> {
    options.set_url(url).map_err(|_| Error::Invalid {
        variable: "CUBEJS_DB_URL",
        expected: "postgres://user:password@host:port/name",
    })
}

/// Names and password; those of the URL hold when a variable of their own is missing.
fn set_names(environment: &dyn Environment, options: &mut Options) -> Result<(), Error> {
    if let Some(name) = text(environment, "CUBEJS_DB_NAME") {
        options.name = name;
    }
    if let Some(user) = text(environment, "CUBEJS_DB_USER") {
        options.user = user;
    }
    // Not trimmed: blanks may be part of a password.
    if let Some(password) = environment.get("CUBEJS_DB_PASS")
        && !password.is_empty()
    {
        options.password = SecretString::from(password);
    }
    let is_url_set = text(environment, "CUBEJS_DB_URL").is_some();
    if !is_url_set {
        return Ok(());
    }
    if options.name.is_empty() || options.user.is_empty() {
        return Err(Error::Invalid {
            variable: "CUBEJS_DB_URL",
            expected: "postgres://user:password@host:port/name",
        });
    }
    Ok(())
}

fn need_name(environment: &dyn Environment, options: &mut Options) -> Result<(), Error> {
    let is_said = options.logins.is_some() || text(environment, "CUBEJS_DB_URL").is_some();
    if options.name.is_empty() && !is_said {
        let reason = "it names the database";
        return Err(Error::Missing { variable: "CUBEJS_DB_NAME", reason });
    }
    Ok(())
}

fn need_user(environment: &dyn Environment, options: &mut Options) -> Result<(), Error> {
    let is_said = options.logins.is_some() || text(environment, "CUBEJS_DB_URL").is_some();
    if options.user.is_empty() && !is_said {
        let reason = "it names the database user";
        return Err(Error::Missing { variable: "CUBEJS_DB_USER", reason });
    }
    Ok(())
}

/// TLS is on when it is asked for, or when there is something to use with it and it is not
/// explicitly off.
fn set_ssl(environment: &dyn Environment, options: &mut Options) -> Result<(), Error> {
    let verify = VerifyFull {
        ca_pem: pem_source(environment, "CUBEJS_DB_SSL_CA")?,
        server_name: text(environment, "CUBEJS_DB_SSL_SERVERNAME"),
        client_cert_pem: pem_source(environment, "CUBEJS_DB_SSL_CERT")?,
        client_key_pem: pem_source(environment, "CUBEJS_DB_SSL_KEY")?,
    };
    if verify.client_cert_pem.is_some() != verify.client_key_pem.is_some() {
        let (variable, reason) = if verify.client_key_pem.is_none() {
            ("CUBEJS_DB_SSL_KEY", "CUBEJS_DB_SSL_CERT is set")
        } else {
            ("CUBEJS_DB_SSL_CERT", "CUBEJS_DB_SSL_KEY is set")
        };
        return Err(Error::Missing { variable, reason });
    }
    let is_implied = matches!(options.ssl, Ssl::VerifyFull(_))
        || verify.ca_pem.is_some()
        || verify.client_cert_pem.is_some()
        || flag(environment, "CUBEJS_DB_SSL_REJECT_UNAUTHORIZED", false)?;
    options.ssl = if flag(environment, "CUBEJS_DB_SSL", is_implied)? {
        Ssl::VerifyFull(verify)
    } else {
        Ssl::Disabled
    };
    if options.socket_path.is_some() && matches!(options.ssl, Ssl::VerifyFull(_)) {
        return Err(Error::Conflict {
            first: "CUBEJS_DB_SOCKET_PATH",
            second: "CUBEJS_DB_SSL",
            reason: "a Unix socket has no TLS",
        });
    }
    Ok(())
}

fn set_bounds(environment: &dyn Environment, options: &mut Options) -> Result<(), Error> {
    let max_pool =
        number(environment, "CUBEJS_DB_MAX_POOL", 8, 1..=1_000, "a whole number from 1 to 1000")?;
    options.max_pool = usize::try_from(max_pool).unwrap_or(options.max_pool);
    options.keeps_statements = flag(environment, "TESSERA_DB_PREPARED_STATEMENTS", false)?;
    options.query_timeout = duration(
        environment,
        "CUBEJS_DB_QUERY_TIMEOUT",
        options.query_timeout,
        Duration::from_secs(1)..=Duration::from_hours(24),
        "a duration from 1s to 24h",
    )?;
    options.probe_timeout = duration(
        environment,
        "TESSERA_DB_SILENCE",
        options.probe_timeout,
        Duration::from_millis(100)..=Duration::from_mins(1),
        "a duration from 100ms to 1m",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::Map;

    fn read_all(pairs: &[(&str, &str)]) -> Result<Options, Error> {
        let named = [("CUBEJS_DB_NAME", "shop"), ("CUBEJS_DB_USER", "me")];
        let map: Map = named
            .iter()
            .chain(pairs)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut errors = Vec::new();
        let options = read(&map, DatabasesFrom::Variables, &mut errors);
        errors.into_iter().next().map_or(Ok(options), Err)
    }

    #[test]
    fn a_name_and_a_user_are_enough() {
        let options = read_all(&[]).unwrap();
        assert_eq!((options.host.as_str(), options.port), ("localhost", 5432));
        assert_eq!(options.max_pool, 8);
        assert_eq!(options.query_timeout, Duration::from_mins(10));
        assert!(matches!(options.ssl, Ssl::Disabled));
    }

    #[test]
    fn every_place_is_read() {
        let options = read_all(&[
            ("CUBEJS_DB_HOST", "db.example"),
            ("CUBEJS_DB_PORT", "6432"),
            ("CUBEJS_DB_PASS", " p$ss "),
            ("CUBEJS_DB_MAX_POOL", "2"),
            ("CUBEJS_DB_QUERY_TIMEOUT", "30s"),
            ("TESSERA_DB_SILENCE", "5s"),
        ])
        .unwrap();
        assert_eq!((options.host.as_str(), options.port), ("db.example", 6432));
        assert_eq!(options.password.expose_secret(), " p$ss ");
        assert_eq!((options.max_pool, options.query_timeout.as_secs()), (2, 30));
    }

    #[test]
    fn a_url_gives_all_of_it() {
        let url = "postgresql://u%40x:p%2Fw@db.example:6432/name?sslmode=require";
        let mut errors = Vec::new();
        let map = Map::from([("CUBEJS_DB_URL", url)]);
        let options = read(&map, DatabasesFrom::Variables, &mut errors);
        assert_eq!(errors, []);
        assert_eq!((options.user.as_str(), options.name.as_str()), ("u@x", "name"));
        assert_eq!(options.password.expose_secret(), "p/w");
        assert!(matches!(options.ssl, Ssl::VerifyFull(_)));
    }

    #[test]
    fn bad_values_are_refused_by_name_and_not_repeated() {
        for (name, value) in [
            ("CUBEJS_DB_TYPE", "mysql"),
            ("CUBEJS_DB_PORT", "0"),
            ("CUBEJS_DB_PORT", "five"),
            ("CUBEJS_DB_URL", "mysql://localhost/secret-name"),
            ("CUBEJS_DB_SSL", "yes"),
            ("CUBEJS_DB_SSL_CA", "/nonexistent/ca.pem"),
            ("CUBEJS_DB_MAX_POOL", "0"),
            ("CUBEJS_DB_QUERY_TIMEOUT", "10 minutes"),
            ("TESSERA_DB_SILENCE", "0"),
            ("TESSERA_DB_SILENCE", "2m"),
            ("CUBEJS_DB_QUERY_TIMEOUT", "0"),
        ] {
            let sentence = read_all(&[(name, value)]).unwrap_err().to_string();
            assert!(sentence.starts_with(name), "{sentence}");
            assert!(!sentence.contains("secret-name"), "{sentence}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut errors = Vec::new();
        read(&Map::default(), DatabasesFrom::Variables, &mut errors);
        let sentence = errors.first().unwrap().to_string();
        assert_eq!(sentence, "CUBEJS_DB_NAME is required: it names the database");
        let other = errors.get(1).unwrap().to_string();
        assert_eq!(other, "CUBEJS_DB_USER is required: it names the database user");
    }

    #[test]
    fn what_code_leaves_out_may_be_less_than_a_database() {
        let mut errors = Vec::new();
        let map = Map::from([("CUBEJS_DB_HOST", "db.example"), ("CUBEJS_DB_PORT", "five")]);
        let options = read(&map, DatabasesFrom::Code, &mut errors);
        assert_eq!((options.host.as_str(), options.name.as_str()), ("db.example", ""));
        let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["CUBEJS_DB_PORT must be a TCP port"]);
    }

    #[test]
    fn an_authority_or_a_client_certificate_implies_tls() {
        let pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----";
        let ssl = |pairs: &[(&str, &str)]| read_all(pairs).map(|options| options.ssl);
        assert!(matches!(ssl(&[("CUBEJS_DB_SSL_CA", pem)]), Ok(Ssl::VerifyFull(_))));
        let off = ssl(&[("CUBEJS_DB_SSL_CA", pem), ("CUBEJS_DB_SSL", "false")]);
        assert!(matches!(off, Ok(Ssl::Disabled)));
        let lonely = ssl(&[("CUBEJS_DB_SSL_CERT", pem)]).unwrap_err();
        assert!(lonely.to_string().starts_with("CUBEJS_DB_SSL_KEY is required"));
        let socket = ssl(&[("CUBEJS_DB_SSL", "true"), ("CUBEJS_DB_SOCKET_PATH", "/tmp")]);
        assert!(socket.is_err());
    }
}
