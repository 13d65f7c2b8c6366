//! What a token must say besides being signed.

use serde_json::{Map, Value};

use crate::{Algorithms, Error};

/// The last second of the year 9999. A later date is a mistake, most often milliseconds.
const MAX_NUMERIC_DATE: f64 = 253_402_300_799.0;

/// The rules for tokens, the same for every request.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The signature algorithms allowed.
    pub algorithms: Algorithms,
    /// `iss` must be one of these; empty: `iss` is not looked at.
    pub issuers: Vec<String>,
    /// `aud` must be or hold one of these; empty: `aud` is not looked at.
    pub audiences: Vec<String>,
    /// `sub` must be this.
    pub subject: Option<String>,
    /// What the claim `scope` must hold.
    pub scope: Option<&'static str>,
    /// What a token of Amazon Cognito must say.
    pub cognito: Option<Cognito>,
    /// The claim whose members are the security context, instead of the whole payload.
    pub claims_namespace: Option<String>,
    /// How far clocks may differ, for `exp`, `nbf` and `iat`.
    pub leeway_s: u64,
    /// Whether a token without `exp` is refused.
    pub require_exp: bool,
    /// The longest life a token may have: `exp - iat`, or what is left of it without `iat`.
    /// A token without `exp` (when that is allowed) is not measured.
    pub max_token_life_s: Option<u64>,
    /// The longest token that is looked at.
    pub max_token_bytes: usize,
}

/// The claims of Amazon Cognito that say what a token is for, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cognito {
    /// The only value of `token_use`.
    pub token_use: TokenUse,
    /// `client_id` of an access token, `aud` of an ID token: one of these.
    pub client_ids: Vec<String>,
}

/// The two kinds of tokens of Amazon Cognito.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// `access`: it has a `client_id` and no `aud`.
    Access,
    /// `id`: it has an `aud`.
    Id,
}

impl Policy {
    /// The default rules: `exp` required, 30 s of leeway, lives of 30 days, tokens of 8 KiB.
    pub fn new(algorithms: Algorithms) -> Self {
        Self {
            algorithms,
            issuers: Vec::new(),
            audiences: Vec::new(),
            subject: None,
            scope: None,
            cognito: None,
            claims_namespace: None,
            leeway_s: 30,
            require_exp: true,
            max_token_life_s: Some(30 * 24 * 60 * 60),
            max_token_bytes: 8192,
        }
    }

    /// Checks the registered claims (RFC 7519 §4.1). `now` is unix seconds.
    pub(crate) fn check(&self, claims: &Map<String, Value>, now: u64) -> Result<(), Error> {
        self.check_dates(claims, now)?;
        self.check_issuer(claims)?;
        self.check_subject(claims)?;
        self.check_audience(claims)?;
        self.check_scope(claims)?;
        self.check_cognito(claims)
    }

    #[expect(clippy::cast_precision_loss, reason = "dates end below 2^38, far from 2^53")]
    fn check_dates(&self, claims: &Map<String, Value>, now: u64) -> Result<(), Error> {
        let exp = numeric_date(claims, "exp")?;
        let nbf = numeric_date(claims, "nbf")?;
        let iat = numeric_date(claims, "iat")?;
        let (now, leeway_s) = (now as f64, self.leeway_s as f64);
        if exp.is_none() && self.require_exp {
            return Err(Error::MissingClaim("exp"));
        }
        if exp.is_some_and(|exp| now >= exp + leeway_s) {
            return Err(Error::Expired);
        }
        if nbf.is_some_and(|nbf| nbf > now + leeway_s) {
            return Err(Error::NotYetValid);
        }
        if iat.is_some_and(|iat| iat > now + leeway_s) {
            return Err(Error::IssuedInFuture);
        }
        let Some(exp) = exp else { return Ok(()) };
        if iat.is_some_and(|iat| exp <= iat) {
            return Err(Error::ExpiresBeforeIssue);
        }
        match self.max_token_life_s {
            Some(max_s) if exp - iat.unwrap_or(now) > max_s as f64 => {
                Err(Error::LivesTooLong { max_s })
            }
            _ => Ok(()),
        }
    }

    fn check_issuer(&self, claims: &Map<String, Value>) -> Result<(), Error> {
        if self.issuers.is_empty() || is_one_of(claims.get("iss"), &self.issuers) {
            Ok(())
        } else {
            Err(Error::WrongIssuer)
        }
    }

    fn check_subject(&self, claims: &Map<String, Value>) -> Result<(), Error> {
        let subject = match claims.get("sub") {
            None => None,
            Some(Value::String(subject)) => Some(subject),
            Some(_) => return Err(Error::MalformedClaim("sub")),
        };
        match &self.subject {
            Some(_) if self.subject.as_ref() != subject => Err(Error::WrongSubject),
            _ => Ok(()),
        }
    }

    /// `aud` is one text, or a list of texts and of nothing else (RFC 7519 §4.1.3).
    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), Error> {
        if self.audiences.is_empty() {
            return Ok(());
        }
        let accepted = match claims.get("aud") {
            Some(Value::Array(list)) => {
                list.iter().all(Value::is_string)
                    && list.iter().any(|audience| is_one_of(Some(audience), &self.audiences))
            }
            one => is_one_of(one, &self.audiences),
        };
        if accepted { Ok(()) } else { Err(Error::WrongAudience) }
    }

    /// `scope` is a list of texts, as Cube's Playground writes it, or a text with blanks between
    /// (RFC 8693 §4.2).
    fn check_scope(&self, claims: &Map<String, Value>) -> Result<(), Error> {
        let Some(needed) = self.scope else { return Ok(()) };
        let is_held = match claims.get("scope") {
            Some(Value::String(text)) => text.split(' ').any(|scope| scope == needed),
            Some(Value::Array(scopes)) => scopes.iter().any(|scope| scope == needed),
            _ => false,
        };
        if is_held { Ok(()) } else { Err(Error::WrongScope) }
    }

    fn check_cognito(&self, claims: &Map<String, Value>) -> Result<(), Error> {
        let Some(Cognito { token_use, client_ids }) = &self.cognito else { return Ok(()) };
        let (name, client) = match token_use {
            TokenUse::Access => ("access", claims.get("client_id")),
            TokenUse::Id => ("id", claims.get("aud")),
        };
        if claims.get("token_use").and_then(Value::as_str) != Some(name) {
            return Err(Error::WrongTokenUse);
        }
        if is_one_of(client, client_ids) { Ok(()) } else { Err(Error::WrongClient) }
    }
}

fn is_one_of(claim: Option<&Value>, accepted: &[String]) -> bool {
    let text = claim.and_then(Value::as_str);
    text.is_some_and(|text| accepted.iter().any(|known| known == text))
}

/// A `NumericDate` (RFC 7519 §2): seconds, perhaps with a fraction. Malformed is never "absent".
fn numeric_date(claims: &Map<String, Value>, name: &'static str) -> Result<Option<f64>, Error> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    match value.as_f64() {
        Some(seconds) if (0.0..=MAX_NUMERIC_DATE).contains(&seconds) => Ok(Some(seconds)),
        _ => Err(Error::MalformedClaim(name)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn check(policy: &Policy, claims: Value) -> Result<(), Error> {
        let Value::Object(claims) = claims else { unreachable!("a test passes an object") };
        policy.check(&claims, NOW)
    }

    fn policy() -> Policy {
        Policy::new(Algorithms::of_shared_secrets())
    }

    #[test]
    fn leeway_moves_every_edge() {
        let at = |offset: i64| NOW.saturating_add_signed(offset);
        assert_eq!(check(&policy(), json!({"exp": at(-29)})), Ok(()));
        assert_eq!(check(&policy(), json!({"exp": at(-30)})), Err(Error::Expired));
        let ends = at(60);
        assert_eq!(check(&policy(), json!({"exp": ends, "nbf": at(30), "iat": at(30)})), Ok(()));
        assert_eq!(check(&policy(), json!({"exp": ends, "nbf": at(31)})), Err(Error::NotYetValid));
        assert_eq!(
            check(&policy(), json!({"exp": ends, "iat": at(31)})),
            Err(Error::IssuedInFuture)
        );
        assert_eq!(
            check(&policy(), json!({"exp": at(-1), "iat": at(-1)})),
            Err(Error::ExpiresBeforeIssue)
        );
    }

    #[test]
    fn a_life_is_measured_from_issue_or_from_now() {
        let policy = Policy { max_token_life_s: Some(100), ..policy() };
        let too_long = Err(Error::LivesTooLong { max_s: 100 });
        assert_eq!(check(&policy, json!({"iat": NOW - 50, "exp": NOW + 50})), Ok(()));
        assert_eq!(check(&policy, json!({"iat": NOW - 51, "exp": NOW + 50})), too_long);
        assert_eq!(check(&policy, json!({"exp": NOW + 100})), Ok(()));
        assert_eq!(check(&policy, json!({"exp": NOW + 101})), too_long);
    }

    #[test]
    fn a_token_without_an_end_is_refused_unless_allowed() {
        assert_eq!(check(&policy(), json!({})), Err(Error::MissingClaim("exp")));
        let open = Policy { require_exp: false, ..policy() };
        assert_eq!(check(&open, json!({"iat": NOW})), Ok(()));
        assert_eq!(check(&open, json!({"exp": null})), Err(Error::MalformedClaim("exp")));
    }

    #[test]
    fn issuer_is_compared_exactly() {
        let policy = Policy { issuers: vec!["https://a/".into(), "b".into()], ..policy() };
        let with = |iss: Value| check(&policy, json!({"exp": NOW + 9, "iss": iss}));
        assert_eq!(with(json!("https://a/")), Ok(()));
        assert_eq!(with(json!("b")), Ok(()));
        for iss in [json!("https://a"), json!("B"), json!(["b"]), json!(null), json!("b ")] {
            assert_eq!(with(iss.clone()), Err(Error::WrongIssuer), "{iss}");
        }
        assert_eq!(check(&policy, json!({"exp": NOW + 9})), Err(Error::WrongIssuer));
    }

    #[test]
    fn audience_is_one_text_or_a_list_of_texts() {
        let policy = Policy { audiences: vec!["api".into()], ..policy() };
        let with = |aud: Value| check(&policy, json!({"exp": NOW + 9, "aud": aud}));
        assert_eq!(with(json!("api")), Ok(()));
        assert_eq!(with(json!(["other", "api"])), Ok(()));
        for aud in [
            json!("apis"),
            json!([]),
            json!(["api", 1]),
            json!({"api": 1}),
            json!("x,api"),
            json!(1),
        ] {
            assert_eq!(with(aud.clone()), Err(Error::WrongAudience), "{aud}");
        }
        assert_eq!(check(&policy, json!({"exp": NOW + 9})), Err(Error::WrongAudience));
    }

    #[test]
    fn a_token_of_cognito_is_of_one_use_and_for_one_of_the_clients() {
        let client_ids = vec!["shop".to_owned()];
        let of = |token_use| {
            let cognito = Some(Cognito { token_use, client_ids: client_ids.clone() });
            Policy { cognito, ..policy() }
        };
        let (access, id) = (of(TokenUse::Access), of(TokenUse::Id));
        let claims = |more: Value| {
            let Value::Object(mut claims) = more else { unreachable!("a test passes an object") };
            claims.insert("exp".to_owned(), json!(NOW + 9));
            Value::Object(claims)
        };
        let accessing = claims(json!({"token_use": "access", "client_id": "shop"}));
        let identifying = claims(json!({"token_use": "id", "aud": "shop"}));
        assert_eq!(check(&access, accessing.clone()), Ok(()));
        assert_eq!(check(&id, identifying.clone()), Ok(()));
        assert_eq!(check(&access, identifying), Err(Error::WrongTokenUse));
        assert_eq!(check(&id, accessing), Err(Error::WrongTokenUse));
        for (policy, other, error) in [
            (&access, json!({"client_id": "shop"}), Error::WrongTokenUse),
            (&access, json!({"token_use": "access", "client_id": "x"}), Error::WrongClient),
            (&access, json!({"token_use": "access", "aud": "shop"}), Error::WrongClient),
            (&id, json!({"token_use": "id", "client_id": "shop"}), Error::WrongClient),
            (&id, json!({"token_use": "id", "aud": ["shop"]}), Error::WrongClient),
        ] {
            assert_eq!(check(policy, claims(other.clone())), Err(error), "{other}");
        }
    }

    #[test]
    fn a_scope_that_is_needed_is_one_of_a_list_or_one_word_of_a_text() {
        let policy = Policy { scope: Some("dev-token"), ..policy() };
        let with = |scope: Value| check(&policy, json!({"exp": NOW + 9, "scope": scope}));
        for scope in [json!(["dev-token"]), json!(["a", "dev-token"]), json!("a dev-token")] {
            assert_eq!(with(scope.clone()), Ok(()), "{scope}");
        }
        for scope in [json!([]), json!("dev-tokens"), json!("a"), json!({"dev-token": 1}), json!(1)]
        {
            assert_eq!(with(scope.clone()), Err(Error::WrongScope), "{scope}");
        }
        assert_eq!(check(&policy, json!({"exp": NOW + 9})), Err(Error::WrongScope));
    }

    #[test]
    fn subject_is_a_text_and_the_configured_one() {
        let policy = Policy { subject: Some("user".into()), ..policy() };
        let with = |sub: Value| check(&policy, json!({"exp": NOW + 9, "sub": sub}));
        assert_eq!(with(json!("user")), Ok(()));
        assert_eq!(with(json!("User")), Err(Error::WrongSubject));
        assert_eq!(with(json!(7)), Err(Error::MalformedClaim("sub")));
        assert_eq!(check(&policy, json!({"exp": NOW + 9})), Err(Error::WrongSubject));
    }
}
