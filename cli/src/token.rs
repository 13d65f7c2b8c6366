//! `tessera token`: a token for trying things out, with the options and the output of Cube's own
//! command (cubejs-cli 1.6.43, `src/command/token.ts`).

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use auth::{Algorithm, Lifetime, SigningKey, mint};
use clap::Args;
use serde_json::{Map, Value};
use settings::Environment;

use crate::project::read_environment;

/// Outside development mode shorter secrets are refused (RFC 7518 §3.2, HS256).
const MIN_SECRET_BYTES: usize = 32;

/// Verifiers refuse a longer token of ours unless `TESSERA_MAX_TOKEN_LIFE` says otherwise.
const DEFAULT_EXPIRY: &str = "30 days";

/// The options of `tessera token`.
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// Token expiry: "30 days", "1h", or a number of seconds. Set to 0 for no expiry
    #[arg(short, long, default_value = DEFAULT_EXPIRY)]
    expiry: String,
    /// Cube app secret. Also can be set via environment variable `CUBEJS_API_SECRET`
    #[arg(short, long)]
    secret: Option<String>,
    /// Payload. Example: -p foo=bar
    #[arg(short, long, value_name = "NAME=VALUE")]
    payload: Vec<String>,
    /// Payload, by the name of Cube's older versions. Example: -u id=42
    #[arg(short, long, value_name = "NAME=VALUE")]
    user_context: Vec<String>,
}

/// Prints a token, signed with the secret of the environment or of `.env` in this folder.
///
/// # Errors
/// A sentence for the caller of the command: no secret, or an expiry that is no time.
pub(crate) fn run(arguments: &TokenArguments) -> Result<(), Box<dyn Error>> {
    let environment = read_environment(Path::new("."))?;
    let now = settings::unix_seconds(settings::now());
    let (text, warning) = generate(arguments, &environment, now)?;
    if let Some(warning) = warning {
        writeln!(std::io::stderr(), "{warning}\n")?;
    }
    write!(std::io::stdout(), "{text}")?;
    Ok(())
}

/// What the command prints, and what it warns of beside it. `now` is unix seconds.
fn generate(
    arguments: &TokenArguments,
    environment: &dyn Environment,
    now: u64,
) -> Result<(String, Option<String>), Box<dyn Error>> {
    let secret = arguments.secret.clone().or_else(|| environment.get("CUBEJS_API_SECRET"));
    let secret = secret.filter(|secret| !secret.is_empty()).ok_or("No app secret found")?;
    let warning = (secret.len() < MIN_SECRET_BYTES).then(|| {
        format!(
            "The secret has less than {MIN_SECRET_BYTES} bytes: \
             tokens signed with it are accepted in development mode only."
        )
    });
    let lifetime = lifetime(&arguments.expiry).ok_or_else(|| {
        format!("`{}` is no expiry: write \"30 days\", \"1h\" or seconds", arguments.expiry)
    })?;
    let payload = payload(arguments);
    let key = SigningKey::new(secret.as_bytes(), Algorithm::Hs256, None);
    let shown = Value::Object(payload.clone()).to_string();
    let token = mint(payload, &key, now, lifetime)?;
    Ok((output(&arguments.expiry, &shown, &token)?, warning))
}

fn output(expiry: &str, payload: &str, token: &str) -> Result<String, std::fmt::Error> {
    let rule = "-".repeat(89);
    let mut text = String::from("Generating Cube JWT token\n\n");
    writeln!(text, "{rule}")?;
    writeln!(text, "  Use these manually generated tokens in production with caution.")?;
    writeln!(
        text,
        "  Please refer to https://cube.dev/docs/security for production security best practices."
    )?;
    writeln!(text, "{rule}\n")?;
    writeln!(text, "Expires in: {expiry}")?;
    writeln!(text, "Payload: {payload}\n")?;
    writeln!(text, "Token: {token}")?;
    Ok(text)
}

/// Every `name=value`, the first of two with one name; what comes after a second `=` is left out,
/// and so is an entry without a name or a value, as Cube does.
fn payload(arguments: &TokenArguments) -> Map<String, Value> {
    let mut claims = Map::new();
    for entry in arguments.payload.iter().chain(&arguments.user_context) {
        let mut parts = entry.split('=');
        if let (Some(name), Some(value)) = (parts.next(), parts.next())
            && !name.is_empty()
            && !value.is_empty()
        {
            claims.entry(name).or_insert_with(|| value.into());
        }
    }
    claims
}

/// `0` is for ever; a bare number is seconds; else a number and a unit of npm's `ms`.
///
/// Cube hands its text to `ms`, where a bare number is milliseconds although Cube documents
/// seconds: a token that has expired before it can be used helps nobody.
fn lifetime(expiry: &str) -> Option<Lifetime> {
    if expiry == "0" {
        return Some(Lifetime::Unlimited);
    }
    let unit_at = expiry.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (number, unit) = expiry.split_at(unit_at.unwrap_or(expiry.len()));
    let seconds_per_unit = match unit.trim_start_matches(' ').to_ascii_lowercase().as_str() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 0.001,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        "w" | "week" | "weeks" => 604_800.0,
        "y" | "yr" | "yrs" | "year" | "years" => 31_557_600.0,
        _ => return None,
    };
    let seconds = number.parse::<f64>().ok()? * seconds_per_unit;
    // A thousand years; also keeps the conversion exact.
    if !(1.0..=31_557_600_000.0).contains(&seconds) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive and below 2^35; a part of a second is cut, as `jsonwebtoken` does"
    )]
    let whole = seconds as u64;
    Some(Lifetime::Seconds(whole))
}

#[cfg(test)]
mod tests {
    use auth::{Algorithms, HmacKey, KeySet, Policy, Stage, verify};
    use clap::Parser;
    use settings::Map as Variables;

    use super::*;

    const NOW: u64 = 1_800_000_000;
    const SECRET: &str = "a-secret-of-more-than-32-bytes-a-secret";

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        token: TokenArguments,
    }

    fn print(arguments: &[&str]) -> Result<(String, Option<String>), Box<dyn Error>> {
        let parsed = Command::try_parse_from([&["token"], arguments].concat())?;
        generate(&parsed.token, &Variables::from([("CUBEJS_API_SECRET", SECRET)]), NOW)
    }

    #[test]
    fn it_prints_what_cubes_command_prints() {
        let (text, warning) = print(&["-e", "1 day", "-p", "foo=bar", "-p", "cool=true"]).unwrap();
        let (head, token) = text.split_once("Token: ").unwrap();
        let rule = "-".repeat(89);
        let expected = format!(
            "Generating Cube JWT token\n\n{rule}\n  Use these manually generated tokens in \
             production with caution.\n  Please refer to https://cube.dev/docs/security for \
             production security best practices.\n{rule}\n\nExpires in: 1 day\n\
             Payload: {{\"cool\":\"true\",\"foo\":\"bar\"}}\n\n"
        );
        assert_eq!(head, expected);
        assert_eq!(warning, None);
        let key = HmacKey::new(SECRET.as_bytes(), Stage::Current);
        let policy = Policy::new(Algorithms::of_shared_secrets());
        let keys = KeySet::new(vec![key], &policy.algorithms).unwrap();
        let claims = verify(token.trim_end(), &keys, &policy, NOW).unwrap();
        assert_eq!(claims.get("exp"), Some(&Value::from(NOW + 86_400)));
        assert_eq!(claims.get("foo"), Some(&Value::from("bar")));
    }

    #[test]
    fn the_option_wins_over_the_environment_and_a_short_secret_is_told() {
        let (_, warning) = print(&["-s", "secret"]).unwrap();
        assert!(warning.unwrap().contains("32 bytes"));
        let parsed = Command::try_parse_from(["token"]).unwrap();
        let refused = generate(&parsed.token, &Variables::default(), NOW).unwrap_err();
        assert_eq!(refused.to_string(), "No app secret found");
    }

    #[test]
    fn entries_are_read_as_cube_reads_them() {
        let shown = |arguments: &[&str]| {
            let (text, _) = print(arguments).unwrap();
            text.lines().find_map(|line| line.strip_prefix("Payload: ").map(str::to_owned)).unwrap()
        };
        assert_eq!(shown(&[]), "{}");
        assert_eq!(shown(&["-p", "a=1", "-p", "a=2"]), r#"{"a":"1"}"#);
        assert_eq!(shown(&["-p", "a=b=c", "-p", "=x", "-p", "y=", "-p", "z"]), r#"{"a":"b"}"#);
        assert_eq!(shown(&["-u", "id=42"]), r#"{"id":"42"}"#);
    }

    #[test]
    fn an_expiry_is_a_time_of_npms_ms_or_seconds() {
        for (text, seconds) in [
            ("30 days", 2_592_000),
            ("1h", 3_600),
            ("1.5 hrs", 5_400),
            ("2 Weeks", 1_209_600),
            ("1y", 31_557_600),
            ("90", 90),
            ("1500 ms", 1),
            (".5m", 30),
        ] {
            assert_eq!(lifetime(text), Some(Lifetime::Seconds(seconds)), "{text}");
        }
        assert_eq!(lifetime("0"), Some(Lifetime::Unlimited));
        for text in ["", "day", "-1 day", "1 fortnight", "1 d x", "0.1", "1..5h", "9e9", "99999y"] {
            assert_eq!(lifetime(text), None, "{text}");
        }
    }
}
