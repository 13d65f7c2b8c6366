//! Key pairs as an identity provider has them, made and used without the code under test.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::token::{now, signing_input};

/// A key pair with the name it is published under.
#[derive(Debug)]
pub struct SigningKey {
    kid: String,
    pair: Pair,
}

#[derive(Debug)]
enum Pair {
    Rs256(Box<RsaKeyPair>),
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A new RSA key of 2048 bits for RS256.
    pub fn rs256(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        Self { kid: kid.to_owned(), pair: Pair::Rs256(Box::new(pair)) }
    }

    /// A new key on P-256 for ES256.
    pub fn es256(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid: kid.to_owned(), pair: Pair::Es256(pair) }
    }

    /// A new Ed25519 key for `EdDSA`.
    pub fn ed25519(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        Self { kid: kid.to_owned(), pair: Pair::Ed25519(pair) }
    }

    /// The name it is published under.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The `alg` of its tokens.
    pub fn algorithm(&self) -> &'static str {
        match &self.pair {
            Pair::Rs256(_) => "RS256",
            Pair::Es256(_) => "ES256",
            Pair::Ed25519(_) => "EdDSA",
        }
    }

    /// Its public half as a JWK (RFC 7517, 7518 §6, 8037 §2).
    pub fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Rs256(pair) => {
                let public = pair.public_key();
                json!({
                    "kty": "RSA",
                    "n": encoded(public.modulus().big_endian_without_leading_zero()),
                    "e": encoded(public.exponent().big_endian_without_leading_zero()),
                })
            }
            Pair::Es256(pair) => {
                // A point as SEC 1 §2.3.3 writes it: 4, x, y.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) })
            }
            Pair::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref()) })
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(self.algorithm());
        jwk["use"] = json!("sig");
        jwk
    }

    /// A token with exactly this payload.
    pub fn sign(&self, payload: &Value) -> String {
        self.sign_with_header(&json!({ "alg": self.algorithm(), "kid": self.kid }), payload)
    }

    /// A token for an hour with `claims` in it.
    pub fn good(&self, claims: &Value) -> String {
        let mut payload = json!({ "iat": now(), "exp": now() + 3600 });
        for (name, value) in claims.as_object().unwrap() {
            payload[name] = value.clone();
        }
        self.sign(&payload)
    }

    /// A token with exactly this header and payload, whatever the header claims.
    pub fn sign_with_header(&self, header: &Value, payload: &Value) -> String {
        let text = signing_input(header, &payload.to_string());
        format!("{text}.{}", encoded(&self.signature(text.as_bytes())))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            Pair::Es256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// A JWK Set of the public halves of these keys.
pub fn key_set(keys: &[&SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
        UnparsedPublicKey, VerificationAlgorithm,
    };

    use super::*;

    fn decoded(value: &Value) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
    }

    /// Whether the JWK alone, as a reader of the key set has it, verifies the token.
    fn verifies(jwk: &Value, token: &str) -> bool {
        let (text, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let with = |algorithm: &'static dyn VerificationAlgorithm, key: Vec<u8>| {
            UnparsedPublicKey::new(algorithm, key).verify(text.as_bytes(), &signature).is_ok()
        };
        match jwk["kty"].as_str().unwrap() {
            "RSA" => RsaPublicKeyComponents { n: decoded(&jwk["n"]), e: decoded(&jwk["e"]) }
                .verify(&RSA_PKCS1_2048_8192_SHA256, text.as_bytes(), &signature)
                .is_ok(),
            "EC" => with(
                &ECDSA_P256_SHA256_FIXED,
                [vec![4], decoded(&jwk["x"]), decoded(&jwk["y"])].concat(),
            ),
            _ => with(&ED25519, decoded(&jwk["x"])),
        }
    }

    #[test]
    fn a_token_verifies_by_the_published_half_of_its_own_key_alone() {
        let makers = [SigningKey::rs256, SigningKey::es256, SigningKey::ed25519];
        for make in makers {
            let (key, other) = (make("one"), make("one"));
            let token = key.good(&json!({ "tenant": 7 }));
            assert!(verifies(&key.jwk(), &token), "{key:?}");
            assert!(!verifies(&other.jwk(), &token), "{key:?}");
        }
    }

    #[test]
    fn a_token_names_its_key_and_a_set_holds_public_halves_only() {
        let key = SigningKey::es256("one");
        let token = key.sign(&json!({ "tenant": 7 }));
        let header = decoded(&json!(token.split('.').next().unwrap()));
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, json!({ "alg": "ES256", "kid": "one" }));
        let set = key_set(&[&key, &SigningKey::rs256("two")]);
        assert_eq!(set["keys"].as_array().unwrap().len(), 2);
        assert!(set["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()));
    }
}
