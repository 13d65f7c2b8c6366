//! What one caller gets.

use std::collections::BTreeMap;

use auth::VerifiedClaims;
use serde_json::{Map, Value};

use crate::reserved::is_reserved;
use crate::template::{Claims, Template};

/// The life time of a token whose caller and policy name none.
pub(crate) const DEFAULT_LIFETIME_S: u64 = 60 * 60;
/// The longest life time that a policy may give.
pub(crate) const MAX_LIFETIME_S: u64 = 24 * 60 * 60;

/// What somebody gets: these claims, and from these lists what they choose.
#[derive(Debug, Clone)]
pub struct Grant {
    pub(crate) claims: Claims,
    pub(crate) allowed: BTreeMap<String, Vec<Value>>,
    pub(crate) lifetime_s: Option<u64>,
    pub(crate) max_lifetime_s: u64,
    /// One text or several; empty: what the verifier demands.
    pub(crate) audience: Vec<String>,
}

/// What is known about a caller. Claims were verified, the rest comes from the user pool itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller<'c> {
    /// The claims of the token that it showed.
    pub token: Option<&'c VerifiedClaims>,
    /// Its attributes in the user pool.
    pub attributes: Option<&'c BTreeMap<String, String>>,
    /// Its groups in the user pool.
    pub groups: Option<&'c [String]>,
}

/// Why a caller does not get what it asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A claim that nobody chooses.
    #[error("the claim `{0}` is reserved")]
    Reserved(String),
    /// A claim, or a value of it, that is not on the caller's list.
    #[error("a claim is not on the list of the caller")]
    NotAllowed,
    /// A life time that is no whole number of seconds within bounds.
    #[error("the life time is not within 1..={max_s} seconds")]
    BadLifetime {
        /// The longest that is given.
        max_s: u64,
    },
    /// The caller's own token is about to end.
    #[error("the caller's own token has ended")]
    Ended,
    /// An audience that the policy does not give.
    #[error("the audience is not the one of the caller")]
    WrongAudience,
}

impl Grant {
    /// The claims of a token for `caller`, which chose `chosen`.
    ///
    /// Every chosen claim must be on the caller's list with that very value. What the verifier
    /// `demands` of a token (`iss`, `aud`, `sub`) is written last.
    ///
    /// # Errors
    /// [`Refusal::Reserved`] names the claim; [`Refusal::NotAllowed`] does not say which.
    pub fn claims(
        &self,
        caller: &Caller<'_>,
        chosen: Map<String, Value>,
        demands: &auth::Policy,
    ) -> Result<Map<String, Value>, Refusal> {
        let namespace = demands.claims_namespace.as_deref();
        if let Some(name) = chosen.keys().find(|name| is_reserved(name, namespace)) {
            return Err(Refusal::Reserved(name.clone()));
        }
        let is_allowed = |(name, value): (&String, &Value)| {
            !self.claims.has(name)
                && self.allowed.get(name).is_some_and(|values| values.contains(value))
        };
        if !chosen.iter().all(is_allowed) {
            return Err(Refusal::NotAllowed);
        }
        let mut claims = self.claims.of(caller);
        claims.extend(chosen);
        let demanded = [
            ("iss", demands.issuers.first().cloned().map(Value::String)),
            ("aud", self.audience(demands)),
            ("sub", demands.subject.clone().map(Value::String)),
        ];
        for (name, value) in demanded {
            if let Some(value) = value {
                claims.insert(name.to_owned(), value);
            }
        }
        Ok(claims)
    }

    fn audience(&self, demands: &auth::Policy) -> Option<Value> {
        match self.audience.as_slice() {
            [] => demands.audiences.first().cloned().map(Value::String),
            [one] => Some(Value::String(one.clone())),
            several => Some(several.iter().cloned().map(Value::String).collect()),
        }
    }

    /// Whether a token for this audience is what the caller gets anyway.
    ///
    /// # Errors
    /// [`Refusal::WrongAudience`]
    pub fn check_audience(&self, asked: &str, demands: &auth::Policy) -> Result<(), Refusal> {
        let is_given = match self.audience.as_slice() {
            [] => demands.audiences.first().is_some_and(|audience| audience == asked),
            given => given.iter().any(|audience| audience == asked),
        };
        if is_given { Ok(()) } else { Err(Refusal::WrongAudience) }
    }

    /// The life time of a token whose caller asked for `asked`, in seconds.
    ///
    /// It is no longer than what the verifier `demands`, and ends no later than the token that the
    /// caller showed, which has `left_s` to live.
    ///
    /// # Errors
    /// [`Refusal::BadLifetime`] unless it is a whole number of seconds, at least one and no more than
    /// the policy gives; [`Refusal::Ended`] when nothing is left.
    pub fn lifetime_s(
        &self,
        asked: Option<&Value>,
        left_s: Option<u64>,
        demands: &auth::Policy,
    ) -> Result<u64, Refusal> {
        let max_s = self.max_lifetime_s.min(demands.max_token_life_s.unwrap_or(u64::MAX));
        let wanted_s = match asked {
            None => self.lifetime_s.unwrap_or(DEFAULT_LIFETIME_S).min(max_s),
            Some(asked) => {
                let seconds = asked.as_u64().filter(|seconds| (1..=max_s).contains(seconds));
                seconds.ok_or(Refusal::BadLifetime { max_s })?
            }
        };
        match left_s {
            Some(0) => Err(Refusal::Ended),
            Some(left_s) => Ok(wanted_s.min(left_s)),
            None => Ok(wanted_s),
        }
    }

    /// Whether attributes of the user pool's user are needed.
    pub fn needs_attributes(&self) -> bool {
        self.claims.any(&|template| matches!(template, Template::FromAttribute(_)))
    }

    /// Whether groups of the user pool's user are needed.
    pub fn needs_groups(&self) -> bool {
        self.claims.any(&|template| matches!(template, Template::FromGroups))
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
