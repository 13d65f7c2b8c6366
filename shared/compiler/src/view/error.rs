//! What can be wrong with a view. Sentences of Cube's own are kept.

use crate::site::Nearest;

/// A reason why a view does not show what it says.
///
/// Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/`: `CubeSymbols.ts`,
/// `CubeEvaluator.ts` and `CubeValidator.ts`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// Two members of one name.
    #[error(
        "Included member '{member}' conflicts with existing member of '{view}'. \
         Please consider excluding this member or assigning it an alias."
    )]
    Conflict {
        /// As the view would call it.
        member: String,
        /// The view.
        view: String,
    },
    /// A name in `includes` that no cube of the view has.
    #[error("Member '{member}' is included in '{view}' but not defined in any cube{nearest}")]
    NotInAnyCube {
        /// As the view would call it.
        member: String,
        /// The view.
        view: String,
        /// The member of the cube it is nearest to.
        nearest: Nearest,
    },
    /// `orders.status` in `includes` or `excludes`.
    #[error(
        "Paths aren't allowed in cube {key} but '{member}' provided as {} member: \
         name a member of the cube at the end of its `join_path`",
        key.trim_end_matches('s')
    )]
    Path {
        /// `includes` or `excludes`.
        key: &'static str,
        /// As it was written.
        member: String,
    },
    /// A dimension without the dimension that identifies its values.
    #[error(
        "Dimension '{member}' has key '{key}' but the key dimension is not included in view \
         '{view}': include it"
    )]
    KeyNotIncluded {
        /// As the view calls it.
        member: String,
        /// The dimension of the cube.
        key: String,
        /// The view.
        view: String,
    },
    /// `split` and `prefix`.
    #[error("Using split together with prefix is not supported: keep one of them")]
    SplitWithPrefix,
    /// One cube by several ways from one root.
    #[error(
        "Views can't define multiple join paths to the same cube. View '{view}' has multiple paths \
         to '{cube}' within root '{root}': {paths}. \
         Use extends to create a child cube and reference it instead"
    )]
    SeveralPaths {
        /// The view.
        view: String,
        /// The cube that is reached twice.
        cube: String,
        /// Where both paths start.
        root: String,
        /// Both of them.
        paths: String,
    },
    /// A step of a join path that no join makes.
    #[error(
        "no join leads from `{from}` to `{to}`, as the join path `{path}` says: \
         declare it in `joins` of `{from}`, or write the cubes between them"
    )]
    NoJoin {
        /// The cube before the step.
        from: String,
        /// The cube behind it.
        to: String,
        /// The whole path.
        path: String,
    },
    /// A view as a step of a join path.
    #[error("`{view}` is a view and cannot stand in the join path `{path}`: name cubes only")]
    InJoinPath {
        /// The view.
        view: String,
        /// The whole path.
        path: String,
    },
    /// Views that show each other.
    #[error("these views include each other in a circle: {0}; break it")]
    Circle(String),
    /// A cube that extends a view, or the other way round.
    #[error("`{parent}` is a {kind} and cannot be extended by a {other}")]
    ExtendsOtherKind {
        /// What is extended.
        parent: String,
        /// What it is.
        kind: &'static str,
        /// What extends it.
        other: &'static str,
    },
    /// A member that computes something by itself.
    #[error(
        "View '{view}' defines own member '{view}.{member}'. \
         Please move this member definition to one of the cubes."
    )]
    OwnMember {
        /// The view.
        view: String,
        /// The member's name.
        member: String,
    },
    /// A view's own formula, shown by another view.
    #[error(
        "`{view}.{member}` is a formula of the view itself and cannot be included in another view \
         yet: move it to one of the cubes"
    )]
    OwnOfView {
        /// The view that has it.
        view: String,
        /// The member's name.
        member: String,
    },
    /// The rows of a view.
    #[error(
        "`{0}` is a view and has no rows of its own: refer to one of its members, or to a cube"
    )]
    NoRows(String),
    /// A folder's member that the view has not.
    #[error("Member '{member}' included in folder '{folder}' not found{nearest}")]
    NotInFolder {
        /// As it was written.
        member: String,
        /// The folder.
        folder: String,
        /// The member of the view it is nearest to.
        nearest: Nearest,
    },
    /// `orders.status` in a folder.
    #[error(
        "Paths aren't allowed in the 'folders' but '{member}' has been provided for {view}: \
         name a member of the view"
    )]
    PathInFolder {
        /// As it was written.
        member: String,
        /// The view.
        view: String,
    },
    /// A default filter on what the view has not.
    #[error(
        "Member '{member}' used as {usage} in default value filter is not included in view \
         '{view}'{nearest}"
    )]
    NotFilterable {
        /// As it was written.
        member: String,
        /// `member` or `unless`.
        usage: &'static str,
        /// The view.
        view: String,
        /// The member of the view it is nearest to.
        nearest: Nearest,
    },
    /// Two folders of one name.
    #[error(
        "Folder names must be unique within a view. Found duplicate folder '{folder}' in view \
         '{view}'."
    )]
    DuplicateFolder {
        /// The name.
        folder: String,
        /// The view.
        view: String,
    },
    /// Two groups of one name, wherever they stand.
    #[error("View group \"{0}\" already exists!")]
    DuplicateViewGroup(String),
    /// Both ways to list views.
    #[error("View group must use either \"views\" or \"includes\", but not both")]
    ViewsAndIncludes,
    /// A group of what is no view.
    #[error("View group \"{group}\" includes \"{name}\" which is not a defined view{nearest}")]
    NotAView {
        /// The group.
        group: String,
        /// As it was written.
        name: String,
        /// The view it is nearest to.
        nearest: Nearest,
    },
    /// A view in a group that nobody defined.
    #[error(
        "View \"{view}\" references view group \"{group}\" which is not defined: \
         define it in `view_groups`{nearest}"
    )]
    UnknownViewGroup {
        /// The view.
        view: String,
        /// As it was written.
        group: String,
        /// The group it is nearest to.
        nearest: Nearest,
    },
    /// A folder's join path that is none of the view.
    #[error(
        "Join path '{path}' included in folder '{folder}' not found in view '{view}' cubes definition"
    )]
    NotAJoinPath {
        /// As it was written.
        path: String,
        /// The folder.
        folder: String,
        /// The view.
        view: String,
    },
}
