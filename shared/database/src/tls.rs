//! TLS to the server: certificates checked, name included, or no connection.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::Error;
use crate::options::{Pem, VerifyFull};
use crate::texts::Texts;
use crate::wire::{Farewell, Wire};

type Handshake = <MakeRustlsConnect as MakeTlsConnect<TcpStream>>::TlsConnect;
type Stream = <MakeRustlsConnect as MakeTlsConnect<TcpStream>>::Stream;
type HandshakeError = <Handshake as TlsConnect<TcpStream>>::Error;

/// How to begin TLS with our server.
#[derive(Clone)]
pub(crate) struct Tls {
    options: Arc<VerifyFull>,
    server_name: String,
    made: Arc<Mutex<Made>>,
}

/// A connector, and the texts that it was made of.
#[derive(Clone)]
struct Made {
    texts: Texts,
    connector: MakeRustlsConnect,
}

impl Tls {
    /// `host` is the name to check unless the options give another.
    ///
    /// # Errors
    /// [`Error::Options`] for PEM text without what it should hold, a file that cannot be read, a
    /// key that does not fit, a name that is none.
    pub(crate) fn new(options: &VerifyFull, host: &str) -> Result<Self, Error> {
        let server_name = options.server_name.as_deref().unwrap_or(host).to_owned();
        ServerName::try_from(server_name.as_str())
            .map_err(|_| Error::Options { reason: "the server name for TLS is no host name" })?;
        let texts = Texts::read(options)?;
        let connector = connector(&texts)?;
        let made = Arc::new(Mutex::new(Made { texts, connector }));
        Ok(Self { options: Arc::new(options.clone()), server_name, made })
    }

    /// A connector of what the files hold now. While they hold nothing that can be used, because one
    /// of them is being written or is not there, it is the one of before.
    async fn connector(&self) -> MakeRustlsConnect {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !has_files(&self.options) {
            return made.connector;
        }
        let texts = match Texts::read_again(&self.options).await {
            Ok(texts) if texts == made.texts => return made.connector,
            Ok(texts) => texts,
            Err(error) => return made.kept(&error),
        };
        match connector(&texts) {
            Ok(connector) => {
                tracing::info!("certificates for the database were replaced");
                let made = Made { texts, connector: connector.clone() };
                *self.made.lock().unwrap_or_else(PoisonError::into_inner) = made;
                connector
            }
            Err(error) => made.kept(&error),
        }
    }

    async fn handshake(&self) -> Handshake {
        let mut connector = self.connector().await;
        let made: Result<Handshake, _> =
            MakeTlsConnect::<TcpStream>::make_tls_connect(&mut connector, &self.server_name);
        match made {
            Ok(handshake) => handshake,
            Err(never) => match never {},
        }
    }
}

impl Made {
    fn kept(self, error: &Error) -> MakeRustlsConnect {
        tracing::warn!(%error, "new certificates for the database are not used");
        self.connector
    }
}

fn has_files(options: &VerifyFull) -> bool {
    [&options.ca_pem, &options.client_cert_pem, &options.client_key_pem]
        .into_iter()
        .any(|pem| matches!(pem, Some(Pem::File(_))))
}

fn connector(texts: &Texts) -> Result<MakeRustlsConnect, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::Options { reason: "no TLS version in common" })?
        .with_root_certificates(roots(texts.ca.as_ref())?);
    let config = match (&texts.client_cert, &texts.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificates), Some(key)) => {
            let reason = "the client key does not belong to the client certificate";
            builder
                .with_client_auth_cert(certificates_of(certificates)?, key_of(key)?)
                .map_err(|_| Error::Options { reason })?
        }
        (Some(_), None) => {
            return Err(Error::Options { reason: "a client certificate needs its key" });
        }
        (None, Some(_)) => {
            return Err(Error::Options { reason: "a client key needs its certificate" });
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

impl TlsConnect<TcpStream> for Tls {
    type Stream = Wire<Stream>;
    type Error = HandshakeError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: TcpStream) -> Self::Future {
        Box::pin(async move { Ok(Wire::new(self.handshake().await.connect(stream).await?)) })
    }
}

/// The same for a request to cancel.
pub(crate) struct TlsToCancel(pub(crate) Tls);

impl TlsConnect<TcpStream> for TlsToCancel {
    type Stream = Farewell<Stream>;
    type Error = HandshakeError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: TcpStream) -> Self::Future {
        Box::pin(async move { Ok(Farewell::new(self.0.handshake().await.connect(stream).await?)) })
    }
}

fn roots(ca_pem: Option<&SecretString>) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    let Some(pem) = ca_pem else {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(store);
    };
    for certificate in certificates_of(pem)? {
        let reason = "the certificate authority is no certificate";
        store.add(certificate).map_err(|_| Error::Options { reason })?;
    }
    Ok(store)
}

fn certificates_of(pem: &SecretString) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates = CertificateDer::pem_slice_iter(pem.expose_secret().as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Error::Options { reason: "a certificate is no PEM text" })?;
    if certificates.is_empty() {
        return Err(Error::Options { reason: "PEM text without a certificate" });
    }
    Ok(certificates)
}

fn key_of(pem: &SecretString) -> Result<PrivateKeyDer<'static>, Error> {
    let text = pem.expose_secret();
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        // PKCS #8 and the older form (RFC 7468 section 11, RFC 1421 section 4.6.1.1).
        let is_encrypted =
            text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED");
        let reason = if is_encrypted {
            "the client key is encrypted: write it without a passphrase"
        } else {
            "the client key is no PEM private key"
        };
        Error::Options { reason }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(options: &VerifyFull) -> String {
        Tls::new(options, "db.example.com").err().unwrap().to_string()
    }

    #[test]
    fn the_public_authorities_are_the_default() {
        assert!(Tls::new(&VerifyFull::default(), "db.example.com").is_ok());
        assert!(Tls::new(&VerifyFull::default(), "127.0.0.1").is_ok());
    }

    #[test]
    fn what_is_no_pem_is_refused_with_the_reason() {
        let pem = |text: &str| Some(Pem::from(text.to_owned()));
        let options = VerifyFull { ca_pem: pem("no pem"), ..VerifyFull::default() };
        assert!(refused(&options).contains("without a certificate"));
        let options = VerifyFull { client_key_pem: pem("key"), ..VerifyFull::default() };
        assert!(refused(&options).contains("needs its certificate"));
        let options =
            VerifyFull { server_name: Some("no host name".to_owned()), ..VerifyFull::default() };
        assert!(refused(&options).contains("no host name"));
        let absent = Some(Pem::File("/nonexistent/ca.pem".into()));
        let options = VerifyFull { ca_pem: absent, ..VerifyFull::default() };
        assert!(refused(&options).contains("cannot be read"));
    }

    #[test]
    fn an_encrypted_key_is_refused_by_what_is_wrong_with_it() {
        for text in [
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----",
        ] {
            let error = key_of(&text.into()).unwrap_err().to_string();
            assert!(error.contains("write it without a passphrase"), "{error}");
        }
        let error = key_of(&"-----BEGIN CERTIFICATE-----".into()).unwrap_err().to_string();
        assert!(error.contains("no PEM private key"), "{error}");
    }
}
