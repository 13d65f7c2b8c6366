//! A certificate as text and as JSON.

use std::io::{self, Write};
use std::time::Duration;

use certificate::{Alarm, Facts, due, text_of};
use serde_json::{Value, json};

/// Writes what a certificate says.
///
/// # Errors
/// Nobody is there to read.
pub(crate) fn write(facts: &Facts, now: Duration, out: &mut impl Write) -> io::Result<()> {
    let of = |name: &str| if name.is_empty() { "(no name)".to_owned() } else { name.to_owned() };
    let issuer = if facts.is_self_issued() { "itself".to_owned() } else { of(&facts.issuer) };
    writeln!(out, "{}", of(&facts.subject))?;
    writeln!(out, "  issued by   {issuer}")?;
    if !facts.names.is_empty() {
        writeln!(out, "  for         {}", names(facts).join(", "))?;
    }
    writeln!(out, "  use         {}", usage(facts))?;
    writeln!(out, "  key         {}", facts.key)?;
    writeln!(out, "  from        {}", text_of(facts.not_before))?;
    writeln!(out, "  to          {} ({})", text_of(facts.not_after), left(facts, now))?;
    if !facts.is_authority {
        writeln!(out, "  renew from  {}", text_of(due(facts)))?;
    }
    writeln!(out, "  serial      {}", facts.serial)?;
    writeln!(out, "  SHA-256     {}", facts.fingerprint)
}

/// What a certificate says.
pub(crate) fn json(facts: &Facts, now: Duration) -> Value {
    json!({
        "subject": facts.subject,
        "issuer": facts.issuer,
        "selfIssued": facts.is_self_issued(),
        "names": names(facts),
        "use": usage(facts),
        "key": facts.key.to_string(),
        "notBefore": text_of(facts.not_before),
        "notAfter": text_of(facts.not_after),
        "renewFrom": text_of(due(facts)),
        "secondsLeft": facts.not_after.saturating_sub(now).as_secs(),
        "alarm": Alarm::of(facts, now).map(Alarm::text),
        "serial": facts.serial,
        "sha256": facts.fingerprint,
    })
}

fn names(facts: &Facts) -> Vec<String> {
    facts.names.iter().map(ToString::to_string).collect()
}

fn usage(facts: &Facts) -> String {
    match (facts.is_authority, facts.usage) {
        (true, _) => "authority".to_owned(),
        (false, Some(usage)) => usage.to_string(),
        (false, None) => "neither server nor client".to_owned(),
    }
}

fn left(facts: &Facts, now: Duration) -> String {
    let left = facts.not_after.saturating_sub(now).as_secs();
    match (left, Alarm::of(facts, now)) {
        (0, _) => "over".to_owned(),
        (_, _) if now < facts.not_before => "not begun".to_owned(),
        (left, Some(alarm)) => format!("{}: {}", span(left), alarm.text()),
        (left, None) => format!("{} left", span(left)),
    }
}

/// In the unit that says enough.
fn span(seconds: u64) -> String {
    match seconds {
        0..=7_199 => format!("{} minutes", seconds / 60),
        7_200..=172_799 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
