//! Certificates that sign themselves.

use std::collections::HashSet;

use super::*;
use crate::{Expected, PublicKey, Usage, check};

const NOW: Duration = Duration::from_hours(500_000);
const DAY: Duration = Duration::from_hours(24);

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn profile(key: KeyType, usage: Usage) -> Profile {
    let names =
        names(&["shop.example", "*.shop.example", "127.0.0.1", "::1", "spiffe://example/shop"]);
    Profile { names, key, usage, life: DAY * 2 }.validated().unwrap()
}

#[test]
fn a_certificate_says_what_was_asked_for_and_is_good() {
    for key in KeyType::ALL {
        // RSA keys take their time.
        let all = [Usage::Server, Usage::Client, Usage::Both];
        let is_quick = matches!(key, KeyType::P256 | KeyType::P384 | KeyType::Ed25519);
        for usage in all.into_iter().take(if is_quick { 3 } else { 1 }) {
            let profile = profile(key, usage);
            let pair = self_signed(&profile, NOW).unwrap();
            let facts = &pair.facts()[0];
            assert_eq!(facts.names, profile.names);
            assert_eq!(facts.key, PublicKey::Known(key));
            assert_eq!(facts.usage, Some(usage));
            assert!(facts.is_self_issued() && !facts.is_authority);
            assert_eq!(facts.not_before, NOW.saturating_sub(Duration::from_mins(5)));
            assert_eq!(facts.not_after, NOW + DAY * 2);
            let asked = names(&["shop.example", "www.shop.example", "::1"]);
            let expected = Expected { names: &asked, usage: Some(usage), roots: pair.chain() };
            check(&pair, &expected, NOW).unwrap();
        }
    }
}

/// C-18
#[test]
fn every_certificate_has_a_key_and_a_serial_of_its_own() {
    let profile = profile(KeyType::P256, Usage::Server);
    let (mut serials, mut keys) = (HashSet::new(), HashSet::new());
    for _ in 0..100 {
        let pair = self_signed(&profile, NOW).unwrap();
        let facts = &pair.facts()[0];
        // 16 bytes; one more where the first bit would make the number negative.
        assert!(facts.serial.len() <= 34, "{}", facts.serial);
        assert!(serials.insert(facts.serial.clone()) && keys.insert(facts.public_key.clone()));
    }
    assert!(serials.iter().any(|serial| serial.len() >= 32));
}

/// C-10
#[test]
fn a_clock_that_cannot_be_right_issues_nothing() {
    let profile = profile(KeyType::P256, Usage::Server);
    let years = |years: u32| DAY * 365 * years;
    for now in [Duration::ZERO, years(10), years(55), years(9_000), Duration::MAX] {
        assert!(matches!(self_signed(&profile, now), Err(Error::Clock { .. })), "{now:?}");
    }
    // 2028-02-29, from a second before midnight on.
    let leap_day = Duration::from_secs(1_835_481_599);
    let facts = self_signed(&profile, leap_day).unwrap().facts()[0].clone();
    assert_eq!(text_of(facts.not_before), "2028-02-29T23:54:59Z");
    assert_eq!(text_of(facts.not_after), "2028-03-02T23:59:59Z");
    // 2050 is where certificates change the way they write times.
    let profile = Profile { life: DAY * 3_650, ..profile };
    let facts = self_signed(&profile, years(75)).unwrap().facts()[0].clone();
    assert_eq!(facts.not_after, years(75) + DAY * 3_650);
}

#[test]
fn a_profile_that_cannot_be_is_refused() {
    let profile = profile(KeyType::P256, Usage::Server);
    let nobody = Profile { names: vec![], ..profile.clone() };
    assert!(matches!(self_signed(&nobody, NOW), Err(Error::Profile { .. })));
    let long = Profile { life: DAY * 4_000, ..profile };
    assert!(matches!(self_signed(&long, NOW), Err(Error::Profile { .. })));
}

#[test]
fn names_too_long_for_a_common_name_are_no_hindrance() {
    let long = format!("{}.{}.example", "a".repeat(60), "b".repeat(60));
    let profile = Profile::server(names(&[&long]), DAY).unwrap();
    let pair = self_signed(&profile, NOW).unwrap();
    assert_eq!(pair.facts()[0].subject, "");
    check(&pair, &Expected { names: &profile.names, ..Expected::default() }, NOW).unwrap();
}

#[test]
fn a_request_is_answered_by_an_authority_that_never_sees_the_key() {
    use rcgen::{CertificateSigningRequestParams, Issuer, KeyPair};

    for key in [KeyType::P256, KeyType::Rsa2048, KeyType::Ed25519] {
        let profile = profile(key, Usage::Both);
        let request = Request::new(&profile).unwrap();
        let asked = CertificateSigningRequestParams::from_pem(&request.pem).unwrap();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let root = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let mut params = asked;
        params.params.not_before = moment(NOW).unwrap();
        params.params.not_after = moment(NOW + DAY).unwrap();
        let answer = params.signed_by(&issuer).unwrap();
        let stranger = Request::new(&profile).unwrap();
        let pair = request.answered(answer.pem().as_bytes()).unwrap();
        let roots = [root.der().clone()];
        let expected = Expected { names: &profile.names, usage: Some(Usage::Both), roots: &roots };
        check(&pair, &expected, NOW).unwrap();
        // Somebody else's answer.
        let pair = stranger.answered(answer.pem().as_bytes()).unwrap();
        assert!(!pair.is_matched());
    }
    let request = Request::new(&profile(KeyType::P256, Usage::Server)).unwrap();
    assert!(!format!("{request:?}").contains("PRIVATE"));
    request.answered(b"nothing").unwrap_err();
}
