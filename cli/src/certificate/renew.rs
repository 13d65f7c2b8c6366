//! `tessera certificate renew`: a key and its certificate anew, if they are due or wrong.

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use certificate::{Authority, Decision, Pair, Profile, Stored, decide, text_of};
use clap::Args;
use serde_json::json;

use super::pair::PairFiles;
use super::shown;
use super::wish::{Issuer, Wish, issue};

/// Options of `tessera certificate renew`.
#[derive(Debug, Args)]
pub(crate) struct RenewArguments {
    #[command(flatten)]
    files: PairFiles,
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    issuer: Issuer,
    /// Renew it although nothing asks for it
    #[arg(long)]
    force: bool,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

/// Renews what is in the files, and says because of what, or keeps it, and says until when.
pub(crate) fn run(
    arguments: &RenewArguments,
    now: Duration,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let found = arguments.files.read()?;
    let before = found.as_ref().and_then(|found| found.as_ref().ok());
    let profile = arguments.wish.profile(before.and_then(|pair| pair.facts().first()))?;
    let authority = arguments.issuer.authority()?;
    let reason = match because(arguments, found.as_ref(), &profile, authority.as_ref(), now) {
        Ok(reason) => reason,
        Err(until) => {
            let until = text_of(until);
            if arguments.json {
                writeln!(out, "{}", json!({ "renewed": false, "until": until }))?;
            } else {
                writeln!(out, "kept: it is due at {until}")?;
            }
            return Ok(());
        }
    };
    let pair = issue(authority.as_ref(), &profile, now)?;
    arguments.files.replace(&pair)?;
    let Some(facts) = pair.facts().first() else { return Ok(()) };
    if arguments.json {
        let certificate = shown::json(facts, now);
        let said = json!({ "renewed": true, "reason": reason, "certificate": certificate });
        writeln!(out, "{said}")?;
    } else {
        writeln!(out, "renewed: {reason}")?;
        shown::write(facts, now, out)?;
    }
    Ok(())
}

/// Why to renew; else when it is due.
fn because(
    arguments: &RenewArguments,
    found: Option<&Result<Pair, certificate::Error>>,
    profile: &Profile,
    authority: Option<&Authority>,
    now: Duration,
) -> Result<String, Duration> {
    let stored = match found {
        None => Stored::Missing,
        Some(Ok(pair)) => Stored::Pair(pair),
        Some(Err(error)) => Stored::Unreadable(error),
    };
    let roots: Vec<_> =
        authority.and_then(Authority::root_certificate).cloned().into_iter().collect();
    match decide(stored, profile, &roots, now, None) {
        Decision::Renew(reason) | Decision::Wait { reason, .. } => Ok(reason.to_string()),
        Decision::Keep { .. } if arguments.force => Ok("it was asked for".to_owned()),
        Decision::Keep { until } => Err(until),
    }
}
