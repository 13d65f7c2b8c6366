//! What callers get, by example; `tests/properties.rs` has it for any.

use auth::Algorithms;
use serde_json::json;

use super::*;
use crate::Policy;

const POLICY: &str = r"
clients:
  - id: shop
    secret: 0123456789abcdef
    claims: {tenant_id: 7, u: {id: 42}}
    allowed:
      role: [viewer, editor]
      level: [1]
      u2: [{a: 1}]
      https://app/claims: [x]
    lifetime: 15m
    max_lifetime: 1h
issuers:
  - issuer: https://login.example.com/
    claims:
      sub: {from_token: sub}
      tier: gold
      u:
        id: {from_token: sub}
        tenant: {from_token: [https://example.com/claims, tenant]}
        department: {from_attribute: custom:department}
      https://app/claims: {groups: {from_groups: true}, from: [token, pool]}
      absent: {from_token: [sub, deeper]}
    audience: [one, two]
";

fn demands() -> auth::Policy {
    auth::Policy::new(Algorithms::of_shared_secrets())
}

fn policy() -> Policy {
    Policy::read(POLICY).unwrap()
}

fn of_client(chosen: Value) -> Result<Value, Refusal> {
    let grant = &policy().clients[0].grant;
    let chosen = serde_json::from_value(chosen).unwrap();
    grant.claims(&Caller::default(), chosen, &demands()).map(Value::Object)
}

#[test]
fn fixed_claims_and_allowed_choices_are_granted() {
    let granted = of_client(json!({"role": "editor", "u2": {"a": 1}})).unwrap();
    let expected = json!({"tenant_id": 7, "u": {"id": 42}, "role": "editor", "u2": {"a": 1}});
    assert_eq!(granted, expected);
    assert_eq!(of_client(json!({})).unwrap(), json!({"tenant_id": 7, "u": {"id": 42}}));
}

/// T-02
#[test]
fn a_reserved_claim_is_named() {
    let reserved = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub", "u", "token_use", "scope"];
    for name in reserved {
        let refused = of_client(json!({ name: "viewer" }));
        assert_eq!(refused, Err(Refusal::Reserved(name.to_owned())));
    }
    let mut demands = demands();
    demands.claims_namespace = Some("https://app/claims".to_owned());
    let chosen = serde_json::from_value(json!({"https://app/claims": "x"})).unwrap();
    let refused = policy().clients[0].grant.claims(&Caller::default(), chosen, &demands);
    assert_eq!(refused, Err(Refusal::Reserved("https://app/claims".to_owned())));
}

/// T-03
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
        json!({"role": "viewer", "admin": true}),
    ] {
        assert_eq!(of_client(chosen.clone()), Err(Refusal::NotAllowed), "{chosen}");
    }
}

#[test]
fn claims_are_copied_from_where_the_policy_says_and_nowhere_else() {
    let policy = policy();
    let grant = &policy.provider("https://login.example.com/").unwrap().grant;
    assert!(grant.needs_attributes() && grant.needs_groups());
    let token = VerifiedClaims::for_test(
        serde_json::from_value(json!({
            "sub": "alice", "tier": "platinum", "role": "admin",
            "https://example.com/claims": {"tenant": 7, "admin": true},
            "u": {"id": 1}, "department": "all",
        }))
        .unwrap(),
    );
    let attributes = BTreeMap::from([
        ("custom:department".to_owned(), "sales".to_owned()),
        ("email".to_owned(), "a@example.com".to_owned()),
    ]);
    let groups = ["readers".to_owned()];
    let caller =
        Caller { token: Some(&token), attributes: Some(&attributes), groups: Some(&groups) };
    let granted = grant.claims(&caller, Map::new(), &demands()).unwrap();
    let expected = json!({
        "sub": "alice", "tier": "gold",
        "u": {"id": "alice", "tenant": 7, "department": "sales"},
        "https://app/claims": {"groups": ["readers"], "from": ["token", "pool"]},
        "aud": ["one", "two"],
    });
    assert_eq!(Value::Object(granted), expected);
    let nobody = grant.claims(&Caller::default(), Map::new(), &demands()).unwrap();
    let expected = json!({
        "tier": "gold", "u": {}, "https://app/claims": {"from": ["token", "pool"]},
        "aud": ["one", "two"],
    });
    assert_eq!(Value::Object(nobody), expected);
}

#[test]
fn what_the_verifier_demands_is_written_last() {
    let demands = auth::Policy {
        issuers: vec!["https://tokens/".to_owned(), "other".to_owned()],
        audiences: vec!["api".to_owned()],
        ..demands()
    };
    let policy = policy();
    let of_client = policy.clients[0].grant.claims(&Caller::default(), Map::new(), &demands);
    let granted = of_client.unwrap();
    assert_eq!((&granted["iss"], &granted["aud"]), (&json!("https://tokens/"), &json!("api")));
    assert!(!granted.contains_key("sub"));
    let grant = &policy.providers[0].grant;
    let granted = grant.claims(&Caller::default(), Map::new(), &demands).unwrap();
    assert_eq!(granted["aud"], json!(["one", "two"]), "the policy's audience wins");
    assert_eq!(grant.check_audience("two", &demands), Ok(()));
    for (grant, asked) in [(grant, "api"), (grant, ""), (&policy.clients[0].grant, "one")] {
        assert_eq!(grant.check_audience(asked, &demands), Err(Refusal::WrongAudience), "{asked}");
    }
    let demands = auth::Policy { subject: Some("me".to_owned()), ..demands };
    let granted = grant.claims(&Caller::default(), Map::new(), &demands).unwrap();
    assert_eq!(granted["sub"], "me");
}

/// T-04
#[test]
fn a_life_time_is_whole_seconds_within_the_policys_bounds() {
    let policy = policy();
    let (client, provider) = (&policy.clients[0].grant, &policy.providers[0].grant);
    let of = |grant: &Grant, asked: Option<Value>, left_s| {
        grant.lifetime_s(asked.as_ref(), left_s, &demands())
    };
    assert_eq!(of(client, None, None), Ok(900));
    assert_eq!(of(client, Some(json!(3_600)), None), Ok(3_600));
    assert_eq!(of(provider, None, None), Ok(3_600));
    assert_eq!(of(provider, Some(json!(86_400)), None), Ok(86_400));
    for bad in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("900"),
        json!(3_601),
        json!(1e9),
        json!(1e18),
        json!(true),
        json!(null),
        json!([900]),
        json!({}),
    ] {
        let refused = of(client, Some(bad.clone()), None);
        assert_eq!(refused, Err(Refusal::BadLifetime { max_s: 3_600 }), "{bad}");
    }
    let demands = auth::Policy { max_token_life_s: Some(5), ..demands() };
    assert_eq!(client.lifetime_s(None, None, &demands), Ok(5));
    let refused = client.lifetime_s(Some(&json!(6)), None, &demands);
    assert_eq!(refused, Err(Refusal::BadLifetime { max_s: 5 }));
}

#[test]
fn a_token_ends_no_later_than_the_one_it_was_given_for() {
    let policy = policy();
    let grant = &policy.providers[0].grant;
    for (asked, left_s, expected) in [
        (None, Some(60), Ok(60)),
        (Some(json!(30)), Some(60), Ok(30)),
        (Some(json!(90)), Some(60), Ok(60)),
        (None, Some(u64::MAX), Ok(3_600)),
        (None, Some(0), Err(Refusal::Ended)),
    ] {
        assert_eq!(grant.lifetime_s(asked.as_ref(), left_s, &demands()), expected);
    }
}
