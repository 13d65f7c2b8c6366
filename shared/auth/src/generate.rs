//! New secrets and key pairs, from the random bytes of the operating system.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use crate::algorithm::{Algorithm, KeyKind};
use crate::mint::random_id;
use crate::public_key::{PublicKey, UnusableKey};

/// What RSA keys are made with: as strong as P-256 (NIST SP 800-57, part 1, table 2).
const RSA_SIZE: KeySize = KeySize::Rsa3072;

/// Letters in a line of a PEM text (RFC 7468 §2).
const PEM_LINE: usize = 64;

/// Why nothing was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotGenerated {
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomBytes,
    /// An algorithm of shared secrets has no key pairs.
    #[error("{0} takes a shared secret, not a key pair")]
    NoPair(Algorithm),
    /// The key that a new one is to be like is none.
    #[error("the key to make another of is no safe private key")]
    Unlike(#[source] UnusableKey),
}

impl From<Unspecified> for NotGenerated {
    fn from(_: Unspecified) -> Self {
        Self::NoRandomBytes
    }
}

/// A new shared secret: 256 random bits as 64 hex digits, a text that is long enough for every
/// algorithm of shared secrets.
///
/// # Errors
/// [`NotGenerated::NoRandomBytes`]
pub fn generate_secret() -> Result<SecretString, NotGenerated> {
    let half = || random_id().map_err(|_| NotGenerated::NoRandomBytes);
    Ok(format!("{}{}", half()?, half()?).into())
}

/// A new key pair for `algorithm`: the PEM text of a PKCS #8 private key (RFC 5958), which holds
/// the public half too.
///
/// # Errors
/// [`NotGenerated::NoPair`] for an algorithm of shared secrets, [`NotGenerated::NoRandomBytes`]
pub fn generate_key_pair(algorithm: Algorithm) -> Result<SecretString, NotGenerated> {
    match algorithm.key_kind() {
        KeyKind::Secret => Err(NotGenerated::NoPair(algorithm)),
        KeyKind::Rsa => Ok(pem(pkcs8(&RsaKeyPair::generate(RSA_SIZE)?)?.as_ref())),
        KeyKind::P256 => elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING),
        KeyKind::P384 => elliptic(&ECDSA_P384_SHA384_FIXED_SIGNING),
        KeyKind::Ed25519 => Ok(pem(pkcs8(&Ed25519KeyPair::generate()?)?.as_ref())),
    }
}

/// A new key pair of the kind of this one, which is the PEM text of a PKCS #8 private key.
///
/// # Errors
/// [`NotGenerated::Unlike`] when that text is none, [`NotGenerated::NoRandomBytes`]
pub fn generate_key_pair_like(pem: &str) -> Result<SecretString, NotGenerated> {
    let is_private = pem.trim_start().starts_with("-----BEGIN PRIVATE KEY-----");
    let key = if is_private { PublicKey::from_pem(pem) } else { Err(UnusableKey::NotPem) };
    let key = key.map_err(NotGenerated::Unlike)?;
    let kinds = [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa, Algorithm::Rs256];
    let algorithm = kinds.into_iter().find(|algorithm| key.serves(*algorithm));
    generate_key_pair(algorithm.ok_or(NotGenerated::Unlike(UnusableKey::UnknownKind))?)
}

fn elliptic(algorithm: &'static EcdsaSigningAlgorithm) -> Result<SecretString, NotGenerated> {
    Ok(pem(EcdsaKeyPair::generate(algorithm)?.to_pkcs8v1()?.as_ref()))
}

fn pkcs8(pair: &impl AsDer<Pkcs8V1Der<'static>>) -> Result<Pkcs8V1Der<'static>, NotGenerated> {
    Ok(pair.as_der()?)
}

fn pem(der: &[u8]) -> SecretString {
    let text = STANDARD.encode(der);
    let mut pem = String::with_capacity(text.len() + text.len() / PEM_LINE + 64);
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % PEM_LINE == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    pem.into()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::{Algorithms, HmacKey, Stage};

    const OF_PAIRS: [Algorithm; 4] =
        [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa, Algorithm::Rs256];

    #[test]
    fn a_secret_serves_every_algorithm_of_secrets_and_does_not_repeat() {
        let (one, other) = (generate_secret().unwrap(), generate_secret().unwrap());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_eq!(one.expose_secret().len(), 64);
        let key = HmacKey::new(one.expose_secret().as_bytes(), Stage::Current);
        for algorithm in Algorithms::of_shared_secrets().iter() {
            assert_eq!(key.check_for(algorithm), Ok(()), "{algorithm}");
        }
    }

    #[test]
    fn a_pair_is_a_pem_text_of_its_kind_alone() {
        for algorithm in OF_PAIRS {
            let pair = generate_key_pair(algorithm).unwrap();
            let key = PublicKey::from_pem(pair.expose_secret()).unwrap();
            for other in OF_PAIRS {
                assert_eq!(key.serves(other), other == algorithm, "{algorithm} for {other}");
            }
            assert!(!format!("{pair:?}").contains("PRIVATE"));
        }
        let secret = generate_key_pair(Algorithm::Hs256);
        assert_eq!(secret.unwrap_err(), NotGenerated::NoPair(Algorithm::Hs256));
    }

    /// RFC 7468, section 2.
    #[test]
    fn the_lines_of_a_pem_text_are_full_but_for_the_last() {
        for (bytes, expected) in
            [(1, vec![4]), (48, vec![64]), (96, vec![64, 64]), (97, vec![64, 64, 4])]
        {
            let text = pem(&vec![7; bytes]);
            let lines: Vec<&str> = text.expose_secret().lines().collect();
            let (first, last) = (lines.first(), lines.last());
            assert_eq!(first, Some(&"-----BEGIN PRIVATE KEY-----"));
            assert_eq!(last, Some(&"-----END PRIVATE KEY-----"));
            let lengths: Vec<usize> =
                lines[1..lines.len() - 1].iter().map(|line| line.len()).collect();
            assert_eq!(lengths, expected, "{bytes} bytes");
        }
    }

    #[test]
    fn a_pair_like_another_is_of_its_kind_and_another_one() {
        for algorithm in OF_PAIRS {
            let old = generate_key_pair(algorithm).unwrap();
            let new = generate_key_pair_like(old.expose_secret()).unwrap();
            assert!(PublicKey::from_pem(new.expose_secret()).unwrap().serves(algorithm));
            assert_ne!(old.expose_secret(), new.expose_secret());
        }
    }

    #[test]
    fn nothing_is_like_what_is_no_private_key() {
        let pair = generate_key_pair(Algorithm::Es256).unwrap();
        let cut = &pair.expose_secret()[..80];
        for text in
            ["", "secret", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", cut]
        {
            assert!(matches!(generate_key_pair_like(text), Err(NotGenerated::Unlike(_))), "{text}");
        }
    }
}
