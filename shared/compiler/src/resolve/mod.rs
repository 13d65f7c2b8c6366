//! Declarations to the cubes of a model: every reference bound, every text a template.

mod key;
mod policy;
mod reference;
mod view;

use model::{
    Bucket, CaseWhen, Cube, CubeId, Dimension, DimensionExpression, Granularity, Hierarchy, Join,
    Label, Measure, MeasureType, Member, MemberId, RollingWindow, Segment, Source, SqlTemplate,
    titleize, underscore,
};

use crate::Error;
use crate::declare::{self, Declared, Expression, GranularityBucket, Header};
use crate::names::Names;
use crate::report::{Report, Sourced};
use crate::site::Site;
use crate::spelling::nearest;
use crate::view::ViewError;
use crate::window::GRANULARITIES;
use reference::Binder;

/// Builds the cubes, in the order they were declared.
pub(crate) fn resolve(declared: &Declared, report: &mut Report<'_>) -> Vec<Cube> {
    let names = Names::new(declared);
    (0..)
        .map(CubeId)
        .zip(&declared.cubes)
        .map(|(id, cube)| Resolver::new(&names, id, cube, report).cube())
        .collect()
}

/// One cube being built.
struct Resolver<'r, 'f> {
    names: &'r Names<'r>,
    id: CubeId,
    declared: &'r declare::Cube,
    title: String,
    is_public: bool,
    report: &'r mut Report<'f>,
}

/// What the members of a cube have in common, ready to be moved into one.
struct Common {
    name: String,
    path: String,
    alias: String,
    title: String,
    short_title: String,
    is_public: bool,
}

impl<'r, 'f> Resolver<'r, 'f> {
    fn new(
        names: &'r Names<'r>,
        id: CubeId,
        declared: &'r declare::Cube,
        report: &'r mut Report<'f>,
    ) -> Self {
        let header = &declared.header;
        let title = header.title.clone().unwrap_or_else(|| titleize(&header.name));
        Self { names, id, declared, title, is_public: header.is_public.unwrap_or(true), report }
    }

    fn cube(mut self) -> Cube {
        let declared = self.declared;
        self.report.set_inherited(declared.is_source_inherited);
        let source = self.source();
        let joins = self.joins();
        let measures = declared.measures.iter().map(|found| self.measure(found)).collect();
        let dimensions = declared.dimensions.iter().map(|found| self.dimension(found)).collect();
        let segments = declared.segments.iter().map(|found| self.segment(found)).collect();
        let hierarchies = match &declared.view {
            Some(view) => self.hierarchies_of_view(view),
            None => declared.hierarchies.iter().map(|found| self.hierarchy(found)).collect(),
        };
        self.report.set_inherited(false);
        let access_policies = self.policies();
        let header = &declared.header;
        Cube {
            name: header.name.clone(),
            alias: declared.alias(),
            title: self.title,
            description: header.description.clone(),
            meta: header.meta.clone(),
            is_public: self.is_public,
            data_source: declared.data_source.clone().unwrap_or_else(|| "default".to_owned()),
            source,
            joins,
            measures,
            dimensions,
            segments,
            hierarchies,
            access_policies,
        }
    }

    fn binder(&mut self, site: Site) -> Binder<'_, 'f> {
        Binder { names: self.names, cube: self.id, site, report: self.report }
    }

    /// A text as a template; an absent one has been reported and becomes empty.
    fn sql(&mut self, text: Option<&Sourced>, site: Site) -> SqlTemplate {
        text.map(|text| self.binder(site).template(text)).unwrap_or_default()
    }

    fn source(&mut self) -> Source {
        if let Some(view) = &self.declared.view {
            return Source::View(self.view(view));
        }
        match &self.declared.source {
            Some(declare::Source::Query(text)) => Source::Query(self.sql(Some(text), Site::Source)),
            Some(declare::Source::Table(text)) => Source::Table(self.sql(Some(text), Site::Source)),
            None => Source::Table(SqlTemplate::default()),
        }
    }

    fn joins(&mut self) -> Vec<Join> {
        let declared = self.declared;
        let from = &declared.header.name;
        let mut joins: Vec<Join> = Vec::new();
        for join in &declared.joins {
            self.report.set_inherited(join.is_inherited);
            let name = &join.target.text;
            let place = join.target.place;
            let Some(target) = self.names.cube(name) else {
                let nearest = self.names.nearest_cube(name);
                self.report.unknown(place, Error::UnknownCube { name: name.clone(), nearest });
                continue;
            };
            if self.names.is_view(target) {
                self.report.error(place, ViewError::NoRows(name.clone()).into());
                continue;
            }
            if target == self.id {
                self.report.error(place, Error::SelfJoin(name.clone()));
                continue;
            }
            if joins.iter().any(|join| join.target == target) {
                let (from, to) = (from.clone(), name.clone());
                self.report.error(place, Error::DuplicateJoin { from, to });
                continue;
            }
            let condition = self.sql(join.condition.as_ref(), Site::Join);
            joins.push(Join { target, relationship: join.relationship, condition });
        }
        joins
    }

    fn common(&self, header: &Header, default_public: bool) -> Common {
        let short_title = header.title.clone().unwrap_or_else(|| titleize(&header.name));
        Common {
            name: header.name.clone(),
            path: format!("{}.{}", self.declared.header.name, header.name),
            alias: format!("{}__{}", self.declared.alias(), underscore(&header.name)),
            title: format!("{} {short_title}", self.title),
            short_title,
            // Cube 1.7.25, `CubeToMetaTransformer.ts`, `transform`: a hidden cube hides its members.
            is_public: self.is_public && header.is_public.unwrap_or(default_public),
        }
    }

    fn measure(&mut self, declared: &declare::Measure) -> Measure {
        let header = &declared.header;
        self.report.set_inherited(header.is_inherited);
        let site = if is_formula(declared.kind) { Site::Formula } else { Site::Aggregate };
        let sql = declared.sql.as_ref().map(|text| self.binder(site).template(text));
        let filters = declared
            .filters
            .iter()
            .map(|text| self.binder(Site::MeasureFilter).template(text))
            .collect();
        let drill_members = match &declared.target {
            Some(target) => self.drill_members_of_view(target.member.cube, declared),
            None => declared
                .drill_members
                .iter()
                .filter_map(|text| self.binder(Site::DrillMembers).listed_member(text))
                .collect(),
        };
        let target = declared
            .target
            .clone()
            .or_else(|| self.own_target(header, &sql.iter().collect::<Vec<_>>()));
        let drill_filters = declared
            .drill_filters
            .iter()
            .map(|text| self.binder(Site::MeasureFilter).template(text))
            .collect();
        self.check_period(declared);
        let mask = self.mask(declared.mask.as_ref(), Site::MeasureFilter);
        let common = self.common(header, true);
        Measure {
            name: common.name,
            path: common.path,
            alias: common.alias,
            title: common.title,
            short_title: common.short_title,
            description: header.description.clone(),
            meta: header.meta.clone(),
            format: declared.format.clone(),
            currency: declared.currency.clone(),
            is_public: common.is_public,
            kind: declared.kind,
            sql,
            filters,
            drill_members,
            drill_filters,
            is_cumulative: declared.is_cumulative,
            rolling_window: declared.rolling_window.clone(),
            mask,
            target,
        }
    }

    /// The period of a window to date is a granularity of the cube's time dimensions.
    fn check_period(&mut self, declared: &declare::Measure) {
        let Some(RollingWindow::ToDate { granularity }) = &declared.rolling_window else { return };
        let dimensions = self.declared.dimensions.iter();
        let own = dimensions.flat_map(|dimension| &dimension.granularities);
        let known: Vec<&str> = GRANULARITIES
            .iter()
            .copied()
            .chain(own.map(|granularity| granularity.name.as_str()))
            .collect();
        if !known.contains(&granularity.as_str()) {
            let error = Error::UnknownValue {
                what: "granularity",
                value: granularity.clone(),
                allowed: known.join(", "),
                nearest: nearest(granularity, known.iter().copied()),
            };
            self.report.error(declared.period_place, error);
        }
    }

    fn dimension(&mut self, declared: &declare::Dimension) -> Dimension {
        let header = &declared.header;
        self.report.set_inherited(header.is_inherited);
        let site = if declared.sub_query.is_some() { Site::SubQuery } else { Site::Dimension };
        let expression = self.expression(declared.expression.as_ref(), site);
        let is_included = declared.target.is_some();
        let granularities = declared.granularities.iter();
        let granularities =
            granularities.map(|found| self.granularity(found, is_included)).collect();
        let mask = self.mask(declared.mask.as_ref(), Site::Dimension);
        let common = self.common(header, !declared.is_primary_key);
        let target = declared.target.clone().or_else(|| self.own_target_of(header, &expression));
        if declared.sub_query.is_some() && !refers_to_a_measure(&expression) {
            self.report.unknown(header.place, Error::SubQueryWithoutMeasure(common.path.clone()));
        }
        let key = match (&declared.key, &declared.target) {
            (Some(key), Some(target)) => self.key_of_view(target.member.cube, key, header),
            (Some(key), None) => self.key(key),
            (None, _) => None,
        };
        Dimension {
            name: common.name,
            path: common.path,
            alias: common.alias,
            title: common.title,
            short_title: common.short_title,
            description: header.description.clone(),
            meta: header.meta.clone(),
            format: declared.format.clone(),
            currency: declared.currency.clone(),
            is_public: common.is_public,
            kind: declared.kind,
            expression,
            is_primary_key: declared.is_primary_key,
            sub_query: declared.sub_query,
            suggests_filter_values: declared.suggests_filter_values,
            key,
            order: declared.order,
            granularities,
            mask,
            target,
        }
    }

    fn granularity(&mut self, declared: &declare::Granularity, is_included: bool) -> Granularity {
        let bucket = match &declared.bucket {
            // The SQL stands in the cube, which is where it is read.
            GranularityBucket::Sql(_) if is_included => Bucket::Sql(SqlTemplate::default()),
            GranularityBucket::Plain(bucket) => bucket.clone(),
            GranularityBucket::Sql(text) => Bucket::Sql(self.sql(Some(text), Site::Dimension)),
        };
        Granularity {
            name: declared.name.clone(),
            title: declared.title.clone(),
            interval: declared.interval.clone(),
            offset: declared.offset.clone(),
            origin: declared.origin.clone(),
            bucket,
        }
    }

    fn expression(&mut self, declared: Option<&Expression>, site: Site) -> DimensionExpression {
        match declared {
            Some(Expression::Sql(text)) => DimensionExpression::Sql(self.sql(Some(text), site)),
            Some(Expression::Case { whens, otherwise }) => DimensionExpression::Case {
                whens: whens
                    .iter()
                    .map(|(condition, label)| CaseWhen {
                        condition: self.sql(Some(condition), Site::CaseCondition),
                        label: self.label(label),
                    })
                    .collect(),
                otherwise: otherwise.as_ref().map(|label| self.label(label)),
            },
            Some(Expression::Geo { latitude, longitude }) => DimensionExpression::Geo {
                latitude: self.sql(Some(latitude), site),
                longitude: self.sql(Some(longitude), site),
            },
            None => DimensionExpression::Sql(SqlTemplate::default()),
        }
    }

    fn label(&mut self, label: &declare::Label) -> Label {
        match label {
            declare::Label::Text(text) => Label::Text(text.clone()),
            declare::Label::Sql(text) => Label::Sql(self.sql(Some(text), Site::Dimension)),
        }
    }

    fn segment(&mut self, declared: &declare::Segment) -> Segment {
        let header = &declared.header;
        self.report.set_inherited(header.is_inherited);
        let sql = self.sql(declared.sql.as_ref(), Site::Segment);
        let target = declared.target.clone().or_else(|| self.own_target(header, &[&sql]));
        let common = self.common(header, true);
        Segment {
            name: common.name,
            path: common.path,
            title: common.title,
            short_title: common.short_title,
            description: header.description.clone(),
            meta: header.meta.clone(),
            is_public: common.is_public,
            sql,
            target,
        }
    }

    fn hierarchy(&mut self, declared: &declare::Hierarchy) -> Hierarchy {
        let header = &declared.header;
        self.report.set_inherited(header.is_inherited);
        Hierarchy {
            name: header.name.clone(),
            title: header.title.clone(),
            // Cube 1.7.25, `CubeToMetaTransformer.ts`, `transform`: a hidden cube does not hide it.
            is_public: header.is_public.unwrap_or(true),
            levels: declared
                .levels
                .iter()
                .filter_map(|text| self.binder(Site::Hierarchy).listed_member(text))
                .collect(),
            alias_member: None,
        }
    }
}

/// Whether a measure is its author's own SQL rather than an aggregate of it.
pub(crate) fn is_formula(kind: MeasureType) -> bool {
    match kind {
        MeasureType::Number | MeasureType::String | MeasureType::Time | MeasureType::Boolean => {
            true
        }
        MeasureType::Count
        | MeasureType::CountDistinct
        | MeasureType::CountDistinctApprox
        | MeasureType::Sum
        | MeasureType::Avg
        | MeasureType::Min
        | MeasureType::Max
        | MeasureType::RunningTotal => false,
    }
}

fn refers_to_a_measure(expression: &DimensionExpression) -> bool {
    let mut found = false;
    if let DimensionExpression::Sql(template) = expression {
        // A template that could not be read is one mistake, not two.
        found = template.parts.is_empty();
        template.for_each_part(&mut |part| {
            if let model::Part::Member(MemberId { member: Member::Measure(_), .. }) = part {
                found = true;
            }
        });
    }
    found || matches!(expression, DimensionExpression::Case { .. })
}
