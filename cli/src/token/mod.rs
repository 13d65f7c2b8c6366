//! `tessera token`: a token for trying things out, with the options and the output of Cube's own
//! command (cubejs-cli 1.6.43, `src/command/token.ts`), and some of ours.
//!
//! | file | what |
//! |---|---|
//! | `payload` | from `-p` and `--context` to claims |
//! | `key` | where the key comes from |
//! | `decode` | what is in a token that is there already |

mod decode;
mod key;
mod payload;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use auth::{Lifetime, SigningKey, mint};
use clap::Args;
use serde_json::Value;

use crate::project::read_environment;
use key::Secret;

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
    /// The secret of AWS Secrets Manager whose current key signs. Also can be set via environment
    /// variable `TESSERA_API_SECRET_ARN`
    #[arg(long, value_name = "ARN", conflicts_with = "secret")]
    secret_arn: Option<String>,
    /// Payload. Example: -p foo=bar
    #[arg(short, long, value_name = "NAME=VALUE")]
    payload: Vec<String>,
    /// Payload, by the name of Cube's older versions. Example: -u id=42
    #[arg(short, long, value_name = "NAME=VALUE")]
    user_context: Vec<String>,
    /// Payload as a JSON object, for values that are no texts. Example: -c '{"u": {"id": 42}}'
    #[arg(short, long, value_name = "JSON")]
    context: Option<String>,
    /// Show what is in a token, and whether the secret has signed it, instead of creating one
    #[arg(short, long, value_name = "TOKEN", conflicts_with_all = ["payload", "user_context", "context", "expiry"])]
    decode: Option<String>,
}

/// Prints a token, signed with the secret of the environment or of `.env` in this folder.
///
/// # Errors
/// A sentence for the caller of the command: no secret, or an expiry that is no time.
pub(crate) fn run(arguments: &TokenArguments) -> Result<(), Box<dyn Error>> {
    let environment = read_environment(Path::new("."))?;
    let now = settings::unix_seconds(settings::now());
    let named = (arguments.secret.as_deref(), arguments.secret_arn.as_deref());
    let secret = Secret::find(named, &environment);
    if let Some(token) = &arguments.decode {
        let keys = secret.map(|secret| secret.keys()).transpose()?;
        write!(std::io::stdout(), "{}", decode::show(token, keys.as_deref(), now)?)?;
        return Ok(());
    }
    let secret = secret.ok_or("No app secret found")?;
    if let Some(warning) = secret.warning() {
        writeln!(std::io::stderr(), "{warning}\n")?;
    }
    write!(std::io::stdout(), "{}", generate(arguments, &secret.signing_key(now)?, now)?)?;
    Ok(())
}

/// What the command prints of a new token. `now` is unix seconds.
fn generate(
    arguments: &TokenArguments,
    key: &SigningKey,
    now: u64,
) -> Result<String, Box<dyn Error>> {
    let lifetime = lifetime(&arguments.expiry).ok_or_else(|| {
        format!("`{}` is no expiry: write \"30 days\", \"1h\" or seconds", arguments.expiry)
    })?;
    let entries = arguments.payload.iter().chain(&arguments.user_context);
    let payload = payload::read(arguments.context.as_deref(), entries)?;
    let shown = Value::Object(payload.clone()).to_string();
    let token = mint(payload, key, now, lifetime)?;
    Ok(output(&arguments.expiry, &shown, &token)?)
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
    use auth::{Algorithm, Algorithms, HmacKey, KeySet, Policy, Stage, verify};
    use clap::Parser;

    use super::*;

    const NOW: u64 = 1_800_000_000;
    const SECRET: &str = "a-secret-of-more-than-32-bytes-a-secret";

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        token: TokenArguments,
    }

    fn print(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        let parsed = Command::try_parse_from([&["token"], arguments].concat())?;
        let key = SigningKey::new(SECRET.as_bytes(), Algorithm::Hs256, None);
        generate(&parsed.token, &key, NOW)
    }

    #[test]
    fn it_prints_what_cubes_command_prints() {
        let text = print(&["-e", "1 day", "-p", "foo=bar", "-p", "cool=true"]).unwrap();
        let (head, token) = text.split_once("Token: ").unwrap();
        let rule = "-".repeat(89);
        let expected = format!(
            "Generating Cube JWT token\n\n{rule}\n  Use these manually generated tokens in \
             production with caution.\n  Please refer to https://cube.dev/docs/security for \
             production security best practices.\n{rule}\n\nExpires in: 1 day\n\
             Payload: {{\"cool\":\"true\",\"foo\":\"bar\"}}\n\n"
        );
        assert_eq!(head, expected);
        let key = HmacKey::new(SECRET.as_bytes(), Stage::Current);
        let policy = Policy::new(Algorithms::of_shared_secrets());
        let keys = KeySet::new(vec![key], &policy.algorithms).unwrap();
        let claims = verify(token.trim_end(), &keys, &policy, NOW).unwrap();
        assert_eq!(claims.get("exp"), Some(&Value::from(NOW + 86_400)));
        assert_eq!(claims.get("foo"), Some(&Value::from("bar")));
    }

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        for arguments in [
            &["-s", "x", "--secret-arn", "arn"][..],
            &["--decode", "a.b.c", "-p", "a=b"],
            &["--decode", "a.b.c", "--context", "{}"],
            &["--decode", "a.b.c", "-e", "1h"],
        ] {
            assert!(print(arguments).is_err(), "{arguments:?}");
        }
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
