//! Rotation under load, a short while of what `benches` does for as long as it is told: no token is
//! refused inside its life.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use harness::soak::{Form, soak};

fn holds(form: Form, duration: Duration) {
    let counts = soak(form, duration);
    assert!(counts.rejected_alive.is_empty(), "{counts:?}");
    assert_eq!((counts.signed_early, counts.accepted_late), (0, 0), "{counts:?}");
    assert!(counts.rotations >= 1 && counts.issued > 50, "{counts:?}");
    assert!(counts.verified > counts.issued, "{counts:?}");
}

/// T-08
#[test]
fn no_token_is_refused_inside_its_life_while_its_secret_rotates() {
    holds(Form::Secret, Duration::from_secs(25));
}

/// T-08
#[test]
fn no_token_is_refused_inside_its_life_while_its_key_pair_rotates() {
    holds(Form::Pair, Duration::from_secs(15));
}

/// T-08
#[test]
fn no_token_is_refused_inside_its_life_while_its_key_ring_rotates() {
    holds(Form::Ring, Duration::from_secs(18));
}

/// T-08
#[test]
fn no_token_is_refused_inside_its_life_while_a_published_key_rotates() {
    holds(Form::Published, Duration::from_secs(15));
}
