//! JSON Web Keys (RFC 7517): public keys in, everything else left out one by one.

use serde_json::{Map, Value};

use crate::algorithm::KeyKind;
use crate::header::is_kid;
use crate::public_key::{PublicKey, UnusableKey};
use crate::{JsonError, MAX_DEPTH, encoding, read_object};

/// More keys than any provider publishes.
const MAX_KEYS: usize = 100;

/// The members of a private key (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2).
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// The usable keys of a JWK Set, and why the others are not.
#[derive(Debug, Clone)]
pub struct JwkSet {
    /// In the order of the set.
    pub keys: Vec<PublicKey>,
    /// A reason for each key that was left out.
    pub left_out: Vec<UnusableKey>,
}

/// Why bytes are no JWK Set.
#[derive(Debug, thiserror::Error)]
pub enum JwkSetError {
    /// Not one JSON object of unique members.
    #[error("the key set is not a JSON object of unique members")]
    Json(#[from] JsonError),
    /// `keys` is missing or no list (RFC 7517 §5.1).
    #[error("the key set has no list `keys`")]
    NoKeys,
    /// So many keys that the set is no key set.
    #[error("the key set has more than {MAX_KEYS} keys")]
    TooManyKeys,
}

impl JwkSet {
    /// Reads a JWK Set (RFC 7517 §5). A key that cannot be used does not spoil its neighbours.
    ///
    /// # Errors
    /// [`JwkSetError`] when there is no list of keys at all.
    pub fn read(bytes: &[u8]) -> Result<Self, JwkSetError> {
        let mut members = read_object(bytes, MAX_DEPTH)?;
        let Some(Value::Array(items)) = members.remove("keys") else {
            return Err(JwkSetError::NoKeys);
        };
        if items.len() > MAX_KEYS {
            return Err(JwkSetError::TooManyKeys);
        }
        let mut set = Self { keys: Vec::new(), left_out: Vec::new() };
        for item in &items {
            match named_key(item) {
                Ok(key) => set.keys.push(key),
                Err(reason) => set.left_out.push(reason),
            }
        }
        Ok(set)
    }
}

/// In a set a key without a name is of no use: tokens could not say that they mean it.
fn named_key(item: &Value) -> Result<PublicKey, UnusableKey> {
    let key = PublicKey::from_jwk(item.as_object().ok_or(UnusableKey::NotAnObject)?)?;
    if key.kid().is_some() { Ok(key) } else { Err(UnusableKey::NoKid) }
}

impl PublicKey {
    /// The key of a JWK, with the name of its `kid` and for the one algorithm of its `alg`, if it
    /// has those.
    ///
    /// Certificates in it (`x5c`, `x5u`, `x5t`) are not looked at.
    ///
    /// # Errors
    /// [`UnusableKey`], for private keys and shared secrets too: they are compromised.
    pub fn from_jwk(members: &Map<String, Value>) -> Result<Self, UnusableKey> {
        if PRIVATE_MEMBERS.iter().any(|name| members.contains_key(*name)) {
            return Err(UnusableKey::Private);
        }
        let kind = kind(members)?;
        let key = match kind {
            KeyKind::Secret => return Err(UnusableKey::Secret),
            KeyKind::Rsa => Self::rsa(&bytes(members, "n")?, &bytes(members, "e")?),
            KeyKind::P256 | KeyKind::P384 => {
                Self::elliptic(kind, &bytes(members, "x")?, &bytes(members, "y")?)
            }
            KeyKind::Ed25519 => Self::ed25519(&bytes(members, "x")?),
        }?;
        check_purpose(members)?;
        let key = match text(members, "kid")? {
            None => key,
            Some(kid) if is_kid(kid) => key.with_kid(kid.to_owned()),
            Some(_) => return Err(UnusableKey::NoKid),
        };
        match text(members, "alg")? {
            None => Ok(key),
            Some(name) => {
                let algorithm = name.parse().map_err(|_| UnusableKey::NotForSignatures)?;
                key.with_algorithm(algorithm)
            }
        }
    }
}

impl PublicKey {
    /// The key as a JWK for signatures, which [`PublicKey::from_jwk`] reads again.
    pub fn to_jwk(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |name: &str, text: String| {
            members.insert(name.to_owned(), Value::String(text));
        };
        for (name, text) in self.jwk_members() {
            put(name, text);
        }
        put("use", "sig".to_owned());
        if let Some(kid) = self.kid() {
            put("kid", kid.to_owned());
        }
        if let Some(algorithm) = self.algorithm() {
            put("alg", algorithm.name().to_owned());
        }
        members
    }
}

fn kind(members: &Map<String, Value>) -> Result<KeyKind, UnusableKey> {
    let curve = text(members, "crv")?;
    match (text(members, "kty")?, curve) {
        (Some("oct"), _) => Ok(KeyKind::Secret),
        (Some("RSA"), _) => Ok(KeyKind::Rsa),
        (Some("EC"), Some("P-256")) => Ok(KeyKind::P256),
        (Some("EC"), Some("P-384")) => Ok(KeyKind::P384),
        (Some("OKP"), Some("Ed25519")) => Ok(KeyKind::Ed25519),
        _ => Err(UnusableKey::UnknownKind),
    }
}

/// `use` is `sig`, and `key_ops` has `verify`, where they are there (RFC 7517 §4.2, §4.3).
fn check_purpose(members: &Map<String, Value>) -> Result<(), UnusableKey> {
    let verifies = match members.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|one| one == "verify"),
        Some(_) => return Err(UnusableKey::Malformed),
    };
    match text(members, "use")? {
        None | Some("sig") if verifies => Ok(()),
        _ => Err(UnusableKey::NotForSignatures),
    }
}

/// A member that is a text; malformed is never "absent".
fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, UnusableKey> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(UnusableKey::Malformed),
    }
}

fn bytes(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, UnusableKey> {
    let text = text(members, name)?.ok_or(UnusableKey::Malformed)?;
    encoding::decode(text).ok_or(UnusableKey::Malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 8037, appendix A.2.
    fn ed25519() -> Value {
        json!({
            "kty": "OKP", "crv": "Ed25519", "kid": "k",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        })
    }

    /// RFC 7517, appendix A.1.
    fn p256() -> Value {
        json!({
            "kty": "EC", "crv": "P-256", "kid": "k",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        })
    }

    fn read(mut jwk: Value, changes: Value) -> Result<PublicKey, UnusableKey> {
        if let (Value::Object(members), Value::Object(changes)) = (&mut jwk, changes) {
            for (name, value) in changes {
                if value.is_null() {
                    members.remove(&name);
                } else {
                    members.insert(name, value);
                }
            }
        }
        PublicKey::from_jwk(jwk.as_object().unwrap())
    }

    #[test]
    fn a_key_for_signatures_is_read() {
        for changes in [
            json!({}),
            json!({"use": "sig"}),
            json!({"alg": "EdDSA"}),
            json!({"key_ops": ["verify"]}),
            json!({"key_ops": ["sign", "verify"], "use": "sig", "alg": "EdDSA"}),
            json!({"x5c": ["AAAA"], "x5u": "https://a.example", "ext": true}),
        ] {
            assert!(read(ed25519(), changes.clone()).is_ok(), "{changes}");
        }
        assert!(read(p256(), json!({"alg": "ES256"})).is_ok());
    }

    #[test]
    fn a_set_of_more_than_a_hundred_keys_is_none() {
        let set = |count: usize| json!({ "keys": vec![ed25519(); count] }).to_string();
        assert_eq!(JwkSet::read(set(MAX_KEYS).as_bytes()).unwrap().keys.len(), MAX_KEYS);
        let error = JwkSet::read(set(MAX_KEYS + 1).as_bytes()).unwrap_err();
        assert!(matches!(error, JwkSetError::TooManyKeys), "{error}");
    }

    #[test]
    fn everything_else_has_a_reason() {
        let long = "k".repeat(257);
        for (changes, reason) in [
            (json!({"kid": ""}), UnusableKey::NoKid),
            (json!({"kid": "a\nb"}), UnusableKey::NoKid),
            (json!({ "kid": long }), UnusableKey::NoKid),
            (json!({"kid": 7}), UnusableKey::Malformed),
            (json!({"use": "enc"}), UnusableKey::NotForSignatures),
            (json!({"use": 1}), UnusableKey::Malformed),
            (json!({"key_ops": ["encrypt"]}), UnusableKey::NotForSignatures),
            (json!({"key_ops": []}), UnusableKey::NotForSignatures),
            (json!({"key_ops": "verify"}), UnusableKey::Malformed),
            (json!({"alg": "ES256"}), UnusableKey::NotForSignatures),
            (json!({"alg": "HS256"}), UnusableKey::NotForSignatures),
            (json!({"alg": "none"}), UnusableKey::NotForSignatures),
            (json!({"alg": ["EdDSA"]}), UnusableKey::Malformed),
            (json!({"d": "AAAA"}), UnusableKey::Private),
            (json!({"kty": "oct", "k": "AAAA"}), UnusableKey::Secret),
            (json!({"kty": "okp"}), UnusableKey::UnknownKind),
            (json!({"kty": null}), UnusableKey::UnknownKind),
            (json!({"crv": "X25519"}), UnusableKey::UnknownKind),
            (json!({"crv": "Ed448"}), UnusableKey::UnknownKind),
            (json!({"kty": "EC", "crv": "P-521"}), UnusableKey::UnknownKind),
            (json!({"kty": "EC", "crv": "secp256k1"}), UnusableKey::UnknownKind),
            (json!({"x": null}), UnusableKey::Malformed),
            (json!({"x": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo"}), UnusableKey::Malformed),
            (json!({"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="}), UnusableKey::Malformed),
        ] {
            assert_eq!(read(ed25519(), changes.clone()).err(), Some(reason), "{changes}");
        }
        for name in PRIVATE_MEMBERS {
            let private = read(p256(), json!({ name: "AAAA" }));
            assert_eq!(private.err(), Some(UnusableKey::Private), "{name}");
        }
        assert_eq!(read(p256(), json!({"crv": "P-384"})).err(), Some(UnusableKey::Malformed));
    }

    #[test]
    fn a_broken_key_does_not_spoil_its_neighbours() {
        let mut unnamed = p256();
        unnamed.as_object_mut().unwrap().remove("kid");
        let set = [json!(null), json!(7), json!({"kty": "oct"}), ed25519(), unnamed, p256()];
        let set = json!({"keys": set, "more": {}});
        let set = JwkSet::read(set.to_string().as_bytes()).unwrap();
        assert_eq!(set.keys.len(), 2);
        assert_eq!(
            set.left_out,
            [
                UnusableKey::NotAnObject,
                UnusableKey::NotAnObject,
                UnusableKey::Secret,
                UnusableKey::NoKid
            ]
        );
    }

    #[test]
    fn what_is_no_set_is_an_error() {
        let many = json!({"keys": vec![Value::Null; MAX_KEYS + 1]}).to_string();
        for text in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"keys":null}"#,
            r#"{"keys":{}}"#,
            r#"{"keys":[],"keys":[]}"#,
            r#"{"keys":[]"#,
            "<html></html>",
            many.as_str(),
        ] {
            assert!(JwkSet::read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(JwkSet::read(br#"{"keys":[]}"#).unwrap().keys.is_empty());
    }
}
