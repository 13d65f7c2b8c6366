//! Filters with their names bound; their values stay in the query and are known by their places.

use std::ops::Range;

use model::{Member, MemberId};
use query::{Filter, FilterOperator, MemberFilter};

use crate::Error;
use crate::resolve::{Names, unknown_member};

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
    /// Whether an access policy says it: it looks behind masks.
    pub(crate) is_rule: bool,
}

impl ResolvedFilter {
    /// Marks every condition of the tree as one of an access policy.
    pub(crate) fn set_rule(&mut self) {
        match self {
            Self::Condition(condition) => condition.is_rule = true,
            Self::And(filters) | Self::Or(filters) => {
                filters.iter_mut().for_each(Self::set_rule);
            }
        }
    }

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Rows,
    Measures,
}

/// Binds filters one after the other, counting the places of their values.
pub(crate) struct Filters<'n, 'm> {
    names: &'n Names<'m>,
    values: u32,
    instants: u32,
}

impl<'n, 'm> Filters<'n, 'm> {
    /// Starts with the first place.
    pub(crate) fn new(names: &'n Names<'m>) -> Self {
        Self { names, values: 0, instants: 0 }
    }

    /// Binds one filter of the query and says on which side of the aggregation it stands.
    pub(crate) fn resolve(&mut self, filter: &Filter) -> Result<(ResolvedFilter, Side), Error> {
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
            is_rule: false,
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
