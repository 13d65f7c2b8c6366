//! Variables of the token function.

use std::sync::Arc;

use ::auth::{Policy, TokenUse};
use ::keys::{Clock, DenyListSource, Issuers, TokenSigner, WebAddress};
use ledger::Ledger;

use crate::auth::or_report;
use crate::deny_list::{deny_list, ledger};
use crate::intervals::of_secrets;
use crate::issuers::{client_ids, read_issuers, token_use};
use crate::keys::{extension, has_api_secret};
use crate::signer::read_signer;
use crate::{Authentication, Environment, Error, Errors, Http, TextSource, value::text};

const CLIENTS: &str = "TESSERA_CLIENTS";
const CLIENTS_ARN: &str = "TESSERA_CLIENTS_ARN";
const POLICY: &str = "TESSERA_TOKEN_POLICY";
const POLICY_ARN: &str = "TESSERA_TOKEN_POLICY_ARN";
const ISSUER: &str = "TESSERA_TOKEN_ISSUER";
const SESSION_COOKIE: &str = "TESSERA_SESSION_COOKIE";
const LOGIN_URL: &str = "TESSERA_LOGIN_URL";
const POOL: &str = "TESSERA_COGNITO_USER_POOL_ID";
const CLIENT_SECRET: &str = "TESSERA_COGNITO_CLIENT_SECRET";
const CLIENT_SECRET_ARN: &str = "TESSERA_COGNITO_CLIENT_SECRET_ARN";
const JWK_URL: &str = "CUBEJS_JWK_URL";

/// The settings of a process that issues tokens.
#[derive(Debug)]
pub struct Issuing {
    /// What `load` demands of a token that we issued; the first of its issuers are we.
    pub policy: Policy,
    /// What signs.
    pub signer: TokenSigner,
    /// Who may have which claims.
    pub grants: TextSource,
    /// Whose tokens `load` accepts, but for our own: who signs them needs no key server to tell.
    pub issuers: Issuers,
    /// Which tokens were taken back, if that is looked at.
    pub deny_list: Option<DenyListSource>,
    /// Where that is written down, if anywhere.
    pub ledger: Option<Arc<Ledger>>,
    /// Where users sign in by name and password.
    pub user_pool: Option<UserPool>,
    /// The cookie that holds a provider's token.
    pub session_cookie: Option<String>,
    /// Where a browser is sent that shows nothing.
    pub login_url: Option<String>,
    /// The only origins that may read answers; `None` for any.
    pub cors_origins: Option<Vec<String>>,
}

/// A user pool of Amazon Cognito, and the application that signs users in.
#[derive(Debug)]
pub struct UserPool {
    /// Its id.
    pub id: String,
    /// The first of `TESSERA_COGNITO_CLIENT_IDS`.
    pub client_id: String,
    /// The application's secret, if it has one.
    pub client_secret: Option<TextSource>,
    /// Whether ID tokens are verified, and not access tokens.
    pub has_id_tokens: bool,
}

impl Issuing {
    /// Reads every variable.
    ///
    /// # Errors
    /// Everything that is unsafe, incomplete or unreadable, at once.
    pub fn read(environment: &dyn Environment, clock: &Clock) -> Result<Self, Errors> {
        let mut errors = Vec::new();
        let authentication = Authentication::read(environment, &mut errors);
        let signer = read_signer(environment, &authentication, clock, &mut errors);
        let grants = or_report(read_grants(environment, &mut errors), &mut errors);
        let issuers = read_all_issuers(environment, &authentication, clock, &mut errors);
        let policy = or_report(own_policy(environment, authentication), &mut errors);
        let deny_list = deny_list(environment, Arc::clone(clock), &mut errors);
        let user_pool = user_pool(environment, &mut errors);
        let session_cookie = or_report(session_cookie(environment), &mut errors);
        let login_url = or_report(login_url(environment), &mut errors);
        let cors_origins = Http::read(environment, &mut errors).cors_origins;
        match (policy, signer, grants, issuers) {
            (Some(policy), Some(signer), Some(grants), Some(issuers)) if errors.is_empty() => {
                let issuers = match policy.issuers.first() {
                    Some(own) => issuers.without_provider(own),
                    None => issuers,
                };
                Ok(Self {
                    policy,
                    signer,
                    grants,
                    issuers,
                    deny_list,
                    ledger: ledger(environment),
                    user_pool,
                    session_cookie: session_cookie.flatten(),
                    login_url: login_url.flatten(),
                    cors_origins,
                })
            }
            _ => Err(Errors(errors)),
        }
    }
}

/// Where the policy is: the list of clients of earlier versions is one too.
fn read_grants(
    environment: &dyn Environment,
    errors: &mut Vec<Error>,
) -> Result<TextSource, Error> {
    let is_set = |variable: &&&str| text(environment, variable).is_some();
    let variables = [POLICY, POLICY_ARN, CLIENTS, CLIENTS_ARN];
    let mut set = variables.iter().filter(is_set).copied();
    let variable = set.next().ok_or(Error::Missing {
        variable: POLICY,
        reason: "without a policy nobody can be given a token (or set TESSERA_TOKEN_POLICY_ARN, \
                 TESSERA_CLIENTS or TESSERA_CLIENTS_ARN)",
    })?;
    if let Some(second) = set.next() {
        let reason = "drop one, so that it is clear who may have a token";
        return Err(Error::Conflict { first: variable, second, reason });
    }
    let value = text(environment, variable).unwrap_or_default();
    match variable {
        POLICY => match std::fs::read_to_string(&value) {
            Ok(text) => {
                Ok(TextSource::Here { origin: format!("{POLICY} ({value})"), text: text.into() })
            }
            Err(_) => Err(Error::Invalid {
                variable: POLICY,
                expected: "the path of a readable file, such as token-policy.yml",
            }),
        },
        CLIENTS => Ok(TextSource::Here { origin: CLIENTS.to_owned(), text: value.into() }),
        _ => Ok(stored(environment, value, errors)),
    }
}

fn stored(environment: &dyn Environment, arn: String, errors: &mut Vec<Error>) -> TextSource {
    let every = of_secrets(environment, errors);
    let extension = extension(environment).map(Box::new);
    TextSource::SecretsManager { arn, extension, every }
}

/// All whom `load` trusts; nobody but us when we sign with a private key and no provider is named.
fn read_all_issuers(
    environment: &dyn Environment,
    authentication: &Authentication,
    clock: &Clock,
    errors: &mut Vec<Error>,
) -> Option<Issuers> {
    let is_set = |variable: &str| text(environment, variable).is_some();
    let has_any = has_api_secret(environment)
        || [JWK_URL, "TESSERA_ISSUERS", POOL, "CUBEJS_PLAYGROUND_AUTH_SECRET"]
            .into_iter()
            .any(is_set);
    if !has_any {
        return Some(Issuers::new(Vec::new()));
    }
    if is_set(JWK_URL) && has_api_secret(environment) {
        errors.push(Error::Conflict {
            first: JWK_URL,
            second: "CUBEJS_API_SECRET",
            reason: "beside a key server an API secret verifies nothing, so that nobody would accept \
                     our tokens: put the key server into TESSERA_ISSUERS",
        });
        return None;
    }
    read_issuers(environment, authentication, clock, errors)
}

/// What `load` demands of our tokens, whose issuer is `TESSERA_TOKEN_ISSUER`, else the first of
/// `CUBEJS_JWT_ISSUER`.
pub(crate) fn own_policy(
    environment: &dyn Environment,
    authentication: Authentication,
) -> Result<Policy, Error> {
    let policy = authentication.policy;
    let Some(issuer) = text(environment, ISSUER) else { return Ok(policy) };
    if WebAddress::parse(&issuer).is_err() {
        return Err(Error::Invalid {
            variable: ISSUER,
            expected: "the https URL at which the token function is reached",
        });
    }
    Ok(Policy { issuers: vec![issuer], ..policy })
}

fn user_pool(environment: &dyn Environment, errors: &mut Vec<Error>) -> Option<UserPool> {
    let secret = text(environment, CLIENT_SECRET);
    let secret_arn = text(environment, CLIENT_SECRET_ARN);
    let Some(id) = text(environment, POOL) else {
        for (variable, value) in [(CLIENT_SECRET, &secret), (CLIENT_SECRET_ARN, &secret_arn)] {
            if value.is_some() {
                let reason = "there is no user pool: set TESSERA_COGNITO_USER_POOL_ID";
                errors.push(Error::Unsafe { variable, reason });
            }
        }
        return None;
    };
    let client_secret = match (secret, secret_arn) {
        (Some(_), Some(_)) => {
            errors.push(Error::Conflict {
                first: CLIENT_SECRET,
                second: CLIENT_SECRET_ARN,
                reason: "drop one, so that it is clear which secret is shown",
            });
            None
        }
        (Some(secret), None) => {
            Some(TextSource::Here { origin: CLIENT_SECRET.to_owned(), text: secret.into() })
        }
        (None, Some(arn)) => Some(stored(environment, arn, errors)),
        (None, None) => None,
    };
    // What is wrong with these two was said when the issuers were read.
    let client_id = client_ids(environment)?.into_iter().next()?;
    let has_id_tokens = token_use(environment).ok()? == TokenUse::Id;
    Some(UserPool { id, client_id, client_secret, has_id_tokens })
}

/// RFC 6265 §4.1.1: a name is a token.
fn session_cookie(environment: &dyn Environment) -> Result<Option<String>, Error> {
    let name = text(environment, SESSION_COOKIE);
    let is_token = |name: &String| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    if name.as_ref().is_none_or(is_token) {
        return Ok(name);
    }
    let expected = "the name of a cookie: letters, digits, - and _";
    Err(Error::Invalid { variable: SESSION_COOKIE, expected })
}

fn login_url(environment: &dyn Environment) -> Result<Option<String>, Error> {
    let url = text(environment, LOGIN_URL);
    let is_good = |url: &String| {
        let is_path = url.starts_with('/') && !url.starts_with("//") && !url.contains('\\');
        let is_visible = url.bytes().all(|byte| byte.is_ascii_graphic());
        is_visible && (is_path || WebAddress::parse(url).is_ok())
    };
    if url.as_ref().is_none_or(is_good) {
        return Ok(url);
    }
    let expected = "a path of this origin, such as /login, or an https URL";
    Err(Error::Invalid { variable: LOGIN_URL, expected })
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
