//! Names to ids: every name of the query is looked up once, here, and never again.

use std::ops::Range;

use model::{CubeId, DataModel, DimensionType, Member, MemberId};
use query::{Filter, FilterOperator, MemberFilter, MemberPath, Query, TimeDimension};
use sql::OrderBy;

use crate::Error;
use crate::references::Touched;

/// A query whose names are bound. Values stay in the [`Query`]; here are only their places.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ResolvedQuery<'q> {
    pub(crate) measures: Vec<MemberId>,
    pub(crate) dimensions: Vec<MemberId>,
    pub(crate) time_dimensions: Vec<ResolvedTimeDimension<'q>>,
    pub(crate) segments: Vec<MemberId>,
    /// WHERE
    pub(crate) row_filters: Vec<ResolvedFilter>,
    /// HAVING
    pub(crate) measure_filters: Vec<ResolvedFilter>,
    pub(crate) order: Vec<OrderBy>,
    /// What `order` means, by member.
    pub(crate) order_members: Vec<(String, bool)>,
    pub(crate) has_offset: bool,
    pub(crate) wants_total: bool,
    pub(crate) is_ungrouped: bool,
}

/// A time dimension whose name is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ResolvedTimeDimension<'q> {
    pub(crate) id: MemberId,
    pub(crate) granularity: Option<&'q str>,
    pub(crate) has_range: bool,
    /// Its place in the query, which names the parameters of its range.
    pub(crate) place: u32,
}

/// A condition tree whose names are bound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ResolvedFilter {
    Condition(Condition),
    And(Vec<ResolvedFilter>),
    Or(Vec<ResolvedFilter>),
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) member: MemberId,
    pub(crate) operator: FilterOperator,
    /// Places of the values that are not null, in [`values_of`] order.
    pub(crate) values: Vec<u32>,
    pub(crate) has_null: bool,
    /// Places of the instants, in [`instants_of`] order.
    pub(crate) instants: Range<u32>,
}

impl ResolvedFilter {
    /// Calls `visit` on every condition of the tree.
    pub(crate) fn for_each(&self, visit: &mut impl FnMut(&Condition)) {
        match self {
            Self::Condition(condition) => visit(condition),
            Self::And(filters) | Self::Or(filters) => {
                for filter in filters {
                    filter.for_each(visit);
                }
            }
        }
    }
}

/// The filters of a query that hold inside a sub-query too when it propagates them: all that do
/// not themselves depend on a sub-query.
#[derive(Debug, Default)]
pub(crate) struct Propagated<'q> {
    pub(crate) row_filters: Vec<ResolvedFilter>,
    pub(crate) time_dimensions: Vec<ResolvedTimeDimension<'q>>,
    pub(crate) segments: Vec<MemberId>,
}

/// What a sub-query that propagates nothing gets.
pub(crate) static NOTHING_PROPAGATED: Propagated<'static> =
    Propagated { row_filters: Vec::new(), time_dimensions: Vec::new(), segments: Vec::new() };

impl<'q> Propagated<'q> {
    /// Picks them from a query.
    pub(crate) fn of(model: &DataModel, resolved: &ResolvedQuery<'q>) -> Self {
        let is_free = |members: &[MemberId]| {
            let mut touched = Touched::default();
            for &id in members {
                touched.add_member(model, id);
            }
            touched.sub_queries.is_empty()
        };
        let filters = resolved.row_filters.iter().filter(|filter| {
            let mut members = Vec::new();
            filter.for_each(&mut |condition| members.push(condition.member));
            is_free(&members)
        });
        Self {
            row_filters: filters.cloned().collect(),
            time_dimensions: resolved
                .time_dimensions
                .iter()
                .filter(|time| is_free(&[time.id]))
                .copied()
                .collect(),
            segments: resolved.segments.iter().copied().filter(|&id| is_free(&[id])).collect(),
        }
    }
}

/// Every condition of a query's filters, in the order in which places are counted.
pub(crate) fn conditions_of(filters: &[Filter]) -> Vec<&MemberFilter> {
    fn collect<'q>(filters: &'q [Filter], out: &mut Vec<&'q MemberFilter>) {
        for filter in filters {
            match filter {
                Filter::Member(condition) => out.push(condition),
                Filter::And(inner) | Filter::Or(inner) => collect(inner, out),
            }
        }
    }
    let mut conditions = Vec::new();
    collect(filters, &mut conditions);
    conditions
}

/// Binds every name of `query`.
///
/// # Errors
/// [`Error::UnknownCube`], [`Error::UnknownMember`], [`Error::HiddenMember`],
/// [`Error::NotATimeDimension`], [`Error::MixedFilter`], [`Error::OperatorMismatch`].
pub(crate) fn resolve<'q>(model: &DataModel, query: &'q Query) -> Result<ResolvedQuery<'q>, Error> {
    let names = Names { model };
    let measures = names.selected(&query.measures, Kind::Measure)?;
    let dimensions = names.selected(&query.dimensions, Kind::Dimension)?;
    let mut time_dimensions = Vec::with_capacity(query.time_dimensions.len());
    for (place, time_dimension) in (0..).zip(&query.time_dimensions) {
        time_dimensions.push(names.time_dimension(place, time_dimension)?);
    }
    let segments = query
        .segments
        .iter()
        .map(|path| names.find(path, Kind::Segment))
        .collect::<Result<_, _>>()?;
    let mut filters = Filters { names: &names, values: 0, instants: 0 };
    let (mut row_filters, mut measure_filters) = (Vec::new(), Vec::new());
    for filter in &query.filters {
        let (resolved, side) = filters.resolve(filter)?;
        match side {
            Side::Rows => row_filters.push(resolved),
            Side::Measures => measure_filters.push(resolved),
        }
    }
    let mut resolved = ResolvedQuery {
        measures,
        dimensions,
        time_dimensions,
        segments,
        row_filters,
        measure_filters,
        order: Vec::new(),
        order_members: Vec::new(),
        has_offset: query.offset.is_some(),
        wants_total: query.wants_total,
        is_ungrouped: query.is_ungrouped,
    };
    bind_order(model, query, &mut resolved);
    Ok(resolved)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Measure,
    Dimension,
    Segment,
}

struct Names<'m> {
    model: &'m DataModel,
}

impl Names<'_> {
    fn cube(&self, path: &MemberPath) -> Result<CubeId, Error> {
        self.model
            .find_cube(&path.cube)
            .ok_or_else(|| Error::UnknownCube { cube: path.cube.clone(), path: path.to_string() })
    }

    fn any(&self, path: &MemberPath) -> Result<MemberId, Error> {
        let cube = self.cube(path)?;
        self.model.find_member(cube, &path.member).ok_or_else(|| unknown_member(path))
    }

    fn find(&self, path: &MemberPath, kind: Kind) -> Result<MemberId, Error> {
        let id = self.any(path)?;
        let found = match id.member {
            Member::Measure(_) => Kind::Measure,
            Member::Dimension(_) => Kind::Dimension,
            Member::Segment(_) => Kind::Segment,
        };
        if found == kind { Ok(id) } else { Err(unknown_member(path)) }
    }

    fn selected(&self, paths: &[MemberPath], kind: Kind) -> Result<Vec<MemberId>, Error> {
        let mut ids = Vec::with_capacity(paths.len());
        for path in paths {
            let id = self.find(path, kind)?;
            self.check_visible(id)?;
            ids.push(id);
        }
        Ok(ids)
    }

    /// Only what is returned is checked: a filter or an order on a hidden member is Cube's way for
    /// a front end to use a key without showing it.
    fn check_visible(&self, id: MemberId) -> Result<(), Error> {
        let is_member_public = self
            .model
            .measure(id)
            .map(|measure| measure.is_public)
            .or_else(|| self.model.dimension(id).map(|dimension| dimension.is_public))
            .unwrap_or(true);
        if is_member_public && self.model.cube(id.cube).is_public {
            return Ok(());
        }
        Err(Error::HiddenMember { path: self.model.path(id).to_owned() })
    }

    fn time_dimension<'q>(
        &self,
        place: u32,
        time_dimension: &'q TimeDimension,
    ) -> Result<ResolvedTimeDimension<'q>, Error> {
        let id = self.find(&time_dimension.dimension, Kind::Dimension)?;
        let path = || time_dimension.dimension.to_string();
        let Some(dimension) = self.model.dimension(id) else {
            return Err(unknown_member(&time_dimension.dimension));
        };
        if dimension.kind != DimensionType::Time {
            return Err(Error::NotATimeDimension { path: path() });
        }
        if let Some(granularity) = &time_dimension.granularity {
            self.check_visible(id)?;
            if !is_granularity(dimension, granularity) {
                return Err(Error::UnknownGranularity {
                    granularity: granularity.clone(),
                    path: path(),
                });
            }
        }
        Ok(ResolvedTimeDimension {
            id,
            granularity: time_dimension.granularity.as_deref(),
            has_range: time_dimension.date_range.is_some(),
            place,
        })
    }
}

/// The predefined granularities, all of them units of `date_trunc`.
pub(crate) const GRANULARITIES: [&str; 8] =
    ["second", "minute", "hour", "day", "week", "month", "quarter", "year"];

fn is_granularity(dimension: &model::Dimension, name: &str) -> bool {
    GRANULARITIES.contains(&name)
        || dimension.granularities.iter().any(|granularity| granularity.name == name)
}

fn unknown_member(path: &MemberPath) -> Error {
    Error::UnknownMember { member: path.member.clone(), path: path.to_string() }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Rows,
    Measures,
}

struct Filters<'n, 'm> {
    names: &'n Names<'m>,
    values: u32,
    instants: u32,
}

impl Filters<'_, '_> {
    fn resolve(&mut self, filter: &Filter) -> Result<(ResolvedFilter, Side), Error> {
        match filter {
            Filter::Member(condition) => self.condition(condition),
            Filter::And(inner) => {
                let (filters, side) = self.group(filter, inner)?;
                Ok((ResolvedFilter::And(filters), side))
            }
            Filter::Or(inner) => {
                let (filters, side) = self.group(filter, inner)?;
                Ok((ResolvedFilter::Or(filters), side))
            }
        }
    }

    fn group(
        &mut self,
        whole: &Filter,
        inner: &[Filter],
    ) -> Result<(Vec<ResolvedFilter>, Side), Error> {
        let mut group_side = None;
        let mut filters = Vec::with_capacity(inner.len());
        for filter in inner {
            let (resolved, side) = self.resolve(filter)?;
            if *group_side.get_or_insert(side) != side {
                return Err(Error::MixedFilter { filter: query::filter_json(whole) });
            }
            filters.push(resolved);
        }
        Ok((filters, group_side.unwrap_or(Side::Rows)))
    }

    fn condition(&mut self, filter: &MemberFilter) -> Result<(ResolvedFilter, Side), Error> {
        let member = self.names.any(&filter.member)?;
        let is_measure = match member.member {
            Member::Measure(_) => true,
            Member::Dimension(_) => false,
            Member::Segment(_) => return Err(unknown_member(&filter.member)),
        };
        let first = self.values;
        self.values += u32::try_from(filter.values.len()).unwrap_or(u32::MAX);
        let start = self.instants;
        self.instants += u32::try_from(filter.instants.len()).unwrap_or(u32::MAX);
        let condition = Condition {
            member,
            operator: filter.operator,
            values: (first..)
                .zip(&filter.values)
                .filter_map(|(place, value)| value.as_ref().map(|_| place))
                .collect(),
            has_null: filter.values.iter().any(Option::is_none),
            instants: start..self.instants,
        };
        // A measure filter in this sense is the measure's own row condition.
        let side = if is_measure && filter.operator != FilterOperator::MeasureFilter {
            Side::Measures
        } else {
            Side::Rows
        };
        Ok((ResolvedFilter::Condition(condition), side))
    }
}

/// Binds the order to ordinals: the query's own, else Cube's default. A member that is not
/// selected is dropped.
///
/// Cube 1.7.25, `BaseQuery.js`, `defaultOrder` and `getFieldIndex`.
fn bind_order(model: &DataModel, query: &Query, resolved: &mut ResolvedQuery<'_>) {
    let columns = selected_columns(resolved);
    let position = |id: MemberId, granularity: Option<&str>| {
        columns.iter().position(|(column, unit)| {
            *column == id && (granularity.is_none() || *unit == granularity)
        })
    };
    let mut push = |ordinal: usize, id: MemberId, is_descending: bool| {
        resolved.order.push(OrderBy { ordinal: ordinal + 1, is_descending });
        resolved.order_members.push((model.path(id).to_owned(), is_descending));
    };
    if let Some(order) = &query.order {
        for item in order {
            let id = model
                .find_cube(&item.member.cube)
                .and_then(|cube| model.find_member(cube, &item.member.member));
            if let Some(id) = id
                && let Some(ordinal) = position(id, item.granularity.as_deref())
            {
                push(ordinal, id, item.is_descending);
            }
        }
        return;
    }
    let first_time = resolved.time_dimensions.iter().find(|time| time.granularity.is_some());
    if let Some(time) = first_time {
        let id = time.id;
        let ordinal = resolved.dimensions.len()
            + resolved
                .time_dimensions
                .iter()
                .filter(|time| time.granularity.is_some())
                .position(|time| time.id == id)
                .unwrap_or_default();
        push(ordinal, id, false);
    } else if let (Some(&measure), Some(_)) =
        (resolved.measures.first(), resolved.dimensions.first())
    {
        if let Some(ordinal) = position(measure, None) {
            push(ordinal, measure, true);
        }
    } else if let Some(&dimension) = resolved.dimensions.first() {
        push(0, dimension, false);
    }
}

/// The output columns with what they are truncated to: dimensions, time dimensions with a
/// granularity, measures.
fn selected_columns<'q>(resolved: &ResolvedQuery<'q>) -> Vec<(MemberId, Option<&'q str>)> {
    let times = resolved.time_dimensions.iter().filter(|time| time.granularity.is_some());
    let plain = |&id: &MemberId| (id, None);
    resolved
        .dimensions
        .iter()
        .map(plain)
        .chain(times.map(|time| (time.id, time.granularity)))
        .chain(resolved.measures.iter().map(plain))
        .collect()
}
