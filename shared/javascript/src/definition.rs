//! What a data model defines, as plain data with places.

use crate::error::Place;

/// A call of `cube`, `view`, `view_group` or `context`.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Which of them.
    pub kind: DefinitionKind,
    /// Its first argument.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// Its last argument.
    pub node: Node,
}

/// What was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionKind {
    /// `cube(...)`
    Cube,
    /// `view(...)`
    View,
    /// `view_group(...)`
    ViewGroup,
    /// `context(...)`
    Context,
}

/// A value and where it stands, or the nearest place that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// In the author's file.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// A value of a definition.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number, as JavaScript prints it.
    Number(String),
    /// A text without references.
    Text(String),
    /// A text with references, or a bare reference.
    Sql(Vec<Piece>),
    /// `[...]`
    List(Vec<Node>),
    /// `{...}`
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// As it was written.
    pub key: String,
    /// Where it stands.
    pub key_place: Place,
    /// What it holds.
    pub value: Node,
}

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// The author's own text.
    Text(String),
    /// Something that has no text yet.
    Reference {
        /// Where the name stands that begins it.
        place: Place,
        /// What it is.
        reference: Reference,
    },
}

/// What stands inside `${...}`.
#[derive(Debug, Clone, PartialEq)]
pub enum Reference {
    /// `CUBE`, `Orders`, `Orders.count`, `createdAt.month`
    Path(Vec<String>),
    /// `Orders.sql()`
    CubeSql(String),
    /// `SECURITY_CONTEXT.a.b`
    Claim(Vec<String>),
    /// `SECURITY_CONTEXT.a.b.filter(...)` and `.requiredFilter(...)`
    ClaimFilter {
        /// `["a", "b"]`
        path: Vec<String>,
        /// What it is given.
        form: Form,
        /// Whether it is `requiredFilter`.
        is_required: bool,
    },
    /// `FILTER_PARAMS.Cube.member.filter(...)`
    FilterParam(FilterParam),
    /// `FILTER_GROUP(...)`
    FilterGroup(Vec<FilterParam>),
    /// `SQL_UTILS.convertTz(...)`
    ConvertTimeZone(Vec<Piece>),
    /// `SQL_UTILS.urlEncode(...)`
    UrlEncode(Vec<Piece>),
    /// A parameter of a filter's function, counted from 0.
    Argument(u32),
    /// All values of a filter from one on, with a text between them.
    Arguments {
        /// The first, counted from 0.
        from: u32,
        /// The author's text.
        separator: String,
    },
    /// What is computed from claims when they are known.
    Computed(Computation),
}

/// One `FILTER_PARAMS.Cube.member.filter(...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterParam {
    /// The cube.
    pub cube: String,
    /// Its member.
    pub member: String,
    /// What it is given.
    pub form: Form,
    /// Where it stands.
    pub place: Place,
}

/// What a filter is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// A column.
    Column(Vec<Piece>),
    /// What a function of its values returned.
    Function(Vec<Piece>),
}

/// A computation on claims, as the author wrote it.
#[derive(Debug, Clone, PartialEq)]
pub enum Computation {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number, as JavaScript prints it.
    Number(String),
    /// A text of the author's.
    Text(String),
    /// SQL of the author's with references.
    Sql(Vec<Piece>),
    /// A list of the author's.
    List(Vec<Computation>),
    /// `SECURITY_CONTEXT.a.b.unsafeValue()`
    Claim(Vec<String>),
    /// The element that `some` or `every` looks at.
    Element,
    /// A property of a value.
    Member {
        /// The value.
        of: Box<Computation>,
        /// The property's name.
        name: String,
    },
    /// A caller for whom the author threw an error with this sentence.
    Refusal(String),
    /// An operator or function, by the name JavaScript has for it, with its operands: `cond`, `not`,
    /// `typeof`, `===` and the other comparisons, `concat`, `includes`, `startsWith`, `endsWith`,
    /// `indexOf`, `split`, `replace`, `replaceAll`, `toLowerCase`, `toUpperCase`, `trim`, `toNumber`,
    /// `parseInt`, `some`, `every`, `isArray`.
    Operation {
        /// Its name.
        name: String,
        /// What it is applied to.
        of: Vec<Computation>,
    },
}
