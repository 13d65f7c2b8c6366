//! Why a query has no plan.

use model::ClaimPath;

/// A reason for refusing a query. `Display` is for the log; [`Error::sentence`] is Cube's protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No cube has this name.
    #[error("cube `{cube}` is not in the model")]
    UnknownCube {
        /// The name that was asked for.
        cube: String,
        /// `Cube.member` as asked for.
        path: String,
    },
    /// The cube has no member of this name and kind.
    #[error("`{path}` is not in the model")]
    UnknownMember {
        /// The member's name that was asked for.
        member: String,
        /// `Cube.member` as asked for.
        path: String,
    },
    /// The member exists but callers may not see it.
    #[error("`{path}` is not public")]
    HiddenMember {
        /// `Cube.member`.
        path: String,
    },
    /// A time dimension that is none.
    #[error("`{path}` is not a time dimension")]
    NotATimeDimension {
        /// `Cube.member`.
        path: String,
    },
    /// The dimension has no such granularity.
    #[error("granularity `{granularity}` does not exist in `{path}`")]
    UnknownGranularity {
        /// As it was asked for.
        granularity: String,
        /// `Cube.member`.
        path: String,
    },
    /// The cubes are not connected.
    #[error("no join path between {}", cubes.join(", "))]
    NoJoinPath {
        /// The cubes that were to be joined.
        cubes: Vec<String>,
    },
    /// Several join paths lead to one cube.
    #[error("`{cube}` is reached by {} and by {}", paths[0], paths[1])]
    AmbiguousJoinPath {
        /// The cube.
        cube: String,
        /// The last join of each path: `orders.users`.
        paths: [String; 2],
    },
    /// Conditions of joins mention each other's cubes, or there is no end of the cubes they mention.
    #[error("the joins of {} depend on each other", cubes.join(", "))]
    EntangledJoins {
        /// The cubes that cannot be joined.
        cubes: Vec<String>,
    },
    /// A filter on a measure in a query that aggregates nothing.
    #[error("a filter on a measure in an ungrouped query")]
    UngroupedMeasureFilter,
    /// The cubes live in different databases.
    #[error("cubes of several data sources: {}", data_sources.join(", "))]
    SeveralDataSources {
        /// Their data sources.
        data_sources: Vec<String>,
    },
    /// A filter group mixes dimensions and measures.
    #[error("a filter group mixes dimensions and measures")]
    MixedFilter {
        /// The group as JSON.
        filter: String,
    },
    /// A measure is multiplied by a join and its cube has no primary key to undo it by.
    #[error("`{cube}` has no primary key and its rows multiply")]
    NoPrimaryKey {
        /// The cube.
        cube: String,
    },
    /// A measure of a multiplied cube computes on cubes that multiply it.
    #[error("`{measure}` references cubes that multiply its rows")]
    MultipliedMeasure {
        /// `Cube.member`.
        measure: String,
    },
    /// The operator does not fit the member's type.
    #[error("operator does not apply to `{path}`")]
    OperatorMismatch {
        /// `Cube.member`.
        path: String,
        /// The member's type.
        member_type: &'static str,
    },
    /// A filter value does not fit the member's type.
    #[error("a filter value on `{path}` is not a {expected}")]
    InvalidValue {
        /// `Cube.member`.
        path: String,
        /// `number` or `boolean`.
        expected: &'static str,
    },
    /// A filter gives the author's `FILTER_PARAMS` function fewer values than it uses.
    #[error("the filter on `{path}` gives {given} values to a function that uses more")]
    TooFewValues {
        /// `Cube.member`.
        path: String,
        /// How many there are.
        given: usize,
    },
    /// A rolling window over more steps than a series may have.
    #[error("the range of `{path}` has too many steps")]
    TooManySteps {
        /// `Cube.member`.
        path: String,
    },
    /// The model asks for something that is not served yet.
    #[error("`{path}` needs {feature}, which is not supported yet")]
    Unsupported {
        /// `Cube.member`.
        path: String,
        /// What it needs.
        feature: &'static str,
    },
    /// Nobody decided what the caller may see of a cube with access policies.
    #[error("the access policies of `{cube}` were not asked")]
    Undecided {
        /// The cube or view.
        cube: String,
    },
    /// A date in the rows of an access policy cannot be read.
    #[error("a date in the rows of an access policy cannot be read")]
    UnusableRule,
    /// A claim that a row filter reads is missing, null or empty.
    #[error("claim `{0}` is missing, null or empty")]
    MissingClaim(ClaimPath),
    /// A claim that a `requiredFilter` reads is missing, null or empty.
    #[error("required claim `{0}` is missing, null or empty")]
    MissingRequiredClaim(ClaimPath),
    /// A claim has a form that cannot be compared or written.
    #[error("claim `{0}` is not usable here")]
    UnusableClaim(ClaimPath),
    /// The data model throws an error for this caller; the author's sentence.
    #[error("the data model refuses the caller: {0}")]
    Refused(String),
}

impl Error {
    /// What Cube says in this case, for the caller. Holds names of the caller's own query and words of
    /// the model's author only; `None` where the caller is told no reason (faults of the security context).
    ///
    /// Cube 1.7.25, `packages/cubejs-schema-compiler/src`: `compiler/CubeEvaluator.ts`,
    /// `compiler/JoinGraph.js`, `adapter/BaseQuery.js`.
    pub fn sentence(&self) -> Option<String> {
        self.sentence_about_names().or_else(|| self.sentence_about_joins())
    }

    fn sentence_about_names(&self) -> Option<String> {
        Some(match self {
            Self::UnknownCube { cube, path } => {
                format!("Cube '{cube}' not found for path '{path}'")
            }
            Self::UnknownMember { member, path } => {
                format!("'{member}' not found for path '{path}'")
            }
            Self::HiddenMember { path } => format!(
                "You requested hidden member: '{path}'. Please make it visible using \
                 `public: true`. Please note primaryKey fields are `public: false` by default."
            ),
            Self::NotATimeDimension { path } => {
                format!("'{path}' is not a time dimension: choose a dimension of type time")
            }
            Self::UnknownGranularity { granularity, path } => {
                format!("Granularity \"{granularity}\" does not exist in dimension {path}")
            }
            Self::UngroupedMeasureFilter => {
                "Measure filters aren't allowed in ungrouped query".to_owned()
            }
            Self::MixedFilter { filter } => {
                format!("You cannot use dimension and measure in same condition: {filter}")
            }
            Self::OperatorMismatch { path, member_type } => {
                format!("The operator cannot be used with '{path}', which is of type {member_type}")
            }
            Self::InvalidValue { path, expected } => {
                format!("Filter values for '{path}' must be of type {expected}")
            }
            Self::TooFewValues { path, given } => format!(
                "The data model needs more than the {given} value{} that the filter on '{path}' \
                 gives: use another operator, such as inDateRange for a time, or more values",
                if *given == 1 { "" } else { "s" }
            ),
            Self::TooManySteps { path } => format!(
                "The date range of '{path}' has more than {} steps of its granularity: choose a \
                 shorter range or a coarser granularity",
                query::limits::MAX_SERIES_BUCKETS
            ),
            Self::Unsupported { path, feature } => {
                format!("'{path}' needs {feature}, which is not supported yet")
            }
            Self::MissingRequiredClaim(path) => format!("Filter for {path} is required"),
            Self::Refused(sentence) => sentence.clone(),
            Self::MissingClaim(_)
            | Self::UnusableClaim(_)
            | Self::Undecided { .. }
            | Self::UnusableRule
            | Self::NoJoinPath { .. }
            | Self::AmbiguousJoinPath { .. }
            | Self::EntangledJoins { .. }
            | Self::SeveralDataSources { .. }
            | Self::NoPrimaryKey { .. }
            | Self::MultipliedMeasure { .. } => return None,
        })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "`sentence_about_names` has all others")]
    fn sentence_about_joins(&self) -> Option<String> {
        Some(match self {
            Self::NoJoinPath { cubes } => {
                let names: Vec<String> = cubes.iter().map(|cube| format!("'{cube}'")).collect();
                format!("Can't find join path to join {}", names.join(", "))
            }
            Self::AmbiguousJoinPath { cube, paths: [first, second] } => format!(
                "Several join paths lead to '{cube}': {first} and {second}. Please choose one with \
                 joinHints, or query a view whose join_path says it"
            ),
            Self::EntangledJoins { cubes } => {
                let names: Vec<String> = cubes.iter().map(|cube| format!("'{cube}'")).collect();
                format!(
                    "The joins of {} refer to each other. Please rewrite their sql so that each \
                     refers to cubes that are joined before it",
                    names.join(", ")
                )
            }
            Self::SeveralDataSources { data_sources } => {
                format!(
                    "Joins across data sources aren't supported. Found data sources: {}",
                    data_sources.join(", ")
                )
            }
            Self::NoPrimaryKey { cube } => format!(
                "primary key for '{cube}' is required when join is defined in order to make \
                 aggregates work properly"
            ),
            Self::MultipliedMeasure { measure } => format!(
                "'{measure}' references cubes that lead to row multiplication. Please rewrite it \
                 using sub query."
            ),
            _ => return None,
        })
    }

    /// Whether the security context is at fault, not the query.
    pub fn is_context_fault(&self) -> bool {
        matches!(
            self,
            Self::MissingClaim(_)
                | Self::MissingRequiredClaim(_)
                | Self::UnusableClaim(_)
                | Self::UnusableRule
                | Self::Refused(_)
        )
    }
}
