//! AWS Secrets Manager: versions read and written, labels moved.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws::Patience;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_secretsmanager::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_secretsmanager::error::{BoxError, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::{
    GetSecretValueError, GetSecretValueOutput,
};
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use aws_sdk_secretsmanager::operation::update_secret_version_stage::UpdateSecretVersionStageError;
use aws_sdk_secretsmanager::primitives::{DateTime, DateTimeFormat};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use crate::{Error, Label, Labels};

/// The secrets of an account and region. The client is made when it is first used.
#[derive(Debug)]
pub struct Vault {
    patience: Patience,
    client: OnceCell<Client>,
}

/// A version of a secret. Shows nothing of its value.
#[derive(Clone)]
pub struct Version {
    /// Its id; for one that a rotation made, the token of that rotation.
    pub id: String,
    /// Its text.
    pub value: SecretString,
    /// When it was written, since 1970-01-01 UTC. May be cut to a whole second.
    pub written: Duration,
}

impl Vault {
    /// For a rotation. Region, credentials and endpoint are the SDK's to find.
    pub fn patient() -> Self {
        Self { patience: Patience::PATIENT, client: OnceCell::new() }
    }

    /// The same for a request, which waits for the answer.
    pub fn hurried() -> Self {
        Self { patience: Patience::HURRIED, client: OnceCell::new() }
    }

    /// The secrets that this client reaches.
    pub fn with_client(client: Client) -> Self {
        Self { patience: Patience::PATIENT, client: OnceCell::new_with(Some(client)) }
    }

    /// Which versions of the secret stand where.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also for a secret that does not exist.
    pub async fn labels(&self, secret: &str) -> Result<Labels, Error> {
        let date = Date::default();
        let request = self.client().await.describe_secret().secret_id(secret);
        let request = request.customize().interceptor(date.clone());
        let answer = Box::pin(request.send()).await?;
        Ok(Labels {
            told_at: date.seen(),
            is_rotated: answer.rotation_enabled.unwrap_or_default(),
            rotated: answer.last_rotated_date.as_ref().and_then(since_epoch),
            versions: answer.version_ids_to_stages.unwrap_or_default(),
        })
    }

    /// The version with this label; `None` when there is none, or it has no value yet.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Malformed`] for a binary value.
    pub async fn labelled(&self, secret: &str, label: Label) -> Result<Option<Version>, Error> {
        let request = self.client().await.get_secret_value().secret_id(secret);
        read(Box::pin(request.version_stage(label.name()).send()).await)
    }

    /// The version of this id; `None` when there is none, or it has no value yet.
    ///
    /// # Errors
    /// As [`Vault::labelled`].
    pub async fn version(&self, secret: &str, id: &str) -> Result<Option<Version>, Error> {
        let request = self.client().await.get_secret_value().secret_id(secret);
        read(Box::pin(request.version_id(id).send()).await)
    }

    /// Writes the value of a version that is pending. A version that has a value keeps it.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn put_pending(
        &self,
        secret: &str,
        id: &str,
        value: &SecretString,
    ) -> Result<(), Error> {
        self.put(secret, id, value, Label::Pending).await
    }

    /// Puts a version into force in the place of another, which becomes the previous one. It is one
    /// step, and none when the other is not in force any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn make_current(
        &self,
        secret: &str,
        id: &str,
        in_place_of: &str,
    ) -> Result<(), Error> {
        let request = self.client().await.update_secret_version_stage().secret_id(secret);
        let request = request.version_stage(Label::Current.name()).move_to_version_id(id);
        Box::pin(request.remove_from_version_id(in_place_of).send()).await?;
        Ok(())
    }

    /// Writes the value of a version, with a label that moves to it from wherever it is. A version
    /// that has a value keeps it.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn put(
        &self,
        secret: &str,
        id: &str,
        value: &SecretString,
        label: Label,
    ) -> Result<(), Error> {
        let request = self.client().await.put_secret_value().secret_id(secret);
        let request = request.client_request_token(id).secret_string(value.expose_secret());
        match Box::pin(request.version_stages(label.name()).send()).await {
            Ok(_) => Ok(()),
            // Somebody with the same token was faster: theirs is the value.
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PutSecretValueError::ResourceExistsException(_)) =>
            {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the label of a pending version away.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn end_pending(&self, secret: &str, id: &str) -> Result<(), Error> {
        let request = self.client().await.update_secret_version_stage().secret_id(secret);
        let request = request.version_stage(Label::Pending.name()).remove_from_version_id(id);
        match Box::pin(request.send()).await {
            Ok(_) => Ok(()),
            // It has the label no more.
            Err(SdkError::ServiceError(error))
                if matches!(
                    error.err(),
                    UpdateSecretVersionStageError::InvalidParameterException(_)
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn client(&self) -> &Client {
        self.client.get_or_init(|| Box::pin(connect(self.patience))).await
    }
}

async fn connect(patience: Patience) -> Client {
    Client::new(&patience.loader().load().await)
}

fn read(
    answer: Result<GetSecretValueOutput, SdkError<GetSecretValueError>>,
) -> Result<Option<Version>, Error> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let malformed = |reason| Error::Malformed { reason };
    let id = answer.version_id.ok_or_else(|| malformed("it has no id"))?;
    let value = answer.secret_string.ok_or_else(|| malformed("it is binary, not text"))?;
    let written = answer.created_date.as_ref().and_then(since_epoch);
    let written = written.ok_or_else(|| malformed("nobody knows when it was written"))?;
    Ok(Some(Version { id, value: value.into(), written }))
}

/// A label that is nowhere, or at a version that has no value yet.
fn is_absent(error: &SdkError<GetSecretValueError>) -> bool {
    matches!(
        error.as_service_error(),
        Some(
            GetSecretValueError::ResourceNotFoundException(_)
                | GetSecretValueError::InvalidRequestException(_)
        )
    )
}

/// Sees when an answer was given, by the clock of who gave it.
#[derive(Debug, Clone, Default)]
struct Date(Arc<AtomicU64>);

impl Date {
    fn seen(&self) -> Option<Duration> {
        let seconds = self.0.load(Ordering::Relaxed);
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }
}

impl Intercept for Date {
    fn name(&self) -> &'static str {
        "Date"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|text| DateTime::from_str(text, DateTimeFormat::HttpDate).ok());
        if let Some(date) = date.as_ref().and_then(since_epoch) {
            self.0.store(date.as_secs(), Ordering::Relaxed);
        }
        Ok(())
    }
}

fn since_epoch(date: &DateTime) -> Option<Duration> {
    Some(Duration::new(u64::try_from(date.secs()).ok()?, date.subsec_nanos()))
}

impl fmt::Debug for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Version").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "secrets_manager_tests.rs"]
mod tests;
