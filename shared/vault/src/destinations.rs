//! Where certificates end up in AWS: Certificate Manager, the trust bundle in S3 that a domain of API
//! Gateway reads, and the topic that hears of failures.

use aws::Patience;
use aws_config::SdkConfig;
use aws_sdk_acm::operation::import_certificate::builders::ImportCertificateFluentBuilder;
use aws_sdk_acm::primitives::Blob;
use aws_sdk_apigatewayv2::types::MutualTlsAuthenticationInput;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use crate::Error;

const ACM: &str = "AWS Certificate Manager";
const S3: &str = "Amazon S3";
const API_GATEWAY: &str = "Amazon API Gateway";
const SNS: &str = "Amazon SNS";

/// More than the bundle of a domain may have.
const BUNDLE_BYTES_MAX: usize = 1 << 20;

/// The longest subject of a message.
const SUBJECT_BYTES_MAX: usize = 100;

/// The places of an account and region. What they are reached with is made when it is first used.
#[derive(Debug, Default)]
pub struct Destinations {
    config: OnceCell<SdkConfig>,
    acm: OnceCell<aws_sdk_acm::Client>,
    s3: OnceCell<aws_sdk_s3::Client>,
    domains: OnceCell<aws_sdk_apigatewayv2::Client>,
    topics: OnceCell<aws_sdk_sns::Client>,
}

/// An object of S3 and which version it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its version; `None` in a bucket without versions.
    pub version: Option<String>,
}

/// A pair as Certificate Manager takes it: PEM texts.
#[derive(Debug)]
pub struct Import {
    /// The certificate.
    pub certificate: String,
    /// Those of the authorities above it; none for one that signed itself.
    pub chain: Option<String>,
    /// Its key.
    pub key: SecretString,
}

impl Destinations {
    /// Region, credentials and endpoints are the SDK's to find.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reached as this configuration says.
    pub fn with_config(config: SdkConfig) -> Self {
        Self { config: OnceCell::new_with(Some(config)), ..Self::default() }
    }

    /// The certificate under this ARN, as PEM.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also for an ARN that does not exist.
    pub async fn imported(&self, arn: &str) -> Result<String, Error> {
        let request = self.acm().await.get_certificate().certificate_arn(arn);
        let answer = Box::pin(request.send()).await.map_err(|error| Error::of(ACM, &error))?;
        answer.certificate.ok_or(Error::Malformed { reason: "the imported certificate is absent" })
    }

    /// Puts a pair in the place of what is under this ARN: whatever uses it goes on with the new one.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn import(&self, arn: &str, pair: &Import) -> Result<(), Error> {
        let blob = |text: &str| Blob::new(text.as_bytes());
        let request: ImportCertificateFluentBuilder = self.acm().await.import_certificate();
        let request = request
            .certificate_arn(arn)
            .certificate(blob(&pair.certificate))
            .set_certificate_chain(pair.chain.as_deref().map(blob))
            .private_key(blob(pair.key.expose_secret()));
        Box::pin(request.send()).await.map_err(|error| Error::of(ACM, &error))?;
        Ok(())
    }

    /// An object of a bucket; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Malformed`] for one of more than a mebibyte.
    pub async fn object(&self, bucket: &str, key: &str) -> Result<Option<Object>, Error> {
        let request = self.s3().await.get_object().bucket(bucket).key(key);
        let answer = match Box::pin(request.send()).await {
            Ok(answer) => answer,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(Error::of(S3, &error)),
        };
        let length = answer.content_length.and_then(|length| usize::try_from(length).ok());
        if length.is_none_or(|length| length > BUNDLE_BYTES_MAX) {
            return Err(Error::Malformed { reason: "it has more than a mebibyte" });
        }
        let bytes = Box::pin(answer.body.collect()).await;
        let cut_off = Error::Malformed { reason: "it was cut off while it was read" };
        let bytes = bytes.map_err(|_| cut_off)?.to_vec();
        Ok(Some(Object { bytes, version: answer.version_id }))
    }

    /// Writes an object, whole or not at all; its version.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn put_object(
        &self,
        bucket: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> Result<Option<String>, Error> {
        let request = self.s3().await.put_object().bucket(bucket).key(key);
        let request = request.content_type("application/x-pem-file").body(ByteStream::from(bytes));
        let answer = Box::pin(request.send()).await.map_err(|error| Error::of(S3, &error))?;
        Ok(answer.version_id)
    }

    /// The version of the trust bundle that a domain asks clients for; `None` when it asks for none.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also for a domain that does not exist.
    pub async fn bundle_version(&self, domain: &str) -> Result<Option<String>, Error> {
        let request = self.domains().await.get_domain_name().domain_name(domain);
        let answer = Box::pin(request.send()).await;
        let answer = answer.map_err(|error| Error::of(API_GATEWAY, &error))?;
        Ok(answer.mutual_tls_authentication.and_then(|mutual| mutual.truststore_version))
    }

    /// Has a domain read this version of the trust bundle, at `s3://bucket/key`.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn use_bundle(&self, domain: &str, uri: &str, version: &str) -> Result<(), Error> {
        let mutual = MutualTlsAuthenticationInput::builder();
        let mutual = mutual.truststore_uri(uri).truststore_version(version).build();
        let request = self.domains().await.update_domain_name().domain_name(domain);
        let request = request.mutual_tls_authentication(mutual);
        Box::pin(request.send()).await.map_err(|error| Error::of(API_GATEWAY, &error))?;
        Ok(())
    }

    /// Tells a topic.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn tell(&self, topic: &str, subject: &str, message: &str) -> Result<(), Error> {
        let subject: String = subject.chars().take(SUBJECT_BYTES_MAX).collect();
        let request = self.topics().await.publish().topic_arn(topic).subject(subject);
        let sent = Box::pin(request.message(message).send()).await;
        sent.map_err(|error| Error::of(SNS, &error))?;
        Ok(())
    }

    async fn acm(&self) -> &aws_sdk_acm::Client {
        self.acm.get_or_init(async || aws_sdk_acm::Client::new(self.config().await)).await
    }

    /// Buckets are named in the path where an endpoint is given: an address of this machine has no
    /// names below it.
    async fn s3(&self) -> &aws_sdk_s3::Client {
        let client = async || {
            let config = self.config().await;
            let builder = aws_sdk_s3::config::Builder::from(config);
            let is_named = config.endpoint_url().is_some();
            aws_sdk_s3::Client::from_conf(builder.force_path_style(is_named).build())
        };
        self.s3.get_or_init(client).await
    }

    async fn domains(&self) -> &aws_sdk_apigatewayv2::Client {
        let client = async || aws_sdk_apigatewayv2::Client::new(self.config().await);
        self.domains.get_or_init(client).await
    }

    async fn topics(&self) -> &aws_sdk_sns::Client {
        self.topics.get_or_init(async || aws_sdk_sns::Client::new(self.config().await)).await
    }

    async fn config(&self) -> &SdkConfig {
        self.config.get_or_init(|| Box::pin(Patience::PATIENT.loader().load())).await
    }
}

fn is_absent(error: &SdkError<GetObjectError>) -> bool {
    matches!(error.as_service_error(), Some(GetObjectError::NoSuchKey(_)))
}
