//! The front door: token in, verified claims out.

use crate::header::Header;
use crate::{Error, KeySet, Policy, VerifiedClaims, encoding, json};

/// Verifies a compact JWS and returns its claims.
///
/// `token` is `header.payload.signature`, each base64url without padding (RFC 7515 §7.1).
/// `now` is unix seconds; `exp`, `nbf` and `iat` (RFC 7519 §4.1) get `policy.leeway_s`.
/// Nothing of the payload is read before the signature is good.
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
    if token.len() > policy.max_token_bytes {
        return Err(Error::TooLong { max_bytes: policy.max_token_bytes });
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Error::NotCompact)?;
    let (header, payload) = message.split_once('.').ok_or(Error::NotCompact)?;
    if payload.contains('.') {
        return Err(Error::NotCompact);
    }
    let header = Header::read(header)?;
    if !policy.algorithms.iter().any(|allowed| allowed == header.algorithm) {
        return Err(Error::AlgorithmNotAllowed);
    }
    keys.check_signature(
        message.as_bytes(),
        signature,
        header.algorithm,
        header.kid.as_deref(),
        now,
    )?;
    let payload = encoding::decode(payload).ok_or(Error::NotCompact)?;
    let claims = json::read_object(&payload, json::MAX_DEPTH).map_err(|_| Error::BadPayload)?;
    policy.check(&claims, now)?;
    Ok(VerifiedClaims::new(claims))
}
