//! What is sent: a document of spans (`opentelemetry/proto/collector/trace/v1/trace_service.proto`).

use serde::Serialize;

use crate::{Attribute, span::Span};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    resource_spans: [ResourceSpans<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    resource: Resource<'a>,
    scope_spans: [ScopeSpans<'a>; 1],
}

#[derive(Serialize)]
struct Resource<'a> {
    attributes: &'a [Attribute],
}

#[derive(Serialize)]
struct ScopeSpans<'a> {
    scope: Scope,
    spans: &'a [Span],
}

#[derive(Serialize)]
struct Scope {
    name: &'static str,
    version: &'static str,
}

/// Spans of this resource as JSON.
pub(crate) fn write(resource: &[Attribute], spans: &[Span]) -> serde_json::Result<Vec<u8>> {
    let scope = Scope { name: "tessera", version: env!("CARGO_PKG_VERSION") };
    serde_json::to_vec(&Document {
        resource_spans: [ResourceSpans {
            resource: Resource { attributes: resource },
            scope_spans: [ScopeSpans { scope, spans }],
        }],
    })
}
