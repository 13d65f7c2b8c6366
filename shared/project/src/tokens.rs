//! What stands behind `jsonwebtoken` in `cube.js`: tokens are verified and minted by `auth`, with
//! the strictness of its own routes.

use std::sync::Arc;

use auth::{
    Algorithms, HmacKey, KeyKind, KeySet, Lifetime, Policy, PublicKey, SecurityContext, SigningKey,
    Stage, mint_with_id, random_id, read_object,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use javascript::{Clock, HostFunction};
use serde::Deserialize;
use serde_json::{Value, json};

/// What an installation decides about the tokens that its code judges.
#[derive(Debug, Clone, Copy)]
pub struct TokenRules {
    /// Whether a token without `exp` is refused.
    pub require_exp: bool,
    /// The longest life a token may have.
    pub max_token_life_s: Option<u64>,
    /// Whether secrets may be shorter than RFC 7518 section 3.2 asks for.
    pub allows_short_secrets: bool,
}

impl Default for TokenRules {
    /// Those of [`Policy::new`].
    fn default() -> Self {
        let Policy { require_exp, max_token_life_s, .. } =
            Policy::new(Algorithms::of_shared_secrets());
        Self { require_exp, max_token_life_s, allows_short_secrets: false }
    }
}

/// The functions that `jsonwebtoken.js` calls.
pub(crate) fn functions(
    rules: TokenRules,
    clock: Option<Clock>,
) -> [(&'static str, HostFunction); 3] {
    let verify = move |arguments: &str| {
        let now = clock.as_ref().ok_or("there is no clock here")?();
        verify(rules, now, arguments).map(|answer| Some(answer.to_string()))
    };
    let sign = move |arguments: &str| sign(rules, arguments).map(|token| Some(token.to_string()));
    let decode = |arguments: &str| Ok(decode(arguments).map(|parts| parts.to_string()));
    [
        ("verifyToken", Arc::new(verify)),
        ("signToken", Arc::new(sign)),
        ("decodeToken", Arc::new(decode)),
    ]
}

/// What `verify` is asked to check.
#[derive(Deserialize)]
struct Asked {
    algorithms: Option<Vec<String>>,
    issuer: Vec<String>,
    audience: Vec<String>,
    subject: Option<String>,
    tolerance: f64,
}

/// `{claims}` of a good token, `{error, message}` of a bad one.
///
/// # Errors
/// A sentence for the author, whose mistake it is.
fn verify(rules: TokenRules, now_ms: f64, arguments: &str) -> Result<Value, String> {
    let form = "jsonwebtoken: `verify` takes a token, a secret and options";
    let (token, secret, asked): (String, Option<String>, Asked) =
        serde_json::from_str(arguments).map_err(|_| form)?;
    let secret = secret.filter(|secret| !secret.is_empty());
    let secret = secret.ok_or("jsonwebtoken: the secret or public key is missing")?;
    let is_public = secret.trim_start().starts_with("-----BEGIN ");
    let algorithms = match &asked.algorithms {
        Some(names) => Algorithms::from_names(names.iter().map(String::as_str)).map_err(wrong)?,
        None if is_public => Algorithms::of_public_keys(),
        None => Algorithms::of_shared_secrets(),
    };
    let keys = if is_public {
        KeySet::of_public_keys(vec![PublicKey::from_pem(&secret).map_err(wrong)?])
    } else {
        key_set(rules, &secret, &algorithms)?
    };
    let mut policy = Policy::new(algorithms);
    policy.require_exp = rules.require_exp;
    policy.max_token_life_s = rules.max_token_life_s;
    policy.issuers.clone_from(&asked.issuer);
    policy.audiences.clone_from(&asked.audience);
    policy.subject.clone_from(&asked.subject);
    let now = whole_seconds(now_ms);
    let tolerance = asked.tolerance.max(0.0);
    policy.leeway_s = policy.leeway_s.max(whole_seconds(tolerance * 1000.0));
    let claims = auth::verify(&token, &keys, &policy, now)
        .and_then(|claims| SecurityContext::from_verified(claims, &policy));
    let claims = match claims {
        Ok(context) => Value::Object(context.payload().clone()),
        Err(error) => return Ok(refusal(error.code(), &asked)),
    };
    // The leeway of `auth` is for clocks that differ; `jsonwebtoken` has none unless it is given.
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64);
    let now = now_ms / 1000.0;
    if seconds("exp").is_some_and(|exp| now >= exp + tolerance) {
        return Ok(refusal("expired", &asked));
    }
    if seconds("nbf").is_some_and(|nbf| nbf > now + tolerance) {
        return Ok(refusal("not_yet_valid", &asked));
    }
    Ok(json!({ "claims": claims }))
}

/// The npm package's name and words for a reason of `auth`'s.
fn refusal(code: &str, asked: &Asked) -> Value {
    let expected = |what: &str, texts: &[String]| {
        format!("jwt {what} invalid. expected: {}", texts.join(" or "))
    };
    let (error, message) = match code {
        "expired" => ("TokenExpiredError", "jwt expired".to_owned()),
        "not_yet_valid" => ("NotBeforeError", "jwt not active".to_owned()),
        other => (
            "JsonWebTokenError",
            match other {
                "not_compact" | "too_long" => "jwt malformed".to_owned(),
                "bad_signature" | "unknown_signature" | "unknown_key" => {
                    "invalid signature".to_owned()
                }
                "algorithm_not_allowed" | "unfit_key" => "invalid algorithm".to_owned(),
                "wrong_issuer" => expected("issuer", &asked.issuer),
                "wrong_audience" => expected("audience", &asked.audience),
                "wrong_subject" => expected("subject", asked.subject.as_slice()),
                "missing_claim" => "jwt has no expiration".to_owned(),
                "lives_too_long" => "jwt lives too long".to_owned(),
                "issued_in_future" => "jwt was issued in the future".to_owned(),
                _ => "invalid token".to_owned(),
            },
        ),
    };
    json!({ "error": error, "message": message })
}

/// A sentence for the author, who did not write the module that says it.
fn wrong(error: impl std::fmt::Display) -> String {
    format!("jsonwebtoken: {error}")
}

fn key_set(rules: TokenRules, secret: &str, algorithms: &Algorithms) -> Result<KeySet, String> {
    let keys = vec![HmacKey::new(secret.as_bytes(), Stage::Current)];
    let keys = if rules.allows_short_secrets {
        KeySet::for_development(keys)
    } else {
        KeySet::new(keys, algorithms)
    };
    keys.map_err(wrong)
}

/// How `sign` is asked to sign.
#[derive(Deserialize)]
struct How {
    algorithm: String,
    keyid: Option<String>,
    lifetime: Option<u64>,
    now: u64,
    id: Option<String>,
}

fn sign(rules: TokenRules, arguments: &str) -> Result<Value, String> {
    let form = "jsonwebtoken: `sign` takes an object, a secret and options; a token begins and ends \
                in whole seconds, and ends after it begins";
    let (claims, secret, how): (serde_json::Map<String, Value>, Option<String>, How) =
        serde_json::from_str(arguments).map_err(|_| form)?;
    let secret = secret.unwrap_or_default();
    let algorithms = Algorithms::from_names([how.algorithm.as_str()]).map_err(wrong)?;
    key_set(rules, &secret, &algorithms)?;
    let algorithm = algorithms.iter().find(|one| one.key_kind() == KeyKind::Secret);
    let algorithm = algorithm.ok_or("jsonwebtoken: only HS256, HS384 and HS512 sign here")?;
    let key = SigningKey::new(secret.as_bytes(), algorithm, how.keyid);
    let lifetime = how.lifetime.map_or(Lifetime::Unlimited, Lifetime::Seconds);
    let id = how.id.map_or_else(random_id, Ok).map_err(wrong)?;
    let token = mint_with_id(claims, &key, how.now, lifetime, id).map_err(wrong)?;
    Ok(Value::String(token))
}

/// The parts of a token, unjudged; nothing when it is none.
fn decode(arguments: &str) -> Option<Value> {
    let (token,): (String,) = serde_json::from_str(arguments).ok()?;
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let read = |segment: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(segment).ok()?;
        read_object(&bytes, auth::MAX_DEPTH).ok()
    };
    let (header, payload) = (read(header)?, read(payload)?);
    let is_whole = parts.next().is_none();
    is_whole.then(|| json!({ "header": header, "payload": payload, "signature": signature }))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number that is no time becomes the nearest one"
)]
fn whole_seconds(milliseconds: f64) -> u64 {
    (milliseconds / 1000.0) as u64
}
