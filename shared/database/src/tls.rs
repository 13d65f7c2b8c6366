//! TLS to the server: certificates checked, name included, or no connection.

use std::pin::Pin;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::Error;
use crate::options::VerifyFull;
use crate::wire::{Farewell, Wire};

type Handshake = <MakeRustlsConnect as MakeTlsConnect<TcpStream>>::TlsConnect;
type Stream = <MakeRustlsConnect as MakeTlsConnect<TcpStream>>::Stream;
type HandshakeError = <Handshake as TlsConnect<TcpStream>>::Error;

/// How to begin TLS with our server.
#[derive(Clone)]
pub(crate) struct Tls {
    connector: MakeRustlsConnect,
    server_name: String,
}

impl Tls {
    /// `host` is the name to check unless the options give another.
    ///
    /// # Errors
    /// [`Error::Options`] for PEM text without what it should hold, a key that does not fit, a name
    /// that is none.
    pub(crate) fn new(options: &VerifyFull, host: &str) -> Result<Self, Error> {
        let server_name = options.server_name.as_deref().unwrap_or(host).to_owned();
        ServerName::try_from(server_name.as_str())
            .map_err(|_| Error::Options { reason: "the server name for TLS is no host name" })?;
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| Error::Options { reason: "no TLS version in common" })?
            .with_root_certificates(roots(options.ca_pem.as_deref())?);
        let config = match (&options.client_cert_pem, &options.client_key_pem) {
            (None, None) => builder.with_no_client_auth(),
            (Some(certificates), Some(key)) => {
                let reason = "the client key is no PEM private key";
                let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
                    .map_err(|_| Error::Options { reason })?;
                let reason = "the client key does not belong to the client certificate";
                builder
                    .with_client_auth_cert(certificates_of(certificates)?, key)
                    .map_err(|_| Error::Options { reason })?
            }
            (Some(_), None) => {
                return Err(Error::Options { reason: "a client certificate needs its key" });
            }
            (None, Some(_)) => {
                return Err(Error::Options { reason: "a client key needs its certificate" });
            }
        };
        Ok(Self { connector: MakeRustlsConnect::new(config), server_name })
    }

    fn handshake(&self) -> Handshake {
        let mut connector = self.connector.clone();
        let made: Result<Handshake, _> =
            MakeTlsConnect::<TcpStream>::make_tls_connect(&mut connector, &self.server_name);
        match made {
            Ok(handshake) => handshake,
            Err(never) => match never {},
        }
    }
}

impl TlsConnect<TcpStream> for Tls {
    type Stream = Wire<Stream>;
    type Error = HandshakeError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: TcpStream) -> Self::Future {
        let handshake = self.handshake().connect(stream);
        Box::pin(async move { Ok(Wire::new(handshake.await?)) })
    }
}

/// The same for a request to cancel.
pub(crate) struct TlsToCancel(pub(crate) Tls);

impl TlsConnect<TcpStream> for TlsToCancel {
    type Stream = Farewell<Stream>;
    type Error = HandshakeError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: TcpStream) -> Self::Future {
        let handshake = self.0.handshake().connect(stream);
        Box::pin(async move { Ok(Farewell::new(handshake.await?)) })
    }
}

fn roots(ca_pem: Option<&str>) -> Result<RootCertStore, Error> {
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

fn certificates_of(pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Error::Options { reason: "a certificate is no PEM text" })?;
    if certificates.is_empty() {
        return Err(Error::Options { reason: "PEM text without a certificate" });
    }
    Ok(certificates)
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
        let options = VerifyFull { ca_pem: Some("no pem".to_owned()), ..VerifyFull::default() };
        assert!(refused(&options).contains("without a certificate"));
        let options = VerifyFull { client_key_pem: Some("key".into()), ..VerifyFull::default() };
        assert!(refused(&options).contains("needs its certificate"));
        let options =
            VerifyFull { server_name: Some("no host name".to_owned()), ..VerifyFull::default() };
        assert!(refused(&options).contains("no host name"));
    }
}
