//! A measure as `/v1/meta` shows it.

use model::{DataModel, Measure};
use serde::Serialize;

use super::{alias_member, visible::Visible};
use crate::describe::{
    DrillMembersGrouped, FormatDescription, FormatNote, Verbatim, aggregation_type, drill_members,
    drill_members_grouped, measure_type,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MeasureMeta<'a> {
    name: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    short_title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<FormatNote<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format_description: Option<FormatDescription<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    cumulative_total: bool,
    cumulative: bool,
    r#type: &'static str,
    agg_type: &'static str,
    drill_members: Vec<&'a str>,
    drill_members_grouped: DrillMembersGrouped<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_member: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    #[serde(flatten)]
    visibility: Visible,
}

impl<'a> MeasureMeta<'a> {
    pub(super) fn new(model: &'a DataModel, measure: &'a Measure) -> Self {
        let kind = measure_type(measure.kind);
        let is_cumulative = measure.is_cumulative
            || measure.rolling_window.is_some()
            || measure.kind == model::MeasureType::RunningTotal;
        Self {
            name: &measure.path,
            title: &measure.title,
            description: measure.description.as_deref(),
            short_title: &measure.short_title,
            format: measure.format.as_ref().map(FormatNote),
            format_description: (kind == "number").then(|| {
                FormatDescription::of(measure.format.as_ref(), measure.currency.as_deref())
            }),
            currency: measure.currency.as_deref(),
            cumulative_total: is_cumulative,
            cumulative: is_cumulative,
            r#type: kind,
            agg_type: aggregation_type(measure.kind),
            drill_members: drill_members(model, measure),
            drill_members_grouped: drill_members_grouped(model, measure),
            alias_member: alias_member::of_measure(model, measure),
            meta: measure.meta.as_ref().map(Verbatim),
            visibility: Visible::YES,
        }
    }
}
