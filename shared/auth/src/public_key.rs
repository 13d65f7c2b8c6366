//! Public keys: what may be one, and what it verifies.

use std::fmt;

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use jsonwebtoken::{DecodingKey, DecodingKeyKind};

use crate::algorithm::{Algorithm, KeyKind};
use crate::{encoding, roca};

/// Smaller moduli can be factored (NIST SP 800-131A), larger ones make a verification expensive.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// The largest exponent in use is 65537; a huge one makes a verification expensive.
const RSA_EXPONENT_BITS_MAX: usize = 33;

/// A key that everybody may know, and that verifies what its private half signed.
#[derive(Clone)]
pub struct PublicKey {
    kid: Option<String>,
    kind: KeyKind,
    /// The only algorithm it serves, when it says so.
    algorithm: Option<Algorithm>,
    not_after: Option<u64>,
    key: DecodingKey,
}

/// Why a key is left out of a set. Says nothing of the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the text of each variant says it")]
pub enum UnusableKey {
    #[error("it is not a JSON object")]
    NotAnObject,
    #[error("it has no `kid` of 1 to 256 printable ASCII characters")]
    NoKid,
    #[error("it is not for signatures: `use`, `key_ops` or `alg` says so")]
    NotForSignatures,
    #[error("it is a private key: whoever can read the set can sign with it")]
    Private,
    #[error("it is a shared secret: whoever can read the set can sign with it")]
    Secret,
    #[error("its type or curve is not supported")]
    UnknownKind,
    #[error("a member is missing, of another type, or not base64url")]
    Malformed,
    #[error("its modulus has less than 2048 or more than 8192 bits")]
    RsaSize,
    #[error("its exponent is even, 1, or longer than 33 bits")]
    RsaExponent,
    #[error("its primes were made by a broken generator (CVE-2017-15361)")]
    Roca,
    #[error("it is not a point on its curve")]
    NotOnCurve,
    #[error("it is a point of small order, which verifies what nobody signed")]
    SmallOrder,
    #[error("it is no PEM text of one public key or PKCS #8 private key")]
    NotPem,
}

impl PublicKey {
    /// The RSA key of this modulus and exponent, the most significant byte first.
    ///
    /// # Errors
    /// [`UnusableKey::RsaSize`], [`UnusableKey::RsaExponent`], [`UnusableKey::Roca`]
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, UnusableKey> {
        let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
        if !RSA_BITS.contains(&bits(modulus)) {
            return Err(UnusableKey::RsaSize);
        }
        let is_odd = exponent.last().is_some_and(|byte| byte % 2 == 1);
        if !is_odd || exponent == [1] || bits(exponent) > RSA_EXPONENT_BITS_MAX {
            return Err(UnusableKey::RsaExponent);
        }
        if roca::has_fingerprint(modulus) {
            return Err(UnusableKey::Roca);
        }
        Ok(Self::new(KeyKind::Rsa, DecodingKey::from_rsa_raw_components(modulus, exponent)))
    }

    /// The key of this point on P-256 or P-384: its two coordinates, each as long as the field.
    ///
    /// # Errors
    /// [`UnusableKey::Malformed`] for another length, [`UnusableKey::NotOnCurve`]
    pub(crate) fn elliptic(kind: KeyKind, x: &[u8], y: &[u8]) -> Result<Self, UnusableKey> {
        let (field_bytes, algorithm): (_, &'static dyn VerificationAlgorithm) = match kind {
            KeyKind::P256 => (32, &signature::ECDSA_P256_SHA256_FIXED),
            KeyKind::P384 => (48, &signature::ECDSA_P384_SHA384_FIXED),
            KeyKind::Secret | KeyKind::Rsa | KeyKind::Ed25519 => {
                return Err(UnusableKey::UnknownKind);
            }
        };
        if x.len() != field_bytes || y.len() != field_bytes {
            return Err(UnusableKey::Malformed);
        }
        let point = [&[4], x, y].concat();
        check_point(algorithm, &point)?;
        Ok(Self::new(kind, DecodingKey::from_ec_der(&point)))
    }

    /// The Ed25519 key of these 32 bytes (RFC 8032 §5.1.5).
    ///
    /// # Errors
    /// [`UnusableKey::Malformed`] for another length, [`UnusableKey::SmallOrder`],
    /// [`UnusableKey::NotOnCurve`]
    pub(crate) fn ed25519(bytes: &[u8]) -> Result<Self, UnusableKey> {
        let Ok(point) = <[u8; 32]>::try_from(bytes) else {
            return Err(UnusableKey::Malformed);
        };
        if is_of_small_order(point) {
            return Err(UnusableKey::SmallOrder);
        }
        check_point(&signature::ED25519, bytes)?;
        Ok(Self::new(KeyKind::Ed25519, DecodingKey::from_ed_der(bytes)))
    }

    fn new(kind: KeyKind, key: DecodingKey) -> Self {
        Self { kid: None, kind, algorithm: None, not_after: None, key }
    }

    /// The same key, named: it verifies tokens that name it and no others.
    #[must_use]
    pub fn with_kid(self, kid: String) -> Self {
        Self { kid: Some(kid), ..self }
    }

    /// The same key for one algorithm alone.
    ///
    /// # Errors
    /// [`UnusableKey::NotForSignatures`] when the algorithm takes another kind of key.
    pub fn with_algorithm(self, algorithm: Algorithm) -> Result<Self, UnusableKey> {
        if algorithm.key_kind() != self.kind {
            return Err(UnusableKey::NotForSignatures);
        }
        Ok(Self { algorithm: Some(algorithm), ..self })
    }

    /// The same key, which verifies nothing after this moment (unix seconds).
    #[must_use]
    pub fn with_not_after(self, not_after: u64) -> Self {
        Self { not_after: Some(not_after), ..self }
    }

    /// The members of its JWK that say what it is (RFC 7518 §6, RFC 8037 §2).
    pub(crate) fn jwk_members(&self) -> Vec<(&'static str, String)> {
        let coordinates = |curve: &str| {
            let point = self.key.try_get_as_bytes().unwrap_or_default();
            let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
            vec![
                ("kty", "EC".to_owned()),
                ("crv", curve.to_owned()),
                ("x", encoding::encode(x)),
                ("y", encoding::encode(y)),
            ]
        };
        match (self.kind, self.key.kind()) {
            (KeyKind::Rsa, DecodingKeyKind::RsaModulusExponent { n, e }) => vec![
                ("kty", "RSA".to_owned()),
                ("n", encoding::encode(n)),
                ("e", encoding::encode(e)),
            ],
            (KeyKind::P256, _) => coordinates("P-256"),
            (KeyKind::P384, _) => coordinates("P-384"),
            (KeyKind::Ed25519, DecodingKeyKind::SecretOrDer(bytes)) => vec![
                ("kty", "OKP".to_owned()),
                ("crv", "Ed25519".to_owned()),
                ("x", encoding::encode(bytes)),
            ],
            // Not made by this file.
            (KeyKind::Rsa | KeyKind::Ed25519 | KeyKind::Secret, _) => Vec::new(),
        }
    }

    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub(crate) fn not_after(&self) -> Option<u64> {
        self.not_after
    }

    /// Whether it verifies anything at `now` (unix seconds).
    pub fn is_alive(&self, now: u64) -> bool {
        self.not_after.is_none_or(|not_after| now <= not_after)
    }

    /// Whether tokens of `algorithm` may be verified with it.
    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        algorithm.key_kind() == self.kind && self.algorithm.is_none_or(|only| only == algorithm)
    }

    pub(crate) fn signed(&self, message: &[u8], signature: &str, algorithm: Algorithm) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.key, algorithm.of_library())
            .unwrap_or(false)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PublicKey")
            .field("kid", &self.kid)
            .field("kind", &self.kind)
            .field("algorithm", &self.algorithm)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// The crypto backend's own check, done once when a key is read.
fn check_point(
    algorithm: &'static dyn VerificationAlgorithm,
    bytes: &[u8],
) -> Result<(), UnusableKey> {
    ParsedPublicKey::new(algorithm, bytes).map(|_| ()).map_err(|_| UnusableKey::NotOnCurve)
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// Of a number without leading zeros.
fn bits(number: &[u8]) -> usize {
    let first = number.first().map_or(8, |byte| byte.leading_zeros() as usize);
    number.len() * 8 - first.min(number.len() * 8)
}

/// The y coordinates of the points of order 1, 2, 4 and 8, and those that mean the same modulo
/// p = 2^255 - 19; the sign bit is in none of them. A signature under such a key can be good for
/// messages that nobody signed (Chalkias, Garillot, Nikolaenko: "Taming the many `EdDSAs`", SSR
/// 2020, table 1).
const SMALL_ORDER: [[u8; 32]; 7] = [
    low_bytes(0x00, 0x00, 0x00),
    low_bytes(0x01, 0x00, 0x00),
    low_bytes(0xec, 0xff, 0x7f),
    low_bytes(0xed, 0xff, 0x7f),
    low_bytes(0xee, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

const fn low_bytes(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

fn is_of_small_order(mut point: [u8; 32]) -> bool {
    let [.., last] = &mut point;
    *last &= 0x7f;
    SMALL_ORDER.contains(&point)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of so many bits that is no power of 65537 modulo the small primes.
    fn number(bits: usize) -> Vec<u8> {
        let mut bytes = vec![0xb5; bits.div_ceil(8)];
        if let Some(first) = bytes.first_mut() {
            *first = 0x80 >> (bits.div_ceil(8) * 8 - bits);
        }
        bytes
    }

    #[test]
    fn a_key_that_ends_verifies_in_its_last_second_and_no_longer() {
        let key = PublicKey::rsa(&number(2048), &[1, 0, 1]).unwrap();
        assert!(key.is_alive(u64::MAX) && key.not_after().is_none());
        let key = key.with_not_after(900);
        assert_eq!(key.not_after(), Some(900));
        assert!(key.is_alive(899) && key.is_alive(900) && !key.is_alive(901));
    }

    #[test]
    fn a_key_for_one_algorithm_says_so() {
        let key = PublicKey::rsa(&number(2048), &[1, 0, 1]).unwrap();
        assert_eq!(key.algorithm(), None);
        let key = key.with_algorithm(Algorithm::Rs384).unwrap().with_kid("one".to_owned());
        assert_eq!(key.algorithm(), Some(Algorithm::Rs384));
        assert!(key.serves(Algorithm::Rs384) && !key.serves(Algorithm::Rs256));
        let shown = format!("{key:?}");
        assert!(shown.contains("one") && shown.contains("Rs384"), "{shown}");
        let error = key.with_algorithm(Algorithm::Es256).unwrap_err();
        assert_eq!(error, UnusableKey::NotForSignatures);
    }

    #[test]
    fn an_rsa_key_has_2048_to_8192_bits() {
        for (bits, is_usable) in [(2047, false), (2048, true), (8192, true), (8193, false)] {
            let found = PublicKey::rsa(&number(bits), &[1, 0, 1]);
            assert_eq!(found.is_ok(), is_usable, "{bits}");
        }
        let padded = [&[0, 0], number(2048).as_slice()].concat();
        assert!(PublicKey::rsa(&padded, &[0, 1, 0, 1]).is_ok());
        assert_eq!(PublicKey::rsa(&[], &[3]).err(), Some(UnusableKey::RsaSize));
        assert_eq!(PublicKey::rsa(&[0; 256], &[3]).err(), Some(UnusableKey::RsaSize));
    }

    #[test]
    fn an_rsa_exponent_is_odd_more_than_one_and_short() {
        let n = number(2048);
        for exponent in [vec![], vec![0], vec![1], vec![2], vec![1, 0, 0], number(34)] {
            let found = PublicKey::rsa(&n, &exponent).err();
            assert_eq!(found, Some(UnusableKey::RsaExponent), "{exponent:?}");
        }
        assert!(PublicKey::rsa(&n, &[3]).is_ok() && PublicKey::rsa(&n, &[1, 0, 0, 0, 1]).is_ok());
    }

    #[test]
    fn a_key_with_the_fingerprint_of_roca_is_refused() {
        // 65537^128 has 2049 bits, and is a power of 65537 modulo anything.
        let mut power = vec![1_u64];
        for _ in 0..128 {
            let mut carry = 0;
            for digit in &mut power {
                let product = *digit * 65537 + carry;
                (*digit, carry) = (product & 0xff, product >> 8);
            }
            while carry > 0 {
                power.push(carry & 0xff);
                carry >>= 8;
            }
        }
        let modulus: Vec<u8> =
            power.iter().rev().map(|digit| u8::try_from(*digit).unwrap()).collect();
        assert_eq!(PublicKey::rsa(&modulus, &[1, 0, 1]).err(), Some(UnusableKey::Roca));
    }

    #[test]
    fn a_point_is_on_its_curve_and_as_long_as_the_field() {
        for (kind, bytes) in [(KeyKind::P256, 32), (KeyKind::P384, 48)] {
            let off = PublicKey::elliptic(kind, &vec![1; bytes], &vec![1; bytes]);
            assert_eq!(off.err(), Some(UnusableKey::NotOnCurve));
            for (x, y) in [(bytes - 1, bytes), (bytes, bytes + 1), (0, 0)] {
                let short = PublicKey::elliptic(kind, &vec![1; x], &vec![1; y]);
                assert_eq!(short.err(), Some(UnusableKey::Malformed));
            }
        }
        let other = PublicKey::elliptic(KeyKind::Rsa, &[1; 32], &[1; 32]);
        assert_eq!(other.err(), Some(UnusableKey::UnknownKind));
    }

    #[test]
    fn a_point_of_small_order_is_refused_with_either_sign() {
        for mut point in SMALL_ORDER {
            assert_eq!(PublicKey::ed25519(&point).err(), Some(UnusableKey::SmallOrder));
            point[31] |= 0x80;
            assert_eq!(PublicKey::ed25519(&point).err(), Some(UnusableKey::SmallOrder));
        }
        assert_eq!(PublicKey::ed25519(&[9; 31]).err(), Some(UnusableKey::Malformed));
        // RFC 8032 §7.1, test 1
        let good = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let pairs = good.as_bytes().chunks(2);
        let bytes: Vec<u8> = pairs
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        assert!(PublicKey::ed25519(&bytes).is_ok());
    }

    #[test]
    fn a_key_serves_its_kind_and_its_algorithm_alone() {
        let key = PublicKey::rsa(&number(2048), &[3]).unwrap();
        for algorithm in Algorithm::ALL {
            let is_rsa = algorithm.key_kind() == KeyKind::Rsa;
            assert_eq!(key.serves(algorithm), is_rsa, "{algorithm}");
            let only = key.clone().with_algorithm(algorithm);
            assert_eq!(only.is_ok(), is_rsa);
            if let Ok(only) = only {
                assert!(Algorithm::ALL.iter().all(|one| only.serves(*one) == (*one == algorithm)));
            }
        }
    }
}
