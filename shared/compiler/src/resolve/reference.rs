//! References to the members and cubes they mean.

use model::{
    ClaimPath, Computation, CubeId, FilterForm, FilterFunction, FilterParam, Member, MemberId,
    Part, SqlTemplate,
};

use super::is_formula;
use crate::Error;
use crate::names::{Names, kind_of};
use crate::report::{Braces, Place, Report, Sourced};
use crate::site::Site;
use crate::spelling::nearest;
use crate::template::{Computed, Expression, FilterCall, Form, Piece, parse};
use crate::view::ViewError;
use crate::window::GRANULARITIES;

/// The words for the cube whose SQL it is.
const CURRENT_CUBE: &[&str] = &["CUBE", "TABLE"];

/// Binds the references of one text.
pub(super) struct Binder<'b, 'f> {
    pub(super) names: &'b Names<'b>,
    /// The cube whose SQL it is.
    pub(super) cube: CubeId,
    pub(super) site: Site,
    pub(super) report: &'b mut Report<'f>,
}

impl Binder<'_, '_> {
    /// The template of a text. What cannot be bound is reported and left out.
    pub(super) fn template(&mut self, text: &Sourced) -> SqlTemplate {
        let braces = self.report.braces(text);
        if let Some(recorded) = &text.recorded {
            return self.pieces(&braces, &recorded.pieces);
        }
        let parsed = parse(&text.text);
        for (offset, error) in parsed.errors {
            self.report.error(braces.place(offset), error);
        }
        for notice in parsed.notices {
            self.report.notice(text.place, notice);
        }
        self.pieces(&braces, &parsed.pieces)
    }

    fn pieces(&mut self, braces: &Braces, pieces: &[Piece]) -> SqlTemplate {
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text.clone())),
                Piece::Reference { offset, expression } => {
                    parts.extend(self.part(braces, *offset, expression));
                }
            }
        }
        SqlTemplate { parts }
    }

    fn part(&mut self, braces: &Braces, offset: usize, expression: &Expression) -> Option<Part> {
        let place = braces.place(offset);
        Some(match expression {
            Expression::Path(path) => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                return self.path(place, &path);
            }
            Expression::CubeSql(name) => {
                let cube = self.named_cube(place, name)?;
                Part::CubeSql(self.with_rows(place, cube)?)
            }
            Expression::ClaimFilter { path, form, is_required } => Part::ClaimFilter {
                path: ClaimPath(path.clone()),
                form: self.form(braces, form),
                is_required: *is_required,
            },
            Expression::Claim(path) => Part::Claim(ClaimPath(path.clone())),
            Expression::ClaimValue(path) => Part::ClaimValue(ClaimPath(path.clone())),
            Expression::FilterParam(call) => {
                Part::FilterParam(self.filter_param(braces, place, call)?)
            }
            Expression::FilterGroup(calls) => {
                let params = calls.iter().filter_map(|call| self.filter_param(braces, place, call));
                Part::FilterGroup(params.collect())
            }
            Expression::ConvertTimeZone(column) => {
                Part::ConvertTimeZone(self.pieces(braces, column))
            }
            Expression::UrlEncode(text) => Part::UrlEncode(self.pieces(braces, text)),
            Expression::Computed(computed) => {
                Part::Computed(Box::new(self.computation(braces, computed)))
            }
            Expression::Argument(place) => Part::Argument(*place),
            Expression::Arguments { from, separator } => {
                Part::Arguments { from: *from, separator: separator.clone() }
            }
        })
    }

    /// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeSymbols.ts`, `resolveSymbol`:
    /// a bare name is a cube before it is a member of this cube.
    fn path(&mut self, place: Place, path: &[&str]) -> Option<Part> {
        if self.site == Site::Source {
            let reference = path.join(".");
            self.report.error(place, Error::ReferenceInSource { reference });
            return None;
        }
        let (first, rest) = path.split_first()?;
        let Some(cube) = self.cube_called(first) else {
            return self.own_member(place, first, rest);
        };
        let (joined, rest) = self.join_path(cube, rest);
        let cube = joined.last().copied().unwrap_or(cube);
        let reference = match rest {
            [] => Part::Cube(self.with_rows(place, cube)?),
            [name, rest @ ..] => {
                let member = self.named_member(place, cube, name)?;
                self.member_or_time(place, member, rest)?
            }
        };
        if joined.len() < 2 {
            return Some(reference);
        }
        if let Some(&view) = joined.iter().find(|&&cube| self.names.is_view(cube)) {
            let (view, path) = (self.names.name_of(view).to_owned(), path.join("."));
            self.report.error(place, ViewError::InJoinPath { view, path }.into());
            return None;
        }
        Some(Part::Joined { path: joined, reference: Box::new(reference) })
    }

    /// The cubes a path goes along, and what is left of it: `users.city` of `orders.users.city`
    /// leaves `city`. A member's name comes before a cube's.
    fn join_path<'p>(&self, first: CubeId, rest: &'p [&'p str]) -> (Vec<CubeId>, &'p [&'p str]) {
        let mut cubes = vec![first];
        let mut rest = rest;
        let mut at = first;
        while let [name, after @ ..] = rest
            && self.names.member(at, name).is_none()
            && let Some(next) = self.names.cube(name)
        {
            cubes.push(next);
            (at, rest) = (next, after);
        }
        (cubes, rest)
    }

    /// `member` or `time_dimension.granularity` of this cube.
    fn own_member(&mut self, place: Place, name: &str, rest: &[&str]) -> Option<Part> {
        let Some(member) = self.names.member(self.cube, name) else {
            let error = if rest.is_empty() {
                let nearest = self.names.nearest_name(self.cube, name);
                let cube = self.names.name_of(self.cube).to_owned();
                Error::UnknownName { name: name.to_owned(), cube, nearest }
            } else {
                let nearest = self.names.nearest_cube(name);
                Error::UnknownCube { name: name.to_owned(), nearest }
            };
            self.report.unknown(place, error);
            return None;
        };
        self.member_or_time(place, member, rest)
    }

    /// A member by itself, or a time dimension with a granularity behind it.
    fn member_or_time(&mut self, place: Place, member: MemberId, rest: &[&str]) -> Option<Part> {
        match rest {
            [] => self.member(place, member),
            [granularity] => self.time_member(place, member, granularity),
            [..] => {
                let path = self.names.path(member);
                let granularity = rest.join(".");
                self.report.error(place, Error::NotTime { path, granularity });
                None
            }
        }
    }

    fn cube_called(&self, name: &str) -> Option<CubeId> {
        if CURRENT_CUBE.contains(&name) { Some(self.cube) } else { self.names.cube(name) }
    }

    fn named_cube(&mut self, place: Place, name: &str) -> Option<CubeId> {
        let cube = self.cube_called(name);
        if cube.is_none() {
            let nearest = self.names.nearest_cube(name);
            self.report.unknown(place, Error::UnknownCube { name: name.to_owned(), nearest });
        }
        cube
    }

    fn named_member(&mut self, place: Place, cube: CubeId, name: &str) -> Option<MemberId> {
        let member = self.names.member(cube, name);
        if member.is_none() {
            let error = Error::UnknownMember {
                cube: self.names.name_of(cube).to_owned(),
                name: name.to_owned(),
                nearest: self.names.nearest_member(cube, name),
            };
            self.report.error(place, error);
        }
        member
    }

    fn member(&mut self, place: Place, id: MemberId) -> Option<Part> {
        self.may_stand_here(place, id).then(|| self.meant(id, Part::Member))
    }

    /// A reference to a member, or to what it stands for in a view.
    fn meant(&self, id: MemberId, part: impl FnOnce(MemberId) -> Part) -> Part {
        let Some(target) = self.names.target(id) else { return part(id) };
        let reference = part(target.member);
        if target.path.len() < 2 {
            return reference;
        }
        Part::Joined { path: target.path.clone(), reference: Box::new(reference) }
    }

    /// A cube whose rows are referred to; a view has none.
    fn with_rows(&mut self, place: Place, cube: CubeId) -> Option<CubeId> {
        if self.names.is_view(cube) {
            let name = self.names.name_of(cube).to_owned();
            self.report.error(place, ViewError::NoRows(name).into());
            return None;
        }
        Some(cube)
    }

    fn may_stand_here(&mut self, place: Place, id: MemberId) -> bool {
        let kind = kind_of(id);
        if !self.site.takes(kind) {
            let error = Error::WrongKind { path: self.names.path(id), kind, site: self.site };
            self.report.error(place, error);
            return false;
        }
        if self.site == Site::Aggregate && self.is_aggregate(id) {
            self.report.error(place, Error::NestedAggregate { path: self.names.path(id) });
            return false;
        }
        true
    }

    fn is_aggregate(&self, id: MemberId) -> bool {
        let Member::Measure(index) = id.member else { return false };
        self.names
            .declaration(id.cube)
            .and_then(|cube| cube.measures.get(index as usize))
            .is_some_and(|measure| !is_formula(measure.kind))
    }

    fn time_member(&mut self, place: Place, id: MemberId, granularity: &str) -> Option<Part> {
        if !self.names.is_time(id) {
            let path = self.names.path(id);
            let granularity = granularity.to_owned();
            self.report.error(place, Error::NotTime { path, granularity });
            return None;
        }
        let known = || GRANULARITIES.iter().copied().chain(self.names.granularities(id));
        if !known().any(|name| name == granularity) {
            let error = Error::UnknownValue {
                what: "granularity",
                value: granularity.to_owned(),
                allowed: known().collect::<Vec<_>>().join(", "),
                nearest: nearest(granularity, known()),
            };
            self.report.error(place, error);
            return None;
        }
        let granularity = granularity.to_owned();
        let part = |dimension| Part::TimeMember { dimension, granularity };
        self.may_stand_here(place, id).then(|| self.meant(id, part))
    }

    fn computation(&mut self, braces: &Braces, computed: &Computed) -> Computation {
        let mut all =
            |items: &[Computed]| items.iter().map(|item| self.computation(braces, item)).collect();
        match computed {
            Computed::Undefined => Computation::Undefined,
            Computed::Null => Computation::Null,
            Computed::Boolean(value) => Computation::Boolean(*value),
            Computed::Number(text) => Computation::Number(text.clone()),
            Computed::Text(text) => Computation::Text(text.clone()),
            Computed::Refusal(sentence) => Computation::Refusal(sentence.clone()),
            Computed::Sql(pieces) => Computation::Sql(self.pieces(braces, pieces)),
            Computed::List(items) => Computation::List(all(items)),
            Computed::Claim(path) => Computation::Claim(ClaimPath(path.clone())),
            Computed::Element => Computation::Element,
            Computed::Member { of, name } => Computation::Member {
                of: Box::new(self.computation(braces, of)),
                name: name.clone(),
            },
            Computed::Operation { operator, of } => {
                Computation::Operation { operator: *operator, of: all(of) }
            }
        }
    }

    fn form(&mut self, braces: &Braces, form: &Form) -> FilterForm {
        match form {
            Form::Column(column) => FilterForm::Column(self.pieces(braces, column)),
            Form::Function(body) => {
                FilterForm::Function(FilterFunction { body: self.pieces(braces, body) })
            }
        }
    }

    fn filter_param(
        &mut self,
        braces: &Braces,
        place: Place,
        call: &FilterCall,
    ) -> Option<FilterParam> {
        let form = self.form(braces, &call.form);
        let cube = self.named_cube(place, &call.cube)?;
        let member = self.named_member(place, cube, &call.member)?;
        let kind = kind_of(member);
        if !Site::FilterParams.takes(kind) {
            let path = self.names.path(member);
            self.report.error(place, Error::WrongKind { path, kind, site: Site::FilterParams });
            return None;
        }
        Some(FilterParam { member, form })
    }

    /// An entry of `drill_members` or `levels`: `id`, `users.name`, `CUBE.id` or `orders.users.name`,
    /// where only the last cube counts.
    pub(super) fn listed_member(&mut self, text: &Sourced) -> Option<MemberId> {
        let mut cube = self.cube;
        let mut names: Vec<&str> = text.text.split('.').map(str::trim).collect();
        let name = names.pop()?;
        for name in names {
            cube = self.named_cube(text.place, name)?;
        }
        let id = self.named_member(text.place, cube, name)?;
        self.may_stand_here(text.place, id).then_some(id)
    }
}
