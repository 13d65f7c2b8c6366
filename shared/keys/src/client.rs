//! Who may ask for tokens, and with which claims.

use std::collections::BTreeMap;

use auth::{Fingerprint, MAX_DEPTH, read_object};
use serde_json::{Map, Value};

use crate::KeyError;

/// Claims that the issuer alone writes, whatever a client is given.
const WRITTEN_BY_THE_ISSUER: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];

/// The fewest bytes of a client secret, which nobody types: 128 bits need 16 even as raw bytes.
const MIN_SECRET_BYTES: usize = 16;

/// A client of the token function. Its secret is held as a hash only.
#[derive(Debug, Clone)]
pub struct Client {
    /// The name it gives.
    pub id: String,
    /// SHA-256 of the secret it shows.
    pub secret: Fingerprint,
    /// Claims of every token it gets.
    pub claims: Map<String, Value>,
    /// Claims it may choose, each from its list of values.
    pub allowed: BTreeMap<String, Vec<Value>>,
}

/// Reads a list of clients:
///
/// ```json
/// {"clients": [{"id": "shop", "secret": "...", "claims": {"tenant_id": 7},
///               "allowed": {"user_id": [1, 2]}}]}
/// ```
///
/// `secret_sha256`, 64 hex digits, may stand in for `secret`; `claims` and `allowed` may be absent.
///
/// # Errors
/// [`KeyError::Clients`] for the first mistake, without names or values.
pub fn parse_clients(text: &str) -> Result<Vec<Client>, KeyError> {
    let mut members = read_object(text.as_bytes(), MAX_DEPTH)
        .map_err(|_| refused("it is not a JSON object of unique members"))?;
    let Some(Value::Array(entries)) = members.remove("clients") else {
        return Err(refused("it has no list `clients`"));
    };
    if !members.is_empty() {
        return Err(refused("it has members besides `clients`"));
    }
    let mut clients: Vec<Client> = Vec::with_capacity(entries.len());
    for entry in entries {
        let Value::Object(entry) = entry else {
            return Err(refused("a client is not an object"));
        };
        let client = parse_client(entry)?;
        if clients.iter().any(|known| known.id == client.id) {
            return Err(refused("two clients have the same `id`"));
        }
        clients.push(client);
    }
    Ok(clients)
}

fn parse_client(mut entry: Map<String, Value>) -> Result<Client, KeyError> {
    let id = match entry.remove("id") {
        // A colon would end the name in `Authorization: Basic` (RFC 7617 §2).
        Some(Value::String(id)) if !id.is_empty() && !id.contains(':') => id,
        _ => return Err(refused("an `id` is missing, empty or has a colon")),
    };
    let secret = match (entry.remove("secret"), entry.remove("secret_sha256")) {
        (Some(Value::String(secret)), None) if secret.len() >= MIN_SECRET_BYTES => {
            Fingerprint::of(secret.as_bytes())
        }
        (None, Some(Value::String(hash))) => Fingerprint::from_hex(&hash)
            .ok_or_else(|| refused("a `secret_sha256` is not 64 hex digits"))?,
        (Some(_), None) => return Err(refused("a `secret` has less than 16 characters")),
        _ => return Err(refused("a client needs one of `secret` and `secret_sha256`")),
    };
    let claims = object(entry.remove("claims"))?;
    let mut allowed = BTreeMap::new();
    for (name, values) in object(entry.remove("allowed"))? {
        let Value::Array(values) = values else {
            return Err(refused("`allowed` is not an object of lists"));
        };
        if claims.contains_key(&name) {
            return Err(refused("a claim is both fixed and to choose"));
        }
        allowed.insert(name, values);
    }
    if !entry.is_empty() {
        return Err(refused("a client has a member that is not known"));
    }
    let mut names = claims.keys().chain(allowed.keys());
    if names.any(|name| WRITTEN_BY_THE_ISSUER.contains(&name.as_str())) {
        return Err(refused("a client has a claim that the issuer alone writes"));
    }
    Ok(Client { id, secret, claims, allowed })
}

fn object(member: Option<Value>) -> Result<Map<String, Value>, KeyError> {
    match member {
        None => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(refused("`claims` or `allowed` is not an object")),
    }
}

fn refused(reason: &'static str) -> KeyError {
    KeyError::Clients { reason }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "0123456789abcdef";

    fn parse(entries: &Value) -> Result<Vec<Client>, KeyError> {
        parse_clients(&json!({ "clients": entries }).to_string())
    }

    #[test]
    fn a_secret_may_be_given_as_its_hash() {
        let hash = "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";
        let clients = parse(&json!([
            {"id": "a", "secret": SECRET, "claims": {"role": "x"}, "allowed": {"n": [1, 2]}},
            {"id": "b", "secret_sha256": hash},
        ]));
        let clients = clients.unwrap();
        assert_eq!(clients[0].secret, clients[1].secret);
        assert_eq!(clients[0].allowed["n"], [json!(1), json!(2)]);
        assert!(clients[1].claims.is_empty() && clients[1].allowed.is_empty());
    }

    #[test]
    fn every_mistake_is_refused_without_values() {
        for entry in [
            json!("a"),
            json!({"secret": SECRET}),
            json!({"id": "", "secret": SECRET}),
            json!({"id": "a:b", "secret": SECRET}),
            json!({"id": "a"}),
            json!({"id": "a", "secret": "hunter2"}),
            json!({"id": "a", "secret": 1}),
            json!({"id": "a", "secret_sha256": "12"}),
            json!({"id": "a", "secret": SECRET, "secret_sha256": "12"}),
            json!({"id": "a", "secret": SECRET, "claims": []}),
            json!({"id": "a", "secret": SECRET, "claims": {"exp": 1}}),
            json!({"id": "a", "secret": SECRET, "allowed": {"iss": ["x"]}}),
            json!({"id": "a", "secret": SECRET, "allowed": {"n": 1}}),
            json!({"id": "a", "secret": SECRET, "claims": {"n": 1}, "allowed": {"n": [1]}}),
            json!({"id": "a", "secret": SECRET, "claim": {}}),
        ] {
            let error = parse(&json!([entry])).unwrap_err();
            assert!(matches!(error, KeyError::Clients { .. }), "{entry}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
        let twice = json!([{"id": "a", "secret": SECRET}, {"id": "a", "secret": SECRET}]);
        assert!(parse(&twice).is_err());
        for text in ["", "[]", "{}", r#"{"clients":{}}"#, r#"{"clients":[],"x":1}"#] {
            assert!(parse_clients(text).is_err(), "{text}");
        }
    }
}
