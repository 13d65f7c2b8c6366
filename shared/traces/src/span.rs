//! A span, as it is written: what happened from when to when, as part of what.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::{Begun, Request, SpanId, Stage, TraceId};

/// Bits of `flags` (`opentelemetry/proto/trace/v1/trace.proto`): sampled; whether the parent is somebody else's is known; it
/// is.
const SAMPLED: u32 = 0x001;
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// What a span is to others. The numbers are the protocol's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody else takes part.
    Internal = 1,
    /// Somebody asks us.
    Server = 2,
    /// We ask somebody.
    Client = 3,
}

/// A name and a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    key: Cow<'static, str>,
    value: Value,
}

impl Attribute {
    /// What is called `key` in OpenTelemetry's semantic conventions, or `tessera.` in ours.
    pub fn new(key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Value {
    /// Text.
    #[serde(rename = "stringValue")]
    Text(Cow<'static, str>),
    /// A number; in JSON 64 bits are a text (Protocol Buffers, "`ProtoJSON` Format").
    #[serde(rename = "intValue", serialize_with = "as_text")]
    Number(i64),
    /// Yes or no.
    #[serde(rename = "boolValue")]
    Flag(bool),
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number.try_into().unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// One span. `traceState` is not taken over: it is the caller's free text.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Span {
    #[serde(rename = "traceId")]
    trace: TraceId,
    #[serde(rename = "spanId")]
    id: SpanId,
    #[serde(rename = "parentSpanId", skip_serializing_if = "Option::is_none")]
    parent: Option<SpanId>,
    flags: u32,
    name: Cow<'static, str>,
    #[serde(serialize_with = "as_number")]
    kind: Kind,
    #[serde(serialize_with = "as_nanoseconds")]
    start_time_unix_nano: Duration,
    #[serde(serialize_with = "as_nanoseconds")]
    end_time_unix_nano: Duration,
    attributes: Vec<Attribute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Failed>,
}

/// The status of what failed: `STATUS_CODE_ERROR`. Why is said by the attribute `error.type`.
#[derive(Debug, Serialize)]
struct Failed {
    code: u32,
}

impl Failed {
    fn when(has_failed: bool) -> Option<Self> {
        has_failed.then_some(Self { code: 2 })
    }
}

impl Span {
    /// Of a request that has ended.
    pub(crate) fn of_request(begun: &Begun, request: Request) -> Self {
        let remote = if begun.parent.is_some() { IS_REMOTE } else { 0 };
        Self {
            trace: begun.trace,
            id: begun.id,
            parent: begun.parent,
            flags: SAMPLED | HAS_IS_REMOTE | remote,
            name: request.name.into(),
            kind: Kind::Server,
            start_time_unix_nano: begun.at,
            end_time_unix_nano: begun.at + request.took,
            attributes: request.attributes,
            status: Failed::when(request.has_failed),
        }
    }

    /// Of a part of that request.
    pub(crate) fn of_stage(begun: &Begun, id: SpanId, stage: Stage) -> Self {
        let start = begun.at + stage.after;
        Self {
            trace: begun.trace,
            id,
            parent: Some(begun.id),
            flags: SAMPLED | HAS_IS_REMOTE,
            name: stage.name.into(),
            kind: stage.kind,
            start_time_unix_nano: start,
            end_time_unix_nano: start + stage.took,
            attributes: stage.attributes,
            status: Failed::when(stage.has_failed),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn as_number<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u32(*kind as u32)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn as_text<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

fn as_nanoseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.as_nanos())
}
