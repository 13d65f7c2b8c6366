//! HTTP over TLS, with a limit on everything: what key servers are asked with, and what is sent to a collector of spans.

mod address;
mod post;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::KeyError;
pub use address::{UnsafeAddress, WebAddress};
pub use post::{UnusableHeader, WebHeaders};

/// The time for a connection, of the time for all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// No key set is longer.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// A request that failed at once is tried again after this long, for as long as there is time.
const RETRY_AFTER: Duration = Duration::from_millis(100);
const ATTEMPTS: u32 = 2;

/// A client that follows no redirect, keeps no connection and sends nothing about us.
#[derive(Clone)]
pub struct Web {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
}

/// Why no client could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it holds no PEM certificate that can be trusted")]
pub struct UnusableRoots;

/// What a server answered with 200.
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    /// `max-age` of `Cache-Control`, when it says that the answer may be kept.
    pub(crate) max_age: Option<Duration>,
}

impl Web {
    /// A client that trusts the web's authorities and those of `more_roots_pem`, with `timeout` for
    /// all that one fetch asks, retries included.
    ///
    /// # Errors
    /// [`UnusableRoots`] when that text has no certificate.
    pub fn new(more_roots_pem: Option<&str>, timeout: Duration) -> Result<Self, UnusableRoots> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(pem) = more_roots_pem {
            let certificates: Result<Vec<_>, _> =
                CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
            let (added, _) =
                roots.add_parsable_certificates(certificates.map_err(|_| UnusableRoots)?);
            if added == 0 {
                return Err(UnusableRoots);
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| UnusableRoots)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        // A connection that was kept while the process was frozen is most likely dead.
        let client =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self { client, timeout })
    }

    /// What `requests` bring, all of them together in the time that this client has.
    ///
    /// # Errors
    /// Theirs, and [`KeyError::Unavailable`] when that time is over.
    pub(crate) async fn in_time<T>(
        &self,
        requests: impl Future<Output = Result<T, KeyError>>,
    ) -> Result<T, KeyError> {
        let outcome = tokio::time::timeout(self.timeout, requests).await;
        outcome.unwrap_or(Err(KeyError::unavailable("timeout")))
    }

    /// The status of the answer to `GET` with this bearer token; the rest of it is left unread.
    ///
    /// # Errors
    /// Why there is no answer in time, in a word.
    pub async fn status(&self, address: &WebAddress, token: &str) -> Result<u16, &'static str> {
        let not_built = "request not built";
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| not_built)?;
        bearer.set_sensitive(true);
        let request = Request::get(address.uri())
            .header(AUTHORIZATION, bearer)
            .header(USER_AGENT, "tessera")
            .body(Full::default())
            .map_err(|_| not_built)?;
        let answer = tokio::time::timeout(self.timeout, self.client.request(request)).await;
        let answer = answer.map_err(|_| "timeout")?.map_err(|error| no_answer(&error))?;
        Ok(answer.status().as_u16())
    }

    /// The answer to `GET`, of 64 KiB at most. To be called [`Web::in_time`].
    ///
    /// # Errors
    /// [`KeyError::Unavailable`] for everything but a whole answer with status 200.
    pub(crate) async fn get(&self, address: &WebAddress) -> Result<Answer, KeyError> {
        let mut attempt = 1;
        loop {
            match self.get_once(address).await {
                Err(_) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    async fn get_once(&self, address: &WebAddress) -> Result<Answer, KeyError> {
        let request = Request::get(address.uri())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, "tessera")
            .body(Full::default())
            .map_err(|_| KeyError::unavailable("request not built"))?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| KeyError::unavailable(no_answer(&error)))?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Err(KeyError::Unavailable { code: format!("status {}", status.as_u16()) });
        }
        let max_age = max_age(answer.headers());
        let body = Limited::new(answer.into_body(), BODY_BYTES_MAX).collect().await;
        let body = body.map_err(|error| {
            let is_long = error.downcast_ref::<LengthLimitError>().is_some();
            KeyError::unavailable(if is_long { "more than 64 KiB" } else { "answer cut off" })
        })?;
        Ok(Answer { body: body.to_bytes(), max_age })
    }
}

fn no_answer(error: &Error) -> &'static str {
    if error.is_connect() { "no connection" } else { "no answer" }
}

impl fmt::Debug for Web {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Web").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// `max-age` (RFC 9111 §5.2.2.1); nothing when the answer is not to be kept.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives = directives.flat_map(|value| value.split(',')).map(str::trim);
    let mut seconds = None;
    for directive in directives {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return Some(Duration::ZERO);
        }
        if name.eq_ignore_ascii_case("max-age") {
            seconds = value.trim_matches('"').parse().ok();
        }
    }
    seconds.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_age_is_a_whole_number_of_seconds() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, value.parse().unwrap());
            max_age(&headers).map(|age| age.as_secs())
        };
        assert_eq!(max_age(&HeaderMap::new()), None);
        assert_eq!(of("public, max-age=600, must-revalidate"), Some(600));
        assert_eq!(of("MAX-AGE=\"7\""), Some(7));
        assert_eq!(of("max-age=600, no-store"), Some(0));
        for value in ["max-age=-1", "max-age=1.5", "max-age", "max-age=99999999999999999999", "x"] {
            assert_eq!(of(value), None, "{value}");
        }
    }

    #[test]
    fn roots_are_certificates_or_an_error() {
        assert!(Web::new(None, Duration::from_secs(5)).is_ok());
        for pem in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            assert_eq!(Web::new(Some(pem), Duration::from_secs(5)).err(), Some(UnusableRoots));
        }
    }
}
