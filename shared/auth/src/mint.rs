//! New tokens, as Cube's own helper mints them.

use serde_json::{Map, Value, json};

use crate::{Algorithm, SigningKey, encoding};

/// The longest token that is minted: what `verify` accepts by default.
const MAX_TOKEN_BYTES: usize = 8192;

/// How long a token lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// So many seconds: the token has an `exp`.
    Seconds(u64),
    /// No `exp`. Verifiers refuse such a token by default.
    Unlimited,
}

/// Why no token was minted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// The claims are too many for a token that is accepted.
    #[error("the token would have more than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// The system gave no random bytes, or the key no signature.
    #[error("the token could not be signed")]
    NotSigned,
}

/// Mints a token with `claims` and `iat`, `exp` and `jti`, which `claims` cannot set.
///
/// `now` is unix seconds; `jti` is 128 random bits, in hex.
///
/// # Errors
/// [`MintError::TooLong`] when the token would be refused for its length.
pub fn mint(
    claims: Map<String, Value>,
    key: &SigningKey,
    now: u64,
    lifetime: Lifetime,
) -> Result<String, MintError> {
    mint_with_id(claims, key, now, lifetime, random_id()?)
}

/// Mints a token as [`mint`] does, with a `jti` that the caller has made with [`random_id`] and
/// writes down.
///
/// # Errors
/// As [`mint`].
pub fn mint_with_id(
    claims: Map<String, Value>,
    key: &SigningKey,
    now: u64,
    lifetime: Lifetime,
    id: String,
) -> Result<String, MintError> {
    let unsigned = UnsignedToken::new(claims, key.algorithm(), key.kid(), now, lifetime, id)?;
    let signature = key.sign(unsigned.message()).map_err(|_| MintError::NotSigned)?;
    Ok(unsigned.with_signature(&signature))
}

/// A token that lacks its signature, for a signer whose key cannot be had.
#[derive(Debug)]
pub struct UnsignedToken {
    message: String,
}

impl UnsignedToken {
    /// The token of these claims, with `iat`, `exp` and `jti` as [`mint_with_id`] writes them.
    ///
    /// # Errors
    /// [`MintError::TooLong`]
    pub fn new(
        mut claims: Map<String, Value>,
        algorithm: Algorithm,
        kid: Option<&str>,
        now: u64,
        lifetime: Lifetime,
        id: String,
    ) -> Result<Self, MintError> {
        claims.insert("iat".to_owned(), json!(now));
        claims.insert("jti".to_owned(), Value::String(id));
        match lifetime {
            Lifetime::Seconds(seconds) => {
                claims.insert("exp".to_owned(), json!(now.saturating_add(seconds)));
            }
            Lifetime::Unlimited => {
                claims.remove("exp");
            }
        }
        let mut header = Map::new();
        header.insert("alg".to_owned(), json!(algorithm.name()));
        header.insert("typ".to_owned(), json!("JWT"));
        if let Some(kid) = kid {
            header.insert("kid".to_owned(), json!(kid));
        }
        let header = encoding::encode(Value::Object(header).to_string().as_bytes());
        let payload = encoding::encode(Value::Object(claims).to_string().as_bytes());
        let message = format!("{header}.{payload}");
        let signature_bytes = 1 + encoding::encoded_len(algorithm.max_signature_bytes());
        if message.len() + signature_bytes > MAX_TOKEN_BYTES {
            return Err(MintError::TooLong);
        }
        Ok(Self { message })
    }

    /// What is signed: `header.payload`.
    pub fn message(&self) -> &[u8] {
        self.message.as_bytes()
    }

    /// The whole token. The signature has the form of RFC 7518 §3: of ECDSA the two numbers.
    pub fn with_signature(self, signature: &[u8]) -> String {
        format!("{}.{}", self.message, encoding::encode(signature))
    }
}

/// 128 random bits as 32 hex digits.
///
/// # Errors
/// [`MintError::NotSigned`] when the system has no random bytes.
pub fn random_id() -> Result<String, MintError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| MintError::NotSigned)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{Algorithms, HmacKey, KeySet, Policy, Stage, verify};

    const NOW: u64 = 1_800_000_000;
    const SECRET: [u8; 64] = [7; 64];

    fn claims(members: Value) -> Map<String, Value> {
        serde_json::from_value(members).unwrap()
    }

    fn keys(kid: Option<&str>) -> KeySet {
        let key = HmacKey::new(&SECRET, Stage::Current);
        let key = match kid {
            Some(kid) => key.with_kid(kid.to_owned()),
            None => key,
        };
        KeySet::new(vec![key], &Algorithms::of_shared_secrets()).unwrap()
    }

    #[test]
    fn what_is_minted_verifies() {
        for name in ["HS256", "HS384", "HS512"] {
            let policy = Policy::new(Algorithms::from_names([name]).unwrap());
            let keys = keys(Some("v1"));
            let key = keys.signing_key(&policy.algorithms, NOW).unwrap();
            let token = mint(claims(json!({"a": [1]})), &key, NOW, Lifetime::Seconds(60)).unwrap();
            let verified = verify(&token, &keys, &policy, NOW).unwrap();
            assert_eq!(verified.get("a"), Some(&json!([1])));
            assert_eq!(verified.get("exp"), Some(&json!(NOW + 60)));
            assert_eq!(verified.get("iat"), Some(&json!(NOW)));
        }
    }

    #[test]
    fn claims_cannot_set_when_a_token_ends() {
        let policy = Policy::new(Algorithms::of_shared_secrets());
        let key = keys(None).signing_key(&policy.algorithms, NOW).unwrap();
        let asked = json!({"iat": 1, "exp": NOW + 999_999, "jti": "mine"});
        let token = mint(claims(asked.clone()), &key, NOW, Lifetime::Seconds(5)).unwrap();
        let verified = verify(&token, &keys(None), &policy, NOW).unwrap();
        assert_eq!(verified.get("exp"), Some(&json!(NOW + 5)));
        assert_ne!(verified.get("jti"), Some(&json!("mine")));
        let endless = mint(claims(asked), &key, NOW, Lifetime::Unlimited).unwrap();
        assert!(verify(&endless, &keys(None), &policy, NOW).is_err());
    }

    #[test]
    fn a_token_that_would_be_refused_is_not_minted() {
        let key = SigningKey::new(&SECRET, Algorithm::Hs256, None);
        let long = claims(json!({"a": "x".repeat(MAX_TOKEN_BYTES)}));
        assert_eq!(mint(long, &key, NOW, Lifetime::Seconds(5)), Err(MintError::TooLong));
    }

    /// The signature counts, as long as each algorithm has it.
    #[test]
    fn a_token_may_be_just_as_long_as_what_is_accepted() {
        let signatures = [
            (Algorithm::Hs256, 43),
            (Algorithm::Hs384, 64),
            (Algorithm::Hs512, 86),
            (Algorithm::Es256, 86),
            (Algorithm::EdDsa, 86),
            (Algorithm::Es384, 128),
            (Algorithm::Rs256, 1366),
            (Algorithm::Rs384, 1366),
            (Algorithm::Rs512, 1366),
            (Algorithm::Ps256, 1366),
            (Algorithm::Ps384, 1366),
            (Algorithm::Ps512, 1366),
        ];
        for (algorithm, signature) in signatures {
            let made = |padding: usize| {
                let claims = claims(json!({"a": "x".repeat(padding)}));
                let id = String::from("id");
                UnsignedToken::new(claims, algorithm, None, NOW, Lifetime::Seconds(5), id)
            };
            let paddings: Vec<usize> = (0..MAX_TOKEN_BYTES).collect();
            let most = paddings.partition_point(|&padding| made(padding).is_ok()) - 1;
            let length = made(most).unwrap().message().len() + ".".len() + signature;
            // Three bytes of claims are four of the token.
            assert!((MAX_TOKEN_BYTES - 1..=MAX_TOKEN_BYTES).contains(&length), "{length}");
            assert_eq!(made(most + 1).err(), Some(MintError::TooLong));
        }
    }

    /// T-09
    #[test]
    fn an_id_is_32_hex_digits_and_does_not_repeat() {
        let ids: HashSet<String> = (0..1_000_000).map(|_| random_id().unwrap()).collect();
        assert_eq!(ids.len(), 1_000_000);
        let is_hex = |id: &String| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(ids.iter().all(is_hex));
    }
}
