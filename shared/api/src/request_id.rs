//! The name by which a caller and an operator find the same request.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, request::Parts},
};

/// Where a caller names a request, the most telling first.
const HEADERS: [&str; 2] = ["x-request-id", "traceparent"];

/// Longest id that is taken over from a caller.
const MAX_BYTES: usize = 64;

/// The id of one request: the caller's own where it has the form of an id, else a random one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// `x-request-id`, else `traceparent`, else a new one. Cube 1.7.25,
    /// `packages/cubejs-api-gateway/src/gateway.ts`, `requestContextMiddleware`.
    ///
    /// Anything but letters, digits and hyphens is not an id: it would be echoed and logged.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        HEADERS
            .into_iter()
            .filter_map(|name| headers.get(name)?.to_str().ok())
            .find(|value| is_id(value))
            .map_or_else(Self::new, |value| Self(value.to_owned()))
    }

    /// The id that the request was given when it came in.
    pub(crate) fn within(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_else(|| Self::of(&parts.headers))
    }

    /// The same for a request whose body was not taken off yet.
    pub(crate) fn of_request(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_else(|| Self::of(request.headers()))
    }

    fn new() -> Self {
        // Without random bytes a request can still be served, only not found by its id.
        Self(auth::random_id().unwrap_or_else(|_| "0".repeat(32)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Gives a request that its caller did not name the name under which its environment logs it.
pub fn name_request(headers: &mut HeaderMap, id: &str) {
    let has_id = HEADERS.iter().any(|name| headers.contains_key(*name));
    if let (false, Ok(id)) = (has_id, HeaderValue::try_from(id)) {
        headers.insert("x-request-id", id);
    }
}

fn is_id(value: &str) -> bool {
    (1..=MAX_BYTES).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers<const N: usize>(pairs: [(&'static str, &'static str); N]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn the_callers_id_is_taken_over() {
        let id = RequestId::of(&headers([("x-request-id", "a1-span-1"), ("traceparent", "t")]));
        assert_eq!(id.as_str(), "a1-span-1");
        assert_eq!(
            RequestId::of(&headers([("traceparent", "00-ab-cd-01")])).as_str(),
            "00-ab-cd-01"
        );
    }

    #[test]
    fn what_is_no_id_is_replaced() {
        let long: &'static str = "x".repeat(65).leak();
        for value in ["", "a b", "a;b", "admin\\r\\nSet-Cookie: a=b", "${jndi:ldap://x}", long] {
            let id = RequestId::of(&headers([("x-request-id", value)]));
            assert_ne!(id.as_str(), value);
            assert!(is_id(id.as_str()), "{}", id.as_str());
        }
    }

    #[test]
    fn the_environment_names_what_the_caller_did_not() {
        let mut unnamed = HeaderMap::new();
        name_request(&mut unnamed, "a\nb");
        assert!(unnamed.is_empty());
        name_request(&mut unnamed, "8476a536-e9f4");
        assert_eq!(RequestId::of(&unnamed).as_str(), "8476a536-e9f4");
        for named in [("x-request-id", "mine"), ("traceparent", "mine")] {
            let mut headers = headers([named]);
            name_request(&mut headers, "8476a536-e9f4");
            assert_eq!(RequestId::of(&headers).as_str(), "mine");
        }
    }

    #[test]
    fn new_ids_differ() {
        assert_ne!(RequestId::new(), RequestId::new());
    }
}
