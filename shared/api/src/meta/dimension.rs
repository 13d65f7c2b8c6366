//! A dimension as `/v1/meta` shows it.

use model::{DataModel, Dimension, SortOrder};
use serde::Serialize;

use super::{alias_member, visible::Visible};
use crate::annotation::GranularityNote;
use crate::describe::{FormatDescription, FormatNote, Verbatim, dimension_type};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DimensionMeta<'a> {
    name: &'a str,
    title: &'a str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    short_title: &'a str,
    suggest_filter_values: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<FormatNote<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format_description: Option<FormatDescription<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    #[serde(flatten)]
    visibility: Visible,
    primary_key: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_member: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    granularities: Vec<GranularityNote<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

impl<'a> DimensionMeta<'a> {
    pub(super) fn new(model: &'a DataModel, dimension: &'a Dimension) -> Self {
        let kind = dimension_type(dimension);
        Self {
            name: &dimension.path,
            title: &dimension.title,
            r#type: kind,
            description: dimension.description.as_deref(),
            short_title: &dimension.short_title,
            suggest_filter_values: dimension.suggests_filter_values,
            format: dimension.format.as_ref().map(FormatNote),
            format_description: (kind == "number").then(|| {
                FormatDescription::of(dimension.format.as_ref(), dimension.currency.as_deref())
            }),
            currency: dimension.currency.as_deref(),
            meta: dimension.meta.as_ref().map(Verbatim),
            visibility: Visible::YES,
            primary_key: dimension.is_primary_key,
            alias_member: alias_member::of_dimension(model, dimension),
            granularities: dimension.granularities.iter().map(GranularityNote::custom).collect(),
            order: dimension.order.map(|order| match order {
                SortOrder::Ascending => "asc",
                SortOrder::Descending => "desc",
            }),
            key: dimension.key.map(|key| model.path(key)),
        }
    }
}
