//! Which claims a client gets.

use auth::Policy;
use keys::Client;
use serde_json::{Map, Value};

use crate::token::error::Error;

/// Claims that no caller chooses, whatever list they are on: they say who issued the token, to whom,
/// for how long, or stand for the whole security context.
const RESERVED: [&str; 10] =
    ["iss", "aud", "exp", "nbf", "iat", "jti", "sub", "u", "token_use", "scope"];

/// The claims of a token for `client`, which chose `chosen`.
///
/// Every chosen claim must be on the client's list with that very value. What `policy` demands of a
/// token (`iss`, `aud`, `sub`) is written last.
///
/// # Errors
/// [`Error::ReservedClaim`] names the claim; [`Error::ClaimNotAllowed`] does not say which.
pub(super) fn grant(
    client: &Client,
    chosen: Map<String, Value>,
    policy: &Policy,
) -> Result<Map<String, Value>, Error> {
    let namespace = policy.claims_namespace.as_deref();
    let is_reserved = |name: &str| RESERVED.contains(&name) || namespace == Some(name);
    if let Some(name) = chosen.keys().find(|name| is_reserved(name)) {
        return Err(Error::ReservedClaim(name.clone()));
    }
    let mut claims = client.claims.clone();
    for (name, value) in chosen {
        let values = client.allowed.get(&name).ok_or(Error::ClaimNotAllowed)?;
        if !values.contains(&value) {
            return Err(Error::ClaimNotAllowed);
        }
        claims.insert(name, value);
    }
    let demanded = [
        ("iss", policy.issuers.first()),
        ("aud", policy.audiences.first()),
        ("sub", policy.subject.as_ref()),
    ];
    for (name, value) in demanded {
        if let Some(value) = value {
            claims.insert(name.to_owned(), Value::String(value.clone()));
        }
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use auth::Algorithms;
    use serde_json::json;

    use super::*;

    fn client() -> Client {
        let list = json!({"clients": [{
            "id": "shop", "secret": "0123456789abcdef",
            "claims": {"tenant_id": 7, "u": {"id": 42}},
            "allowed": {"role": ["viewer", "editor"], "level": [1], "u2": [{"a": 1}],
                        "https://app/claims": ["x"]},
        }]});
        keys::parse_clients(&list.to_string()).unwrap().remove(0)
    }

    fn policy() -> Policy {
        Policy::new(Algorithms::of_shared_secrets())
    }

    fn grant_of(chosen: Value) -> Result<Value, Error> {
        grant(&client(), serde_json::from_value(chosen).unwrap(), &policy()).map(Value::Object)
    }

    #[test]
    fn fixed_claims_and_allowed_choices_are_granted() {
        let granted = grant_of(json!({"role": "editor", "u2": {"a": 1}})).unwrap();
        let expected = json!({"tenant_id": 7, "u": {"id": 42}, "role": "editor", "u2": {"a": 1}});
        assert_eq!(granted, expected);
        assert_eq!(grant_of(json!({})).unwrap(), json!({"tenant_id": 7, "u": {"id": 42}}));
    }

    #[test]
    fn a_reserved_claim_is_named() {
        for name in RESERVED {
            let error = grant_of(json!({ name: "viewer" })).unwrap_err();
            assert!(matches!(error, Error::ReservedClaim(found) if found == name), "{name}");
        }
        let mut policy = policy();
        policy.claims_namespace = Some("https://app/claims".to_owned());
        let chosen = serde_json::from_value(json!({"https://app/claims": "x"})).unwrap();
        assert!(matches!(grant(&client(), chosen, &policy), Err(Error::ReservedClaim(_))));
    }

    #[test]
    fn nothing_else_can_be_had() {
        for chosen in [
            json!({"role": "admin"}),
            json!({"role": ["viewer"]}),
            json!({"role": {"viewer": true}}),
            json!({"role": null}),
            json!({"Role": "viewer"}),
            json!({"rоle": "viewer"}),
            json!({"tenant_id": 8}),
            json!({"tenant_id": 7}),
            json!({"level": 1.0}),
            json!({"level": "1"}),
            json!({"u2": {"a": 1, "b": 2}}),
            json!({"__proto__": {"role": "admin"}}),
            json!({"constructor": "x"}),
            json!({"": ""}),
        ] {
            let refused = grant_of(chosen.clone());
            assert!(matches!(refused, Err(Error::ClaimNotAllowed)), "{chosen}");
        }
    }

    #[test]
    fn what_the_verifier_demands_is_written() {
        let mut policy = policy();
        policy.issuers = vec!["https://tokens/".to_owned(), "other".to_owned()];
        policy.audiences = vec!["api".to_owned()];
        let granted = grant(&client(), Map::new(), &policy).unwrap();
        assert_eq!(granted["iss"], "https://tokens/");
        assert_eq!(granted["aud"], "api");
        assert!(!granted.contains_key("sub"));
    }
}
