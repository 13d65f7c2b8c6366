//! A router over the model `tests/model/shop.yml`, whose database is not there.

use std::{io, sync::Arc, time::Duration};

use api::{
    AnswerLimit, MissingClaims, Models, Options, Origins, Parts, Router, RowSecurityPolicy,
    Warehouses,
};
use auth::{Algorithm, Algorithms, HmacKey, KeySet, Lifetime, Policy, SigningKey, Stage, mint};
use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use compiler::ModelFile;
use database::Database;
use http_body_util::BodyExt;
use keys::{Issuer, Issuers, KeySource, Moment};
use query::Limits;
use serde_json::Value;
use tower::ServiceExt;
use traces::Traces;

/// Unix seconds of every request.
pub const NOW: u64 = 1_800_000_000;
const SECRET: &[u8] = b"a-secret-of-more-than-32-bytes-a-secret";

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

pub fn options() -> Options {
    Options {
        base_path: "/cubejs-api".to_owned(),
        scopes: ["data", "meta", "sql"].map(str::to_owned).to_vec(),
        origins: Origins::Any,
        body_bytes_max: 1 << 20,
        answer_limit: AnswerLimit::Bytes(1 << 20),
        limits: Limits::default(),
        continue_wait: Duration::from_secs(5),
        tenant_claim: vec!["tenant_id".to_owned()],
        audit_claims: Vec::new(),
        row_security: RowSecurityPolicy::default(),
        missing_claims: MissingClaims::Refuse,
        masks: api::DefaultMasks::default(),
        is_development: false,
    }
}

pub fn router(options: Options) -> Router {
    router_over(include_str!("../model/shop.yml"), options)
}

/// The same over another model.
pub fn router_over(model: &str, options: Options) -> Router {
    audited_router(model, options, io::sink())
}

/// The same with an audit log that goes to `sink`.
pub fn audited_router(
    model: &str,
    options: Options,
    sink: impl io::Write + Send + 'static,
) -> Router {
    router_with(model, options, log_to(sink))
}

/// The same with this audit log.
pub fn router_with(model: &str, options: Options, audit: audit::Log) -> Router {
    assembled(vec![issuer()], model, options, NOW, audit)
}

/// The router for AWS Lambda, with spans that go to `traces`, if anywhere.
pub fn flushing_router(traces: Option<Arc<Traces>>) -> Router {
    let model = include_str!("../model/shop.yml");
    let parts = parts(vec![issuer()], model, options(), NOW, log_to(io::sink()));
    api::flushing_router(Parts { traces, ..parts })
}

fn issuer() -> Issuer {
    let algorithms = Algorithms::of_shared_secrets();
    let keys = KeySet::new(vec![HmacKey::new(SECRET, Stage::Current)], &algorithms).unwrap();
    let keys = KeySource::Environment(Arc::new(keys));
    Issuer { policy: Policy::new(algorithms), keys }
}

/// The same with tokens of these issuers, at `now` (unix seconds).
pub fn router_trusting(issuers: Vec<Issuer>, model: &str, options: Options, now: u64) -> Router {
    assembled(issuers, model, options, now, log_to(io::sink()))
}

fn log_to(sink: impl io::Write + Send + 'static) -> audit::Log {
    audit::Log::new("i1".to_owned(), || Duration::from_secs(NOW), sink)
}

fn assembled(
    issuers: Vec<Issuer>,
    model: &str,
    options: Options,
    now: u64,
    audit: audit::Log,
) -> Router {
    api::router(parts(issuers, model, options, now, audit))
}

fn parts(
    issuers: Vec<Issuer>,
    model: &str,
    options: Options,
    now: u64,
    audit: audit::Log,
) -> Parts {
    let model = ModelFile { path: "model/test.yml".to_owned(), text: model.to_owned() };
    // Nothing listens on port 1.
    let database = database::Options {
        host: "127.0.0.1".to_owned(),
        port: 1,
        name: "shop".to_owned(),
        user: "me".to_owned(),
        ..database::Options::default()
    };
    Parts {
        models: Models::one(compiler::compile(&[model]).unwrap()),
        project: None,
        issuers: Issuers::new(issuers),
        deny_list: None,
        policy: Policy::new(Algorithms::of_shared_secrets()),
        warehouses: Warehouses::ForAll(Database::new(&database).unwrap().into()),
        clock: Arc::new(move || Moment {
            wall: Duration::from_secs(now),
            monotonic: Duration::ZERO,
        }),
        audit,
        metrics: None,
        traces: None,
        options,
    }
}

/// A good token with these claims.
pub fn token(claims: Value) -> String {
    let Value::Object(claims) = claims else { unreachable!("claims are an object") };
    let key = SigningKey::new(SECRET, Algorithm::Hs256, None);
    mint(claims, &key, NOW, Lifetime::Seconds(3600)).unwrap()
}

pub async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(text.to_vec()).unwrap(),
    }
}

/// `GET` of a path below the base path, with a good token.
pub async fn get(router: &Router, path: &str) -> Answer {
    let request = Request::get(format!("/cubejs-api{path}"))
        .header("authorization", token(serde_json::json!({})))
        .body(Body::empty())
        .unwrap();
    send(router, request).await
}

/// `GET` of a route of the API with this query and a good token.
pub async fn ask(router: &Router, route: &str, query: &Value) -> Answer {
    let query: String = form_urlencoded::byte_serialize(query.to_string().as_bytes()).collect();
    get(router, &format!("/v1/{route}?query={query}")).await
}

/// `POST /v1/load` with this body as JSON, and a good token.
pub async fn post(router: &Router, body: impl Into<Body>) -> Answer {
    let request = Request::post("/cubejs-api/v1/load")
        .header("authorization", format!("Bearer {}", token(serde_json::json!({}))))
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap();
    send(router, request).await
}
