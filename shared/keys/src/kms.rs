//! AWS KMS: a private key that never leaves it.

use std::fmt;
use std::sync::Arc;

use auth::{Algorithm, Fingerprint, KeyKind, PublicKey, fixed_signature, sha_digest};
use aws::Patience;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeyUsageType, MessageType, SigningAlgorithmSpec};
use futures_util::FutureExt;
use tokio::sync::OnceCell;

use crate::refreshed::{Fetch, Fetched, Held, Refreshed};
use crate::{Clock, Intervals, KeyError};

/// What KMS hashes itself, in bytes (API reference, `Sign`); of more it takes the digest.
const RAW_BYTES_MAX: usize = 4096;

/// A key of KMS, or an alias that may be pointed at another.
pub struct KmsKey {
    kms: Arc<Kms>,
    public: Refreshed<KmsPublic>,
}

/// What KMS says of the key.
#[derive(Debug)]
struct KmsPublic {
    /// The key itself, where an alias was asked for.
    id: String,
    algorithm: Algorithm,
    key: PublicKey,
}

struct Kms {
    key_id: String,
    client: OnceCell<Client>,
}

impl KmsKey {
    /// The key of this id, ARN or alias. Nothing is asked yet.
    pub fn new(key_id: String, every: Intervals, clock: Clock) -> Self {
        let kms = Arc::new(Kms { key_id, client: OnceCell::new() });
        let asked = Arc::clone(&kms);
        let fetch: Fetch<KmsPublic> = Arc::new(move |_reason| {
            let kms = Arc::clone(&asked);
            async move {
                let value = Box::pin(kms.public()).await?;
                Ok(Fetched { value, fresh_for: None })
            }
            .boxed()
        });
        Self { kms, public: Refreshed::new("public key of KMS", every, clock, fetch) }
    }

    /// The half that may be published.
    ///
    /// # Errors
    /// [`KeyError`] when KMS does not give it.
    pub async fn public_key(&self) -> Result<PublicKey, KeyError> {
        self.current().await.map(|public| public.key.clone())
    }

    async fn current(&self) -> Result<Arc<KmsPublic>, KeyError> {
        let Held { value, refresh } = self.public.get().await?;
        Ok(match refresh {
            Some(refresh) => refresh.outcome().await.unwrap_or(value),
            None => value,
        })
    }

    /// The signature over what `message` makes of the algorithm and the name of the key, in the form
    /// of RFC 7518 §3.
    ///
    /// # Errors
    /// [`KeyError`] when KMS gives none.
    pub(crate) async fn sign<M: AsRef<[u8]>, E: From<KeyError>>(
        &self,
        message: impl FnOnce(Algorithm, &str) -> Result<M, E>,
    ) -> Result<(M, Vec<u8>), E> {
        let public = self.current().await?;
        let message = message(public.algorithm, &kid(&public.id))?;
        let signature = Box::pin(self.kms.sign(&public, message.as_ref())).await?;
        Ok((message, signature))
    }
}

/// A name that tells nothing of the account.
fn kid(id: &str) -> String {
    Fingerprint::of(id.as_bytes()).short()
}

impl Kms {
    async fn public(&self) -> Result<KmsPublic, KeyError> {
        let client = self.client.get_or_init(connect).await;
        let answer = client.get_public_key().key_id(&self.key_id).send().await?;
        let refused = |reason| KeyError::Malformed { reason };
        if answer.key_usage != Some(KeyUsageType::SignVerify) {
            return Err(refused("the key of KMS is not for signatures"));
        }
        let algorithms = answer.signing_algorithms.unwrap_or_default();
        let algorithm = algorithms.iter().find_map(algorithm_of);
        let algorithm = algorithm.ok_or(refused("the key of KMS is for no supported algorithm"))?;
        let id = answer.key_id.ok_or(refused("the key of KMS has no id"))?;
        let der = answer.public_key.ok_or(refused("the key of KMS has no public half"))?;
        let key = PublicKey::from_spki(der.as_ref())
            .and_then(|key| key.with_kid(kid(&id)).with_algorithm(algorithm))
            .map_err(|_| refused("the key of KMS is no safe key"))?;
        Ok(KmsPublic { id, algorithm, key })
    }

    async fn sign(&self, public: &KmsPublic, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let client = self.client.get_or_init(connect).await;
        let spec = spec_of(public.algorithm).ok_or(KeyError::NoSigningKey)?;
        let (kind, sent) = if message.len() <= RAW_BYTES_MAX {
            (MessageType::Raw, message.to_vec())
        } else {
            let digest = sha_digest(public.algorithm, message).ok_or(KeyError::NoSigningKey)?;
            (MessageType::Digest, digest)
        };
        let answer = client
            .sign()
            .key_id(&public.id)
            .message_type(kind)
            .message(Blob::new(sent))
            .signing_algorithm(spec)
            .send()
            .await?;
        let signature = answer.signature.ok_or(KeyError::unavailable("no signature"))?.into_inner();
        match public.algorithm.key_kind() {
            KeyKind::P256 | KeyKind::P384 => fixed_signature(&signature, public.algorithm)
                .ok_or(KeyError::unavailable("unreadable signature")),
            KeyKind::Rsa | KeyKind::Ed25519 | KeyKind::Secret => Ok(signature),
        }
    }
}

/// KMS takes no digest for Ed25519, and a message of 4096 bytes at most: such a key is not used.
fn algorithm_of(spec: &SigningAlgorithmSpec) -> Option<Algorithm> {
    Algorithm::ALL.into_iter().find(|algorithm| spec_of(*algorithm).as_ref() == Some(spec))
}

fn spec_of(algorithm: Algorithm) -> Option<SigningAlgorithmSpec> {
    match algorithm {
        Algorithm::Rs256 => Some(SigningAlgorithmSpec::RsassaPkcs1V15Sha256),
        Algorithm::Rs384 => Some(SigningAlgorithmSpec::RsassaPkcs1V15Sha384),
        Algorithm::Rs512 => Some(SigningAlgorithmSpec::RsassaPkcs1V15Sha512),
        Algorithm::Ps256 => Some(SigningAlgorithmSpec::RsassaPssSha256),
        Algorithm::Ps384 => Some(SigningAlgorithmSpec::RsassaPssSha384),
        Algorithm::Ps512 => Some(SigningAlgorithmSpec::RsassaPssSha512),
        Algorithm::Es256 => Some(SigningAlgorithmSpec::EcdsaSha256),
        Algorithm::Es384 => Some(SigningAlgorithmSpec::EcdsaSha384),
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 | Algorithm::EdDsa => None,
    }
}

async fn connect() -> Client {
    Client::new(&Patience::HURRIED.loader().load().await)
}

impl fmt::Debug for KmsKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KmsKey").finish_non_exhaustive()
    }
}
