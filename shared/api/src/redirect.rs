//! What a plain port answers where TLS is served: where the same path is, encrypted; and what an
//! authority asks there before it issues a certificate.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode, Uri,
        header::{CONTENT_TYPE, HOST, LOCATION},
        uri::Authority,
    },
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
};

use crate::{
    cors::Origins,
    envelope::{Envelope, refuse, wrap},
    error::Error,
};

/// The port of `https` that a URL need not name.
const HTTPS_PORT: u16 = 443;

/// What the answers to an authority are (RFC 8555 §8.3).
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The router of a plain port: it leads every request to the same path of the host that was asked,
/// over TLS on `port`. Method and body stay what they are (308), so that a `POST` arrives.
///
/// `proof` gives the answer at the paths at which an authority looks for one.
pub fn redirect_router(
    port: u16,
    proof: impl Fn(&str) -> Option<String> + Clone + Send + Sync + 'static,
) -> Router {
    let envelope = Envelope { origins: Arc::new(Origins::Any), is_development: false };
    let answer = move |request: Request| async move {
        let asked = Some(request.uri().path()).filter(|_| request.method() == Method::GET);
        match asked.and_then(proof) {
            Some(proof) => ([(CONTENT_TYPE, OCTETS)], proof).into_response(),
            None => redirect(&request, port),
        }
    };
    Router::new().fallback(answer).layer(from_fn_with_state(envelope, wrap))
}

fn redirect(request: &Request, port: u16) -> Response {
    let Some(location) = location(request, port) else { return refuse(Error::UnknownHost) };
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response()
}

/// Where the request should have gone, if it says which host it meant.
fn location(request: &Request, port: u16) -> Option<HeaderValue> {
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    // Whose name stands before an `@` is not asked to come along.
    if host.contains('@') || authority.host().is_empty() {
        return None;
    }
    let host = authority.host();
    let authority = if port == HTTPS_PORT { host.to_owned() } else { format!("{host}:{port}") };
    let path = request.uri().path_and_query().filter(|path| path.as_str().starts_with('/'))?;
    let uri = Uri::builder().scheme("https").authority(authority).path_and_query(path.clone());
    HeaderValue::try_from(uri.build().ok()?.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt;

    use super::*;

    async fn ask(port: u16, method: Method, uri: &str, host: Option<&str>) -> Response {
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let request = request.body(Body::empty()).unwrap();
        let proof = |path: &str| (path == "/.well-known/x").then(|| "proof".to_owned());
        redirect_router(port, proof).oneshot(request).await.unwrap()
    }

    async fn led_to(port: u16, uri: &str, host: &str) -> String {
        let answer = ask(port, Method::POST, uri, Some(host)).await;
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
        answer.headers()[LOCATION].to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_plain_request_is_led_to_the_same_path_over_tls() {
        assert_eq!(
            led_to(4433, "/cubejs-api/v1/load?query=%7B%7D", "a.example:4000").await,
            "https://a.example:4433/cubejs-api/v1/load?query=%7B%7D"
        );
        assert_eq!(led_to(443, "/", "a.example").await, "https://a.example/");
        assert_eq!(
            led_to(4433, "//b.example/x", "[::1]:4000").await,
            "https://[::1]:4433//b.example/x"
        );
        // What the request line names in full is no other host.
        assert_eq!(
            led_to(4433, "http://b.example/x", "a.example").await,
            "https://a.example:4433/x"
        );
    }

    #[tokio::test]
    async fn a_request_that_names_no_host_is_led_nowhere() {
        for host in [None, Some(""), Some("a b"), Some("me@evil.example"), Some("a/../b")] {
            let answer = ask(4433, Method::GET, "/livez", host).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{host:?}");
            assert!(answer.headers().get(LOCATION).is_none());
        }
    }

    #[tokio::test]
    async fn an_authority_is_answered_where_it_looks() {
        let answer = ask(443, Method::GET, "/.well-known/x?y", Some("a.example")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/octet-stream");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.as_ref(), b"proof");
        for (method, path) in [
            (Method::POST, "/.well-known/x"),
            (Method::GET, "/.well-known/y"),
            (Method::GET, "/.well-known/x/"),
            (Method::GET, "/.well-known//x"),
            (Method::GET, "/.well-known/%78"),
        ] {
            let answer = ask(443, method, path, Some("a.example")).await;
            assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{path}");
        }
    }
}
