//! AWS Secrets Manager: the value of a secret at a staging label.

use aws::Patience;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use secrecy::SecretString;
use tokio::sync::OnceCell;

use crate::KeyError;
use crate::extension::SecretsExtension;
use crate::refreshed::Reason;
use crate::secret_text::malformed;

/// One secret. The client is made when it is first read: a cold start with the secret in the
/// environment makes no AWS call and reads no trust store.
#[derive(Debug)]
pub(crate) struct StoredSecret {
    id: String,
    extension: Option<SecretsExtension>,
    client: OnceCell<Client>,
}

/// A version of a secret.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) value: SecretString,
    /// When it was written, unix seconds.
    pub(crate) created: Option<u64>,
}

/// The staging labels of a rotation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Label {
    Current,
    Previous,
    Pending,
}

impl Label {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
            Self::Pending => "AWSPENDING",
        }
    }
}

impl StoredSecret {
    /// The secret of this ARN or name, read through `extension` where there is one. Region,
    /// credentials and endpoint are the SDK's to find.
    pub(crate) fn new(id: String, extension: Option<SecretsExtension>) -> Self {
        Self { id, extension, client: OnceCell::new() }
    }

    #[cfg(test)]
    pub(crate) fn with_client(
        id: &str,
        extension: Option<SecretsExtension>,
        client: Client,
    ) -> Self {
        Self { id: id.to_owned(), extension, client: OnceCell::new_with(Some(client)) }
    }

    /// Whether a read that is not forced may bring what a cache still has.
    pub(crate) fn has_cache(&self) -> bool {
        self.extension.is_some()
    }

    /// The version at `label`; `None` when there is no such version.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`] when there is no answer, or no permission to have one;
    /// [`KeyError::Malformed`] for a binary value.
    pub(crate) async fn version(
        &self,
        label: Label,
        reason: Reason,
    ) -> Result<Option<Version>, KeyError> {
        // The extension answers from a cache, which a forced read is there to pass by.
        if reason == Reason::Due
            && let Some(extension) = &self.extension
            && let Some(version) = extension.version(&self.id, label).await
        {
            return Ok(Some(version));
        }
        let client = self.client.get_or_init(connect).await;
        let request = client.get_secret_value().secret_id(&self.id).version_stage(label.name());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let id = answer.version_id.ok_or_else(|| malformed("it has no version id"))?;
        let value = answer.secret_string.ok_or_else(|| malformed("it is binary, not text"))?;
        let created = answer.created_date.and_then(|date| u64::try_from(date.secs()).ok());
        Ok(Some(Version { id, value: value.into(), created }))
    }

    /// The value that is in force.
    ///
    /// # Errors
    /// As [`StoredSecret::version`]; [`KeyError::Unavailable`] also when there is no such secret.
    pub(crate) async fn current(&self, reason: Reason) -> Result<Version, KeyError> {
        let version = self.version(Label::Current, reason).await?;
        version.ok_or_else(|| KeyError::unavailable("no such secret"))
    }
}

async fn connect() -> Client {
    Client::new(&Patience::HURRIED.loader().load().await)
}

/// A label that is nowhere, or at a version that has no value yet (a rotation has just begun).
fn is_absent(error: &SdkError<GetSecretValueError>) -> bool {
    matches!(
        error.as_service_error(),
        Some(
            GetSecretValueError::ResourceNotFoundException(_)
                | GetSecretValueError::InvalidRequestException(_)
        )
    )
}
