//! What a signer elsewhere needs of us, and gives us: digests in, signatures in its own form out.

use aws_lc_rs::digest;

use crate::algorithm::{Algorithm, KeyKind};

/// The digest of `message` that a signature of `algorithm` is over; `None` for an algorithm that
/// signs the message itself (`EdDSA`), or with a shared secret.
pub fn sha_digest(algorithm: Algorithm, message: &[u8]) -> Option<Vec<u8>> {
    let hash = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &digest::SHA256,
        Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => &digest::SHA384,
        Algorithm::Rs512 | Algorithm::Ps512 => &digest::SHA512,
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 | Algorithm::EdDsa => return None,
    };
    Some(digest::digest(hash, message).as_ref().to_vec())
}

/// An ECDSA signature as two numbers of the field's length (RFC 7518 §3.4), of one in DER
/// (RFC 3279 §2.2.3); `None` for what is none.
pub fn fixed_signature(der: &[u8], algorithm: Algorithm) -> Option<Vec<u8>> {
    let field_bytes = match algorithm.key_kind() {
        KeyKind::P256 => 32,
        KeyKind::P384 => 48,
        KeyKind::Rsa | KeyKind::Ed25519 | KeyKind::Secret => return None,
    };
    let (0x30, body) = element(der)? else { return None };
    let (r, rest) = number(body.0, field_bytes)?;
    let (s, rest) = number(rest, field_bytes)?;
    (rest.is_empty() && body.1.is_empty()).then(|| [r, s].concat())
}

type Element<'d> = (&'d [u8], &'d [u8]);

/// Tag, and content with what follows it. Lengths below 128 are all there are here.
fn element(der: &[u8]) -> Option<(u8, Element<'_>)> {
    let [tag, length, rest @ ..] = der else { return None };
    if *length >= 0x80 {
        return None;
    }
    Some((*tag, rest.split_at_checked(usize::from(*length))?))
}

/// A positive number, with zeros before it up to the length of the field.
fn number(der: &[u8], field_bytes: usize) -> Option<(Vec<u8>, &[u8])> {
    let (0x02, (bytes, rest)) = element(der)? else { return None };
    let significant = match bytes {
        [0, significant @ ..] => significant,
        [first, ..] if *first < 0x80 => bytes,
        _ => return None,
    };
    let padding = field_bytes.checked_sub(significant.len())?;
    Some(([vec![0; padding], significant.to_vec()].concat(), rest))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    };

    use super::*;
    use crate::{PublicKey, encoding};

    #[test]
    fn a_signature_in_der_verifies_as_two_numbers() {
        let random = SystemRandom::new();
        for (signing, kind, algorithm) in [
            (&ECDSA_P256_SHA256_ASN1_SIGNING, KeyKind::P256, Algorithm::Es256),
            (&ECDSA_P384_SHA384_ASN1_SIGNING, KeyKind::P384, Algorithm::Es384),
        ] {
            let pair = EcdsaKeyPair::generate(signing).unwrap();
            let point = &pair.public_key().as_ref()[1..];
            let (x, y) = point.split_at(point.len() / 2);
            let key = PublicKey::elliptic(kind, x, y).unwrap();
            // Often enough that numbers with leading zeros are among them.
            for _ in 0..300 {
                let der = pair.sign(&random, b"message").unwrap();
                let fixed = fixed_signature(der.as_ref(), algorithm).unwrap();
                assert!(key.signed(b"message", &encoding::encode(&fixed), algorithm));
            }
        }
    }

    #[test]
    fn what_is_no_signature_is_none() {
        let good = [0x30, 6, 2, 1, 1, 2, 1, 2];
        assert_eq!(fixed_signature(&good, Algorithm::Es256).unwrap().len(), 64);
        for cut in 0..good.len() {
            assert!(fixed_signature(&good[..cut], Algorithm::Es256).is_none());
        }
        for bad in [
            &[0x30, 6, 2, 1, 1, 2, 1, 2, 0][..],
            &[0x31, 6, 2, 1, 1, 2, 1, 2],
            &[0x30, 6, 2, 1, 0x80, 2, 1, 2],
            &[0x30, 6, 3, 1, 1, 2, 1, 2],
            &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 2],
            &[0x30, 3, 2, 1, 1, 2, 1, 2],
            &[],
        ] {
            assert!(fixed_signature(bad, Algorithm::Es256).is_none(), "{bad:?}");
        }
        assert!(fixed_signature(&good, Algorithm::Rs256).is_none());
    }

    #[test]
    fn a_digest_is_as_long_as_the_algorithm_says() {
        for algorithm in Algorithm::ALL {
            let length = sha_digest(algorithm, b"x").map(|digest| digest.len() * 8);
            let said = algorithm.name().get(2..).and_then(|bits| bits.parse().ok());
            let signs_digests = !algorithm.name().starts_with("HS");
            assert_eq!(length, said.filter(|_| signs_digests), "{algorithm}");
        }
    }
}
