//! What signs new tokens: a key that is held here, or one that never leaves KMS.

use auth::{Lifetime, MintError, Policy, PublicKey, UnsignedToken, mint_with_id};
use serde_json::{Map, Value};

use crate::kms::KmsKey;
use crate::refreshed::Held;
use crate::{KeyError, KeySource};

/// What signs new tokens.
#[derive(Debug)]
pub enum TokenSigner {
    /// The current key of a source, under these rules.
    Keys {
        /// Where the keys are.
        source: KeySource,
        /// Which algorithms may be used.
        policy: Box<Policy>,
    },
    /// A key of KMS.
    Kms(KmsKey),
}

/// Why no token was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The token cannot be made.
    #[error(transparent)]
    Mint(#[from] MintError),
}

/// A message that is signed is bytes.
struct Message(UnsignedToken);

impl AsRef<[u8]> for Message {
    fn as_ref(&self) -> &[u8] {
        self.0.message()
    }
}

impl TokenSigner {
    /// A new token with these claims, as [`mint_with_id`] makes one. `now` is unix seconds.
    ///
    /// # Errors
    /// [`SignError`]
    pub async fn mint(
        &self,
        claims: Map<String, Value>,
        now: u64,
        lifetime: Lifetime,
        id: String,
    ) -> Result<String, SignError> {
        match self {
            Self::Keys { source, policy } => {
                let key = source.signing_key(policy, now).await?;
                Ok(mint_with_id(claims, &key, now, lifetime, id)?)
            }
            Self::Kms(key) => {
                let unsigned = |algorithm, kid: &str| {
                    UnsignedToken::new(claims, algorithm, Some(kid), now, lifetime, id)
                        .map(Message)
                        .map_err(SignError::Mint)
                };
                let (message, signature) = key.sign(unsigned).await?;
                Ok(message.0.with_signature(&signature))
            }
        }
    }

    /// What verifies its tokens and may be published: nothing when a shared secret signs.
    ///
    /// # Errors
    /// [`KeyError`]
    pub async fn public_keys(&self) -> Result<Vec<PublicKey>, KeyError> {
        match self {
            Self::Keys { source, .. } => {
                let Held { value, refresh } = source.get().await?;
                let keys = match refresh {
                    Some(refresh) => refresh.outcome().await.unwrap_or(value),
                    None => value,
                };
                Ok(keys.public_keys().to_vec())
            }
            Self::Kms(key) => key.public_key().await.map(|key| vec![key]),
        }
    }
}
