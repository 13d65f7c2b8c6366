//! What can be wrong with a model. Every text says what is wrong and what to write instead.

use crate::site::{MemberKind, Nearest, Site};
use crate::view::ViewError;

/// A reason why a file does not make a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The YAML reader gave up; the rest of the file was not read.
    #[error("this is not valid YAML: {reason}{hint}")]
    Yaml {
        /// The reader's words.
        reason: String,
        /// What the cause often is, or nothing.
        hint: &'static str,
    },
    /// A JavaScript file that cannot be read, or that threw.
    #[error("{0}")]
    JavaScript(String),
    /// The template engine gave up; nothing of the file was read.
    #[error("this Jinja template cannot be rendered: {reason}{hint}")]
    Jinja {
        /// The engine's words.
        reason: String,
        /// What the cause often is, or nothing.
        hint: &'static str,
    },
    /// A loop without end, or output without end.
    #[error(
        "this Jinja template does too much work or produces too much text: end its loops, or split the file"
    )]
    JinjaTooLarge,
    /// `---` a second time.
    #[error("a second YAML document in one file: move it to a file of its own")]
    SecondDocument,
    /// Deeper than any model needs.
    #[error("nested deeper than {0} levels: flatten it")]
    TooDeep(usize),
    /// More nodes than any model needs, most likely by aliases of aliases.
    #[error("more than {0} values in one file, aliases written out: split the file")]
    TooLarge(usize),
    /// One key twice in one mapping.
    #[error("key `{key}` is here a second time (first on line {first_line}): remove one")]
    DuplicateKey {
        /// As it was written the second time.
        key: String,
        /// Where the first one stands.
        first_line: u32,
    },
    /// A list or mapping as a key.
    #[error("a key must be plain text; a text that starts with `{{` or `[` must be quoted")]
    ComplexKey,
    /// `!something`.
    #[error("YAML tag `{0}` is not supported: remove it")]
    Tag(String),
    /// `*name` inside the value that `&name` names.
    #[error("this alias stands inside its own anchor: write the value out")]
    EndlessAlias,
    /// `<<` with something else than mappings.
    #[error("`<<` merges mappings: give it an alias of a mapping, or a list of them")]
    BadMerge,
    /// NUL in a text.
    #[error("a text holds the character NUL, which PostgreSQL cannot store: remove it")]
    Nul,

    /// A value of another kind than the key takes.
    #[error("{what} must be {expected}, not {found}")]
    Expected {
        /// The key in backticks, or what the value stands for.
        what: String,
        /// What would be right.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A format that shows nothing known.
    #[error("format `{format}` is unknown: {help}")]
    BadFormat {
        /// What was written.
        format: String,
        /// What can be written.
        help: &'static str,
    },
    /// A data source that no variable can be named after.
    #[error("`{0}` is no name of a data source: use letters, digits, `_` and `-`")]
    BadDataSource(String),
    /// `key` names a dimension of another cube.
    #[error("key `{0}` stands in another cube: name a dimension of this one")]
    KeyOfAnotherCube(String),
    /// `key` names a dimension that has a `key` itself.
    #[error("key `{0}` has a `key` itself: name a dimension without one")]
    NestedKey(String),
    /// A key that must be there is not.
    #[error("{owner} has no `{key}`: {help}")]
    Missing {
        /// Whose key.
        owner: String,
        /// Which key.
        key: &'static str,
        /// What to write.
        help: &'static str,
    },
    /// A key nobody knows.
    #[error("unknown key `{key}` in {owner}{nearest}")]
    UnknownKey {
        /// As it was written.
        key: String,
        /// Whose key.
        owner: String,
        /// The known key it is nearest to.
        nearest: Nearest,
    },
    /// Something of Cube's that is refused rather than ignored.
    #[error("{0} not supported yet: leave that out, or keep serving this model with Cube")]
    Unsupported(&'static str),
    /// A policy about a member of another cube.
    #[error(
        "Paths aren't allowed in the access policy but '{member}' provided for '{cube}': \
         name a member of '{cube}'"
    )]
    PolicyPath {
        /// As it was written.
        member: String,
        /// The cube or view of the policy.
        cube: String,
    },
    /// Two policies that say the same.
    #[error("two of its access policies are the same: remove one")]
    SamePolicy,
    /// Views that no policy would hold for.
    #[error(
        "`split` makes views of their own, for which the access policy of `{0}` would not hold: \
         write them as views with their own `access_policy`"
    )]
    SplitWithPolicy(String),
    /// Cubes that extend each other.
    #[error("these extend each other in a circle: {0}; break it")]
    ExtendsCircle(String),
    /// A member of one kind over an inherited one of another.
    #[error(
        "`{path}` is a {kind} here and a {inherited} in the cube it extends: a member replaces one \
         of its own kind; rename it"
    )]
    InheritedOtherwise {
        /// `Orders.count`.
        path: String,
        /// What it is here.
        kind: &'static str,
        /// What it is there.
        inherited: &'static str,
    },
    /// A value outside a fixed list.
    #[error("`{value}` is not a {what} (one of: {allowed}){nearest}")]
    UnknownValue {
        /// What the value should name.
        what: &'static str,
        /// What was written.
        value: String,
        /// What could be.
        allowed: String,
        /// Which of them it is nearest to.
        nearest: Nearest,
    },
    /// A name that cannot stand in a query.
    #[error(
        "`{0}` cannot be a name: use letters, digits and underscores, and start with a letter \
         or an underscore"
    )]
    BadName(String),
    /// `CUBE`, `FILTER_PARAMS` and the like.
    #[error("`{0}` has a meaning of its own in SQL templates: choose another name")]
    ReservedName(String),
    /// Two cubes of one name.
    #[error("cube `{name}` is defined a second time (first in {first}): rename one")]
    DuplicateCube {
        /// The name.
        name: String,
        /// File and line of the first one.
        first: String,
    },
    /// Two members of one name, of whatever kind.
    #[error("`{path}` is defined a second time (first on line {first_line}): rename one")]
    DuplicateMember {
        /// `Orders.count`.
        path: String,
        /// Where the first one stands.
        first_line: u32,
    },
    /// Two keys that exclude each other.
    #[error("{owner} has both `{one}` and `{other}`: keep one of them")]
    Both {
        /// Whose keys.
        owner: String,
        /// One of them.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A key that has no meaning beside the others.
    #[error("`{key}` has no meaning in {owner}: {help}")]
    Misplaced {
        /// The key.
        key: &'static str,
        /// Whose key.
        owner: String,
        /// What to do.
        help: &'static str,
    },
    /// A window's width that is no interval.
    #[error(
        "`{0}` is not a window: write a whole number and a unit such as `7 day` or `1 month` \
         (second, minute, hour, day, week, month, quarter, year), or `unbounded`"
    )]
    BadInterval(String),
    /// A length of time that cannot be read.
    #[error(
        "`{0}` is not a length of time: write whole numbers with units, each unit once, such as \
         `1 month` or `2 days 12 hours` (second, minute, hour, day, week, month, quarter, year); \
         only an offset may be negative"
    )]
    BadLength(String),
    /// An interval whose buckets could start anywhere.
    #[error(
        "buckets of `{0}` may start anywhere: write an `origin`, the start of one of them, such as \
         `origin: '2024-01-01'` (an interval that divides the calendar, such as `6 months` or \
         `15 minutes`, needs none)"
    )]
    IntervalWithoutOrigin(String),
    /// An origin that is no wall clock.
    #[error(
        "`{0}` is not an origin: write a date or a wall clock without a time zone, such as \
         `'2024-01-31'` or `'2024-01-31 10:15'`; it is read in the time zone of the query"
    )]
    BadOrigin(String),
    /// A granularity named like one that every time dimension has.
    #[error("every time dimension has the granularity `{0}`: choose another name")]
    PredefinedGranularity(String),
    /// `currency` that is no code.
    #[error("`{0}` is not a currency: write its ISO 4217 code of three letters, such as `EUR`")]
    BadCurrency(String),
    /// `sql: SELECT ...;`
    #[error("the SQL of a cube is put into parentheses: remove the semicolon at its end")]
    TrailingSemicolon,
    /// An alias PostgreSQL would cut off.
    #[error(
        "the SQL alias `{alias}` of {owner} has {} bytes and PostgreSQL keeps 63: \
         set a shorter `sql_alias` on the cube, or shorten the name",
        alias.len()
    )]
    AliasTooLong {
        /// Whose alias.
        owner: String,
        /// The longest form it takes.
        alias: String,
    },

    /// `${...}` in YAML.
    #[error("`${{...}}` is the JavaScript form: in YAML write `{{...}}` without the dollar sign")]
    DollarBrace,
    /// A brace that is never closed.
    #[error("this `{{` has no `}}`: close the reference, or write `\\{{` for a literal brace")]
    OpenBrace,
    /// Braces that hold no reference.
    #[error("cannot read `{{{text}}}` as a reference: {help}")]
    BadReference {
        /// What stands between the braces, cut at 80 characters.
        text: String,
        /// What may be meant.
        help: &'static str,
    },
    /// A backslash sequence that no SQL wants.
    #[error("`\\{0}` has no meaning here: write `\\\\` for a backslash")]
    BadEscape(char),
    /// A call with the wrong arguments.
    #[error("`{function}` takes {takes}")]
    BadArguments {
        /// As it was written.
        function: String,
        /// What to give it.
        takes: &'static str,
    },
    /// A claim without `.filter(...)` and the like.
    #[error(
        "a claim needs to be used: write `{{SECURITY_CONTEXT.{path}.filter('column')}}`, \
         `.requiredFilter('column')` or `.unsafeValue()`"
    )]
    BareClaim {
        /// What follows `SECURITY_CONTEXT`.
        path: String,
    },

    /// No such cube.
    #[error("there is no cube `{name}`{nearest}")]
    UnknownCube {
        /// As it was written.
        name: String,
        /// The cube it is nearest to.
        nearest: Nearest,
    },
    /// No such member.
    #[error("cube `{cube}` has no member `{name}`{nearest}")]
    UnknownMember {
        /// The cube.
        cube: String,
        /// As it was written.
        name: String,
        /// The member it is nearest to.
        nearest: Nearest,
    },
    /// Neither a member nor a cube.
    #[error(
        "`{name}` is neither a member of cube `{cube}` nor a cube \
         (a column of its table is written `{{CUBE}}.{name}`){nearest}"
    )]
    UnknownName {
        /// The cube whose SQL it is.
        cube: String,
        /// As it was written.
        name: String,
        /// What it is nearest to.
        nearest: Nearest,
    },
    /// A member of a kind that cannot stand here.
    #[error("`{path}` is a {kind} and cannot stand in {site}: {}", site.help(*kind))]
    WrongKind {
        /// `Orders.count`.
        path: String,
        /// What it is.
        kind: MemberKind,
        /// Where it was used.
        site: Site,
    },
    /// An aggregate inside an aggregate.
    #[error(
        "`{path}` is an aggregate and aggregates do not nest: use `type: number` for a formula \
         over it, or refer to a dimension"
    )]
    NestedAggregate {
        /// The inner one.
        path: String,
    },
    /// A granularity on something that is no time.
    #[error("`{path}` is not a time dimension: `.{granularity}` has no meaning on it")]
    NotTime {
        /// The member.
        path: String,
        /// What was asked of it.
        granularity: String,
    },
    /// `{CUBE}` or a member in the cube's own `sql`.
    #[error(
        "the SQL of a cube cannot refer to `{reference}`: name the table's own columns, or write \
         `{{other_cube.sql()}}` to select from another cube"
    )]
    ReferenceInSource {
        /// As it was written.
        reference: String,
    },
    /// A cube joined to itself.
    #[error("cube `{0}` joins itself: define a second cube over the same table and join that")]
    SelfJoin(String),
    /// Two joins to one cube.
    #[error("cube `{from}` joins `{to}` a second time: keep one, or define a second cube")]
    DuplicateJoin {
        /// The joining cube.
        from: String,
        /// The joined cube.
        to: String,
    },
    /// Cube's own sentence, with what to do.
    #[error(
        "primary key for '{0}' is required when join is defined in order to make aggregates work \
         properly: add `primary_key: true` to the dimension that identifies a row"
    )]
    PrimaryKeyRequired(String),
    /// `sub_query` without anything to compute.
    #[error("`{0}` has `sub_query: true` but refers to no measure: write `{{other_cube.measure}}`")]
    SubQueryWithoutMeasure(String),
    /// `sub_query` in a cube whose rows have no identity.
    #[error(
        "`{path}` has `sub_query: true`, which is computed for each row of `{cube}`: \
         add `primary_key: true` to the dimension of `{cube}` that identifies a row"
    )]
    SubQueryWithoutKey {
        /// The dimension.
        path: String,
        /// Its cube.
        cube: String,
    },
    /// A view that does not show what it says.
    #[error(transparent)]
    View(#[from] ViewError),
    /// Members, or cubes through `sql()`, that refer to each other.
    #[error("these refer to each other in a circle: {0}; break it")]
    Cycle(String),
    /// The cubes do not make a model although no file was at fault.
    #[error("the cubes do not make a model: {0}")]
    Inconsistent(#[source] model::BuildError),
}
