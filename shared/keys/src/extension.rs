//! The AWS Parameters and Secrets Lambda Extension: a cache of secrets beside the function, asked
//! with a plain `GET` on this machine, without the SDK, without TLS.
//!
//! Source: AWS Secrets Manager User Guide, "Using the AWS Parameters and Secrets Lambda Extension".

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_secretsmanager::primitives::{DateTime, DateTimeFormat};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::KeyError;
use crate::secrets_manager::{Label, Version};

const TIMEOUT: Duration = Duration::from_secs(3);
/// A secret has 64 KiB at most, and JSON may write each byte of it as six.
const BODY_BYTES_MAX: usize = 512 * 1024;
const TOKEN_HEADER: &str = "x-aws-parameters-secrets-token";

/// The extension, if there is one. Clones know together that there is none.
#[derive(Clone)]
pub struct SecretsExtension {
    port: u16,
    /// What it takes as proof that its caller is the function: `AWS_SESSION_TOKEN`.
    session_token: SecretString,
    client: Client<HttpConnector, Empty<Bytes>>,
    /// Nobody listened: it is not there, and will not come.
    is_absent: Arc<AtomicBool>,
}

impl SecretsExtension {
    /// The one that would listen on this port of this machine.
    pub fn new(port: u16, session_token: SecretString) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { port, session_token, client, is_absent: Arc::default() }
    }

    /// The version at `label`; `None` when the extension cannot say: the SDK is asked then, whose
    /// errors can be told apart.
    pub(crate) async fn version(&self, id: &str, label: Label) -> Option<Version> {
        if self.is_absent.load(Ordering::Relaxed) {
            return None;
        }
        let answer = tokio::time::timeout(TIMEOUT, self.ask(id, label)).await;
        match answer.unwrap_or(Err(KeyError::unavailable("timeout"))) {
            Ok(version) => Some(version),
            Err(error) => {
                tracing::debug!(%error, "secrets extension not used");
                None
            }
        }
    }

    async fn ask(&self, id: &str, label: Label) -> Result<Version, KeyError> {
        let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let (port, label) = (self.port, label.name());
        let uri = format!(
            "http://localhost:{port}/secretsmanager/get?secretId={id}&versionStage={label}"
        );
        let request = Request::get(uri)
            .header(TOKEN_HEADER, self.session_token.expose_secret())
            .body(Empty::new())
            .map_err(|_| KeyError::unavailable("request not built"))?;
        let answer = self.client.request(request).await.map_err(|error| {
            if error.is_connect() {
                self.is_absent.store(true, Ordering::Relaxed);
            }
            KeyError::unavailable("no connection")
        })?;
        let status = answer.status();
        if !status.is_success() {
            return Err(KeyError::Unavailable { code: format!("status {}", status.as_u16()) });
        }
        let body = Limited::new(answer.into_body(), BODY_BYTES_MAX).collect().await;
        let body = body.map_err(|_| KeyError::unavailable("answer cut off"))?.to_bytes();
        version(&body).ok_or_else(|| KeyError::unavailable("unreadable answer"))
    }
}

/// The answer is that of `GetSecretValue`, whose `CreatedDate` is a text (RFC 3339) or a number.
fn version(body: &[u8]) -> Option<Version> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| answer.get(name)?.as_str().map(str::to_owned);
    let created = answer.get("CreatedDate")?;
    let created = match created.as_str() {
        Some(text) => DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok(),
        None => created.as_f64().map(DateTime::from_secs_f64),
    };
    let created = created.and_then(|date| u64::try_from(date.secs()).ok());
    Some(Version { id: text("VersionId")?, value: text("SecretString")?.into(), created })
}

impl fmt::Debug for SecretsExtension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretsExtension").field("port", &self.port).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_the_extension_is_that_of_get_secret_value() {
        let of = |created: &str| {
            let body = format!(
                r#"{{"ARN":"a","CreatedDate":{created},"Name":"n","SecretString":"s","VersionId":"v","VersionStages":["AWSCURRENT"],"ResultMetadata":{{}}}}"#
            );
            version(body.as_bytes()).map(|version| (version.id, version.created))
        };
        assert_eq!(of("\"2026-11-28T14:00:00.5Z\""), Some(("v".to_owned(), Some(1_795_874_400))));
        assert_eq!(of("1795874400.5"), Some(("v".to_owned(), Some(1_795_874_400))));
        assert_eq!(of("\"yesterday\""), Some(("v".to_owned(), None)));
        assert!(version(b"{}").is_none() && version(b"<html>").is_none());
    }

    #[tokio::test]
    async fn where_nobody_listens_it_is_asked_once() {
        // A port that was free a moment ago.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let extension = SecretsExtension::new(port, "token".into());
        assert!(extension.version("name", Label::Current).await.is_none());
        assert!(extension.is_absent.load(Ordering::Relaxed));
        assert!(!format!("{extension:?}").contains("token"));
    }
}
