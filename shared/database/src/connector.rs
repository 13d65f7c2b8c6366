//! How to reach the server: addresses, sockets, TLS, login, and cancelling from outside.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::TlsConnect;
use tokio_postgres::{CancelToken, Client, Config, NoTls};

use crate::error::{Error, Outage};
use crate::identity::Identity;
use crate::logins::Logins;
use crate::options::{Options, Ssl};
use crate::tls::{Tls, TlsToCancel};
use crate::tokens::Place;
use crate::wire::{Farewell, Wire};

/// After a refused login nobody tries again for this long, lest the server lock the role out.
const LOGIN_COOL_DOWN: Duration = Duration::from_secs(1);

/// A peer that says nothing while a statement runs is asked whether it lives after this long, then
/// every [`KEEPALIVE_INTERVAL`], and given up after [`SILENCE_LIMIT`].
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const SILENCE_LIMIT: Duration = Duration::from_secs(15);

/// Longest that a request to cancel may take. A pooler may have it wait for a connection.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(3);

/// Everything needed to open a connection, and the time of the last refused login.
pub(crate) struct Connector {
    options: Options,
    /// How to connect at present; `None` before credentials were fetched.
    way: Mutex<Option<Arc<Way>>>,
    /// Credentials are fetched by one at a time.
    turn: tokio::sync::Mutex<()>,
    refused_at: Mutex<Option<Instant>>,
}

/// How to reach a server and log in there.
#[derive(Clone)]
struct Way {
    identity: Identity,
    config: Config,
    target: Target,
    connect_timeout: Duration,
}

#[derive(Clone)]
enum Target {
    Tcp { host: String, port: u16, tls: Option<Tls> },
    Unix { socket: PathBuf },
}

impl Connector {
    /// # Errors
    /// [`Error::Options`] for certificates or names that cannot work.
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        // Made now even when there are no credentials yet: what is wrong is said at once.
        let way = Way::new(options)?;
        let way = options.logins.is_none().then(|| Arc::new(way));
        Ok(Self {
            options: options.clone(),
            way: Mutex::new(way),
            turn: tokio::sync::Mutex::new(()),
            refused_at: Mutex::new(None),
        })
    }

    /// Opens a connection. The task that drives it ends with it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn connect(&self) -> Result<(Client, JoinHandle<()>), Error> {
        if self.is_cooling_down() {
            return Err(Error::unavailable(Outage::Login));
        }
        let way = self.way();
        let opened = match &way {
            Some(way) => self.open(way).await,
            None => Err(Error::unavailable(Outage::Login)),
        };
        let opened = match (&self.options.logins, opened) {
            (Some(logins), Err(error)) if is_refusal(&error) => {
                self.connect_anew(logins, way).await
            }
            (_, opened) => opened,
        };
        if opened.as_ref().is_err_and(is_refusal) {
            *self.refused_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        opened
    }

    /// Opens a connection this way, with a token of its own where there are tokens.
    async fn open(&self, way: &Way) -> Result<(Client, JoinHandle<()>), Error> {
        let Some(tokens) = &self.options.tokens else { return way.open().await };
        match &way.target {
            Target::Tcp { host, port, tls: Some(_) } => {
                let (host, user) = (host.clone(), self.options.user.clone());
                let token = tokens.make(Place { host, port: *port, user }).await;
                let token = token.map_err(|reason| {
                    tracing::warn!(reason, "no token for the database");
                    Error::unavailable(Outage::Credentials)
                })?;
                way.with_password(&token).open().await
            }
            // Whoever reads a token may use it.
            Target::Tcp { tls: None, .. } | Target::Unix { .. } => {
                Err(Error::Options { reason: "a token travels over TLS alone" })
            }
        }
    }

    /// Fetches credentials, now that those of `refused` are let in no more, and tries each that is
    /// new: the ones in force, and the ones that a rotation is about to put there.
    async fn connect_anew(
        &self,
        logins: &Logins,
        refused: Option<Arc<Way>>,
    ) -> Result<(Client, JoinHandle<()>), Error> {
        let _turn = self.turn.lock().await;
        if self.is_cooling_down() {
            return Err(Error::unavailable(Outage::Login));
        }
        let known =
            |way: &Arc<Way>| refused.as_ref().is_some_and(|one| one.identity == way.identity);
        if let Some(way) = self.way().filter(|way| !known(way)) {
            // Somebody else was here meanwhile.
            return way.open().await;
        }
        let fetched = logins.fetch().await.map_err(|reason| {
            tracing::warn!(reason, "credentials of the database not read");
            Error::unavailable(Outage::Credentials)
        })?;
        for login in fetched {
            let options = login.over(&self.options);
            if options.name.is_empty() {
                return Err(Error::Options { reason: "nothing names the database" });
            }
            let way = Arc::new(Way::new(&options)?);
            if known(&way) {
                continue;
            }
            match way.open().await {
                Err(error) if is_refusal(&error) => {}
                opened => {
                    *self.way.lock().unwrap_or_else(PoisonError::into_inner) = Some(way);
                    return opened;
                }
            }
        }
        Err(Error::unavailable(Outage::Login))
    }

    /// Asks the server to cancel what a connection is doing, best effort.
    pub(crate) async fn cancel(&self, token: &CancelToken) {
        let Some(way) = self.way() else { return };
        let asked = timeout(CANCEL_TIMEOUT, way.ask_to_cancel(token)).await;
        if !matches!(asked, Ok(Ok(()))) {
            tracing::debug!("a database statement could not be cancelled");
        }
    }

    fn way(&self) -> Option<Arc<Way>> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_cooling_down(&self) -> bool {
        let refused_at = *self.refused_at.lock().unwrap_or_else(PoisonError::into_inner);
        refused_at.is_some_and(|at| at.elapsed() < LOGIN_COOL_DOWN)
    }
}

/// Whether the same credentials will not do better at once.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Unavailable { reason: Outage::Login | Outage::Credentials, .. })
}

impl Way {
    /// # Errors
    /// [`Error::Options`] for certificates or names that cannot work.
    fn new(options: &Options) -> Result<Self, Error> {
        let defaults = Options::default();
        let host = if options.host.is_empty() { &defaults.host } else { &options.host };
        let port = if options.port == 0 { defaults.port } else { options.port };
        let mut config = Config::new();
        config
            .user(&options.user)
            .password(options.password.expose_secret())
            .dbname(&options.name)
            .application_name("tessera")
            .ssl_mode(SslMode::Disable);
        let target = match (&options.socket_path, &options.ssl) {
            (Some(directory), _) => {
                Target::Unix { socket: directory.join(format!(".s.PGSQL.{port}")) }
            }
            (None, ssl) => {
                let tls = match ssl {
                    Ssl::Disabled => None,
                    Ssl::VerifyFull(verify) => {
                        config.ssl_mode(SslMode::Require);
                        Some(Tls::new(verify, host)?)
                    }
                };
                Target::Tcp { host: host.clone(), port, tls }
            }
        };
        let (identity, connect_timeout) = (Identity::of(options), options.connect_timeout);
        Ok(Self { identity, config, target, connect_timeout })
    }

    /// The same way with another password.
    fn with_password(&self, password: &SecretString) -> Self {
        let mut way = self.clone();
        way.config.password(password.expose_secret());
        way
    }

    async fn open(&self) -> Result<(Client, JoinHandle<()>), Error> {
        let opened = timeout(self.connect_timeout, self.connect().boxed()).await;
        opened.unwrap_or_else(|_| Err(Error::unavailable(Outage::Connect)))
    }

    async fn connect(&self) -> Result<(Client, JoinHandle<()>), Error> {
        match &self.target {
            Target::Tcp { host, port, tls } => {
                let stream = connect_tcp(host, *port).await.map_err(unreachable)?;
                match tls {
                    Some(tls) => self.start(stream, tls.clone()).await,
                    None => self.start(Wire::new(stream), NoTls).await,
                }
            }
            Target::Unix { socket } => {
                let stream = UnixStream::connect(socket).await.map_err(unreachable)?;
                self.start(Wire::new(stream), NoTls).await
            }
        }
    }

    async fn start<S, T>(&self, stream: S, tls: T) -> Result<(Client, JoinHandle<()>), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: TlsConnect<S>,
        T::Stream: Send + 'static,
    {
        let (client, connection) =
            self.config.connect_raw(stream, tls).await.map_err(Error::of_connecting)?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "database connection ended");
            }
        });
        Ok((client, driver))
    }

    async fn ask_to_cancel(&self, token: &CancelToken) -> Result<(), Error> {
        let asked = match &self.target {
            Target::Tcp { host, port, tls } => {
                let stream = connect_tcp(host, *port).await.map_err(unreachable)?;
                match tls {
                    Some(tls) => token.cancel_query_raw(stream, TlsToCancel(tls.clone())).await,
                    None => token.cancel_query_raw(Farewell::new(stream), NoTls).await,
                }
            }
            Target::Unix { socket } => {
                let stream = UnixStream::connect(socket).await.map_err(unreachable)?;
                token.cancel_query_raw(Farewell::new(stream), NoTls).await
            }
        };
        asked.map_err(Error::of_connecting)
    }
}

/// Takes the first address of the host that answers.
async fn connect_tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for address in lookup_host((host, port)).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                prepare(&stream)?;
                return Ok(stream);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(SILENCE_LIMIT))?;
    Ok(())
}

fn unreachable(error: io::Error) -> Error {
    Error::because(Outage::Connect, error)
}
