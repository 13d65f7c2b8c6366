//! Whatever a caller asks for, it gets what the policy gives and nothing else.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use auth::{Algorithms, Fingerprint, VerifiedClaims};
use issuance::{Caller, Grant, Policy};
use proptest::prelude::{ProptestConfig, prop, prop_oneof};
use proptest::strategy::{Just, Strategy};
use proptest::{prop_assert, prop_assert_eq, proptest};
use serde_json::{Map, Value, json};

const SECRET: &str = "0123456789abcdef";
const NAMESPACE: &str = "https://app/claims";
const SIGNED: [&str; 8] = ["iss", "aud", "exp", "nbf", "iat", "jti", "token_use", "scope"];
const OF_THE_POLICY: [&str; 3] = ["sub", "u", NAMESPACE];

/// Names that a policy and a caller both know, reserved ones, and some that look like them.
fn name() -> impl Strategy<Value = String> {
    let known = ["a", "b", "c", "role", "tenant_id", "A", "rоle", "role ", "__proto__", ""];
    prop_oneof![
        4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => prop::sample::select([&SIGNED[..], &OF_THE_POLICY].concat()).prop_map(str::to_owned),
        1 => "[^\0]{0,6}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        (0..4).prop_map(|number| json!(number)),
        Just(json!(1.0)),
        "[a-c1]{0,2}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn members() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(name(), value(), 0..5)
        .prop_map(|members| members.into_iter().collect())
}

fn lists() -> impl Strategy<Value = BTreeMap<String, Vec<Value>>> {
    prop::collection::btree_map(name(), prop::collection::vec(value(), 0..4), 0..5)
}

/// A policy of one client and one issuer with these claims and lists, as far as they may have them.
fn policy(claims: &Map<String, Value>, lists: &BTreeMap<String, Vec<Value>>) -> Policy {
    let mut claims = claims.clone();
    claims.retain(|name, _| !SIGNED.contains(&name.as_str()));
    let mut lists = lists.clone();
    // What else nobody chooses is a mistake in the text; the namespace is known to the verifier.
    let is_refused = |name: &str| ["sub", "u"].contains(&name) || SIGNED.contains(&name);
    lists.retain(|name, _| !claims.contains_key(name) && !is_refused(name));
    let mut of_issuer = claims.clone();
    of_issuer.insert("copied".to_owned(), json!({"from_token": ["member", "of"]}));
    let text = json!({
        "clients": [{"id": "client", "secret": SECRET, "claims": claims, "allowed": lists}],
        "issuers": [{"issuer": "https://a/", "claims": of_issuer, "allowed": lists}],
    });
    Policy::read(&text.to_string()).unwrap()
}

fn demands() -> auth::Policy {
    auth::Policy {
        issuers: vec!["https://tokens/".to_owned()],
        audiences: vec!["api".to_owned()],
        claims_namespace: Some(NAMESPACE.to_owned()),
        ..auth::Policy::new(Algorithms::of_shared_secrets())
    }
}

fn is_reserved(name: &str) -> bool {
    SIGNED.contains(&name) || OF_THE_POLICY.contains(&name)
}

/// What everybody with this grant gets who chooses nothing, and what there is to choose from.
struct Given<'g> {
    grant: &'g Grant,
    without_choice: Map<String, Value>,
    lists: &'g BTreeMap<String, Vec<Value>>,
}

impl Given<'_> {
    /// Every claim is the one that nobody chose, or a reserved one nowhere, or one of a list.
    fn check(&self, caller: &Caller<'_>, chosen: &Map<String, Value>) -> Result<(), String> {
        let Ok(granted) = self.grant.claims(caller, chosen.clone(), &demands()) else {
            return Ok(());
        };
        for (name, value) in &self.without_choice {
            if granted.get(name) != Some(value) {
                return Err(format!("`{name}` was changed"));
            }
        }
        for (name, value) in &granted {
            let is_given = self.without_choice.contains_key(name);
            let is_listed = self.lists.get(name).is_some_and(|list| list.contains(value));
            let is_chosen = chosen.get(name) == Some(value) && is_listed && !is_reserved(name);
            if !is_given && !is_chosen {
                return Err(format!("`{name}` came from nowhere"));
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_choice_of_a_client_changes_a_claim_it_may_not(
        claims in members(),
        lists in lists(),
        chosen in members(),
    ) {
        let policy = policy(&claims, &lists);
        let client = policy.client("client", Fingerprint::of(SECRET.as_bytes())).unwrap();
        let caller = Caller::default();
        let without_choice = client.grant.claims(&caller, Map::new(), &demands()).unwrap();
        let given = Given { grant: &client.grant, without_choice, lists: &lists };
        prop_assert_eq!(given.check(&caller, &chosen), Ok(()));
    }

    #[test]
    fn no_choice_and_no_token_of_a_user_changes_a_claim_it_may_not(
        claims in members(),
        lists in lists(),
        chosen in members(),
        token in members(),
        copied in value(),
    ) {
        let policy = policy(&claims, &lists);
        let grant = &policy.provider("https://a/").unwrap().grant;
        let mut without = grant.claims(&Caller::default(), Map::new(), &demands()).unwrap();
        prop_assert!(!without.contains_key("copied"));
        // The one claim of the token that the policy copies; all the others count for nothing.
        let mut token = token;
        token.insert("member".to_owned(), json!({"of": copied.clone()}));
        without.insert("copied".to_owned(), copied);
        let token = VerifiedClaims::for_test(token);
        let caller = Caller { token: Some(&token), ..Caller::default() };
        let given = Given { grant, without_choice: without, lists: &lists };
        prop_assert_eq!(given.check(&caller, &chosen), Ok(()));
    }

    #[test]
    fn what_is_on_a_list_is_given(lists in lists(), pick in 0_usize..4) {
        let policy = policy(&Map::new(), &lists);
        let grant = &policy.client("client", Fingerprint::of(SECRET.as_bytes())).unwrap().grant;
        for (name, list) in &lists {
            let Some(value) = list.get(pick) else { continue };
            let chosen = Map::from_iter([(name.clone(), value.clone())]);
            let granted = grant.claims(&Caller::default(), chosen, &demands());
            prop_assert_eq!(granted.is_ok(), !is_reserved(name), "{}", name);
        }
    }

    #[test]
    fn any_text_is_a_policy_or_a_mistake_with_its_place(text in ".{0,200}") {
        if let Err(mistakes) = Policy::read(&text) {
            prop_assert!(!mistakes.0.is_empty());
            prop_assert!(mistakes.0.iter().all(|mistake| mistake.line > 0 && mistake.column > 0));
        }
    }
}
