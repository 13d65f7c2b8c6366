//! The functions of the project's own code, called beside the requests that wait for them.

use std::sync::Arc;

use auth::SecurityContext;
use axum::http::{HeaderMap, request::Parts};
use project::{Driver, HookError, Incoming, LogLine, Project, RepositoryFile};
use query::{Echo, Limits, Normalized};
use serde_json::{Map, Value};

use crate::{App, authorize::Caller, error::Error, request_id::RequestId};

/// The security context that `checkAuth` gives, be it for no token at all.
pub(crate) async fn check_auth(
    app: &App,
    project: &Arc<Project>,
    parts: &Parts,
    token: Option<String>,
) -> Result<SecurityContext, Error> {
    let incoming = incoming(parts);
    let context = run(project, move |project| project.check_auth(&incoming, token.as_deref()));
    Ok(SecurityContext::from_author(context.await?, &app.policy)?)
}

/// What the project says of a caller: ids, groups, scopes, and what it adds to the context.
pub(crate) async fn describe(
    app: &App,
    project: &Arc<Project>,
    parts: &Parts,
    context: SecurityContext,
) -> Result<Caller, Error> {
    let (incoming, scopes) = (incoming(parts), app.options.scopes.clone());
    let claims = context.payload().clone();
    let mut known =
        run(project, move |project| project.caller(&incoming, &claims, &scopes)).await?;
    let context = match known.extension.remove("securityContext") {
        Some(own) => SecurityContext::from_author(own, &app.policy)?,
        None => context,
    };
    Ok(Caller::new(context, known))
}

/// Every query as the project wants it asked. What the caller is told of them stays as it is.
pub(crate) async fn rewrite(
    app: &App,
    parts: &Parts,
    caller: &Caller,
    queries: &mut [Normalized],
) -> Result<(), Error> {
    let Some(project) = app.project.as_ref().filter(|project| project.rewrites()) else {
        return Ok(());
    };
    let context = context(parts, caller);
    for normalized in queries {
        let asked = as_value(&normalized.echo)?;
        let context = context.clone();
        let answer = run(project, move |project| project.query_rewrite(&asked, &context)).await?;
        normalized.query = read(&answer, &app.options.limits, app)
            .map_err(|error| rewritten(project, error.to_string()))?;
    }
    Ok(())
}

/// That what the project's code made of a query is none.
pub(crate) fn rewritten(project: &Project, reason: String) -> Error {
    Error::Rewritten { hook: project.rewriting_hook(), reason }
}

/// How to reach the database of a data source, for this caller.
pub(crate) async fn driver(
    project: &Arc<Project>,
    parts: &Parts,
    caller: &Caller,
    data_source: &str,
) -> Result<Driver, Error> {
    let mut context = context(parts, caller);
    context.insert("dataSource".to_owned(), data_source.into());
    run(project, move |project| project.driver(&context)).await
}

/// The files of this caller's data model.
pub(crate) async fn repository_files(
    project: &Arc<Project>,
    parts: &Parts,
    caller: &Caller,
) -> Result<Vec<RepositoryFile>, Error> {
    let context = context(parts, caller);
    run(project, move |project| project.repository_files(&context)).await
}

/// What the project's functions are told of a request.
fn context(parts: &Parts, caller: &Caller) -> Map<String, Value> {
    let mut context = caller.project_context();
    context.insert("requestId".to_owned(), RequestId::within(parts).as_str().into());
    context
}

fn as_value(echo: &Echo) -> Result<Value, Error> {
    serde_json::to_value(echo).map_err(Error::Unwritable)
}

fn read(answer: &Value, limits: &Limits, app: &App) -> Result<query::Query, query::Error> {
    query::normalize_rewritten(answer.to_string().as_bytes(), limits, app.now())
}

/// Runs a hook on a thread that may wait for it, and logs what it wrote.
async fn run<T: Send + 'static>(
    project: &Arc<Project>,
    hook: impl FnOnce(&Project) -> Result<(T, Vec<LogLine>), HookError> + Send + 'static,
) -> Result<T, Error> {
    let project = Arc::clone(project);
    let called = tokio::task::spawn_blocking(move || hook(&project)).await;
    let (answer, log) = called.map_err(|_lost| Error::Panicked)??;
    project::log(log);
    Ok(answer)
}

/// A request as the project's code sees it.
fn incoming(parts: &Parts) -> Incoming {
    let query = parts.uri.query().unwrap_or_default();
    Incoming {
        method: parts.method.to_string(),
        url: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        path: parts.uri.path().to_owned(),
        query: form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect(),
        headers: headers(&parts.headers),
        request_id: RequestId::within(parts).as_str().to_owned(),
    }
}

/// Several of one name stand with commas between (RFC 9110 section 5.3).
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut named = Map::new();
    for name in headers.keys() {
        let values = headers.get_all(name).iter();
        let texts: Vec<_> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        named.insert(name.as_str().to_owned(), Value::String(texts.join(", ")));
    }
    named
}
