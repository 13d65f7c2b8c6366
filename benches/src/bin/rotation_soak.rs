//! Rotates a secret every ten seconds under steady load, for as long as it is told, and prints what it
//! counted: `rotation_soak [SECONDS] [secret|pair|ring|published]`, 60 and `secret` when nothing is said. Ends
//! with 1 when a token was refused inside its life, or accepted after the overlap.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that fails must stop")]

use std::process::ExitCode;
use std::time::Duration;

use benches::say;
use harness::soak::{Counts, EVERY, Form, HARD_LIMIT, TOKEN_LIFE, soak};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(60, |seconds| seconds.parse().unwrap());
    let form = match arguments.next().as_deref() {
        None | Some("secret") => Form::Secret,
        Some("pair") => Form::Pair,
        Some("ring") => Form::Ring,
        Some("published") => Form::Published,
        Some(other) => panic!("{other} is no form: secret, pair, ring or published"),
    };
    let counts = soak(form, Duration::from_secs(seconds));
    say(&format!(
        "{form:?} for {seconds} s, rotated every {EVERY:?}, token life {TOKEN_LIFE:?}, hard limit {HARD_LIMIT:?}"
    ));
    let Counts { rotations, issued, not_issued, verified, .. } = counts;
    say(&format!("  rotations                            {rotations}"));
    say(&format!("  tokens issued                        {issued} ({not_issued} requests failed)"));
    say(&format!("  tokens verified                      {verified}"));
    say(&format!("  rejected inside their life           {}", counts.rejected_alive.len()));
    say(&format!("  signed by a key not in force         {}", counts.signed_early));
    say(&format!("  refused after the overlap            {}", counts.refused_late));
    say(&format!("  accepted after the overlap           {}", counts.accepted_late));
    let is_good =
        counts.rejected_alive.is_empty() && counts.accepted_late + counts.signed_early == 0;
    ExitCode::from(u8::from(!is_good))
}
