//! Keys that sign: shared secrets and private keys.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use jsonwebtoken::EncodingKey;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;

use crate::algorithm::{Algorithm, Algorithms, KeyKind};
use crate::encoding;
use crate::public_key::{PublicKey, UnusableKey};

/// A key with which tokens are signed. Shows nothing of itself; cheap to clone.
#[derive(Clone)]
pub struct SigningKey {
    half: Arc<Half>,
    algorithm: Algorithm,
    kid: Option<String>,
}

enum Half {
    /// A shared secret.
    Secret(EncodingKey),
    /// A private key, and its public half.
    Private(Pair, PublicKey),
}

/// A private key that was parsed once: that takes longer than signing with it.
enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// The key gave no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key gave no signature")]
pub struct NotSigned;

impl SigningKey {
    /// The shared secret of these bytes; `kid` goes into the header of every token.
    pub fn new(secret: &[u8], algorithm: Algorithm, kid: Option<String>) -> Self {
        let half = Arc::new(Half::Secret(EncodingKey::from_secret(secret)));
        Self { half, algorithm, kid }
    }

    /// The private key of a PEM text (PKCS #8), with the first of `algorithms` that it is for.
    ///
    /// # Errors
    /// [`UnusableKey`] as for its public half; [`UnusableKey::NotForSignatures`] when none of
    /// `algorithms` is for a key of its kind.
    pub fn from_pem(
        pem: &str,
        algorithms: &Algorithms,
        kid: Option<String>,
    ) -> Result<Self, UnusableKey> {
        let public = PublicKey::from_pem(pem)?;
        let algorithm = algorithms.iter().find(|algorithm| public.serves(*algorithm));
        let algorithm = algorithm.ok_or(UnusableKey::NotForSignatures)?;
        let public = public.with_algorithm(algorithm)?;
        let public = match &kid {
            Some(kid) => public.with_kid(kid.clone()),
            None => public,
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes());
        let der = der.map_err(|_| UnusableKey::NotPem)?;
        let der = der.secret_pkcs8_der();
        let pair = Pair::of(algorithm, der)?;
        Ok(Self { half: Arc::new(Half::Private(pair, public)), algorithm, kid })
    }

    /// What its tokens name as their algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What its tokens name it.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The half that may be published; a shared secret has none.
    pub fn public_key(&self) -> Option<&PublicKey> {
        match &*self.half {
            Half::Secret(_) => None,
            Half::Private(_, public) => Some(public),
        }
    }

    /// The signature over `message`, in the form of RFC 7518 §3.
    ///
    /// # Errors
    /// [`NotSigned`]
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, NotSigned> {
        match &*self.half {
            Half::Secret(key) => {
                let algorithm = self.algorithm.of_library();
                let text = jsonwebtoken::crypto::sign(message, key, algorithm);
                encoding::decode(&text.map_err(|_| NotSigned)?).ok_or(NotSigned)
            }
            Half::Private(pair, _) => pair.sign(self.algorithm, message),
        }
    }
}

impl Pair {
    /// The key of this PKCS #8 text for an algorithm.
    fn of(algorithm: Algorithm, der: &[u8]) -> Result<Self, UnusableKey> {
        let pair = match algorithm.key_kind() {
            KeyKind::P256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Self::Ecdsa)
            }
            KeyKind::P384 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der).map(Self::Ecdsa)
            }
            KeyKind::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self::Ed25519),
            KeyKind::Rsa => RsaKeyPair::from_pkcs8(der).map(Self::Rsa),
            KeyKind::Secret => return Err(UnusableKey::Secret),
        };
        pair.map_err(|_| UnusableKey::UnknownKind)
    }

    fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, NotSigned> {
        let random = SystemRandom::new();
        match self {
            Self::Ecdsa(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| NotSigned)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Self::Rsa(pair) => {
                let padding = padding(algorithm).ok_or(NotSigned)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).map_err(|_| NotSigned)?;
                Ok(signature)
            }
        }
    }
}

fn padding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_SHA256),
        Algorithm::Ps384 => Some(&RSA_PSS_SHA384),
        Algorithm::Ps512 => Some(&RSA_PSS_SHA512),
        Algorithm::Hs256
        | Algorithm::Hs384
        | Algorithm::Hs512
        | Algorithm::Es256
        | Algorithm::Es384
        | Algorithm::EdDsa => None,
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;
    use crate::{JwkSet, KeySet, Lifetime, Policy, mint, verify};

    const NOW: u64 = 1_800_000_000;

    fn pem(der: &[u8]) -> String {
        let body = STANDARD.encode(der);
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }

    /// A new private key for each kind.
    fn pems() -> Vec<String> {
        let random = SystemRandom::new();
        let curve = |signing| EcdsaKeyPair::generate_pkcs8(signing, &random).unwrap();
        let rsa = RsaPair::generate(KeySize::Rsa2048).unwrap();
        let rsa = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&rsa).unwrap();
        vec![
            pem(curve(&ECDSA_P256_SHA256_FIXED_SIGNING).as_ref()),
            pem(curve(&ECDSA_P384_SHA384_FIXED_SIGNING).as_ref()),
            pem(Ed25519KeyPair::generate_pkcs8(&random).unwrap().as_ref()),
            pem(rsa.as_ref()),
        ]
    }

    #[test]
    fn what_a_private_key_signs_its_published_half_verifies() {
        let mut signed = Vec::new();
        for pem in pems() {
            for algorithm in Algorithm::ALL {
                let only = Algorithms::from_names([algorithm.name()]).unwrap();
                let Ok(key) = SigningKey::from_pem(&pem, &only, Some("k".to_owned())) else {
                    continue;
                };
                let token = mint(serde_json::Map::new(), &key, NOW, Lifetime::Seconds(9)).unwrap();
                let set = json!({"keys": [key.public_key().unwrap().to_jwk()]}).to_string();
                let set = JwkSet::read(set.as_bytes()).unwrap();
                assert_eq!(set.left_out, []);
                let keys = KeySet::of_public_keys(set.keys);
                assert!(verify(&token, &keys, &Policy::new(only), NOW).is_ok(), "{algorithm}");
                signed.push(algorithm);
            }
        }
        // All but those of shared secrets, each by one key.
        assert_eq!(signed.len(), Algorithm::ALL.len() - 3, "{signed:?}");
    }

    #[test]
    fn a_public_key_or_a_key_of_another_kind_signs_nothing() {
        let all = Algorithms::of_public_keys();
        let [p256, ..] = <[String; 4]>::try_from(pems()).unwrap();
        let rsa = Algorithms::from_names(["RS256"]).unwrap();
        let unfit = SigningKey::from_pem(&p256, &rsa, None).err();
        assert_eq!(unfit, Some(UnusableKey::NotForSignatures));
        // RFC 8032 §7.1, test 1
        let public = "-----BEGIN PUBLIC KEY-----\n\
            MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
            -----END PUBLIC KEY-----\n";
        assert_eq!(SigningKey::from_pem(public, &all, None).err(), Some(UnusableKey::NotPem));
        assert!(SigningKey::from_pem("hunter2", &all, None).is_err());
    }

    #[test]
    fn nothing_shows_the_key() {
        let key = SigningKey::from_pem(&pems()[0], &Algorithms::of_public_keys(), None).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey { algorithm: Es256, kid: None, .. }");
    }
}
