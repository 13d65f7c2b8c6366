//! Roots, authorities below them, and what they may issue.

use super::*;
use crate::{Fault, Usage, self_signed};

const NOW: Duration = Duration::from_hours(500_000);
const DAY: Duration = Duration::from_hours(24);

fn charter(scopes: &[&str], path_length: Option<u8>) -> Charter {
    let scopes = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
    let name = "Shop authority".to_owned();
    Charter { name, key: KeyType::P256, life: DAY * 365, scopes, path_length }
}

/// One below `authority`, in the line of authorities the first with this letter.
fn one_below(
    authority: &Authority,
    letter: char,
    path_length: Option<u8>,
) -> Result<Authority, Error> {
    let name = format!("Shop authority {letter}");
    authority.intermediate(&Charter { name, ..charter(&[], path_length) }, NOW)
}

fn profile(name: &str, usage: Usage) -> Profile {
    let names = vec![name.parse().unwrap()];
    Profile { names, key: KeyType::P256, usage, life: DAY * 90 }
}

fn root(scopes: &[&str]) -> Authority {
    Authority::root(&charter(scopes, Some(1)), NOW).unwrap()
}

#[test]
fn a_root_and_one_below_it_issue_what_is_trusted_by_the_root_alone() {
    let root = root(&[]);
    let below = one_below(&root, 'A', Some(0)).unwrap();
    assert_eq!(below.root_certificate(), root.root_certificate());
    for (authority, length) in [(&root, 1), (&below, 2)] {
        for usage in [Usage::Server, Usage::Client, Usage::Both] {
            let pair = authority.issue(&profile("shop.example", usage), NOW).unwrap();
            assert_eq!(pair.chain().len(), length);
            let roots = [root.root_certificate().unwrap().clone()];
            check(&pair, &Expected { roots: &roots, ..Expected::default() }, NOW).unwrap();
            let other = [self::root(&[]).root_certificate().unwrap().clone()];
            let refused = check(&pair, &Expected { roots: &other, ..Expected::default() }, NOW);
            refused.unwrap_err();
        }
    }
}

#[test]
fn every_type_of_key_issues() {
    for key in [KeyType::P256, KeyType::P384, KeyType::Rsa2048, KeyType::Ed25519] {
        let root = Authority::root(&Charter { key, ..charter(&[], None) }, NOW).unwrap();
        root.issue(&profile("shop.example", Usage::Both), NOW).unwrap();
        // As it comes back from where it is stored.
        let pair = root.pair();
        let key = pair.key_pem();
        let key = secrecy::ExposeSecret::expose_secret(&key).as_bytes();
        let stored = Pair::read(pair.chain_pem().as_bytes(), key).unwrap();
        let stored = Authority::from_pair(stored).unwrap();
        stored.issue(&profile("shop.example", Usage::Both), NOW).unwrap();
    }
}

#[test]
fn an_authority_keeps_to_its_scopes() {
    for (scopes, good, bad) in [
        (
            &["shop.example"][..],
            &["shop.example", "*.shop.example", "a.b.shop.example"][..],
            &["example", "other.example", "myshop.example", "10.0.0.1", "::1"][..],
        ),
        (&["10.0.0.0/8"], &["10.1.2.3"], &["11.0.0.1", "::1", "shop.example"]),
        (&["fd00::/8", "shop.example"], &["fd12::1", "shop.example"], &["fe80::1", "10.0.0.1"]),
    ] {
        let root = root(scopes);
        let below = one_below(&root, 'A', Some(0)).unwrap();
        for authority in [&root, &below] {
            for name in good {
                authority.issue(&profile(name, Usage::Server), NOW).unwrap();
            }
            for name in bad {
                let error = authority.issue(&profile(name, Usage::Server), NOW).unwrap_err();
                let Error::Unfit(faults) = error else { panic!("{name}: {error}") };
                assert!(faults.iter().eq(&[Fault::NameConstraint]), "{name}: {faults}");
            }
        }
    }
}

#[test]
fn an_authority_may_have_so_many_below_it() {
    let root = root(&[]);
    let below = one_below(&root, 'A', Some(0)).unwrap();
    let refused = one_below(&below, 'B', None).unwrap_err();
    assert_eq!(refused, Error::Authority { reason: "it may have no authority below it" });
    // What it allows more than the root does is of no use.
    let below = one_below(&root, 'A', Some(5)).unwrap();
    let third = one_below(&below, 'B', None).unwrap();
    let error = third.issue(&profile("shop.example", Usage::Server), NOW).unwrap_err();
    let Error::Unfit(faults) = error else { panic!("{error}") };
    assert!(faults.iter().eq(&[Fault::PathLength]), "{faults}");
}

/// C-11
#[test]
fn nothing_outlives_who_issued_it() {
    let root = root(&[]);
    let later = NOW + DAY * 335;
    let pair = root.issue(&profile("shop.example", Usage::Server), later).unwrap();
    let facts = &pair.facts()[0];
    assert_eq!(facts.not_after, root.pair().facts()[0].not_after);
    assert!(crate::due(facts) < facts.not_after.saturating_sub(DAY * 9));
    let error = root.issue(&profile("shop.example", Usage::Server), NOW + DAY * 366).unwrap_err();
    assert_eq!(error, Error::Authority { reason: "it has expired" });
}

#[test]
fn what_is_no_authority_says_why() {
    let leaf = self_signed(&profile("shop.example", Usage::Server), NOW).unwrap();
    let said = Authority::from_pair(leaf).unwrap_err().to_string();
    assert!(said.contains("none of an authority"), "{said}");
    let (one, other) = (root(&[]), root(&[]));
    let key = other.pair().key_pem();
    let key = secrecy::ExposeSecret::expose_secret(&key).as_bytes();
    let mixed = Pair::read(one.pair().chain_pem().as_bytes(), key).unwrap();
    let said = Authority::from_pair(mixed).unwrap_err().to_string();
    assert!(said.contains("not that of its first certificate"), "{said}");
    for charter in [
        Charter { name: " ".into(), ..charter(&[], None) },
        Charter { name: "x".repeat(65), ..charter(&[], None) },
        Charter { name: "a\nb".into(), ..charter(&[], None) },
        Charter { life: Duration::ZERO, ..charter(&[], None) },
        Charter { life: DAY * 11_000, ..charter(&[], None) },
        Charter { life: DAY * 4_000, key: KeyType::Rsa2048, ..charter(&[], None) },
    ] {
        assert!(
            matches!(Authority::root(&charter, NOW), Err(Error::Profile { .. })),
            "{charter:?}"
        );
    }
}

#[test]
fn scopes_are_domains_and_networks() {
    assert_eq!("Shop.example".parse(), Ok(Scope::Domain("shop.example".into())));
    assert_eq!("10.0.0.0/8".parse(), Ok(Scope::Network([10, 0, 0, 0].into(), 8)));
    assert_eq!("::/0".parse(), Ok(Scope::Network([0_u16; 8].into(), 0)));
    for bad in
        ["", "*.shop.example", "10.0.0.1", "10.0.0.0/33", "::/129", "10.0.0.0/", "a/8", "a://b"]
    {
        assert!(bad.parse::<Scope>().is_err(), "{bad}");
    }
}
