//! Any claims survive signing and verifying; any change of the token is refused.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use auth::{
    Algorithms, HmacKey, KeySet, Lifetime, Policy, SecurityContext, Stage, bearer_token, mint,
    read_object, verify,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value};

const NOW: u64 = 1_800_000_000;

fn json(levels: u32) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(levels, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn claims() -> impl Strategy<Value = Map<String, Value>> {
    // The claims that have a meaning of their own are left to the unit tests.
    let name = any::<String>()
        .prop_filter("registered", |name| !["nbf", "sub", "u", "aud"].contains(&name.as_str()));
    btree_map(name, json(3), 0..6).prop_map(|members| members.into_iter().collect())
}

fn verifier(secret: &[u8]) -> (KeySet, Policy) {
    let policy = Policy::new(Algorithms::of_shared_secrets());
    let key = HmacKey::new(secret, Stage::Current);
    (KeySet::new(vec![key], &policy.algorithms).unwrap(), policy)
}

fn minted(keys: &KeySet, policy: &Policy, claims: Map<String, Value>) -> String {
    let key = keys.signing_key(&policy.algorithms, NOW).unwrap();
    mint(claims, &key, NOW, Lifetime::Seconds(60)).unwrap()
}

proptest! {
    #[test]
    fn what_was_signed_is_what_is_verified(
        claims in claims(),
        secret in vec(any::<u8>(), 64..100),
    ) {
        let (keys, policy) = verifier(&secret);
        let token = minted(&keys, &policy, claims.clone());
        let verified = verify(&token, &keys, &policy, NOW).unwrap();
        let context = SecurityContext::from_verified(verified, &policy).unwrap();
        for (name, value) in claims {
            if !["iat", "exp", "jti"].contains(&name.as_str()) {
                prop_assert_eq!(context.claim(&[name]), Some(&value));
            }
        }
    }

    #[test]
    fn one_changed_byte_is_refused(claims in claims(), at in any::<usize>(), to in 0x21_u8..0x7f) {
        let (keys, policy) = verifier(&[7; 64]);
        let mut token = minted(&keys, &policy, claims).into_bytes();
        let at = at % token.len();
        prop_assume!(token[at] != to);
        token[at] = to;
        let token = String::from_utf8(token).unwrap();
        prop_assert!(verify(&token, &keys, &policy, NOW).is_err());
    }

    #[test]
    fn one_missing_byte_is_refused(claims in claims(), at in any::<usize>()) {
        let (keys, policy) = verifier(&[7; 64]);
        let mut token = minted(&keys, &policy, claims);
        token.remove(at % token.len());
        prop_assert!(verify(&token, &keys, &policy, NOW).is_err());
    }

    #[test]
    fn another_secret_verifies_nothing(claims in claims(), at in 0_usize..64) {
        let (keys, policy) = verifier(&[7; 64]);
        let token = minted(&keys, &policy, claims);
        let mut other = [7; 64];
        other[at] = 8;
        let (others, policy) = verifier(&other);
        prop_assert!(verify(&token, &others, &policy, NOW).is_err());
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in any::<String>(), bytes in vec(any::<u8>(), 0..99)) {
        let (keys, policy) = verifier(&[7; 64]);
        prop_assert!(verify(&text, &keys, &policy, NOW).is_err());
        let _ = bearer_token(Some(&bytes));
        let _ = read_object(&bytes, 32);
    }
}
