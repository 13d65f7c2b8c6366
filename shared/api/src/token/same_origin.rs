//! Whether a browser sent a request for a page of our own origin, or for its user.
//!
//! A cookie comes along whoever made the browser send the request. Answers cannot be read by other
//! origins anyway (`cors` never allows credentials), and a token is not given for their requests.

use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName, ORIGIN, REFERER};

/// What browsers say of themselves and no page can set (Fetch Metadata Request Headers).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// By `Sec-Fetch-Site` where the browser sends it: `same-origin`, or `none` for what the user typed.
/// Else by `Origin`, else by `Referer`: the origin there is that of `Host`. Without any of them
/// nobody knows, and that is no.
pub(super) fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(FETCH_SITE) {
        return is_alone(headers, &FETCH_SITE) && (site == "same-origin" || site == "none");
    }
    let Some(host) = text(headers, &HOST) else { return false };
    if headers.contains_key(ORIGIN) {
        return text(headers, &ORIGIN).and_then(host_of) == Some(host);
    }
    text(headers, &REFERER).and_then(host_of) == Some(host)
}

/// The value of a header that is there once.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).filter(|_| is_alone(headers, name))?.to_str().ok()
}

fn is_alone(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get_all(name).iter().nth(1).is_none()
}

/// Host and port of a URL, as `Host` has them.
fn host_of(url: &str) -> Option<&str> {
    let (_, rest) =
        url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "https" | "http"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty() && !host.contains('@')).then_some(host)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn judged(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("shop.example:8443"));
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        is_same_origin(&headers)
    }

    #[test]
    fn the_browsers_own_word_decides() {
        for site in ["same-origin", "none"] {
            assert!(judged(&[("sec-fetch-site", site), ("origin", "https://evil.example")]));
        }
        for site in ["same-site", "cross-site", "", "Same-Origin", "same-origin, none"] {
            let own = ("origin", "https://shop.example:8443");
            assert!(!judged(&[("sec-fetch-site", site), own]), "{site}");
        }
        assert!(!judged(&[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn else_the_origin_and_else_the_referrer_is_ours() {
        assert!(judged(&[("origin", "https://shop.example:8443")]));
        assert!(judged(&[("referer", "https://shop.example:8443/dashboard?x#y")]));
        for url in [
            "null",
            "",
            "https://shop.example",
            "https://shop.example:8443.evil.example",
            "https://evil.example/shop.example:8443",
            "https://evil.example?https://shop.example:8443",
            "https://shop.example:8443@evil.example",
            "https://user@shop.example:8443",
            "ftp://shop.example:8443",
            "shop.example:8443",
        ] {
            assert!(!judged(&[("origin", url)]), "{url}");
            assert!(!judged(&[("referer", url)]), "{url}");
        }
        let own = "https://shop.example:8443";
        assert!(!judged(&[("origin", "null"), ("referer", own)]), "the origin is more than that");
        assert!(!judged(&[("origin", own), ("origin", own)]));
        assert!(!judged(&[]), "nobody knows");
    }
}
