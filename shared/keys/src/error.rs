//! Why there are no keys.

use aws::Failure;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

/// Why keys, or texts that are kept with them, cannot be had. Names codes and variables, never a secret or where it lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The secret store or key server gave no answer that can be used: its error code, or a word
    /// for what happened.
    #[error("the store of the keys is unavailable: {code}")]
    Unavailable {
        /// `ThrottlingException`, `AccessDeniedException`, `timeout`, ...
        code: String,
    },
    /// An attempt has just failed; the next one is a second away.
    #[error("the store of the keys was unavailable a moment ago")]
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
    /// The key server's answer is no key set.
    #[error("the answer of the key server is not used: {reason}")]
    KeySet {
        /// What is wrong, without the answer.
        reason: &'static str,
    },
    /// The deny-list has a mistake.
    #[error("the deny-list is malformed: {reason}")]
    DenyList {
        /// What is wrong, without names.
        reason: &'static str,
    },
    /// No current key that is long enough for an allowed algorithm.
    #[error("there is no key to sign with")]
    NoSigningKey,
    /// A text of the operator's has a mistake.
    #[error("the {what} is malformed: {reason}")]
    Document {
        /// What it is.
        what: &'static str,
        /// What is wrong, without anything that is secret.
        reason: String,
    },
}

impl KeyError {
    /// No answer, for the reason of this word.
    pub(crate) fn unavailable(code: &str) -> Self {
        Self::Unavailable { code: code.to_owned() }
    }
}

impl<E: ProvideErrorMetadata> From<SdkError<E>> for KeyError {
    fn from(error: SdkError<E>) -> Self {
        Self::Unavailable { code: Failure::from(&error).to_string() }
    }
}
