//! From the headers of a request to the security context of its caller.

use auth::{HeaderError, SecurityContext, bearer_token};
use axum::http::{HeaderMap, HeaderName, header::AUTHORIZATION, request::Parts};
use serde_json::{Map, Value};

use crate::{
    App, Deadline,
    audit::Record,
    error::Error,
    hooks,
    scope::Scope,
    trust::{Recheck, Verified},
};

/// Preferred over `Authorization`, for gateways that use that one themselves.
/// Cube 1.7.25, `packages/cubejs-api-gateway/src/gateway.ts`, `checkAuthWrapper`.
const CUBE_AUTHORIZATION: HeaderName = HeaderName::from_static("x-cube-authorization");

/// Who asks.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) context: SecurityContext,
    /// What the project's own code says of the caller; nothing without such code.
    pub(crate) known: project::Caller,
    /// What has to be looked at again before the answer leaves.
    recheck: Recheck,
}

impl Caller {
    /// A caller of whom nothing has to be looked at again.
    pub(crate) fn new(context: SecurityContext, known: project::Caller) -> Self {
        Self { context, known, recheck: Recheck::default() }
    }

    /// Confirms, on keys and a deny-list that were fetched meanwhile, what was decided on old ones.
    ///
    /// # Errors
    /// [`Error::Token`] when the caller is not to be answered after all.
    pub(crate) async fn confirm(self) -> Result<(), Error> {
        self.recheck.confirm().await
    }

    /// The context that the project's code and `COMPILE_CONTEXT` see: `{securityContext, ...}` with
    /// what `extendContext` added.
    pub(crate) fn project_context(&self) -> Map<String, Value> {
        let mut context = self.known.extension.clone();
        let claims = Value::Object(self.context.payload().clone());
        context.insert("securityContext".to_owned(), claims);
        context
    }
}

/// Verifies the caller's token and checks that it may use `scope`.
pub(crate) async fn authorize(
    app: &App,
    parts: &Parts,
    scope: Scope,
    record: &mut Record,
) -> Result<Caller, Error> {
    let caller = authenticate(app, parts, record).await?;
    let scopes = caller.known.scopes.as_ref().unwrap_or(&app.options.scopes);
    if scopes.iter().any(|name| name == scope.name()) {
        Ok(caller)
    } else {
        Err(Error::MissingScope(scope))
    }
}

/// Verifies the caller's token.
///
/// A missing token is an empty context in development mode; a bad one is refused there too. With
/// `checkAuth` in the project its decision stands in the place of verification.
pub(crate) async fn authenticate(
    app: &App,
    parts: &Parts,
    record: &mut Record,
) -> Result<Caller, Error> {
    let Verified { context, recheck } = context(app, parts).await?;
    let caller = match &app.project {
        Some(project) if project.knows_callers() => {
            hooks::describe(app, project, parts, context).await?
        }
        Some(_) | None => Caller::new(context, project::Caller::default()),
    };
    record.caller(&caller.context, &app.options.tenant_claim);
    Ok(Caller { recheck, ..caller })
}

async fn context(app: &App, parts: &Parts) -> Result<Verified, Error> {
    let unquestioned = |context| Verified { context, recheck: Recheck::default() };
    if let Some(project) = app.project.as_ref().filter(|project| project.has("checkAuth")) {
        let token = unjudged(&parts.headers)?;
        return hooks::check_auth(app, project, parts, token).await.map(unquestioned);
    }
    match token(&parts.headers) {
        Ok(token) => {
            let deadline = parts.extensions.get::<Deadline>().copied();
            app.trust.verify(token, (app.clock)().wall.as_secs(), deadline).await
        }
        Err(Error::Header(HeaderError::NotSet)) if app.options.is_development => {
            Ok(unquestioned(SecurityContext::nobody()))
        }
        Err(error) => Err(error),
    }
}

/// The one token there is.
fn token(headers: &HeaderMap) -> Result<&str, Error> {
    Ok(bearer_token(header(headers)?)?)
}

/// What `checkAuth` is to judge: the text behind `Bearer`, or all of it, of any form.
fn unjudged(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let text = header(headers)?.map(String::from_utf8_lossy);
    let token = text.as_deref().map(str::trim).map(|value| match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) | None => value,
    });
    Ok(token.filter(|token| !token.is_empty()).map(str::to_owned))
}

fn header(headers: &HeaderMap) -> Result<Option<&[u8]>, Error> {
    let preferred = single(headers, &CUBE_AUTHORIZATION)?.filter(|value| !value.is_empty());
    match preferred {
        Some(value) => Ok(Some(value)),
        None => single(headers, &AUTHORIZATION),
    }
}

fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h [u8]>, Error> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Error::SeveralHeaders);
    }
    Ok(first.map(axum::http::HeaderValue::as_bytes))
}
