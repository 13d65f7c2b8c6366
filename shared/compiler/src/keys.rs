//! Every key of a model file: read, ignored with a warning, or refused by name.
//!
//! The lists follow Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts`.

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// It means something here.
    Read,
    /// It does nothing here, for this reason; its author is told.
    Ignored(&'static str),
    /// What it stands for is refused by this name, because leaving it out would change rows.
    Refused(&'static str),
    /// As [`Treatment::Refused`], but not when it is switched off or empty.
    RefusedUnlessOff(&'static str),
}

use Treatment::{Ignored, Read, Refused, RefusedUnlessOff};

/// A key in snake case, and what becomes of it.
pub(crate) type Key = (&'static str, Treatment);

const MULTI_STAGE: Treatment = RefusedUnlessOff("multi-stage members are");
const LINKS: Treatment = RefusedUnlessOff("links are");

/// The top of a file.
pub(crate) const FILE: &[Key] = &[("cubes", Read), ("views", Read), ("view_groups", Read)];

pub(crate) const CUBE: &[Key] = &[
    ("name", Read),
    ("sql", Read),
    ("sql_table", Read),
    ("sql_alias", Read),
    ("title", Read),
    ("description", Read),
    ("meta", Read),
    ("data_source", Read),
    ("public", Read),
    ("visible", Read),
    ("shown", Read),
    ("joins", Read),
    ("measures", Read),
    ("dimensions", Read),
    ("segments", Read),
    ("pre_aggregations", Ignored("every query reads the tables themselves")),
    ("refresh_key", Ignored("no result outlives its request")),
    ("rewrite_queries", Ignored("Cube has not used it for years")),
    ("access_policy", Read),
    ("extends", Read),
    ("hierarchies", Read),
    ("folders", RefusedUnlessOff("folders of a cube are")),
    ("calendar", RefusedUnlessOff("calendar cubes are")),
];

pub(crate) const VIEW: &[Key] = &[
    ("name", Read),
    ("sql_alias", Read),
    ("title", Read),
    ("description", Read),
    ("meta", Read),
    ("public", Read),
    ("visible", Read),
    ("shown", Read),
    ("extends", Read),
    ("cubes", Read),
    ("folders", Read),
    ("measures", Read),
    ("dimensions", Read),
    ("segments", Read),
    ("hierarchies", Ignored("a view shows the hierarchies of its cubes")),
    ("data_source", Ignored("its members say where they live")),
    ("pre_aggregations", Ignored("every query reads the tables themselves")),
    ("refresh_key", Ignored("no result outlives its request")),
    ("rewrite_queries", Ignored("Cube has not used it for years")),
    ("joins", RefusedUnlessOff("joins of a view are")),
    ("access_policy", Read),
    ("default_filters", Read),
    ("view_group", Read),
    ("view_groups", Read),
];

pub(crate) const VIEW_GROUP: &[Key] =
    &[("name", Read), ("title", Read), ("description", Read), ("views", Read), ("includes", Read)];

/// A group inside another.
pub(crate) const NESTED_VIEW_GROUP: &[Key] =
    &[("name", Read), ("title", Read), ("description", Read), ("includes", Read)];

/// An element of `cubes` in a view.
pub(crate) const INCLUDE: &[Key] = &[
    ("join_path", Read),
    ("includes", Read),
    ("excludes", Read),
    ("prefix", Read),
    ("alias", Read),
    ("split", Read),
];

/// An element of `includes`.
pub(crate) const INCLUDED_MEMBER: &[Key] = &[
    ("name", Read),
    ("alias", Read),
    ("title", Read),
    ("description", Read),
    ("format", Read),
    ("meta", Read),
];

/// An element of `default_filters`.
pub(crate) const DEFAULT_FILTER: &[Key] =
    &[("member", Read), ("operator", Read), ("values", Read), ("unless", Read)];

pub(crate) const FOLDER: &[Key] = &[("name", Read), ("includes", Read)];

/// An element of a folder's `includes` that stands for what a join path brings in.
pub(crate) const FOLDER_PATH: &[Key] = &[("join_path", Read)];

/// An element of `access_policy`.
pub(crate) const POLICY: &[Key] = &[
    ("group", Read),
    ("groups", Read),
    ("role", Read),
    ("conditions", Read),
    ("member_level", Read),
    ("member_masking", Read),
    ("row_level", Read),
];

/// An element of a policy's `conditions`.
pub(crate) const CONDITION: &[Key] = &[("if", Read)];

/// `member_level` and `member_masking`.
pub(crate) const MEMBER_LEVEL: &[Key] = &[("includes", Read), ("excludes", Read)];

pub(crate) const ROW_LEVEL: &[Key] = &[("allow_all", Read), ("filters", Read)];

/// An element of `filters` in `row_level`.
pub(crate) const POLICY_FILTER: &[Key] =
    &[("member", Read), ("operator", Read), ("values", Read), ("or", Read), ("and", Read)];

pub(crate) const JOIN: &[Key] = &[("name", Read), ("sql", Read), ("relationship", Read)];

pub(crate) const MEASURE: &[Key] = &[
    ("name", Read),
    ("sql", Read),
    ("type", Read),
    ("title", Read),
    ("description", Read),
    ("meta", Read),
    ("format", Read),
    ("currency", Read),
    ("public", Read),
    ("visible", Read),
    ("shown", Read),
    ("filters", Read),
    ("drill_members", Read),
    ("drill_member_references", Read),
    ("rolling_window", Read),
    ("aliases", Ignored("nothing here looks at it")),
    ("drill_filters", Read),
    ("cumulative", Read),
    ("multi_stage", MULTI_STAGE),
    ("group_by", MULTI_STAGE),
    ("reduce_by", MULTI_STAGE),
    ("add_group_by", MULTI_STAGE),
    ("order_by", MULTI_STAGE),
    ("time_shift", MULTI_STAGE),
    ("grain", MULTI_STAGE),
    ("filter", MULTI_STAGE),
    ("case", Refused("a `case` in a measure is")),
    ("mask", Read),
    ("links", LINKS),
    ("key", Refused("`key` is")),
    ("order", Refused("`order` in a member is")),
];

pub(crate) const DIMENSION: &[Key] = &[
    ("name", Read),
    ("sql", Read),
    ("type", Read),
    ("title", Read),
    ("description", Read),
    ("meta", Read),
    ("format", Read),
    ("currency", Read),
    ("public", Read),
    ("visible", Read),
    ("shown", Read),
    ("primary_key", Read),
    ("case", Read),
    ("latitude", Read),
    ("longitude", Read),
    ("sub_query", Read),
    ("propagate_filters_to_sub_query", Read),
    ("suggest_filter_values", Read),
    ("aliases", Ignored("nothing here looks at it")),
    ("enable_suggestions", Ignored("nothing here looks at it")),
    ("granularities", Read),
    ("values", Refused("`switch` dimensions are")),
    ("values_as_segments", Ignored("nothing looks at it, in Cube neither")),
    ("field_type", Ignored("nothing looks at it, in Cube neither")),
    ("multi_stage", MULTI_STAGE),
    ("add_group_by", MULTI_STAGE),
    ("time_shift", Refused("`time_shift` is")),
    ("mask", Read),
    ("links", LINKS),
    ("key", Read),
    ("order", Read),
];

pub(crate) const SEGMENT: &[Key] = &[
    ("name", Read),
    ("sql", Read),
    ("title", Read),
    ("description", Read),
    ("meta", Read),
    ("public", Read),
    ("visible", Read),
    ("shown", Read),
    ("aliases", Ignored("nothing here looks at it")),
];

pub(crate) const HIERARCHY: &[Key] =
    &[("name", Read), ("title", Read), ("public", Read), ("levels", Read)];

pub(crate) const ROLLING_WINDOW: &[Key] = &[
    ("type", Read),
    ("trailing", Read),
    ("leading", Read),
    ("offset", Read),
    ("granularity", Read),
];

pub(crate) const GRANULARITY: &[Key] = &[
    ("name", Read),
    ("title", Read),
    ("interval", Read),
    ("offset", Read),
    ("origin", Read),
    ("sql", Read),
];

pub(crate) const CASE: &[Key] = &[("when", Read), ("else", Read)];

pub(crate) const WHEN: &[Key] = &[("sql", Read), ("label", Read)];

pub(crate) const ELSE: &[Key] = &[("label", Read)];

/// A format that is a link.
pub(crate) const FORMAT: &[Key] = &[("type", Read), ("label", Read)];

/// `filters`, `latitude`, `longitude` and `label` hold SQL under this key.
pub(crate) const SQL_ONLY: &[Key] = &[("sql", Read)];
