//! The trace that a request is part of, as those before us name it.

use axum::http::HeaderMap;

/// What AWS's load balancers, API Gateway and Lambda send (AWS X-Ray Developer Guide, "Tracing header").
const XRAY: &str = "x-amzn-trace-id";
/// W3C Trace Context, section 3.2.
const W3C: &str = "traceparent";

/// The id of the trace: 32 hex digits of W3C's, or X-Ray's root `1-5759e988-bd862e3fe1be46a994272793`. Nothing of any other
/// form: it is logged.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name)?.to_str().ok();
    text(W3C).and_then(of_w3c).or_else(|| text(XRAY).and_then(of_xray))
}

fn of_w3c(value: &str) -> Option<&str> {
    let mut parts = value.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_well_formed = is_hex(version, 2) && is_hex(parent, 16) && is_hex(flags, 2);
    let is_known = version != "ff" && (version != "00" || parts.next().is_none());
    let is_trace = is_hex(trace, 32) && trace.bytes().any(|digit| digit != b'0');
    (is_well_formed && is_known && is_trace).then_some(trace)
}

fn of_xray(value: &str) -> Option<&str> {
    let root = value.split(';').find_map(|field| field.trim().strip_prefix("Root="))?;
    let (time, random) = root.strip_prefix("1-")?.split_once('-')?;
    (is_hex(time, 8) && is_hex(random, 24)).then_some(root)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &'static str, value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        trace_id(&headers).map(str::to_owned)
    }

    #[test]
    fn a_trace_has_an_id_of_either_form() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let of_w3c = found(W3C, &format!("00-{trace}-00f067aa0ba902b7-01"));
        assert_eq!(of_w3c.as_deref(), Some(trace));
        let later = found(W3C, &format!("01-{trace}-00f067aa0ba902b7-01-more"));
        assert_eq!(later.as_deref(), Some(trace), "later versions may say more");
        let root = "1-5759e988-bd862e3fe1be46a994272793";
        for value in [
            format!("Root={root}"),
            format!("Self=1-67891234-12456789abcdef012345678; Root={root};Sampled=1"),
        ] {
            assert_eq!(found(XRAY, &value).as_deref(), Some(root), "{value}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for value in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473\"-00f067aa0ba902b7-01",
        ] {
            assert_eq!(found(W3C, value), None, "{value}");
        }
        for value in [
            "",
            "Root=",
            "Root=2-5759e988-bd862e3fe1be46a994272793",
            "Root=1-5759e988",
            "Root=1-x-y",
        ] {
            assert_eq!(found(XRAY, value), None, "{value}");
        }
    }
}
