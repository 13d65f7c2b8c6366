//! What tells one database, and the way to it, from another.

use std::time::Duration;

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::options::{Options, Pem, Ssl, VerifyFull};

/// Equal for equal [`Options`], and for no others: their SHA-256. Shows nothing of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity([u8; 32]);

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

impl Identity {
    /// That of the database which these options describe.
    pub fn of(options: &Options) -> Self {
        // Every field by name: one that is added has to be thought of here.
        let Options {
            host,
            port,
            name,
            user,
            password,
            logins,
            tokens,
            socket_path,
            ssl,
            keeps_statements,
            max_pool,
            max_queue,
            query_timeout,
            connect_timeout,
            acquire_timeout,
            idle_timeout,
            probe_timeout,
        } = options;
        let mut sum = Sum(Sha256::new());
        sum.text(host);
        sum.number(u64::from(*port));
        sum.text(name);
        sum.text(user);
        sum.text(password.expose_secret());
        sum.option(logins.as_ref().map(|logins| logins.name().as_bytes()));
        sum.number(u64::from(tokens.is_some()));
        let path = socket_path.as_ref().map(|path| path.as_os_str().as_encoded_bytes());
        sum.option(path);
        sum.ssl(ssl);
        sum.number(u64::from(*keeps_statements));
        for count in [max_pool, max_queue] {
            sum.number(u64::try_from(*count).unwrap_or(u64::MAX));
        }
        for time in [query_timeout, connect_timeout, acquire_timeout, idle_timeout, probe_timeout] {
            sum.time(*time);
        }
        Self(sum.0.finalize().into())
    }
}

/// A hash of parts, each with its length, so that no two lists of parts are one text.
struct Sum(Sha256);

impl Sum {
    fn bytes(&mut self, bytes: &[u8]) {
        self.number(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn time(&mut self, time: Duration) {
        self.number(time.as_secs());
        self.number(u64::from(time.subsec_nanos()));
    }

    fn option(&mut self, bytes: Option<&[u8]>) {
        self.number(u64::from(bytes.is_some()));
        self.bytes(bytes.unwrap_or_default());
    }

    fn ssl(&mut self, ssl: &Ssl) {
        let Ssl::VerifyFull(verify) = ssl else { return self.number(0) };
        let VerifyFull { ca_pem, server_name, client_cert_pem, client_key_pem } = verify;
        self.number(1);
        self.option(server_name.as_deref().map(str::as_bytes));
        for pem in [ca_pem, client_cert_pem, client_key_pem] {
            self.pem(pem.as_ref());
        }
    }

    /// A file is told by its path: what it holds may change, and the database stays the same.
    fn pem(&mut self, pem: Option<&Pem>) {
        match pem {
            None => self.number(0),
            Some(Pem::Text(text)) => {
                self.number(1);
                self.text(text.expose_secret());
            }
            Some(Pem::File(path)) => {
                self.number(2);
                self.bytes(path.as_os_str().as_encoded_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::logins::Logins;
    use crate::tokens::Tokens;

    #[test]
    fn whatever_differs_is_another_database() {
        let base = || Options {
            host: "db".to_owned(),
            name: "shop".to_owned(),
            user: "me".to_owned(),
            ..Options::default()
        };
        let verify = |verify| Options { ssl: Ssl::VerifyFull(verify), ..base() };
        let text = || Some(Pem::from("x".to_owned()));
        let file = || Some(Pem::File("x".into()));
        let none = || std::future::ready(Ok(Vec::new())).boxed();
        let logins = |name: &str| Logins::new(name.to_owned(), none);
        let others = [
            Options { host: "db2".to_owned(), ..base() },
            Options { port: 5433, ..base() },
            Options { name: "shop2".to_owned(), ..base() },
            Options { user: "you".to_owned(), ..base() },
            Options { password: "p".into(), ..base() },
            Options { logins: Some(logins("a")), ..base() },
            Options { logins: Some(logins("b")), ..base() },
            Options {
                tokens: Some(Tokens::new(|_| std::future::ready(Ok("t".into())).boxed())),
                ..base()
            },
            Options { socket_path: Some("/tmp".into()), ..base() },
            Options { socket_path: Some("".into()), ..base() },
            Options { max_pool: 9, ..base() },
            Options { max_queue: 9, ..base() },
            Options { query_timeout: Duration::from_millis(1), ..base() },
            Options { connect_timeout: Duration::from_millis(1), ..base() },
            Options { acquire_timeout: Duration::from_millis(1), ..base() },
            Options { idle_timeout: Duration::from_millis(1), ..base() },
            Options { probe_timeout: Duration::from_millis(1), ..base() },
            // The same letters, cut elsewhere.
            Options { name: "sho".to_owned(), user: "pme".to_owned(), ..base() },
            verify(VerifyFull::default()),
            verify(VerifyFull { server_name: Some("x".to_owned()), ..VerifyFull::default() }),
            verify(VerifyFull { ca_pem: text(), ..VerifyFull::default() }),
            verify(VerifyFull { ca_pem: file(), ..VerifyFull::default() }),
            verify(VerifyFull { client_cert_pem: text(), ..VerifyFull::default() }),
            verify(VerifyFull { client_key_pem: text(), ..VerifyFull::default() }),
            verify(VerifyFull { client_key_pem: file(), ..VerifyFull::default() }),
        ];
        let mut seen = vec![Identity::of(&base())];
        assert_eq!(seen, [Identity::of(&base())]);
        for other in others {
            let identity = Identity::of(&other);
            assert!(!seen.contains(&identity), "{other:?}");
            seen.push(identity);
        }
    }
}
