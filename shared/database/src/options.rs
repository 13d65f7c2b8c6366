//! What a connection and the pool need to know.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::error::Error;
use crate::logins::Logins;
use crate::tokens::Tokens;
use crate::url::Url;

/// Where the database is, who we are there, and the bounds of its use.
///
/// A plain struct without logic: `settings` fills it from the environment. [`Options::default`] has
/// Cube's defaults where Cube has them.
#[derive(Debug, Clone)]
pub struct Options {
    /// Host name or address. Not used when `socket_path` is given. Empty for what `logins` say.
    pub host: String,
    /// TCP port, or the number in the name of the Unix socket. 0 for what `logins` say.
    pub port: u16,
    /// Name of the database. Empty for what `logins` say.
    pub name: String,
    /// Role to log in as.
    pub user: String,
    /// Password of the role.
    pub password: SecretString,
    /// Credentials that may change, in place of `user` and `password`.
    pub logins: Option<Logins>,
    /// What stands in the place of `password`, for one connection each. Needs TLS.
    pub tokens: Option<Tokens>,
    /// Directory of a Unix socket (`/var/run/postgresql`), in place of TCP. TLS does not apply.
    pub socket_path: Option<PathBuf>,
    /// Whether and how the connection is encrypted.
    pub ssl: Ssl,
    /// Whether connections keep their statements. Not behind a pooler in transaction mode, which mixes up whose they are.
    pub keeps_statements: bool,
    /// Most connections open at a time.
    pub max_pool: usize,
    /// Most requests that wait for a connection; one more is [`Error::Overloaded`](crate::Error).
    pub max_queue: usize,
    /// Longest a statement may run, unless its caller asks for less.
    pub query_timeout: Duration,
    /// Longest that name lookup, connecting, TLS and login may take together.
    pub connect_timeout: Duration,
    /// Longest a request waits for a connection to become free.
    pub acquire_timeout: Duration,
    /// An idle connection older than this is closed rather than used.
    pub idle_timeout: Duration,
    /// Longest a connection from the pool may take to answer `BEGIN`. One that takes longer (its
    /// peer vanished while we were idle or frozen) is replaced by a new one.
    pub probe_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 5432,
            name: String::new(),
            user: String::new(),
            password: SecretString::default(),
            logins: None,
            tokens: None,
            socket_path: None,
            ssl: Ssl::Disabled,
            keeps_statements: false,
            max_pool: 8,
            max_queue: 64,
            query_timeout: Duration::from_mins(10),
            connect_timeout: Duration::from_secs(3),
            acquire_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_mins(5),
            probe_timeout: Duration::from_secs(1),
        }
    }
}

impl Options {
    /// Takes place, names and password from `postgres://user:password@host:port/name`; what it does
    /// not say is empty, but the port. TLS is on when its `sslmode` asks for it.
    ///
    /// # Errors
    /// [`Error::Options`] when it is no PostgreSQL URL of one server.
    pub fn set_url(&mut self, url: &str) -> Result<(), Error> {
        let reason = "the URL is not like postgres://user:password@host:port/name";
        let url = Url::parse(url).ok_or(Error::Options { reason })?;
        self.socket_path = None;
        self.host = url.host;
        self.port = url.port.unwrap_or(Self::default().port);
        self.name = url.name.unwrap_or_default();
        self.user = url.user.unwrap_or_default();
        self.password = url.password.unwrap_or_default().into();
        self.logins = None;
        self.tokens = None;
        if url.requires_tls && matches!(self.ssl, Ssl::Disabled) {
            self.ssl = Ssl::VerifyFull(VerifyFull::default());
        }
        Ok(())
    }
}

/// Whether the connection is encrypted.
///
/// There is nothing between the two: TLS without a checked certificate keeps nobody out.
#[derive(Debug, Clone, Default)]
pub enum Ssl {
    /// Plain text.
    #[default]
    Disabled,
    /// TLS 1.2 or 1.3, or no connection at all. A server that refuses TLS is unavailable.
    VerifyFull(VerifyFull),
}

/// What the server must prove, and what we can (`sslmode=verify-full`).
#[derive(Debug, Clone, Default)]
pub struct VerifyFull {
    /// The authorities to trust, in place of the public ones compiled in.
    pub ca_pem: Option<Pem>,
    /// Name the server's certificate must carry, in place of the host.
    pub server_name: Option<String>,
    /// Our certificate chain, for servers that ask for one. Needs `client_key_pem`.
    pub client_cert_pem: Option<Pem>,
    /// The private key of `client_cert_pem`.
    pub client_key_pem: Option<Pem>,
}

/// Where PEM text is. Shows nothing of it.
#[derive(Debug, Clone)]
pub enum Pem {
    /// Here.
    Text(SecretString),
    /// In a file, which may be replaced while the process runs: it is read for every connection.
    File(PathBuf),
}

impl From<String> for Pem {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}
