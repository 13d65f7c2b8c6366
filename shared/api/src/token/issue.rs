//! From what was granted to a token.

use auth::{Lifetime, random_id};

use crate::token::applicant::Granted;
use crate::token::error::Error;
use crate::token::record::Record;
use crate::token::service::Service;

/// A token, and how long it lives.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) token: String,
    pub(super) lifetime_s: u64,
}

impl Service {
    /// Signs a token of these claims.
    ///
    /// # Errors
    /// [`Error::Keys`], [`Error::NotMinted`]
    pub(super) async fn issue(
        &self,
        granted: Granted,
        now: u64,
        record: &mut Record,
    ) -> Result<Issued, Error> {
        let Granted { claims, lifetime_s } = granted;
        let jti = random_id()?;
        record.granted(&claims, lifetime_s);
        let lifetime = Lifetime::Seconds(lifetime_s);
        let token = self.signer.mint(claims, now, lifetime, jti.clone()).await?;
        record.token(&jti);
        Ok(Issued { token, lifetime_s })
    }
}
