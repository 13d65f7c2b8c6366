//! `FILTER_PARAMS` and `FILTER_GROUP`: the query's own filters inside the author's SQL.

use model::{CubeId, FilterForm, FilterParam, MemberId};
use query::FilterOperator;
use sql::Expr;

use super::{Env, always, render, unprefixed};
use crate::Error;
use crate::condition::{self, ValueType};
use crate::filters::{Condition, ResolvedFilter};
use crate::references::stands_for;
use crate::slots::{Arguments, Slots, Source, Subject};

/// The query's filters on the named members, over the author's columns or through the author's
/// functions; true when the query has none.
///
/// Only conditions that hold for every row count: those at the top level and inside ANDs. Cube
/// 1.7.43, `BaseQuery.js`, `findAndSubTreeForFilterGroup`.
pub(super) fn condition<'a>(
    env: &Env<'a>,
    slots: &mut Slots,
    owner: CubeId,
    params: &'a [FilterParam],
) -> Result<Expr<'a>, Error> {
    let writer = Writer { env, owner, params };
    slots.scoped(|slots| {
        let mut conditions = Vec::new();
        for filter in env.row_filters {
            conditions.extend(writer.covered(slots, filter)?);
        }
        for time in env.time_dimensions.iter().filter(|time| time.has_range) {
            // The author's column is not masked: it must not be compared with the caller's values.
            if env.is_masked(time.id) {
                continue;
            }
            let Some(param) = writer.param(time.id) else { continue };
            let (from, to) = (Source::RangeStart(time.place), Source::RangeEnd(time.place));
            conditions.push(match &param.form {
                FilterForm::Column(column) => {
                    let column = unprefixed(render(env, slots, owner, column)?);
                    let from = slots.parameter(from).cast("timestamptz");
                    let to = slots.parameter(to).cast("timestamptz");
                    condition::between(column, from, to)
                }
                FilterForm::Function(_) => writer.called(slots, param, vec![from, to])?,
            });
        }
        Ok(if conditions.is_empty() { always() } else { Expr::and(conditions) })
    })
}

struct Writer<'w, 'a> {
    env: &'w Env<'a>,
    owner: CubeId,
    params: &'a [FilterParam],
}

impl<'a> Writer<'_, 'a> {
    /// The parameter that a condition is for. A caller's on a masked member is for none: the author's
    /// column is not masked.
    fn param_of(&self, condition: &Condition) -> Option<&'a FilterParam> {
        if !condition.is_rule && self.env.is_masked(condition.member) {
            return None;
        }
        self.param(condition.member)
    }

    fn param(&self, member: MemberId) -> Option<&'a FilterParam> {
        self.params.iter().find(|param| stands_for(self.env.model, member, param.member))
    }

    /// Whether every condition of a tree is on one of the members.
    fn covers(&self, filter: &ResolvedFilter) -> bool {
        let mut covers = true;
        filter.for_each(&mut |condition| covers &= self.param_of(condition).is_some());
        covers
    }

    /// What of one filter tree is about the members alone.
    fn covered(
        &self,
        slots: &mut Slots,
        filter: &ResolvedFilter,
    ) -> Result<Option<Expr<'a>>, Error> {
        match filter {
            ResolvedFilter::And(filters) => {
                let mut parts = Vec::new();
                for filter in filters {
                    parts.extend(self.covered(slots, filter)?);
                }
                Ok((!parts.is_empty()).then(|| Expr::and(parts)))
            }
            // In an OR every branch must be covered: dropping one would hide rows.
            ResolvedFilter::Or(filters) if !filters.is_empty() && self.covers(filter) => {
                let parts: Result<Vec<_>, _> =
                    filters.iter().map(|filter| self.covered(slots, filter)).collect();
                // Nothing is left of an AND of nothing, which is true of every row.
                Ok(parts?.into_iter().collect::<Option<Vec<_>>>().map(Expr::or))
            }
            ResolvedFilter::Or(_) => Ok(None),
            ResolvedFilter::Condition(condition) => match self.param_of(condition) {
                Some(param) => self.compared(slots, param, condition).map(Some),
                None => Ok(None),
            },
        }
    }

    fn compared(
        &self,
        slots: &mut Slots,
        param: &'a FilterParam,
        condition: &Condition,
    ) -> Result<Expr<'a>, Error> {
        match &param.form {
            FilterForm::Column(column) => {
                let column = unprefixed(render(self.env, slots, self.owner, column)?);
                condition::compare(slots, self.env.model, condition, column)
            }
            FilterForm::Function(_) => self.called(slots, param, self.arguments(condition)),
        }
    }

    /// The author's function over the values of a filter; true when the filter has none (`set`, or
    /// `equals` with null alone).
    fn called(
        &self,
        slots: &mut Slots,
        param: &'a FilterParam,
        values: Vec<Source>,
    ) -> Result<Expr<'a>, Error> {
        if values.is_empty() {
            return Ok(always());
        }
        let given = Arguments { subject: Subject::Member(param.member), values };
        let body = param.form.template();
        slots
            .with_arguments(given, |slots| render(self.env, slots, self.owner, body))
            .map(unprefixed)
    }

    /// What a function is given, whatever the operator: Cube 1.7.43, `BaseFilter.js`,
    /// `filterParams`. An operator with one date gives one; Cube adds the end of today.
    fn arguments(&self, condition: &Condition) -> Vec<Source> {
        use FilterOperator as Op;
        match condition.operator {
            Op::Set | Op::NotSet | Op::MeasureFilter => Vec::new(),
            Op::InDateRange
            | Op::NotInDateRange
            | Op::OnTheDate
            | Op::BeforeDate
            | Op::BeforeOrOnDate
            | Op::AfterDate
            | Op::AfterOrOnDate => condition.instants.clone().map(Source::Instant).collect(),
            Op::Contains
            | Op::NotContains
            | Op::StartsWith
            | Op::NotStartsWith
            | Op::EndsWith
            | Op::NotEndsWith => condition.values.iter().copied().map(Source::Pattern).collect(),
            Op::Equals | Op::NotEquals | Op::Gt | Op::Gte | Op::Lt | Op::Lte => {
                let kind = ValueType::of(self.env.model, condition.member).value_kind();
                let source = |&index: &u32| Source::Value { index, kind };
                condition.values.iter().map(source).collect()
            }
        }
    }
}
