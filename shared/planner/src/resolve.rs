//! Names to ids: every name of the query is looked up once, here, and never again.

use model::{CubeId, DataModel, DimensionType, Member, MemberId, TimeUnit};
use query::{MemberPath, Query, TimeDimension};
use sql::OrderBy;

use crate::Error;
use crate::filters::{Filters, ResolvedFilter, Side};
use crate::order::bind_order;
use crate::references::{Hint, Touched};

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
    /// The join paths that the query asks for.
    pub(crate) join_hints: Vec<Hint>,
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
            let mut touched = Touched::default();
            filter.for_each(&mut |condition| touched.add_condition(model, condition));
            touched.sub_queries.is_empty()
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

/// Binds every name of `query`.
///
/// # Errors
/// [`Error::UnknownCube`], [`Error::UnknownMember`], [`Error::HiddenMember`],
/// [`Error::NotATimeDimension`], [`Error::MixedFilter`], [`Error::OperatorMismatch`],
/// [`Error::UngroupedMeasureFilter`].
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
    let mut filters = Filters::new(&names);
    let (mut row_filters, mut measure_filters) = (Vec::new(), Vec::new());
    for filter in &query.filters {
        let (resolved, side) = filters.resolve(filter)?;
        match side {
            Side::Rows => row_filters.push(resolved),
            Side::Measures => measure_filters.push(resolved),
        }
    }
    if query.is_ungrouped && !measure_filters.is_empty() {
        return Err(Error::UngroupedMeasureFilter);
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
        join_hints: names.join_hints(&query.join_hints)?,
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

/// The names of a model.
pub(crate) struct Names<'m> {
    model: &'m DataModel,
}

impl Names<'_> {
    fn cube(&self, path: &MemberPath) -> Result<CubeId, Error> {
        self.model
            .find_cube(&path.cube)
            .ok_or_else(|| Error::UnknownCube { cube: path.cube.clone(), path: path.to_string() })
    }

    /// Looks up a member of any kind.
    pub(crate) fn any(&self, path: &MemberPath) -> Result<MemberId, Error> {
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

    /// Join paths by name. A name that occurs twice in a row is one cube.
    fn join_hints(&self, paths: &[Vec<String>]) -> Result<Vec<Hint>, Error> {
        let mut hints = Vec::with_capacity(paths.len());
        for path in paths {
            let mut hint = Hint::with_capacity(path.len());
            for name in path {
                let unknown = || Error::UnknownCube { cube: name.clone(), path: path.join(".") };
                hint.push(self.model.find_cube(name).ok_or_else(unknown)?);
            }
            if !hint.is_empty() {
                hints.push(hint);
            }
        }
        Ok(hints)
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

fn is_granularity(dimension: &model::Dimension, name: &str) -> bool {
    TimeUnit::parse(name).is_some()
        || dimension.granularities.iter().any(|granularity| granularity.name == name)
}

pub(crate) fn unknown_member(path: &MemberPath) -> Error {
    Error::UnknownMember { member: path.member.clone(), path: path.to_string() }
}
