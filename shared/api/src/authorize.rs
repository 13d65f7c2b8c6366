//! From the headers of a request to the security context of its caller.

use auth::{HeaderError, SecurityContext, bearer_token, verify};
use axum::http::{HeaderMap, HeaderName, header::AUTHORIZATION};

use crate::{App, audit::Record, error::Error, scope::Scope};

/// Preferred over `Authorization`, for gateways that use that one themselves.
/// Cube 1.7.25, `packages/cubejs-api-gateway/src/gateway.ts`, `checkAuthWrapper`.
const CUBE_AUTHORIZATION: HeaderName = HeaderName::from_static("x-cube-authorization");

/// Verifies the caller's token and checks that it may use `scope`.
pub(crate) async fn authorize(
    app: &App,
    headers: &HeaderMap,
    scope: Scope,
    record: &mut Record,
) -> Result<SecurityContext, Error> {
    let context = authenticate(app, headers, record).await?;
    if app.options.scopes.iter().any(|name| name == scope.name()) {
        Ok(context)
    } else {
        Err(Error::MissingScope(scope))
    }
}

/// Verifies the caller's token.
///
/// A missing token is an empty context in development mode; a bad one is refused there too.
pub(crate) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    record: &mut Record,
) -> Result<SecurityContext, Error> {
    let context = match token(headers) {
        Ok(token) => verified(app, token).await?,
        Err(Error::Header(HeaderError::NotSet)) if app.options.is_development => {
            SecurityContext::nobody()
        }
        Err(error) => return Err(error),
    };
    record.caller(&context, &app.options.tenant_claim);
    Ok(context)
}

/// The one token there is.
fn token(headers: &HeaderMap) -> Result<&str, Error> {
    let preferred = single(headers, &CUBE_AUTHORIZATION)?.filter(|value| !value.is_empty());
    let header = match preferred {
        Some(value) => Some(value),
        None => single(headers, &AUTHORIZATION)?,
    };
    Ok(bearer_token(header)?)
}

fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h [u8]>, Error> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Error::SeveralHeaders);
    }
    Ok(first.map(axum::http::HeaderValue::as_bytes))
}

/// Verifies with the keys at hand, and once more when there are newer ones.
async fn verified(app: &App, token: &str) -> Result<SecurityContext, Error> {
    let keys = app.keys.key_set().await?;
    let now = (app.clock)().wall.as_secs();
    let claims = match verify(token, &keys, &app.policy, now) {
        Err(error) if error.may_be_a_newer_key() => {
            let newer = app.keys.refresh_after_unknown_signature(&keys).await;
            let newer = newer.ok_or(error)?;
            verify(token, &newer, &app.policy, now)?
        }
        other => other?,
    };
    Ok(SecurityContext::from_verified(claims, &app.policy)?)
}
