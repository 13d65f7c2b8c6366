//! Which origins may read answers (Fetch standard, CORS protocol).

use axum::http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
    },
};
use axum::response::{IntoResponse, Response};

/// What Cube allows, and the header that its newer clients send.
const ALLOWED_HEADERS: HeaderValue =
    HeaderValue::from_static("authorization,content-type,x-request-id,x-cube-authorization");
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE");
/// Seconds a browser may keep the answer to a preflight. Chromium keeps it two hours at most.
const MAX_AGE_S: HeaderValue = HeaderValue::from_static("7200");

/// The origins that may read answers. Credentials (cookies) are never allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// `Access-Control-Allow-Origin: *`
    Any,
    /// Those that are exactly one of these.
    Listed(Vec<String>),
}

impl From<Option<Vec<String>>> for Origins {
    /// Those that are listed; any when there is no list.
    fn from(listed: Option<Vec<String>>) -> Self {
        listed.map_or(Self::Any, Self::Listed)
    }
}

impl Origins {
    /// Adds the headers that let the origin of `request` read an answer, or does not.
    pub(crate) fn allow(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        let listed = match self {
            Self::Any => {
                answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
                return;
            }
            Self::Listed(listed) => listed,
        };
        // A shared cache must not hand one origin's answer to another.
        answer.append(VARY, HeaderValue::from_static("Origin"));
        let mut origins = request.get_all(ORIGIN).iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else {
            return;
        };
        if listed.iter().any(|known| known.as_bytes() == origin.as_bytes()) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
    }
}

/// The answer to a preflight: it needs no token and no route.
pub(crate) fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS),
        (ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
        (ACCESS_CONTROL_MAX_AGE, MAX_AGE_S),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origins: &Origins, origin: &str) -> HeaderMap {
        let request = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_str(origin).unwrap())]);
        let mut answer = HeaderMap::new();
        origins.allow(&request, &mut answer);
        answer
    }

    #[test]
    fn any_origin_is_a_star_without_vary() {
        let answer = allowed(&Origins::Any, "https://evil.example");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!answer.contains_key(VARY));
    }

    #[test]
    fn a_listed_origin_is_echoed_and_every_other_gets_nothing() {
        let origins = Origins::Listed(vec!["https://good.example".to_owned()]);
        let good = allowed(&origins, "https://good.example");
        assert_eq!(good[ACCESS_CONTROL_ALLOW_ORIGIN], "https://good.example");
        assert_eq!(good[VARY], "Origin");
        // vectors/input-edge.json, area cors
        for origin in [
            "null",
            "https://evil.example",
            "https://good.example.evil.example",
            "https://evilgood.example",
            "https://good.example:8443",
            "http://good.example",
            "https://good.example@evil.example",
            "https://GOOD.example.evil",
            "https://good.example https://evil.example",
            "https://good.example`.evil.example",
            "",
        ] {
            let answer = allowed(&origins, origin);
            assert!(!answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
            assert_eq!(answer[VARY], "Origin", "{origin}");
        }
    }

    #[test]
    fn two_origins_are_none() {
        let origins = Origins::Listed(vec!["https://good.example".to_owned()]);
        let mut request = HeaderMap::new();
        request.append(ORIGIN, HeaderValue::from_static("https://good.example"));
        request.append(ORIGIN, HeaderValue::from_static("https://evil.example"));
        let mut answer = HeaderMap::new();
        origins.allow(&request, &mut answer);
        assert!(!answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    }
}
