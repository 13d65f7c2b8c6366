//! Keys as PEM texts (RFC 7468): `PUBLIC KEY`, and the public half of a PKCS #8 `PRIVATE KEY`.

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    ParsedPublicKey, RsaKeyPair, RsaPublicKeyComponents,
};
use rustls_pki_types::pem::{PemObject, SectionKind};

use crate::algorithm::KeyKind;
use crate::public_key::{PublicKey, UnusableKey};

impl PublicKey {
    /// The key of a `SubjectPublicKeyInfo` in DER (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`UnusableKey`]
    pub fn from_spki(der: &[u8]) -> Result<Self, UnusableKey> {
        of_public(der)
    }

    /// The key of a PEM text with one section; of a private key its public half.
    ///
    /// # Errors
    /// [`UnusableKey::NotPem`] for anything else, certificates too, and the reasons for which a key
    /// of a JWK Set is left out.
    pub fn from_pem(text: &str) -> Result<Self, UnusableKey> {
        let sections = <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes());
        let sections: Result<Vec<_>, _> = sections.collect();
        match sections.map_err(|_| UnusableKey::NotPem)?.as_slice() {
            [(SectionKind::PublicKey, der)] => of_public(der),
            [(SectionKind::PrivateKey, der)] => of_private(der),
            _ => Err(UnusableKey::NotPem),
        }
    }
}

/// Of a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7). Each backend parser takes its own kind alone.
fn of_public(der: &[u8]) -> Result<PublicKey, UnusableKey> {
    if ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, der).is_ok() {
        return of_point(KeyKind::P256, der);
    }
    if ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, der).is_ok() {
        return of_point(KeyKind::P384, der);
    }
    if ParsedPublicKey::new(&ED25519, der).is_ok() {
        // The key is the last thing in it (RFC 8410 §4).
        return PublicKey::ed25519(der.last_chunk::<32>().ok_or(UnusableKey::NotPem)?);
    }
    of_rsa(der)
}

fn of_rsa(der: &[u8]) -> Result<PublicKey, UnusableKey> {
    let key = rsa::PublicKey::from_der(der).map_err(|_| UnusableKey::UnknownKind)?;
    let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(&key);
    PublicKey::rsa(&n, &e)
}

/// Of bytes that end with an uncompressed point (SEC 1 §2.3.3).
fn of_point(kind: KeyKind, bytes: &[u8]) -> Result<PublicKey, UnusableKey> {
    let field_bytes = if kind == KeyKind::P256 { 32 } else { 48 };
    let start = bytes.len().checked_sub(1 + 2 * field_bytes);
    match start.and_then(|start| bytes.get(start..)).and_then(<[u8]>::split_first) {
        Some((4, point)) => {
            let (x, y) = point.split_at(field_bytes);
            PublicKey::elliptic(kind, x, y)
        }
        _ => Err(UnusableKey::Malformed),
    }
}

/// Of a PKCS #8 private key (RFC 5958).
fn of_private(der: &[u8]) -> Result<PublicKey, UnusableKey> {
    if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
        return of_point(KeyKind::P256, pair.public_key().as_ref());
    }
    if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der) {
        return of_point(KeyKind::P384, pair.public_key().as_ref());
    }
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
        return PublicKey::ed25519(pair.public_key().as_ref());
    }
    let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| UnusableKey::UnknownKind)?;
    let components = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    PublicKey::rsa(&components.n, &components.e)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::Pkcs8V1Der;
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::Algorithm;

    fn pem(label: &str, der: &[u8]) -> String {
        let lines: Vec<String> = STANDARD
            .encode(der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    fn public(der: &[u8]) -> Result<PublicKey, UnusableKey> {
        PublicKey::from_pem(&pem("PUBLIC KEY", der))
    }

    fn private(der: &[u8]) -> Result<PublicKey, UnusableKey> {
        PublicKey::from_pem(&pem("PRIVATE KEY", der))
    }

    #[test]
    fn both_halves_of_a_pair_are_the_same_key() {
        let random = SystemRandom::new();
        let signing = [
            (&ECDSA_P256_SHA256_FIXED_SIGNING, Algorithm::Es256),
            (&ECDSA_P384_SHA384_FIXED_SIGNING, Algorithm::Es384),
        ];
        for (signing, algorithm) in signing {
            let document = EcdsaKeyPair::generate_pkcs8(signing, &random).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(signing, document.as_ref()).unwrap();
            let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
            let signature = encode(pair.sign(&random, b"message").unwrap().as_ref());
            for key in [public(spki.as_ref()).unwrap(), private(document.as_ref()).unwrap()] {
                assert!(key.signed(b"message", &signature, algorithm));
            }
        }
        let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let signature = encode(pair.sign(b"message").as_ref());
        for key in [public(spki.as_ref()).unwrap(), private(document.as_ref()).unwrap()] {
            assert!(key.signed(b"message", &signature, Algorithm::EdDsa));
        }
        let pair = RsaPair::generate(KeySize::Rsa2048).unwrap();
        let document: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        let padding = &aws_lc_rs::signature::RSA_PSS_SHA384;
        pair.sign(padding, &random, b"message", &mut signature).unwrap();
        for key in [public(spki.as_ref()).unwrap(), private(document.as_ref()).unwrap()] {
            assert!(key.signed(b"message", &encode(&signature), Algorithm::Ps384));
        }
    }

    fn encode(bytes: &[u8]) -> String {
        crate::encoding::encode(bytes)
    }

    #[test]
    fn any_other_text_is_no_key() {
        let random = SystemRandom::new();
        let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let good = pem("PRIVATE KEY", document.as_ref());
        for (text, reason) in [
            (String::new(), UnusableKey::NotPem),
            ("secret".to_owned(), UnusableKey::NotPem),
            (format!("{good}{good}"), UnusableKey::NotPem),
            (pem("CERTIFICATE", document.as_ref()), UnusableKey::NotPem),
            (pem("EC PRIVATE KEY", document.as_ref()), UnusableKey::NotPem),
            (good.replace("-----END PRIVATE KEY-----", ""), UnusableKey::NotPem),
            (pem("PUBLIC KEY", document.as_ref()), UnusableKey::UnknownKind),
            (pem("PRIVATE KEY", &[]), UnusableKey::UnknownKind),
            (pem("PUBLIC KEY", &[0x30, 0x03, 1, 2, 3]), UnusableKey::UnknownKind),
        ] {
            assert_eq!(PublicKey::from_pem(&text).err(), Some(reason), "{text}");
        }
        let small = RsaPair::generate(KeySize::Rsa2048).unwrap();
        let spki: PublicKeyX509Der<'_> = small.public_key().as_der().unwrap();
        let mut cut = spki.as_ref().to_vec();
        cut.pop();
        assert_eq!(public(&cut).err(), Some(UnusableKey::UnknownKind));
    }
}
