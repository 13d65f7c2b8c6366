//! Tokens of IAM in the place of a password, as Amazon RDS and Aurora take them.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_secretsmanager::config::{Credentials, ProvideCredentials};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use tokio::sync::{Mutex, OnceCell};

/// How long a token lets new connections in. RDS takes no longer ones.
const TOKEN_LIFE: Duration = Duration::from_mins(15);
/// Credentials that end sooner are fetched anew.
const CREDENTIALS_MARGIN: Duration = Duration::from_mins(5);
/// Longest that finding credentials may take: a request waits for them.
const PATIENCE: Duration = Duration::from_secs(4);

/// What is not percent-encoded in a query (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a token lets in, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RdsLogin {
    /// Host name, as RDS calls it: a token for another name of it is refused.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The role, which is a member of `rds_iam`.
    pub user: String,
}

/// Makes tokens with the credentials and the region of the process, which are the SDK's to find.
/// No call is made for a token, except for credentials.
#[derive(Default)]
pub struct RdsTokens {
    config: OnceCell<SdkConfig>,
    credentials: Mutex<Option<Credentials>>,
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// Nothing says in which region the database is.
    #[error("no AWS region is set")]
    Region,
    /// There are no credentials, or not in time.
    #[error("no AWS credentials were found")]
    Credentials,
    /// Host or role cannot be part of a URL.
    #[error("host or user of the database cannot be signed")]
    Login,
}

impl RdsTokens {
    /// A token that begins `now`.
    ///
    /// # Errors
    /// [`NoToken`]
    pub async fn token(&self, login: &RdsLogin, now: SystemTime) -> Result<SecretString, NoToken> {
        let config = self
            .config
            .get_or_init(|| Box::pin(aws_config::load_defaults(BehaviorVersion::latest())));
        let config = config.await;
        let region = config.region().ok_or(NoToken::Region)?;
        let credentials = self.credentials(config, now);
        let credentials = tokio::time::timeout(PATIENCE, credentials).await;
        let credentials = credentials.map_err(|_elapsed| NoToken::Credentials)??;
        signed(credentials, region.as_ref(), login, now)
    }

    /// Those at hand while they are good for long enough; one fetches them for all.
    async fn credentials(
        &self,
        config: &SdkConfig,
        now: SystemTime,
    ) -> Result<Credentials, NoToken> {
        let mut held = self.credentials.lock().await;
        let is_good =
            |held: &Credentials| held.expiry().is_none_or(|end| now + CREDENTIALS_MARGIN < end);
        if let Some(held) = held.as_ref().filter(|held| is_good(held)) {
            return Ok(held.clone());
        }
        let provider = config.credentials_provider().ok_or(NoToken::Credentials)?;
        let found = provider.provide_credentials().await;
        let found = found.map_err(|_reason| NoToken::Credentials)?;
        Ok(held.insert(found).clone())
    }
}

impl fmt::Debug for RdsTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RdsTokens").finish_non_exhaustive()
    }
}

/// A presigned URL without its scheme (Amazon RDS User Guide, "Connecting to your DB instance using
/// IAM authentication").
fn signed(
    credentials: Credentials,
    region: &str,
    login: &RdsLogin,
    now: SystemTime,
) -> Result<SecretString, NoToken> {
    let mut settings = SigningSettings::default();
    settings.expires_in = Some(TOKEN_LIFE);
    settings.signature_location = SignatureLocation::QueryParams;
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("rds-db")
        .time(now)
        .settings(settings)
        .build()
        .map_err(|_| NoToken::Login)?;
    let RdsLogin { host, port, user } = login;
    let user = utf8_percent_encode(user, RESERVED);
    let mut url = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
    let body = SignableBody::Bytes(&[]);
    let request = SignableRequest::new("GET", &url, std::iter::empty(), body);
    let request = request.map_err(|_| NoToken::Login)?;
    let (instructions, _) =
        sign(request, &parameters.into()).map_err(|_| NoToken::Login)?.into_parts();
    for (name, value) in instructions.params() {
        url.push('&');
        url.push_str(name);
        url.push('=');
        url.extend(utf8_percent_encode(value, RESERVED));
    }
    Ok(url.trim_start_matches("https://").into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use secrecy::ExposeSecret;

    use super::*;

    /// What botocore 1.44.8 makes of the same (`generate_db_auth_token` at this time).
    #[test]
    fn a_token_is_the_one_that_botocore_makes() {
        let login = RdsLogin {
            host: "shop.abc.eu-central-1.rds.amazonaws.com".to_owned(),
            port: 5432,
            user: "tessera reader+1".to_owned(),
        };
        let credentials =
            Credentials::new("AKIDEXAMPLE", "secret", Some("session/+=".to_owned()), None, "test");
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(498_840);
        let token = signed(credentials, "eu-central-1", &login, now).unwrap();
        // The order of parameters is not part of what is signed.
        let parts = |token: &str| token.split('&').map(str::to_owned).collect::<BTreeSet<_>>();
        let expected = include_str!("rds_token.txt").trim_end();
        assert_eq!(parts(token.expose_secret()), parts(expected));
    }

    #[test]
    fn a_host_that_cannot_be_part_of_a_url_has_no_token() {
        let login = RdsLogin { host: "a b".to_owned(), port: 5432, user: "me".to_owned() };
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let token = signed(credentials, "eu-central-1", &login, SystemTime::UNIX_EPOCH);
        assert_eq!(token.err(), Some(NoToken::Login));
    }
}
