//! One root takes over from another.

use certificate::{Expected, Pair, check, read_certificates};
use harness::aws::Aws;
use rotation::Error;
use secrecy::ExposeSecret as _;

use crate::state::{BUCKET, State, client, now, root};

/// Whether the clients with these certificates are let in.
fn is_let_in(state: &State<'_>, clients: &[&Pair]) -> Vec<bool> {
    let roots = read_certificates(state.bundle().unwrap().as_bytes()).unwrap();
    let expected = Expected { roots: &roots, ..Expected::default() };
    clients.iter().map(|pair| check(pair, &expected, now()).is_ok()).collect()
}

/// C-16
#[tokio::test]
async fn clients_of_the_old_root_are_let_in_while_the_new_one_takes_over() {
    let aws = Aws::start();
    aws.moto.create_bucket(BUCKET);
    let (old_root, new_root) = (root("Old root"), root("New root"));
    let (of_old, of_new) =
        (client(&old_root, "spiffe://shop/old"), client(&new_root, "spiffe://shop/new"));
    let clients = [&of_old, &of_new];
    let state = State::with_authority(&aws, "roots", &old_root);
    let (_, old) = state.current();
    state.good_run().await;
    state.assert_ended(&old);
    assert_eq!(is_let_in(&state, &clients), [true, false]);
    let before = aws.bundle_version();
    let secret = state.plan.trust.as_ref().unwrap().secret.clone();
    aws.moto.put_secret(&secret, new_root.pair().to_secret().expose_secret(), "new-root");
    // The server's own certificate, of the old root, is as good as before.
    let (serial, in_force) = (state.imported_serial(), state.current().0);
    state.good_run().await;
    assert_eq!((state.imported_serial(), state.current().0), (serial, in_force));
    assert_eq!(is_let_in(&state, &clients), [true, true]);
    assert_ne!(aws.bundle_version(), before, "the domain reads the new version");
    state.assert_ended(&old);
    // The bundle remembers the old root, whatever else happens to the secret.
    aws.moto.put_secret(&secret, new_root.pair().to_secret().expose_secret(), "same-root");
    let version = aws.bundle_version();
    state.good_run().await;
    assert_eq!(is_let_in(&state, &clients), [true, true]);
    assert_eq!(aws.bundle_version(), version, "nothing was written");
}

#[tokio::test]
async fn a_bucket_without_versions_is_no_place_for_a_bundle_that_a_domain_reads() {
    let aws = Aws::start();
    let answer = aws.moto.s3("PUT", "/unversioned", "");
    assert_eq!(answer.status, 200);
    let mut state = State::with_authority(&aws, "unversioned", &root("Shop root"));
    let trust = state.plan.trust.as_mut().unwrap();
    "unversioned".clone_into(&mut trust.bucket);
    let error = state.run().await.outcome.unwrap_err();
    assert!(matches!(error, Error::NoVersions), "{error}");
    // For others than a domain it is one.
    state.plan.trust.as_mut().unwrap().domain = None;
    state.good_run().await;
    assert!(state.bundle().is_some());
}

#[tokio::test]
async fn an_authority_that_is_none_issues_nothing() {
    let aws = Aws::start();
    aws.moto.create_bucket(BUCKET);
    let state = State::with_authority(&aws, "no-authority", &root("Shop root"));
    let (_, old) = state.current();
    let secret = state.plan.trust.as_ref().unwrap().secret.clone();
    for (value, part) in
        [(old.to_secret().expose_secret(), "none of an authority"), ("hunter2", "no JSON")]
    {
        aws.moto.put_secret(&secret, value, part);
        let error = state.run().await.outcome.unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains("hunter2"), "{error}");
        assert_eq!(aws.moto.labels(&state.plan.secret).len(), 1);
    }
}
