//! The annotation of an answer: what each of its columns means.
//!
//! Cube 1.7.25, `packages/cubejs-api-gateway/src/helpers/prepareAnnotation.ts`.

use model::{DataModel, Dimension, Measure, Member, MemberId, Segment};
use planner::Column;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::describe::{
    DrillMembersGrouped, FormatNote, Verbatim, dimension_type, drill_members,
    drill_members_grouped, measure_type,
};

/// Serializes as `{measures, dimensions, segments, timeDimensions}`, each by member name.
pub(crate) struct Annotation<'a> {
    model: &'a DataModel,
    columns: &'a [Column],
    segments: &'a [MemberId],
}

impl<'a> Annotation<'a> {
    /// The annotation of these columns and segments of a query.
    pub(crate) fn new(
        model: &'a DataModel,
        columns: &'a [Column],
        segments: &'a [MemberId],
    ) -> Self {
        Self { model, columns, segments }
    }
}

impl Serialize for Annotation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_map(Some(4))?;
        parts.serialize_entry("measures", &Measures(self))?;
        parts.serialize_entry("dimensions", &Dimensions(self))?;
        parts.serialize_entry("segments", &Segments(self))?;
        parts.serialize_entry("timeDimensions", &TimeDimensions(self))?;
        parts.end()
    }
}

struct Measures<'a>(&'a Annotation<'a>);

impl Serialize for Measures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Annotation { model, columns, .. } = self.0;
        serializer.collect_map(
            columns
                .iter()
                .filter_map(|column| model.measure(column.member))
                .map(|measure| (&measure.path, MeasureNote::new(model, measure))),
        )
    }
}

struct Dimensions<'a>(&'a Annotation<'a>);

impl Serialize for Dimensions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Annotation { model, columns, .. } = self.0;
        serializer.collect_map(
            columns
                .iter()
                .filter(|column| column.granularity.is_none())
                .filter_map(|column| model.dimension(column.member))
                .map(|dimension| (&dimension.path, DimensionNote::new(dimension, None))),
        )
    }
}

struct Segments<'a>(&'a Annotation<'a>);

impl Serialize for Segments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Annotation { model, segments, .. } = self.0;
        serializer.collect_map(
            segments
                .iter()
                .filter_map(|id| model.segment(*id))
                .map(|segment| (&segment.path, SegmentNote::new(segment))),
        )
    }
}

struct TimeDimensions<'a>(&'a Annotation<'a>);

impl Serialize for TimeDimensions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Annotation { model, columns, .. } = self.0;
        let mut notes = serializer.serialize_map(None)?;
        let mut bare: Vec<MemberId> = Vec::new();
        for column in *columns {
            let (Some(granularity), Some(dimension)) =
                (&column.granularity, model.dimension(column.member))
            else {
                continue;
            };
            let key = format!("{}.{granularity}", dimension.path);
            let note = GranularityNote::new(dimension, granularity);
            notes.serialize_entry(&key, &DimensionNote::new(dimension, Some(note)))?;
            let is_a_column = columns
                .iter()
                .any(|other| other.member == column.member && other.granularity.is_none());
            if !is_a_column && !bare.contains(&column.member) {
                bare.push(column.member);
                notes.serialize_entry(&dimension.path, &DimensionNote::new(dimension, None))?;
            }
        }
        notes.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MeasureNote<'a> {
    title: &'a str,
    short_title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<FormatNote<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    drill_members: Vec<&'a str>,
    drill_members_grouped: DrillMembersGrouped<'a>,
}

impl<'a> MeasureNote<'a> {
    fn new(model: &'a DataModel, measure: &'a Measure) -> Self {
        Self {
            title: &measure.title,
            short_title: &measure.short_title,
            description: measure.description.as_deref(),
            r#type: measure_type(measure.kind),
            meta: measure.meta.as_ref().map(Verbatim),
            format: measure.format.as_ref().map(FormatNote),
            currency: measure.currency.as_deref(),
            drill_members: drill_members(model, measure),
            drill_members_grouped: drill_members_grouped(model, measure),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DimensionNote<'a> {
    title: &'a str,
    short_title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<FormatNote<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    granularity: Option<GranularityNote<'a>>,
}

impl<'a> DimensionNote<'a> {
    fn new(dimension: &'a Dimension, granularity: Option<GranularityNote<'a>>) -> Self {
        Self {
            title: &dimension.title,
            short_title: &dimension.short_title,
            description: dimension.description.as_deref(),
            r#type: dimension_type(dimension),
            meta: dimension.meta.as_ref().map(Verbatim),
            format: dimension.format.as_ref().map(FormatNote),
            currency: dimension.currency.as_deref(),
            granularity,
        }
    }
}

/// A granularity as a client sees it. Also part of `/v1/meta` for those of the author.
#[derive(Serialize)]
pub(crate) struct GranularityNote<'a> {
    name: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<std::borrow::Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
}

impl<'a> GranularityNote<'a> {
    /// The author's granularity of that name, else the predefined one.
    fn new(dimension: &'a Dimension, name: &'a str) -> Self {
        dimension
            .granularities
            .iter()
            .find(|granularity| granularity.name == name)
            .map_or_else(|| Self::predefined(name), Self::custom)
    }

    fn predefined(name: &'a str) -> Self {
        Self {
            name,
            title: name,
            interval: Some(format!("1 {name}").into()),
            offset: None,
            origin: None,
        }
    }

    pub(crate) fn custom(granularity: &'a model::Granularity) -> Self {
        Self {
            name: &granularity.name,
            title: &granularity.title,
            interval: granularity.interval.as_deref().map(Into::into),
            offset: granularity.offset.as_deref(),
            origin: granularity.origin.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SegmentNote<'a> {
    title: &'a str,
    short_title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Verbatim<'a>>,
}

impl<'a> SegmentNote<'a> {
    fn new(segment: &'a Segment) -> Self {
        Self {
            title: &segment.title,
            short_title: &segment.short_title,
            description: segment.description.as_deref(),
            meta: segment.meta.as_ref().map(Verbatim),
        }
    }
}

/// The name of a column in an answer: `Orders.status`, or `Orders.createdAt.month`.
pub(crate) fn column_name(model: &DataModel, column: &Column) -> String {
    let path = model.path(column.member);
    match (&column.granularity, column.member.member) {
        (Some(granularity), Member::Dimension(_)) => format!("{path}.{granularity}"),
        (_, Member::Measure(_) | Member::Segment(_)) | (None, Member::Dimension(_)) => {
            path.to_owned()
        }
    }
}
