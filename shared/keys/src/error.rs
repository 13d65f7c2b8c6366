//! Why there are no keys.

/// Why keys or clients cannot be had. Names codes and variables, never a secret or where it lies.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Secrets Manager gave no answer that can be used: its error code, or what the SDK calls it.
    #[error("the secret store is unavailable: {code}")]
    Unavailable {
        /// `ThrottlingException`, `AccessDeniedException`, `timeout`, ...
        code: String,
    },
    /// An attempt has just failed; the next one is a second away.
    #[error("the secret store was unavailable a moment ago")]
    CoolingDown,
    /// The secret's value is not of the documented form.
    #[error("the value of the secret is malformed: {reason}")]
    Malformed {
        /// What is wrong, without the value.
        reason: &'static str,
    },
    /// The secret may not be a key.
    #[error("the value of the secret is not a safe key")]
    Unsafe(#[source] auth::UnsafeKey),
    /// No current key that is long enough for an allowed algorithm.
    #[error("there is no key to sign with")]
    NoSigningKey,
    /// The list of clients has a mistake.
    #[error("the list of clients is malformed: {reason}")]
    Clients {
        /// What is wrong, without names or values.
        reason: &'static str,
    },
}
