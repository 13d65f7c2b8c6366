//! From a token to its claims: whose it could be, whether they signed it, and whether it was taken
//! back. What was believed on old keys is looked at again before the answer leaves.

use std::sync::Arc;
use std::time::Duration;

use auth::{KeySet, Policy, SecurityContext, Token, TokenCache, VerifiedClaims};
use keys::{DenyListSource, Held, Issuer, Issuers, Refresh};
use tokio::time::Instant;

use crate::{Deadline, error::Error};

/// How much of a request's time must be left for it to wait for a refresh of keys that it has.
const TIME_FOR_REFRESH: Duration = Duration::from_secs(1);

/// Who is believed.
#[derive(Debug)]
pub(crate) struct Trust {
    pub(crate) issuers: Issuers,
    pub(crate) deny_list: Option<DenyListSource>,
    known: TokenCache,
}

/// A caller who was verified, and what has to be looked at again.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) context: SecurityContext,
    pub(crate) recheck: Recheck,
}

/// A token that was verified, whose it is, and what has to be looked at again.
#[derive(Debug)]
pub(crate) struct Accepted<'t> {
    pub(crate) issuer: &'t Issuer,
    pub(crate) claims: VerifiedClaims,
    pub(crate) recheck: Recheck,
}

/// What was decided on stale keys or on a stale deny-list, both of which are being fetched while the
/// request goes on. Nothing, mostly.
#[derive(Debug, Default)]
pub(crate) struct Recheck {
    keys: Option<StaleKeys>,
    deny_list: Option<(VerifiedClaims, Refresh<auth::DenyList>)>,
    /// The last moment for which it is waited.
    until: Option<Instant>,
}

#[derive(Debug)]
struct StaleKeys {
    token: String,
    policy: Policy,
    /// When the request came: a token that ends during a long query was good.
    now: u64,
    refresh: Refresh<KeySet>,
}

impl Trust {
    pub(crate) fn new(issuers: Issuers, deny_list: Option<DenyListSource>) -> Self {
        Self { issuers, deny_list, known: TokenCache::default() }
    }

    /// Verifies a bearer token at `now` (unix seconds).
    ///
    /// # Errors
    /// As [`Trust::accept`]; [`Error::Token`] also when its claims are no security context.
    pub(crate) async fn verify(
        &self,
        text: &str,
        now: u64,
        deadline: Option<Deadline>,
    ) -> Result<Verified, Error> {
        let Accepted { issuer, claims, recheck } = self.accept(text, now, deadline).await?;
        let context = SecurityContext::from_verified(claims, &issuer.policy)?;
        Ok(Verified { context, recheck })
    }

    /// Verifies a token at `now` (unix seconds), and says whose it is.
    ///
    /// # Errors
    /// [`Error::Token`] when it is not to be believed; [`Error::Keys`] when that cannot be known.
    pub(crate) async fn accept(
        &self,
        text: &str,
        now: u64,
        deadline: Option<Deadline>,
    ) -> Result<Accepted<'_>, Error> {
        let Signed { issuer, claims, refresh } = self.verify_signature(text, now).await?;
        let recheck = Recheck {
            until: deadline.map(|Deadline(at)| at),
            keys: refresh.map(|refresh| StaleKeys {
                token: text.to_owned(),
                policy: issuer.policy.clone(),
                now,
                refresh,
            }),
            ..self.check_not_denied(&claims).await?
        };
        Ok(Accepted { issuer, claims, recheck })
    }

    /// Checks that a token of these claims was not taken back.
    ///
    /// # Errors
    /// [`Error::Token`] when it was; [`Error::Keys`] when that cannot be known.
    pub(crate) async fn check_not_denied(&self, claims: &VerifiedClaims) -> Result<Recheck, Error> {
        let Some(source) = &self.deny_list else { return Ok(Recheck::default()) };
        let Held { value, refresh } = source.get().await?;
        if value.denies(claims) {
            return Err(auth::Error::Denied.into());
        }
        let deny_list = refresh.map(|refresh| (claims.clone(), refresh));
        Ok(Recheck { deny_list, ..Recheck::default() })
    }

    /// Takes what is known of the token, or tries those who could have issued it. What nobody could
    /// say because keys were not to be had is no refusal.
    async fn verify_signature(&self, text: &str, now: u64) -> Result<Signed<'_>, Error> {
        if let Some(known) = self.known.find(text)
            && let Some(issuer) = self.issuers.get(known.issuer())
        {
            let Held { value: keys, refresh } = issuer.keys.get().await?;
            if let Some(claims) = known.claims(&keys, &issuer.policy, now) {
                return Ok(Signed { issuer, claims: claims?, refresh });
            }
        }
        let token = Token::read(text, self.issuers.max_token_bytes())?;
        let mut refused = None;
        for (number, issuer) in self.issuers.candidates(&token)? {
            match verify_with(issuer, &token, now).await {
                Ok((keys, claims, refresh)) => {
                    self.known.keep(text, number, &keys, &claims);
                    return Ok(Signed { issuer, claims, refresh });
                }
                Err(error @ Error::Keys(_)) => refused = Some(error),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or(Error::Token(auth::Error::WrongIssuer)))
    }
}

/// A token with a good signature, and whose it is.
struct Signed<'t> {
    issuer: &'t Issuer,
    claims: VerifiedClaims,
    /// The fetch that is under way because the keys that say so are stale.
    refresh: Option<Refresh<KeySet>>,
}

/// Verifies with the keys at hand, and once more when there are newer ones.
async fn verify_with(
    issuer: &Issuer,
    token: &Token<'_>,
    now: u64,
) -> Result<(Arc<KeySet>, VerifiedClaims, Option<Refresh<KeySet>>), Error> {
    let Held { value: keys, refresh } = issuer.keys.get().await?;
    match token.verify(&keys, &issuer.policy, now) {
        Ok(claims) => Ok((keys, claims, refresh)),
        Err(error) if error.may_be_a_newer_key() => {
            let newer = issuer.keys.newer_than(&keys).await.ok_or(error)?;
            let claims = token.verify(&newer, &issuer.policy, now)?;
            Ok((newer, claims, None))
        }
        Err(error) => Err(error.into()),
    }
}

impl Recheck {
    /// Decides again on what the refreshes have brought. One that failed changes nothing: what was
    /// held is good until its hard limit.
    ///
    /// # Errors
    /// [`Error::Token`] when the key is gone, or the token was taken back.
    pub(crate) async fn confirm(self) -> Result<(), Error> {
        let Self { keys, deny_list, until } = self;
        if let Some(StaleKeys { token, policy, now, refresh }) = keys
            && let Some(keys) = newest(refresh, until).await
        {
            Token::read(&token, policy.max_token_bytes)?.verify(&keys, &policy, now)?;
        }
        if let Some((claims, refresh)) = deny_list
            && let Some(list) = newest(refresh, until).await
            && list.denies(&claims)
        {
            return Err(auth::Error::Denied.into());
        }
        Ok(())
    }
}

/// What a refresh brings, unless it fails or there is no time to wait for it.
async fn newest<T>(refresh: Refresh<T>, until: Option<Instant>) -> Option<Arc<T>> {
    let Some(until) = until else { return refresh.outcome().await.ok() };
    let last_call = until.checked_sub(TIME_FOR_REFRESH)?;
    tokio::time::timeout_at(last_call, refresh.outcome()).await.ok()?.ok()
}
