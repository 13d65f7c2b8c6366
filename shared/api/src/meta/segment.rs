//! A segment as `/v1/meta` shows it.

use model::Segment;
use serde::Serialize;

use super::visible::Visible;
use crate::describe::Verbatim;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SegmentMeta<'a> {
    name: &'a str,
    title: &'a str,
    short_title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    #[serde(flatten)]
    visibility: Visible,
}

impl<'a> SegmentMeta<'a> {
    pub(super) fn new(segment: &'a Segment) -> Self {
        Self {
            name: &segment.path,
            title: &segment.title,
            short_title: &segment.short_title,
            description: segment.description.as_deref(),
            meta: segment.meta.as_ref().map(Verbatim),
            visibility: Visible::YES,
        }
    }
}
