//! New keys, certificates that sign themselves, and requests to those who sign for others.

use std::time::Duration;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, RsaKeySize, SanType, SerialNumber, SignatureAlgorithm,
};
use secrecy::SecretString;
use time::OffsetDateTime;

use crate::{Error, KeyType, Name, Pair, Profile, read_certificates, text_of};

/// A certificate begins this long before it is issued: clocks differ.
pub(crate) const BACKDATED: Duration = Duration::from_mins(5);

/// No clock is right that says an earlier time: 2026-01-01 (56 years with 14 leap days).
const EARLIEST: Duration = Duration::from_hours((56 * 365 + 14) * 24);

/// The longest common name (RFC 5280 appendix A, `ub-common-name`).
const COMMON_NAME_MAX: usize = 64;

/// A new key and its certificate, which the same key signed.
///
/// # Errors
/// [`Error::Profile`], [`Error::Clock`], [`Error::NotIssued`]
pub fn self_signed(profile: &Profile, now: Duration) -> Result<Pair, Error> {
    let key = new_key(profile.key)?;
    let certificate = params(profile, now, now.saturating_add(profile.life))?.self_signed(&key);
    Pair::issued(vec![certificate.map_err(not_issued)?.into()], key)
}

/// A new key, and the request to an authority for its certificate.
#[derive(Debug)]
pub struct Request {
    key: KeyPair,
    /// The request (PKCS #10) in its binary form.
    pub der: Vec<u8>,
    /// The same as PEM.
    pub pem: String,
}

impl Request {
    /// A request for a certificate of this profile; how long it lives is the authority's to say.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::NotIssued`]
    pub fn new(profile: &Profile) -> Result<Self, Error> {
        let key = new_key(profile.key)?;
        let request = content(profile)?.serialize_request(&key).map_err(not_issued)?;
        let pem = request.pem().map_err(not_issued)?;
        Ok(Self { key, der: request.der().to_vec(), pem })
    }

    /// The key as PEM.
    pub fn key_pem(&self) -> SecretString {
        self.key.serialize_pem().into()
    }

    /// The pair that the answer of the authority makes of it: the chain as PEM, in order.
    ///
    /// # Errors
    /// [`Error`]: what came cannot be read. Whether it is what was asked for is `check`'s to say.
    pub fn answered(self, chain: &[u8]) -> Result<Pair, Error> {
        Pair::issued(read_certificates(chain)?, self.key)
    }
}

/// A new key, which nobody had before.
pub(crate) fn new_key(key: KeyType) -> Result<KeyPair, Error> {
    let rsa = |size| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size);
    let on = |algorithm: &'static SignatureAlgorithm| KeyPair::generate_for(algorithm);
    let made = match key {
        KeyType::P256 => on(&rcgen::PKCS_ECDSA_P256_SHA256),
        KeyType::P384 => on(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyType::Rsa2048 => rsa(RsaKeySize::_2048),
        KeyType::Rsa3072 => rsa(RsaKeySize::_3072),
        KeyType::Rsa4096 => rsa(RsaKeySize::_4096),
        KeyType::Ed25519 => on(&rcgen::PKCS_ED25519),
    };
    made.map_err(not_issued)
}

/// What a certificate of this profile says, from now to `not_after`.
pub(crate) fn params(
    profile: &Profile,
    now: Duration,
    not_after: Duration,
) -> Result<CertificateParams, Error> {
    dated(content(profile)?, now, not_after)
}

fn content(profile: &Profile) -> Result<CertificateParams, Error> {
    let profile = profile.clone().validated()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(&common_name(&profile.names));
    params.subject_alt_names =
        profile.names.iter().map(alternative).collect::<Result<_, Error>>()?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if matches!(profile.key, KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096) {
        // TLS 1.2 has a key exchange in which the client encrypts for such a key.
        params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
    }
    if profile.usage.is_server() {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    }
    if profile.usage.is_client() {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
    }
    Ok(params)
}

/// Adds what all of our certificates have: a span of time, and a serial number of chance.
pub(crate) fn dated(
    mut params: CertificateParams,
    now: Duration,
    not_after: Duration,
) -> Result<CertificateParams, Error> {
    if now < EARLIEST {
        return Err(Error::Clock { text: text_of(now) });
    }
    params.not_before = moment(now.saturating_sub(BACKDATED))?;
    params.not_after = moment(not_after)?;
    params.serial_number = Some(serial()?);
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// 128 random bits: nobody guesses the next one (CA/Browser Forum, Baseline Requirements §7.1).
fn serial() -> Result<SerialNumber, Error> {
    let mut bytes = [0; 16];
    let filled = aws_lc_rs::rand::fill(&mut bytes);
    filled.map_err(|_| Error::NotIssued { reason: "there is no randomness".to_owned() })?;
    Ok(SerialNumber::from_slice(&bytes))
}

fn moment(at: Duration) -> Result<OffsetDateTime, Error> {
    let seconds = i64::try_from(at.as_secs()).ok();
    let moment = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    moment.ok_or_else(|| Error::Clock { text: text_of(at) })
}

/// What people are shown who look at a certificate; nothing is decided by it.
fn common_name(names: &[Name]) -> String {
    let texts = names.iter().map(Name::to_string);
    texts.into_iter().find(|text| text.len() <= COMMON_NAME_MAX).unwrap_or_default()
}

/// A distinguished name that is one common name.
pub(crate) fn subject(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if !common_name.is_empty() {
        name.push(DnType::CommonName, common_name);
    }
    name
}

fn alternative(name: &Name) -> Result<SanType, Error> {
    let text = |text: &str| text.try_into().map_err(not_issued);
    Ok(match name {
        Name::Host(host) => SanType::DnsName(text(host)?),
        Name::Uri(uri) => SanType::URI(text(uri)?),
        Name::Address(address) => SanType::IpAddress(*address),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "to be named in `map_err`")]
pub(crate) fn not_issued(error: rcgen::Error) -> Error {
    Error::NotIssued { reason: error.to_string() }
}

#[cfg(test)]
#[path = "issue_tests.rs"]
mod tests;
