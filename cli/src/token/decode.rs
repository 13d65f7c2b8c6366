//! What is in a token that is there already.

use std::error::Error;
use std::fmt::Write as _;

use auth::{KeySet, Policy, Token};
use serde_json::Value;

use super::key::all_algorithms;

/// More than any server takes.
const MAX_TOKEN_BYTES: usize = 1 << 20;

/// Algorithm, key and payload of a token, and whether it is good by `keys` at `now` (unix seconds).
/// Nothing of it is believed for being shown.
///
/// # Errors
/// A sentence: it is no token.
pub(super) fn show(text: &str, keys: Option<&KeySet>, now: u64) -> Result<String, Box<dyn Error>> {
    let token = Token::read(text.trim(), MAX_TOKEN_BYTES)?;
    let payload = token.unverified_claims()?;
    let mut out = String::new();
    writeln!(out, "Algorithm: {}", token.algorithm().name())?;
    if let Some(kid) = token.kid() {
        writeln!(out, "Key: {kid}")?;
    }
    writeln!(out, "Payload: {}", visible(&Value::Object(payload).to_string()))?;
    let policy = Policy { max_token_bytes: MAX_TOKEN_BYTES, ..Policy::new(all_algorithms()?) };
    let verdict = match keys.map(|keys| token.verify(keys, &policy, now)) {
        None => "not checked, there is no secret: name it with --secret or --secret-arn".to_owned(),
        Some(Ok(_)) => "good".to_owned(),
        Some(Err(error)) => format!("refused: {error}"),
    };
    writeln!(out, "Verification: {verdict}")?;
    Ok(out)
}

/// The text without what would act on a terminal.
fn visible(text: &str) -> String {
    let escaped = |character: char| -> Box<dyn Iterator<Item = char>> {
        if character.is_control() {
            Box::new(character.escape_unicode())
        } else {
            Box::new(std::iter::once(character))
        }
    };
    text.chars().flat_map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use auth::{Algorithm, HmacKey, Lifetime, SigningKey, Stage, mint_with_id};
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn keys(secret: &[u8]) -> KeySet {
        KeySet::for_development(vec![HmacKey::new(secret, Stage::Current)]).unwrap()
    }

    fn token() -> String {
        let key = SigningKey::new(b"secret", Algorithm::Hs256, None);
        let claims = serde_json::from_value(json!({"u": {"id": 42}})).unwrap();
        mint_with_id(claims, &key, NOW, Lifetime::Seconds(60), "1".to_owned()).unwrap()
    }

    #[test]
    fn a_token_is_shown_with_a_verdict() {
        let payload = format!(r#"{{"exp":{},"iat":{NOW},"jti":"1","u":{{"id":42}}}}"#, NOW + 60);
        let head = format!("Algorithm: HS256\nPayload: {payload}\nVerification: ");
        for (keys, now, verdict) in [
            (Some(keys(b"secret")), NOW, "good"),
            (Some(keys(b"other")), NOW, "refused: no key signed the token"),
            (Some(keys(b"secret")), NOW + 90, "refused: the token has expired"),
            (None, NOW, "not checked, there is no secret: name it with --secret or --secret-arn"),
        ] {
            let shown = show(&format!("{}\n", token()), keys.as_ref(), now).unwrap();
            assert_eq!(shown, format!("{head}{verdict}\n"));
        }
    }

    #[test]
    fn a_claim_cannot_act_on_the_terminal() {
        let key = SigningKey::new(b"secret", Algorithm::Hs256, Some("2026-11".to_owned()));
        let claims = serde_json::from_value(json!({"a": "\u{1b}[31m\u{9b}31m"})).unwrap();
        let token = mint_with_id(claims, &key, NOW, Lifetime::Unlimited, "1".to_owned()).unwrap();
        let shown = show(&token, None, NOW).unwrap();
        assert!(shown.contains("Key: 2026-11\n"), "{shown}");
        assert!(shown.contains(r#""a":"\u001b[31m\u{9b}31m""#), "{shown}");
    }

    #[test]
    fn what_is_no_token_is_said() {
        for text in ["", "x", "a.b.c", "eyJhbGciOiJIUzI1NiJ9.bm8.AA"] {
            assert!(show(text, None, NOW).is_err(), "{text}");
        }
    }
}
