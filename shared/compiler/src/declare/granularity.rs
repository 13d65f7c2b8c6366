//! The `granularities` of a time dimension.

use model::{Bucket, DimensionType, Interval, Origin, TimeUnit, titleize};

use super::{Granularity, GranularityBucket};
use crate::Error;
use crate::fields::{Fields, Item};
use crate::interval::{WallClock, interval};
use crate::keys::GRANULARITY;
use crate::report::{Place, Report};
use crate::spelling::is_identifier;

/// Reads the granularities of a dimension.
pub(super) fn granularities(
    dimension: &Fields<'_>,
    kind: Option<DimensionType>,
    report: &mut Report<'_>,
) -> Vec<Granularity> {
    let items = dimension.items("granularities", report);
    if !items.is_empty() && kind.is_some_and(|kind| kind != DimensionType::Time) {
        let (key, owner) = ("granularities", dimension.owner.clone());
        let help = "only `type: time` has them";
        report.error(dimension.place(key), Error::Misplaced { key, owner, help });
        return Vec::new();
    }
    let mut found: Vec<Granularity> = Vec::with_capacity(items.len());
    for item in items {
        let Some(granularity) = granularity(&item, dimension, report) else { continue };
        let is_known = |known: &Granularity| known.name == granularity.name;
        if let Some(first) = found.iter().find(|known| is_known(known)) {
            let path = format!("granularity {}", granularity.name);
            let first_line = first.place.at.line;
            report.error(granularity.place, Error::DuplicateMember { path, first_line });
            continue;
        }
        found.push(granularity);
    }
    found
}

fn granularity(
    item: &Item<'_>,
    dimension: &Fields<'_>,
    report: &mut Report<'_>,
) -> Option<Granularity> {
    let file = dimension.place.file;
    let owner = match item.key {
        Some((name, _)) => format!("granularity `{name}` of {}", dimension.owner),
        None => format!("a granularity of {}", dimension.owner),
    };
    let mut fields = Fields::read(item.node, file, owner, GRANULARITY, report)?;
    let (name, place) = match item.key {
        Some((name, at)) => (name.to_owned(), Place { file, at }),
        None if !fields.has("name") => {
            fields.missing("name", "give it one", report);
            return None;
        }
        None => (fields.text("name", report)?, fields.place("name")),
    };
    fields.owner = format!("granularity `{name}` of {}", dimension.owner);
    if !is_identifier(&name) {
        report.error(place, Error::BadName(name));
        return None;
    }
    if TimeUnit::parse(&name).is_some() && !fields.has("sql") {
        report.error(place, Error::PredefinedGranularity(name));
        return None;
    }
    let title = fields.text("title", report).unwrap_or_else(|| titleize(&name));
    Some(Granularity {
        bucket: bucket(&fields, report)?,
        interval: fields.text("interval", report),
        offset: fields.text("offset", report),
        origin: fields.text("origin", report),
        title,
        name,
        place,
    })
}

/// Cube 1.7.43, `CubeValidator.ts`, `granularities`: an interval with an origin, an interval that
/// divides the calendar with or without an offset, or SQL.
fn bucket(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<GranularityBucket> {
    if fields.has("sql") {
        for other in ["interval", "offset", "origin"] {
            if fields.has(other) {
                both(fields, "sql", other, report);
            }
        }
        return fields.sql("sql", report).map(GranularityBucket::Sql);
    }
    if !fields.has("interval") {
        fields.missing("interval", "write the width of a bucket, such as `6 months`", report);
        return None;
    }
    if fields.has("origin") && fields.has("offset") {
        both(fields, "origin", "offset", report);
        return None;
    }
    let width = length(fields, "interval", report)?;
    if width.0.iter().any(|(count, _)| *count < 0) {
        let text = fields.text("interval", report)?;
        report.error(fields.place("interval"), Error::BadLength(text));
        return None;
    }
    let bucket = if fields.has("origin") {
        with_origin(width, origin(fields, report)?)
    } else {
        let offset =
            if fields.has("offset") { Some(length(fields, "offset", report)?) } else { None };
        match width.single() {
            Some((1, unit)) => Bucket::Calendar { unit, offset },
            Some((count, unit)) if divides_the_calendar(count, unit) => {
                Bucket::Width { width, origin: Origin::ThisYear(offset) }
            }
            _ => {
                let text = fields.text("interval", report)?;
                report.error(fields.place("interval"), Error::IntervalWithoutOrigin(text));
                return None;
            }
        }
    };
    Some(GranularityBucket::Plain(bucket))
}

fn both(fields: &Fields<'_>, one: &'static str, other: &'static str, report: &mut Report<'_>) {
    let owner = fields.owner.clone();
    report.error(fields.place(other), Error::Both { owner, one, other });
}

fn length(fields: &Fields<'_>, key: &str, report: &mut Report<'_>) -> Option<Interval> {
    let text = fields.text(key, report)?;
    let length = interval(&text);
    if length.is_none() {
        report.error(fields.place(key), Error::BadLength(text));
    }
    length
}

fn origin(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<WallClock> {
    let text = fields.text("origin", report)?;
    let clock = WallClock::parse(text.trim());
    if clock.is_none() {
        report.error(fields.place("origin"), Error::BadOrigin(text));
    }
    clock
}

/// One unit is truncated to, its start moved by a constant where one says it; anything else is
/// counted from the origin.
fn with_origin(width: Interval, origin: WallClock) -> Bucket {
    if let Some((1, unit)) = width.single()
        && let Some(parts) = origin.offset_from(unit)
    {
        let offset = (!parts.is_empty()).then_some(Interval(parts));
        return Bucket::Calendar { unit, offset };
    }
    Bucket::Width { width, origin: Origin::At { time: origin.text(), unit: origin.unit() } }
}

/// Whether that many units fit a whole number of times into the next coarser one, so that no
/// origin need be told.
fn divides_the_calendar(count: i32, unit: TimeUnit) -> bool {
    match unit {
        TimeUnit::Year => true,
        TimeUnit::Quarter => 4 % count == 0,
        TimeUnit::Month => 12 % count == 0,
        TimeUnit::Week | TimeUnit::Day => count == 1,
        TimeUnit::Hour => 24 % count == 0,
        TimeUnit::Minute | TimeUnit::Second => 60 % count == 0,
    }
}
