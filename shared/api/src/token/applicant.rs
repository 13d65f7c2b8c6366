//! Who asks for a token, and what the policy says of it.

use std::collections::BTreeMap;

use auth::VerifiedClaims;
use issuance::{Caller, Client, Grant, Policy, Provider, Right};
use serde_json::{Map, Value};

use crate::token::credential::{ClientCredential, ShownToken};
use crate::token::error::Error;
use crate::token::failures::Whose;
use crate::token::record::Record;
use crate::token::service::{Incoming, Service};
use crate::token::wish::Wish;
use crate::trust::Accepted;

/// A user who showed a token of a provider that may be exchanged.
pub(super) struct User<'p> {
    provider: &'p Provider,
    claims: VerifiedClaims,
    /// Seconds until that token ends.
    left_s: Option<u64>,
    attributes: Option<BTreeMap<String, String>>,
    groups: Option<Vec<String>>,
}

impl User<'_> {
    pub(super) fn grant(&self) -> &Grant {
        &self.provider.grant
    }
}

/// What somebody gets.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) claims: Map<String, Value>,
    pub(super) lifetime_s: u64,
}

impl Service {
    /// The client whose name and secret were shown, if it has this right.
    ///
    /// # Errors
    /// [`Error::NotAClient`], whichever of the two is wrong; [`Error::NoRight`];
    /// [`Error::TooManyFailures`] for a client whose secret was guessed at too often.
    pub(super) async fn client<'p>(
        &self,
        shown: &ClientCredential,
        right: Right,
        policy: &'p Policy,
        now: u64,
        record: &mut Record,
    ) -> Result<&'p Client, Error> {
        // Names that nobody has are counted as well, so that they take as long as others.
        let name = shown.0.first().map_or("", |(id, _)| id.as_str());
        let whose = Whose::Client(name);
        if let Some(retry_after_s) = self.failures.blocked_for_s(whose, now) {
            return Err(Error::TooManyFailures { retry_after_s });
        }
        let found = shown.0.iter().find_map(|(id, secret)| policy.client(id, *secret));
        let Some(client) = found else {
            self.failures.count(whose, now).await;
            return Err(Error::NotAClient);
        };
        record.client(&client.id);
        if client.may(right) { Ok(client) } else { Err(Error::NoRight) }
    }

    /// The user whose token was shown, if tokens of its provider are exchanged.
    ///
    /// # Errors
    /// [`Error::BadToken`], [`Error::NotExchanged`], [`Error::Keys`]; [`Error::SignIn`] when the user
    /// pool does not say what the policy wants to know.
    pub(super) async fn user<'p>(
        &self,
        shown: &ShownToken,
        right: Right,
        policy: &'p Policy,
        incoming: &Incoming,
        record: &mut Record,
    ) -> Result<User<'p>, Error> {
        let accepted = self.trust.accept(&shown.0, incoming.now, None).await;
        let Accepted { issuer, claims, recheck } = accepted.map_err(Error::of_route)?;
        let name = claims.get("iss").and_then(Value::as_str);
        // Tokens that a shared secret signed, ours among them, are for `load`. So are those of an
        // issuer whose name nobody looks at, and ours that a private key signed.
        let is_provider = |name: &&str| {
            issuer.is_provider()
                && issuer.policy.issuers.iter().any(|known| known == name)
                && self.policy.issuers.first().is_none_or(|own| own != name)
        };
        let name = name.filter(is_provider).ok_or(Error::NotExchanged)?;
        let provider = policy.provider(name).ok_or(Error::NotExchanged)?;
        record.user(name, &claims);
        if !provider.may(right) {
            return Err(Error::NoRight);
        }
        recheck.confirm().await.map_err(Error::of_route)?;
        let left_s = left_s(&claims, incoming.now);
        let mut user = User { provider, claims, left_s, attributes: None, groups: None };
        self.ask_pool(&mut user, shown).await?;
        Ok(user)
    }

    /// Asks the user pool for what the policy copies from there.
    async fn ask_pool(&self, user: &mut User<'_>, shown: &ShownToken) -> Result<(), Error> {
        let grant = &user.provider.grant;
        if !grant.needs_attributes() && !grant.needs_groups() {
            return Ok(());
        }
        let pool = &self.sign_in.as_ref().ok_or(Error::NoUserPool)?.pool;
        if grant.needs_attributes() {
            user.attributes = Some(pool.attributes(&shown.0).await?);
        }
        if grant.needs_groups() {
            let names = ["username", "cognito:username"];
            let name = names.iter().find_map(|name| user.claims.get(name)?.as_str());
            user.groups = Some(pool.groups(name.ok_or(Error::NotExchanged)?).await?);
        }
        Ok(())
    }

    /// What a client gets.
    ///
    /// # Errors
    /// [`Error::Refused`]
    pub(super) fn grant_client(&self, client: &Client, wish: Wish) -> Result<Granted, Error> {
        let lifetime_s = client.grant.lifetime_s(wish.lifetime.as_ref(), None, &self.policy)?;
        let claims = client.grant.claims(&Caller::default(), wish.claims, &self.policy)?;
        Ok(Granted { claims, lifetime_s })
    }

    /// What a user gets.
    ///
    /// # Errors
    /// [`Error::Refused`]
    pub(super) fn grant_user(&self, user: &User<'_>, wish: Wish) -> Result<Granted, Error> {
        let grant = &user.provider.grant;
        let lifetime_s = grant.lifetime_s(wish.lifetime.as_ref(), user.left_s, &self.policy)?;
        let caller = Caller {
            token: Some(&user.claims),
            attributes: user.attributes.as_ref(),
            groups: user.groups.as_deref(),
        };
        let claims = grant.claims(&caller, wish.claims, &self.policy)?;
        Ok(Granted { claims, lifetime_s })
    }
}

/// Whole seconds until the token of these claims ends; `None` for one that does not.
fn left_s(claims: &VerifiedClaims, now: u64) -> Option<u64> {
    let ends = claims.get("exp")?.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "verified: a time from 0 to the year 9999"
    )]
    let ends = ends as u64;
    Some(ends.saturating_sub(now))
}
