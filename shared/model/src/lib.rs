//! The data model as an immutable value: cubes, measures, dimensions, segments, joins and the SQL
//! templates their author wrote.
//!
//! A [`DataModel`] is built once by the compiler and never changes. It knows no request, no
//! security context and no database: a [`SqlTemplate`] names what it refers to, the planner decides
//! what that becomes.

mod computation;
mod cube;
mod filter;
mod granularity;
mod graph;
mod member;
mod names;
mod policy;
mod template;
mod view_group;

pub use computation::{Computation, Operator};
pub use cube::{Cube, Folder, FolderItem, Hierarchy, Join, Relationship, Source, View};
pub use filter::{DefaultFilter, FilterOperator, RowCondition, RowFilter};
pub use granularity::{Bucket, Granularity, Interval, Origin, TimeUnit};
pub use graph::{BuildError, DataModel};
pub use member::{
    CaseWhen, Dimension, DimensionExpression, DimensionType, Format, JsonText, Label, Measure,
    MeasureType, RollingWindow, Segment, SortOrder, SubQuery, Target, WindowBound, WindowOffset,
};
pub use names::{CubeId, Member, MemberId, titleize, underscore};
pub use policy::{AccessPolicy, Mask, PolicyCondition, PolicyFilter, PolicyMembers, PolicyValue};
pub use template::{ClaimPath, FilterForm, FilterFunction, FilterParam, Part, SqlTemplate};
pub use view_group::{ViewGroup, ViewGroupItem};
