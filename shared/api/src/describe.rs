//! What a client is told about a member, in `/v1/meta` and in the annotation of an answer.

use model::{
    DataModel, Dimension, DimensionType, Format, JsonText, Measure, MeasureType, Member, MemberId,
};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::value::RawValue;

/// JSON the model's author wrote, embedded as it is.
pub(crate) struct Verbatim<'a>(pub(crate) &'a JsonText);

impl Serialize for Verbatim<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let JsonText(text) = self.0;
        serde_json::from_str::<&RawValue>(text)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

/// A format by its name, or the author's own object.
pub(crate) struct FormatNote<'a>(pub(crate) &'a Format);

impl Serialize for FormatNote<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Format::Name(name) => serializer.serialize_str(name),
            Format::Json(json) => Verbatim(json).serialize(serializer),
            Format::Numeric { specifier, alias } => {
                let alias = alias.as_deref();
                CustomFormat { r#type: "custom-numeric", value: specifier, alias }
                    .serialize(serializer)
            }
            Format::Time(value) => {
                CustomFormat { r#type: "custom-time", value, alias: None }.serialize(serializer)
            }
        }
    }
}

#[derive(Serialize)]
struct CustomFormat<'a> {
    r#type: &'static str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<&'a str>,
}

/// How d3-format writes a number of this format.
#[derive(Serialize)]
pub(crate) struct FormatDescription<'a> {
    name: &'a str,
    specifier: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
}

impl<'a> FormatDescription<'a> {
    /// The description of a numeric member.
    ///
    /// Cube 1.7.25, `CubeToMetaTransformer.ts`, `resolveFormatDescription`.
    pub(crate) fn of(format: Option<&'a Format>, currency: Option<&'a str>) -> Self {
        let (name, specifier) = match format {
            Some(Format::Numeric { specifier, alias }) => {
                (alias.as_deref().unwrap_or("custom"), specifier.as_str())
            }
            Some(Format::Name(name)) if name == "percent" => ("percent", ".2~%"),
            Some(Format::Name(name)) if name == "currency" => ("currency", "$,.2~f"),
            Some(Format::Name(_) | Format::Time(_) | Format::Json(_)) | None => ("number", ",.2~f"),
        };
        Self { name, specifier, currency }
    }
}

/// The members a client offers when a user clicks a number, split by kind.
pub(crate) struct DrillMembersGrouped<'a> {
    measures: Vec<&'a str>,
    dimensions: Vec<&'a str>,
}

impl Serialize for DrillMembersGrouped<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut groups = serializer.serialize_struct("DrillMembersGrouped", 2)?;
        groups.serialize_field("measures", &self.measures)?;
        groups.serialize_field("dimensions", &self.dimensions)?;
        groups.end()
    }
}

/// `Orders.status` for each drill member, in the author's order.
pub(crate) fn drill_members<'a>(model: &'a DataModel, measure: &Measure) -> Vec<&'a str> {
    paths(model, &measure.drill_members)
}

/// The same, split by kind.
pub(crate) fn drill_members_grouped<'a>(
    model: &'a DataModel,
    measure: &Measure,
) -> DrillMembersGrouped<'a> {
    let (measures, others): (Vec<MemberId>, Vec<MemberId>) =
        measure.drill_members.iter().partition(|id| matches!(id.member, Member::Measure(_)));
    DrillMembersGrouped { measures: paths(model, &measures), dimensions: paths(model, &others) }
}

fn paths<'a>(model: &'a DataModel, ids: &[MemberId]) -> Vec<&'a str> {
    ids.iter().map(|id| model.path(*id)).collect()
}

/// What a client may expect of a measure's values: everything that aggregates is a number.
pub(crate) fn measure_type(kind: MeasureType) -> &'static str {
    match kind {
        MeasureType::String => "string",
        MeasureType::Time => "time",
        MeasureType::Boolean => "boolean",
        MeasureType::Count
        | MeasureType::CountDistinct
        | MeasureType::CountDistinctApprox
        | MeasureType::Sum
        | MeasureType::Avg
        | MeasureType::Min
        | MeasureType::Max
        | MeasureType::Number
        | MeasureType::RunningTotal => "number",
    }
}

/// How a measure aggregates, in the spelling of the JavaScript model.
pub(crate) fn aggregation_type(kind: MeasureType) -> &'static str {
    match kind {
        MeasureType::Count => "count",
        MeasureType::CountDistinct => "countDistinct",
        MeasureType::CountDistinctApprox => "countDistinctApprox",
        MeasureType::Sum => "sum",
        MeasureType::Avg => "avg",
        MeasureType::Min => "min",
        MeasureType::Max => "max",
        MeasureType::Number => "number",
        MeasureType::String => "string",
        MeasureType::Time => "time",
        MeasureType::Boolean => "boolean",
        MeasureType::RunningTotal => "runningTotal",
    }
}

/// The type of a dimension's values.
pub(crate) fn dimension_type(dimension: &Dimension) -> &'static str {
    match dimension.kind {
        DimensionType::String => "string",
        DimensionType::Number => "number",
        DimensionType::Boolean => "boolean",
        DimensionType::Time => "time",
        DimensionType::Geo => "geo",
    }
}
