//! What a handshake is made with, replaced as a whole.

use std::sync::{Arc, PoisonError, RwLock};

use certificate::Pair;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::error::Error;

pub(crate) const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// TLS 1.3 and 1.2 with one certificate, which may be replaced at any time.
///
/// Certificate, authorities of clients and remembered sessions are one value: a handshake sees all
/// of the old or all of the new, and no session goes on that a former authority let in.
#[derive(Debug)]
pub struct Tls(RwLock<Arc<ServerConfig>>);

impl Tls {
    /// With `authorities`, clients need a certificate of one of them.
    ///
    /// # Errors
    /// [`Error::UnusableKey`], [`Error::NoClientAuthority`]
    pub fn new(
        pair: &Pair,
        authorities: Option<&[CertificateDer<'static>]>,
    ) -> Result<Self, Error> {
        config(pair, authorities).map(|config| Self(RwLock::new(Arc::new(config))))
    }

    /// From here on handshakes are made with these. Connections that are open go on.
    ///
    /// # Errors
    /// As [`Tls::new`]; what was there before then stays.
    pub fn replace(
        &self,
        pair: &Pair,
        authorities: Option<&[CertificateDer<'static>]>,
    ) -> Result<(), Error> {
        let config = Arc::new(config(pair, authorities)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn config(
    pair: &Pair,
    authorities: Option<&[CertificateDer<'static>]>,
) -> Result<ServerConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let key = CertifiedKey::from_der(pair.chain().to_vec(), pair.key(), &provider)
        .map_err(|_| Error::UnusableKey)?;
    let clients = clients(authorities, &provider)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::UnusableKey)?
        .with_client_cert_verifier(clients)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
    Ok(config)
}

/// Whoever shows a certificate of one of these authorities; everybody, without authorities.
fn clients(
    authorities: Option<&[CertificateDer<'static>]>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let Some(authorities) = authorities else { return Ok(Arc::new(NoClientAuth)) };
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority.clone()).map_err(|_| Error::NoClientAuthority)?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|_| Error::NoClientAuthority)
}
