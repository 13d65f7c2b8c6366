//! The trace that a request is part of, as those before us name it.

use crate::{SpanId, TraceId};

/// What a header says of the trace. Nothing of it is free text: it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller<'h> {
    /// The id of the trace as the header spells it: 32 hex digits, or X-Ray's root
    /// `1-5759e988-bd862e3fe1be46a994272793`.
    pub text: &'h str,
    /// The same id.
    pub trace: TraceId,
    /// The caller's own span.
    pub parent: Option<SpanId>,
    /// Whether the caller is sampled, if that is decided.
    pub is_sampled: Option<bool>,
}

impl<'h> Caller<'h> {
    /// Of the header `traceparent` (W3C Trace Context, section 3.2).
    pub fn of_w3c(value: &'h str) -> Option<Self> {
        let mut parts = value.split('-');
        let (version, text, parent, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_well_formed =
            is_hex(version, 2) && is_hex(text, 32) && is_hex(parent, 16) && is_hex(flags, 2);
        let is_known = version != "ff" && (version != "00" || parts.next().is_none());
        if !(is_well_formed && is_known) {
            return None;
        }
        Some(Self {
            text,
            trace: TraceId::read(text)?,
            parent: Some(SpanId::read(parent)?),
            is_sampled: Some(u8::from_str_radix(flags, 16).ok()? & 1 == 1),
        })
    }

    /// Of the header `x-amzn-trace-id` (AWS X-Ray Developer Guide, "Tracing header"): its fields come in any order, and
    /// all but the root may be missing.
    pub fn of_xray(value: &'h str) -> Option<Self> {
        let field = |name: &str| {
            value.split(';').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let text = field("Root")?;
        let (time, random) = text.strip_prefix("1-")?.split_once('-')?;
        if !(is_hex(time, 8) && is_hex(random, 24)) {
            return None;
        }
        Some(Self {
            text,
            trace: TraceId::read(&format!("{time}{random}"))?,
            parent: field("Parent").filter(|parent| is_hex(parent, 16)).and_then(SpanId::read),
            is_sampled: match field("Sampled") {
                Some("1") => Some(true),
                Some("0") => Some(false),
                _ => None,
            },
        })
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    /// Trace, parent and whether it is sampled.
    fn said(caller: Option<Caller<'_>>) -> Option<(String, Option<String>, Option<bool>)> {
        let caller = caller?;
        let parent = caller.parent.map(|parent| parent.to_string());
        Some((caller.trace.to_string(), parent, caller.is_sampled))
    }

    #[test]
    fn traceparent_names_trace_parent_and_decision() {
        let parent = || Some("00f067aa0ba902b7".to_owned());
        for (value, is_sampled) in [
            (format!("00-{TRACE}-00f067aa0ba902b7-01"), true),
            (format!("00-{TRACE}-00f067aa0ba902b7-00"), false),
            (format!("00-{TRACE}-00f067aa0ba902b7-02"), false),
            // Later versions may say more.
            (format!("01-{TRACE}-00f067aa0ba902b7-03-more"), true),
        ] {
            let caller = Caller::of_w3c(&value);
            assert_eq!(caller.map(|caller| caller.text), Some(TRACE), "{value}");
            assert_eq!(said(caller), Some((TRACE.to_owned(), parent(), Some(is_sampled))));
        }
    }

    #[test]
    fn x_rays_root_is_the_trace_and_the_rest_may_be_missing() {
        let trace = || "5759e988bd862e3fe1be46a994272793".to_owned();
        let parent = || Some("53995c3f42cd8ad8".to_owned());
        for (value, expected) in [
            (format!("Root={ROOT}"), (trace(), None, None)),
            (format!("Root={ROOT};Parent=53995c3f42cd8ad8"), (trace(), parent(), None)),
            (
                format!("Self=1-67891234-12456789abcdef012345678; Sampled=1; Root={ROOT}"),
                (trace(), None, Some(true)),
            ),
            (
                format!("Sampled=0;Parent=53995c3f42cd8ad8;Root={ROOT};Lineage=a:0"),
                (trace(), parent(), Some(false)),
            ),
            (format!("Root={ROOT};Parent=x;Sampled=?"), (trace(), None, None)),
        ] {
            let caller = Caller::of_xray(&value);
            assert_eq!(caller.map(|caller| caller.text), Some(ROOT), "{value}");
            assert_eq!(said(caller), Some(expected), "{value}");
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
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473\"-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Caller::of_w3c(value), None, "{value}");
        }
        for value in [
            "",
            "Root=",
            "Root=2-5759e988-bd862e3fe1be46a994272793",
            "Root=1-5759e988",
            "Root=1-x-y",
            "Root=1-00000000-000000000000000000000000",
        ] {
            assert_eq!(Caller::of_xray(value), None, "{value}");
        }
    }
}
