//! Pairs with one fault each.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use super::*;
use crate::issue::{new_key, params, subject};
use crate::{KeyType, Profile, self_signed};

const NOW: Duration = Duration::from_hours(500_000);
const DAY: Duration = Duration::from_hours(24);

fn profile() -> Profile {
    Profile::server(vec!["shop.example".parse().unwrap()], DAY * 30).unwrap()
}

fn authority(name: &str) -> (CertificateParams, KeyPair) {
    let mut params = params(&profile(), NOW, NOW + DAY * 300).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = subject(name);
    params.extended_key_usages.clear();
    params.key_usages.clear();
    (params, new_key(KeyType::P256).unwrap())
}

/// A leaf below an intermediate below a root, which stands beside it.
fn chain(change: impl Fn(&mut [CertificateParams; 3])) -> (Pair, CertificateDer<'static>) {
    let (root, root_key) = authority("root");
    let (between, between_key) = authority("between");
    let mut all = [params(&profile(), NOW, NOW + DAY * 30).unwrap(), between, root];
    change(&mut all);
    let [leaf, between, root] = all;
    let leaf_key = new_key(KeyType::P256).unwrap();
    let root_der = root.self_signed(&root_key).unwrap();
    let root = Issuer::new(root, root_key);
    let between_der = between.signed_by(&between_key, &root).unwrap();
    let between = Issuer::new(between, between_key);
    let leaf = leaf.signed_by(&leaf_key, &between).unwrap();
    let pair = Pair::issued(vec![leaf.into(), between_der.into()], leaf_key).unwrap();
    (pair, root_der.into())
}

fn faults(pair: &Pair, expected: &Expected<'_>) -> Vec<Fault> {
    check(pair, expected, NOW).err().map_or(Vec::new(), |faults| faults.iter().cloned().collect())
}

fn with(pair: &Pair, chain: &[&CertificateDer<'static>]) -> Pair {
    let chain: String = chain.iter().map(|der| crate::pair::certificate_pem(der)).collect();
    Pair::read(chain.as_bytes(), secrecy::ExposeSecret::expose_secret(&pair.key_pem()).as_bytes())
        .unwrap()
}

#[test]
fn a_chain_is_good_with_its_root_and_without_one() {
    let (pair, root) = chain(|_| {});
    assert_eq!(faults(&pair, &Expected::default()), []);
    let roots = [root.clone()];
    assert_eq!(faults(&pair, &Expected { roots: &roots, ..Expected::default() }), []);
    let [leaf, between] = pair.chain() else { panic!() };
    let whole = with(&pair, &[leaf, between, &root]);
    assert_eq!(faults(&whole, &Expected { roots: &roots, ..Expected::default() }), []);
    assert_eq!(faults(&whole, &Expected::default()), []);
}

/// C-14
#[test]
fn a_chain_that_does_not_hold_together_is_faulty() {
    let (pair, root) = chain(|_| {});
    let (other, other_root) = chain(|_| {});
    let [leaf, between] = pair.chain() else { panic!() };
    let roots = [root.clone()];
    let expected = Expected { roots: &roots, ..Expected::default() };
    let of = |chain: &[&CertificateDer<'static>]| faults(&with(&pair, chain), &Expected::default());
    assert_eq!(of(&[leaf]), [Fault::Incomplete]);
    assert_eq!(of(&[leaf, &root]), [Fault::Unlinked { position: 2 }]);
    assert_eq!(of(&[leaf, between, leaf]), [Fault::Unlinked { position: 3 }]);
    // The same name, another key.
    assert_eq!(of(&[leaf, &other.chain()[1]]), [Fault::Signature]);
    assert!(of(&[between, leaf]).contains(&Fault::Authority));
    assert_eq!(faults(&with(&pair, &[leaf]), &expected), [Fault::Untrusted]);
    let roots = [other_root];
    let expected = Expected { roots: &roots, ..Expected::default() };
    assert_eq!(faults(&pair, &expected), [Fault::Signature]);
    let (pair, _) = chain(|[_, between, _]| between.is_ca = IsCa::ExplicitNoCa);
    assert_eq!(faults(&pair, &Expected::default()), [Fault::NoAuthority { position: 2 }]);
}

#[test]
fn authorities_keep_to_what_they_may() {
    let (pair, root) = chain(|[_, between, root]| {
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        between.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let [leaf, between] = pair.chain() else { panic!() };
    let whole = with(&pair, &[leaf, between, &root]);
    assert_eq!(faults(&whole, &Expected::default()), [Fault::PathLength]);
    let roots = [root];
    let expected = Expected { roots: &roots, ..Expected::default() };
    assert_eq!(faults(&pair, &expected), [Fault::PathLength]);
    assert_eq!(faults(&pair, &Expected::default()), []);
    let (pair, _) = chain(|[_, between, _]| {
        let permitted = rcgen::GeneralSubtree::DnsName("other.example".into());
        between.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: vec![permitted],
            excluded_subtrees: vec![],
        });
    });
    assert_eq!(faults(&pair, &Expected::default()), [Fault::NameConstraint]);
}

/// C-14
#[test]
fn a_key_of_another_certificate_is_a_fault() {
    let (pair, other) =
        (self_signed(&profile(), NOW).unwrap(), self_signed(&profile(), NOW).unwrap());
    let mixed = with(&other, &[&pair.chain()[0]]);
    assert_eq!(faults(&mixed, &Expected::default()), [Fault::KeyMismatch]);
}

#[test]
fn names_and_usage_are_those_that_were_asked_for() {
    let pair = self_signed(&profile(), NOW).unwrap();
    let names = ["shop.example".parse().unwrap(), "pay.example".parse().unwrap()];
    let expected = Expected { names: &names, usage: Some(Usage::Client), roots: &[] };
    let said = check(&pair, &expected, NOW).unwrap_err().to_string();
    assert!(said.contains("not for use by a client"), "{said}");
    assert!(said.contains("not for `pay.example`, but for shop.example"), "{said}");
    let (nameless, _) = chain(|[leaf, ..]| leaf.subject_alt_names.clear());
    assert_eq!(faults(&nameless, &Expected::default()), [Fault::NoNames]);
    let (unused, _) = chain(|[leaf, ..]| {
        leaf.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::CodeSigning];
    });
    assert_eq!(faults(&unused, &Expected::default()), [Fault::Usage { asked: Usage::Server }]);
}

#[test]
fn a_certificate_is_good_from_its_first_second_to_its_last() {
    let pair = self_signed(&profile(), NOW).unwrap();
    let at = |now| check(&pair, &Expected::default(), now).err().map(|faults| faults.to_string());
    let (first, last) = (NOW.saturating_sub(Duration::from_mins(5)), NOW + DAY * 30);
    let second = Duration::from_secs(1);
    assert_eq!((at(first), at(last), at(last + second / 2)), (None, None, None));
    let said = at(first.saturating_sub(second)).unwrap();
    assert!(said.starts_with("certificate 1 begins at 2027-01-15T07:55:00Z"), "{said}");
    let said = at(last + second).unwrap();
    assert!(said.starts_with("certificate 1 expired at 2027-02-14T08:00:00Z"), "{said}");
    // Clocks that are wrong by years.
    assert!(at(Duration::ZERO).unwrap().contains("is the clock right?"));
    assert!(at(DAY * 365 * 70).unwrap().contains("expired"));
    let (pair, _) = chain(|[_, between, _]| between.not_after = between.not_before);
    let said = faults(&pair, &Expected::default());
    assert!(matches!(said[..], [Fault::Expired { position: 2, .. }]), "{said:?}");
}

#[test]
fn a_key_that_nobody_takes_is_a_fault() {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
    let certificate = params(&profile(), NOW, NOW + DAY).unwrap().self_signed(&key).unwrap();
    let pair = Pair::issued(vec![certificate.into()], key).unwrap();
    assert!(matches!(faults(&pair, &Expected::default())[0], Fault::Key { .. }));
}
