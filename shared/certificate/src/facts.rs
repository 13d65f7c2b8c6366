//! What a certificate says.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use rustls_pki_types::CertificateDer;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_parser::asn1_rs::Oid;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName};
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_PKCS1_RSAENCRYPTION,
    OID_SIG_ED25519,
};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::{Error, KeyType, Name, Usage};

/// What a certificate says of itself. Whether it is true is `check`'s to find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The serial number in hexadecimal digits.
    pub serial: String,
    /// Whom it is about, as a distinguished name.
    pub subject: String,
    /// Who issued it, as a distinguished name.
    pub issuer: String,
    /// What it is for, in order. Names of a kind that we do not know are left out.
    pub names: Vec<Name>,
    /// When it begins, since 1970-01-01 UTC.
    pub not_before: Duration,
    /// Its last second, since 1970-01-01 UTC.
    pub not_after: Duration,
    /// What its key is.
    pub key: PublicKey,
    /// Who may show it; `None` for those who may do neither, as authorities.
    pub usage: Option<Usage>,
    /// Whether it may issue others.
    pub is_authority: bool,
    /// How many authorities may stand between it and a certificate that is none.
    pub path_length: Option<u32>,
    /// The SHA-256 of the whole, in hexadecimal digits.
    pub fingerprint: String,
    /// What the key may do, as the bits of the extension; `None` when it does not say.
    pub(crate) key_usage: Option<u16>,
    /// The identifiers of what it may be shown for; `None` when it does not say.
    pub(crate) purposes: Option<Vec<String>>,
    pub(crate) subject_der: Vec<u8>,
    pub(crate) issuer_der: Vec<u8>,
    pub(crate) public_key: Vec<u8>,
}

impl Facts {
    /// From its beginning to its end.
    pub fn life(&self) -> Duration {
        self.not_after.saturating_sub(self.not_before)
    }

    /// Whether it says that it issued itself.
    pub fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }
}

/// What the key of a certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// One that we make ourselves.
    Known(KeyType),
    /// Any other, by its name.
    Other(String),
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(key) => key.fmt(formatter),
            Self::Other(name) => formatter.write_str(name),
        }
    }
}

/// What the certificate at this position of a chain says; the first is 1.
///
/// # Errors
/// [`Error::MalformedCertificate`]
pub fn facts(der: &CertificateDer<'_>, position: usize) -> Result<Facts, Error> {
    let malformed = |reason| Error::MalformedCertificate { position, reason };
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|_| malformed("it is no X.509 certificate"))?;
    if !rest.is_empty() {
        return Err(malformed("something stands after its end"));
    }
    let of = |found: Result<_, _>| found.map_err(|_| malformed("an extension is there twice"));
    let constraints = certificate
        .basic_constraints()
        .map_err(|_| malformed("its basic constraints are there twice"))?
        .map(|extension| extension.value);
    let extended = of(certificate.extended_key_usage().map(|found| found.map(|e| e.value)))?;
    let usage = extended.map_or(Some(Usage::Both), |usage| {
        Usage::of(usage.any || usage.server_auth, usage.any || usage.client_auth)
    });
    let key_usage = certificate.key_usage();
    let key_usage = key_usage.map_err(|_| malformed("its key usage is there twice"))?;
    let is_authority = constraints.is_some_and(|constraints| constraints.ca);
    let time = |time: ASN1Time| {
        let seconds = u64::try_from(time.timestamp());
        seconds.map(Duration::from_secs).map_err(|_| malformed("it is from before 1970"))
    };
    Ok(Facts {
        serial: hexadecimal(certificate.raw_serial()),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        names: names(&certificate).ok_or_else(|| malformed("one of its names is malformed"))?,
        not_before: time(certificate.validity().not_before)?,
        not_after: time(certificate.validity().not_after)?,
        key: public_key(certificate.public_key()),
        usage: usage.filter(|_| !is_authority),
        is_authority,
        path_length: constraints.and_then(|constraints| constraints.path_len_constraint),
        fingerprint: hexadecimal(digest(&SHA256, der).as_ref()),
        key_usage: key_usage.map(|extension| extension.value.flags),
        purposes: extended.map(purposes),
        subject_der: certificate.subject().as_raw().to_vec(),
        issuer_der: certificate.issuer().as_raw().to_vec(),
        public_key: certificate.public_key().subject_public_key.data.to_vec(),
    })
}

fn purposes(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usage.any, "any"),
        (usage.server_auth, "server authentication"),
        (usage.client_auth, "client authentication"),
        (usage.code_signing, "code signing"),
        (usage.email_protection, "email protection"),
        (usage.time_stamping, "time stamping"),
        (usage.ocsp_signing, "OCSP signing"),
    ];
    let known = known.into_iter().filter(|(is_there, _)| *is_there);
    let known = known.map(|(_, purpose)| purpose.to_owned());
    known.chain(usage.other.iter().map(Oid::to_string)).collect()
}

fn names(certificate: &X509Certificate<'_>) -> Option<Vec<Name>> {
    let Some(extension) = certificate.subject_alternative_name().ok()? else {
        return Some(Vec::new());
    };
    let mut names = Vec::new();
    for name in &extension.value.general_names {
        #[expect(clippy::wildcard_enum_match_arm, reason = "names of a kind that we do not know")]
        match name {
            GeneralName::DNSName(text) => names.push(Name::Host(text.to_ascii_lowercase())),
            GeneralName::URI(text) => names.push(Name::Uri((*text).to_owned())),
            GeneralName::IPAddress(bytes) => names.push(Name::Address(address(bytes)?)),
            _ => {}
        }
    }
    names.sort();
    names.dedup();
    Some(names)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(four.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

fn public_key(info: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    let parameter = info.algorithm.parameters.as_ref().and_then(|any| Oid::try_from(any).ok());
    let algorithm = &info.algorithm.algorithm;
    let known = if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY {
        match parameter {
            Some(curve) if curve == OID_EC_P256 => KeyType::P256,
            Some(curve) if curve == OID_NIST_EC_P384 => KeyType::P384,
            Some(curve) => return PublicKey::Other(format!("elliptic curve {curve}")),
            None => return PublicKey::Other("elliptic curve of its own".to_owned()),
        }
    } else if *algorithm == OID_SIG_ED25519 {
        KeyType::Ed25519
    } else if *algorithm == OID_PKCS1_RSAENCRYPTION
        && let Ok(Parsed::RSA(key)) = info.parsed()
    {
        match key.key_size() {
            2048 => KeyType::Rsa2048,
            3072 => KeyType::Rsa3072,
            4096 => KeyType::Rsa4096,
            bits => return PublicKey::Other(format!("RSA-{bits}")),
        }
    } else {
        return PublicKey::Other(format!("key of kind {algorithm}"));
    };
    PublicKey::Known(known)
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A time since 1970-01-01 UTC as people write it: `2026-11-28T17:00:00Z`. A time that is past the
/// year 9999 is said in seconds.
pub fn text_of(time: Duration) -> String {
    let at = i64::try_from(time.as_secs()).ok();
    let at = at.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let text = at.and_then(|at| at.format(&Rfc3339).ok());
    text.unwrap_or_else(|| format!("second {}", time.as_secs()))
}
