//! One root takes over from another.

use super::*;
use crate::{Authority, Charter, Expected, KeyType, Profile, Usage, check, read_certificates};

const NOW: Duration = Duration::from_hours(500_000);
const DAY: Duration = Duration::from_hours(24);
const OVERLAP: Duration = Duration::from_hours(24 * 90);

fn root(life: Duration) -> Authority {
    let name = "Shop root".to_owned();
    let charter = Charter { name, key: KeyType::P256, life, scopes: vec![], path_length: None };
    Authority::root(&charter, NOW).unwrap()
}

fn der(authority: &Authority) -> CertificateDer<'static> {
    authority.root_certificate().unwrap().clone()
}

/// C-16
#[test]
fn clients_of_either_root_are_trusted_until_the_last_of_the_old_one_is_over() {
    let (old, new) = (root(DAY * 3_650), root(DAY * 3_650));
    let names = vec!["spiffe://example/client".parse().unwrap()];
    let profile = Profile { names, key: KeyType::P256, usage: Usage::Client, life: OVERLAP };
    let (of_old, of_new) = (old.issue(&profile, NOW).unwrap(), new.issue(&profile, NOW).unwrap());
    let second = Duration::from_secs(1);
    let at = |now| {
        let text = bundle(&der(&new), &[der(&old)], NOW, OVERLAP, now).unwrap();
        let roots = read_certificates(text.as_bytes()).unwrap();
        let expected = Expected { roots: &roots, ..Expected::default() };
        [&of_old, &of_new].map(|pair| check(pair, &expected, NOW).is_ok())
    };
    assert_eq!(at(NOW), [true, true]);
    assert_eq!(at((NOW + OVERLAP).saturating_sub(second)), [true, true]);
    assert_eq!(at(NOW + OVERLAP), [false, true]);
}

#[test]
fn the_same_roots_make_the_same_text_and_none_is_there_twice() {
    let (one, two, three) = (root(DAY * 10), root(DAY * 10), root(DAY * 3_650));
    let [one, two, three] = [&one, &two, &three].map(der);
    let of = |before: &[&CertificateDer<'static>], now| {
        let before: Vec<_> = before.iter().map(|der| (*der).clone()).collect();
        bundle(&three, &before, NOW, OVERLAP, now).unwrap()
    };
    let all = of(&[&one, &two, &three, &two], NOW);
    assert_eq!(all, of(&[&two, &one], NOW));
    assert_eq!(read_certificates(all.as_bytes()).unwrap().len(), 3);
    assert!(all.starts_with(&certificate_pem(&three)));
    // What has expired is no use to anybody.
    assert_eq!(of(&[&one, &two], NOW + DAY * 11), certificate_pem(&three));
    let nonsense = CertificateDer::from(vec![0; 8]);
    assert_eq!(of(&[&nonsense], NOW), certificate_pem(&three));
    assert!(bundle(&nonsense, &[], NOW, OVERLAP, NOW).is_err());
}
