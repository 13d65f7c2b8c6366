//! Claims that nobody chooses, and claims that not even the policy gives.

/// Claims that say who issued a token, to whom, and for how long: written when it is signed.
const WRITTEN_WHEN_SIGNED: [&str; 8] =
    ["iss", "aud", "exp", "nbf", "iat", "jti", "token_use", "scope"];

/// Claims that say who somebody is, or stand for the whole security context.
const OF_THE_POLICY: [&str; 2] = ["sub", "u"];

/// Whether not even the policy may give the claim.
pub(crate) fn is_written_when_signed(name: &str) -> bool {
    WRITTEN_WHEN_SIGNED.contains(&name)
}

/// Whether no caller may choose the claim, whatever list it stands on. `namespace` is the claim
/// whose members are the security context, where there is one.
pub(crate) fn is_reserved(name: &str, namespace: Option<&str>) -> bool {
    is_written_when_signed(name) || OF_THE_POLICY.contains(&name) || namespace == Some(name)
}
