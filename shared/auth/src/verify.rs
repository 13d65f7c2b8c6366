//! The front door: token in, verified claims out.

use crate::{Error, KeySet, Policy, Token, VerifiedClaims};

/// Verifies a compact JWS and returns its claims.
///
/// `token` is `header.payload.signature`, each base64url without padding (RFC 7515 §7.1).
/// `now` is unix seconds; `exp`, `nbf` and `iat` (RFC 7519 §4.1) get `policy.leeway_s`.
///
/// # Errors
/// [`Error::UnknownSignature`] when no key of `keys` signed it, [`Error::Expired`] once
/// `now >= exp + leeway`, and one reason for every other rule of RFC 7515, 7519 and 8725.
pub fn verify(
    token: &str,
    keys: &KeySet,
    policy: &Policy,
    now: u64,
) -> Result<VerifiedClaims, Error> {
    Token::read(token, policy.max_token_bytes)?.verify(keys, policy, now)
}

impl Token<'_> {
    /// Verifies the token and returns its claims, as [`verify`] does.
    ///
    /// Nothing of the payload is believed before the signature is good.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn verify(
        &self,
        keys: &KeySet,
        policy: &Policy,
        now: u64,
    ) -> Result<VerifiedClaims, Error> {
        if self.text_bytes() > policy.max_token_bytes {
            return Err(Error::TooLong { max_bytes: policy.max_token_bytes });
        }
        let algorithm = self.algorithm();
        if !policy.algorithms.allow(algorithm) {
            return Err(Error::AlgorithmNotAllowed);
        }
        let (message, signature) = (self.message(), self.signature());
        let key_not_after = keys.check_signature(message, signature, algorithm, self.kid(), now)?;
        let claims = self.read_payload()?;
        policy.check(&claims, now)?;
        Ok(VerifiedClaims::new(claims, key_not_after))
    }
}
