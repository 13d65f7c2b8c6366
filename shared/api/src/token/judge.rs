//! Whether a token is good: whether `load` would accept it.

use auth::{Algorithms, KeySet, Policy, Token, VerifiedClaims};

use crate::token::error::Error;
use crate::token::service::Service;
use crate::trust::Accepted;

impl Service {
    /// The claims of a token that is good at `now` (unix seconds): ours, or of anybody else whom `load`
    /// trusts.
    ///
    /// # Errors
    /// [`Error::BadToken`]; [`Error::Keys`] when that cannot be known.
    pub(super) async fn good(&self, token: &str, now: u64) -> Result<VerifiedClaims, Error> {
        if let Some(claims) = self.own(token, now).await? {
            let recheck = self.trust.check_not_denied(&claims).await.map_err(Error::of_route)?;
            recheck.confirm().await.map_err(Error::of_route)?;
            return Ok(claims);
        }
        let accepted = self.trust.accept(token, now, None).await.map_err(Error::of_route)?;
        let Accepted { claims, recheck, .. } = accepted;
        recheck.confirm().await.map_err(Error::of_route)?;
        Ok(claims)
    }

    /// The claims of a token that a private key of ours signed; `None` for every other. Those that our
    /// secret signed are known to the issuers.
    async fn own(&self, token: &str, now: u64) -> Result<Option<VerifiedClaims>, Error> {
        let public_keys = self.signer.public_keys().await?;
        if public_keys.is_empty() {
            return Ok(None);
        }
        let token = Token::read(token, self.policy.max_token_bytes).map_err(Error::BadToken)?;
        let named = token.unverified_issuer().map_err(Error::BadToken)?;
        if token.is_for_secret() || named.as_ref() != self.policy.issuers.first() {
            return Ok(None);
        }
        let policy = Policy { algorithms: Algorithms::of_public_keys(), ..self.policy.clone() };
        let keys = KeySet::of_public_keys(public_keys);
        token.verify(&keys, &policy, now).map(Some).map_err(Error::BadToken)
    }
}
