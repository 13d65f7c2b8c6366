//! A chain of certificates with the key of the first one, as PEM.

use std::fmt;

use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::{KeyPair, PublicKeyData as _};
use rustls_pki_types::pem::{Error as PemError, PemObject as _, SectionKind};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use secrecy::SecretString;

use crate::{Error, Facts, facts};

/// Far more than a chain of ten certificates with a hundred names each has.
const CHAIN_BYTES_MAX: usize = 1 << 20;
/// A key of RSA with 16384 bits has 13 kB.
const KEY_BYTES_MAX: usize = 16 << 10;
/// Certificate of the server, and of the authorities above it.
const CERTIFICATES_MAX: usize = 10;

/// A chain of certificates, each issued by the next one, and the key of the first. Both were read:
/// the certificates and the key are well-formed. Whether they are of any use is `check`'s to say.
///
/// Shows nothing of its key.
pub struct Pair {
    chain: Vec<CertificateDer<'static>>,
    facts: Vec<Facts>,
    key: PrivateKeyDer<'static>,
    signer: KeyPair,
}

impl Pair {
    /// Reads the two texts of a pair. What stands between the PEM sections is left alone, as are
    /// sections of another kind; a file that holds both may be given twice.
    ///
    /// # Errors
    /// [`Error`]: what cannot be read, and what to do about it.
    pub fn read(chain: &[u8], key: &[u8]) -> Result<Self, Error> {
        let chain = read_certificates(chain)?;
        let key = read_key(key)?;
        let signer = KeyPair::try_from(&key).map_err(|_| Error::MalformedKey)?;
        Self::new(chain, key, signer)
    }

    /// A pair whose key was just made.
    pub(crate) fn issued(
        chain: Vec<CertificateDer<'static>>,
        signer: KeyPair,
    ) -> Result<Self, Error> {
        let key = PrivatePkcs8KeyDer::from(signer.serialize_der());
        Self::new(chain, key.into(), signer)
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        signer: KeyPair,
    ) -> Result<Self, Error> {
        let facts = chain.iter().enumerate().map(|(index, der)| facts(der, index + 1));
        Ok(Self { facts: facts.collect::<Result<_, _>>()?, chain, key, signer })
    }

    /// The certificates, first the one that the key is of.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// What the certificates say, in the order of the chain: there is one at least.
    pub fn facts(&self) -> &[Facts] {
        &self.facts
    }

    /// The key, as a TLS library takes it.
    pub fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }

    /// The chain as PEM.
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(certificate_pem).collect()
    }

    /// The certificate as PEM, and those above it.
    pub fn parts_pem(&self) -> (String, String) {
        let above = self.chain.iter().skip(1).map(certificate_pem).collect();
        (self.chain.first().map(certificate_pem).unwrap_or_default(), above)
    }

    /// The key as PEM: PKCS #8, or the older form in which it was read.
    pub fn key_pem(&self) -> SecretString {
        let label = match &self.key {
            PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
            PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
            PrivateKeyDer::Pkcs8(_) | _ => "PRIVATE KEY",
        };
        section(label, self.key.secret_der()).into()
    }

    /// The key, as it signs others.
    pub(crate) fn signer(&self) -> &KeyPair {
        &self.signer
    }

    /// Whether the key is the one that the first certificate is about.
    pub fn is_matched(&self) -> bool {
        let public = self.facts.first().map(|facts| facts.public_key.as_slice());
        public == Some(self.signer.der_bytes())
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pair").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// The certificates of a PEM text, one at least; what is between them is left alone.
///
/// # Errors
/// [`Error`]
pub fn read_certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let sections = sections("certificate", text, CHAIN_BYTES_MAX)?;
    let has_key = sections.iter().any(|(kind, _)| is_key(*kind));
    let certificates: Vec<_> = sections
        .into_iter()
        .filter(|(kind, _)| *kind == SectionKind::Certificate)
        .map(|(_, der)| CertificateDer::from(der))
        .collect();
    match certificates.len() {
        0 if has_key || is_encrypted(text) => Err(Error::KeyForCertificate),
        0 => Err(Error::Absent { what: "certificate", label: "CERTIFICATE" }),
        1..=CERTIFICATES_MAX => Ok(certificates),
        count => Err(Error::LongChain { count, max: CERTIFICATES_MAX }),
    }
}

fn read_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, Error> {
    // Its lines of encryption are no base64, so that this comes first.
    if is_encrypted(text) {
        return Err(Error::Encrypted);
    }
    let sections = sections("key", text, KEY_BYTES_MAX.max(CHAIN_BYTES_MAX))?;
    let has_certificate = sections.iter().any(|(kind, _)| *kind == SectionKind::Certificate);
    let keys: Vec<_> = sections.into_iter().filter(|(kind, _)| is_key(*kind)).collect();
    let count = keys.len();
    let mut keys = keys.into_iter();
    let (kind, der) = match (keys.next(), count) {
        (Some(key), 1) => key,
        (Some(_), count) => return Err(Error::ManyKeys { count }),
        (None, _) if has_certificate => return Err(Error::CertificateForKey),
        (None, _) => return Err(Error::Absent { what: "key", label: "PRIVATE KEY" }),
    };
    let (bytes, max) = (der.len(), KEY_BYTES_MAX);
    if bytes > max {
        return Err(Error::TooLarge { what: "key", bytes, max });
    }
    PrivateKeyDer::from_pem(kind, der).ok_or(Error::MalformedKey)
}

/// The sections of a PEM text that are of a kind we know.
pub(crate) fn sections(
    what: &'static str,
    text: &[u8],
    max: usize,
) -> Result<Vec<(SectionKind, Vec<u8>)>, Error> {
    match text {
        [] => return Err(Error::Empty { what }),
        // A sequence of ASN.1 with a length of two bytes, as every certificate and key begins.
        [0x30, 0x81..=0x84, ..] => return Err(Error::Der { what }),
        _ if text.len() > max => {
            return Err(Error::TooLarge { what, bytes: text.len(), max });
        }
        _ => {}
    }
    // Editors put a mark of the encoding first, in the line that begins the section.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let found: Result<Vec<_>, PemError> = <(SectionKind, Vec<u8>)>::pem_slice_iter(text).collect();
    found.map_err(|error| {
        #[expect(clippy::wildcard_enum_match_arm, reason = "of a slice, nothing else is left")]
        let reason = match error {
            PemError::MissingSectionEnd { .. } => "a section has no end: the text is cut off",
            PemError::IllegalSectionStart { .. } => "the line that begins a section is damaged",
            _ => "a section holds something else than base64",
        };
        Error::Pem { what, reason }
    })
}

fn is_key(kind: SectionKind) -> bool {
    matches!(kind, SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey)
}

/// Either of the two forms (RFC 7468 §11, RFC 1421 §4.6.1.1).
fn is_encrypted(text: &[u8]) -> bool {
    ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED"]
        .iter()
        .any(|mark| text.windows(mark.len()).any(|window| window == mark.as_bytes()))
}

/// One certificate as PEM.
pub(crate) fn certificate_pem(der: &CertificateDer<'static>) -> String {
    section("CERTIFICATE", der)
}

fn section(label: &str, der: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(label, der), config)
}

#[cfg(test)]
#[path = "pair_tests.rs"]
mod tests;
