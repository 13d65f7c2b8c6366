//! C-13: pairs that AWS Certificate Manager would not take.

use super::*;
use crate::issue::{new_key, params};
use crate::{Profile, Usage, self_signed};
use rcgen::{CertificateParams, KeyUsagePurpose};

const NOW: Duration = Duration::from_hours(500_000);
const DAY: Duration = Duration::from_hours(24);

fn profile(key: KeyType, usage: Usage) -> Profile {
    Profile { names: vec!["shop.example".parse().unwrap()], key, usage, life: DAY * 90 }
}

fn pair(key: KeyType, usage: Usage) -> Pair {
    self_signed(&profile(key, usage), NOW).unwrap()
}

fn changed(change: impl Fn(&mut CertificateParams)) -> Pair {
    let mut params = params(&profile(KeyType::P256, Usage::Server), NOW, NOW + DAY).unwrap();
    change(&mut params);
    let key = new_key(KeyType::P256).unwrap();
    Pair::issued(vec![params.self_signed(&key).unwrap().into()], key).unwrap()
}

fn refused(pair: &Pair, imported: Option<&Pair>) -> Unimportable {
    importable(pair, &[], imported.map(|pair| &pair.facts()[0]), NOW).unwrap_err()
}

#[test]
fn what_is_good_is_taken_alone_and_in_the_place_of_its_like() {
    for key in [KeyType::P256, KeyType::P384, KeyType::Rsa2048] {
        let (before, after) = (pair(key, Usage::Server), pair(key, Usage::Server));
        importable(&before, &[], None, NOW).unwrap();
        importable(&after, &[], Some(&before.facts()[0]), NOW).unwrap();
        importable(&pair(key, Usage::Both), &[], Some(&before.facts()[0]), NOW).unwrap();
    }
}

#[test]
fn another_type_or_size_of_key_needs_another_arn() {
    let before = pair(KeyType::Rsa2048, Usage::Server);
    for key in [KeyType::P256, KeyType::Rsa3072] {
        let said = refused(&pair(key, Usage::Server), Some(&before));
        assert!(matches!(said, Unimportable::KeyChanged { .. }), "{said}");
        assert!(said.to_string().contains("under a new one"), "{said}");
    }
    let said = refused(&pair(KeyType::Ed25519, Usage::Server), None);
    assert_eq!(said, Unimportable::Key { key: "Ed25519".into() });
}

#[test]
fn no_usage_is_taken_away() {
    let before = pair(KeyType::P256, Usage::Both);
    let said = refused(&pair(KeyType::P256, Usage::Server), Some(&before));
    assert_eq!(said, Unimportable::UsageRemoved { usage: "client authentication".into() });
    let before = changed(|params| params.key_usages.push(KeyUsagePurpose::KeyAgreement));
    let after = pair(KeyType::P256, Usage::Server);
    assert!(matches!(refused(&after, Some(&before)), Unimportable::UsageRemoved { .. }));
    let silent = changed(|params| params.key_usages.clear());
    assert!(matches!(refused(&silent, Some(&after)), Unimportable::UsageRemoved { .. }));
    importable(&after, &[], Some(&silent.facts()[0]), NOW).unwrap();
}

#[test]
fn what_is_not_good_is_not_sent() {
    let good = pair(KeyType::P256, Usage::Server);
    let at = |now| importable(&good, &[], None, now).unwrap_err();
    assert!(matches!(at(NOW + DAY * 91), Unimportable::Faulty(_)));
    assert!(matches!(at(NOW.saturating_sub(DAY)), Unimportable::Faulty(_)));
    let other = pair(KeyType::P256, Usage::Server);
    let key = other.key_pem();
    let mixed = Pair::read(good.chain_pem().as_bytes(), key.expose_secret().as_bytes()).unwrap();
    assert!(matches!(refused(&mixed, None), Unimportable::Faulty(_)));
    let chain = format!("{}{}", good.chain_pem(), other.chain_pem());
    let unlinked = Pair::read(chain.as_bytes(), good.key_pem().expose_secret().as_bytes()).unwrap();
    assert!(matches!(refused(&unlinked, None), Unimportable::Faulty(_)));
}

#[test]
fn what_is_larger_than_it_takes_is_not_sent() {
    let many = changed(|params| {
        let name = |number: usize| format!("{number}.{}.example", "a".repeat(60));
        params.subject_alt_names =
            (0..500).map(|n| rcgen::SanType::DnsName(name(n).try_into().unwrap())).collect();
    });
    let said = refused(&many, None);
    assert!(matches!(said, Unimportable::TooLarge { part: "certificate", .. }), "{said}");
    fits(32_768, 2_097_152, 5_120).unwrap();
    for (sizes, large) in
        [((32_769, 0, 0), "certificate"), ((0, 2_097_153, 0), "chain"), ((0, 0, 5_121), "key")]
    {
        let said = fits(sizes.0, sizes.1, sizes.2).unwrap_err();
        assert!(matches!(said, Unimportable::TooLarge { part, .. } if part == large), "{said}");
    }
    // The largest key that we make fits.
    importable(&pair(KeyType::Rsa4096, Usage::Server), &[], None, NOW).unwrap();
}
