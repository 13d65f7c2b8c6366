//! The trace that a request is part of, as those before us name it.

use axum::http::HeaderMap;
use traces::Caller;

/// What AWS's load balancers, API Gateway and Lambda send.
const XRAY: &str = "x-amzn-trace-id";
/// W3C's, which stands over AWS's.
const W3C: &str = "traceparent";

/// What the headers say of it. Nothing of any other form than theirs: it is logged.
pub(crate) fn caller(headers: &HeaderMap) -> Option<Caller<'_>> {
    let text = |name| headers.get(name)?.to_str().ok();
    text(W3C).and_then(Caller::of_w3c).or_else(|| text(XRAY).and_then(Caller::of_xray))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w3cs_header_stands_over_awss_unless_it_is_none() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let root = "1-5759e988-bd862e3fe1be46a994272793";
        let good = format!("00-{trace}-00f067aa0ba902b7-01");
        for (w3c, expected) in [(good.as_str(), trace), ("00-x", root), ("", root)] {
            let mut headers = HeaderMap::new();
            headers.insert(W3C, w3c.parse().unwrap());
            headers.insert(XRAY, format!("Root={root};Sampled=1").parse().unwrap());
            assert_eq!(caller(&headers).map(|caller| caller.text), Some(expected), "{w3c}");
        }
        assert_eq!(caller(&HeaderMap::new()), None);
    }
}
