//! SQL text as the model's author wrote it, with what it refers to kept apart from the text.

use serde::{Deserialize, Serialize};

use crate::{Computation, CubeId, MemberId};

/// Author's SQL, recorded once at compile time as literal text and references.
///
/// Text parts come from the model's author alone; nothing a caller sends is ever one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SqlTemplate {
    /// In the order they were written.
    pub parts: Vec<Part>,
}

/// One piece of a [`SqlTemplate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Literal SQL.
    Text(String),
    /// `{CUBE}` or `{Other}`: the alias under which a cube is joined.
    Cube(CubeId),
    /// `{Other.sql()}`: the other cube's own source as a sub-select.
    CubeSql(CubeId),
    /// `{member}` or `{cube.member}`: the member's expression.
    Member(MemberId),
    /// `{cube.time_dimension.granularity}`: the dimension truncated to a granularity.
    TimeMember {
        /// The time dimension.
        dimension: MemberId,
        /// A predefined or custom granularity's name.
        granularity: String,
    },
    /// `{orders.users.city}`: a reference with the join path that leads to its cube.
    Joined {
        /// The cubes of the path, from the first to the reference's own; two at least.
        path: Vec<CubeId>,
        /// A [`Part::Cube`], [`Part::Member`] or [`Part::TimeMember`].
        reference: Box<Part>,
    },
    /// `SECURITY_CONTEXT.a.b.filter('column')` and `.requiredFilter('column')`.
    ClaimFilter {
        /// Which claim.
        path: ClaimPath,
        /// What is compared with it, or what is done with it.
        form: FilterForm,
        /// `requiredFilter`: its absence is answered with Cube's own sentence.
        is_required: bool,
    },
    /// `SECURITY_CONTEXT.a.b`: the claim as a parameter, a list as parameters with commas between.
    Claim(ClaimPath),
    /// `SECURITY_CONTEXT.a.b.unsafeValue()`: the claim's text inside the statement.
    ClaimValue(ClaimPath),
    /// What is computed from claims: `SECURITY_CONTEXT.role.unsafeValue() === 'admin' ? '' : '...'`.
    Computed(Box<Computation>),
    /// `FILTER_PARAMS.Cube.member.filter('column')`.
    FilterParam(FilterParam),
    /// `FILTER_GROUP(FILTER_PARAMS..., ...)`: several of them, through the query's or-trees.
    FilterGroup(Vec<FilterParam>),
    /// Inside a [`FilterFunction`]: the value of its parameter of this place, counted from 0. In the
    /// function of a claim that is a list, the first holds all elements, with commas between.
    Argument(u32),
    /// Inside a [`FilterFunction`]: all values from a place on.
    Arguments {
        /// The first place, counted from 0.
        from: u32,
        /// The author's text between two of them.
        separator: String,
    },
    /// `SQL_UTILS.convertTz(column)`: a time in the query's time zone.
    ConvertTimeZone(SqlTemplate),
    /// `SQL_UTILS.urlEncode(text)`: a text as it may stand in a URL.
    UrlEncode(SqlTemplate),
}

/// Where a claim stands in the security context: `["tenant", "id"]` for `SECURITY_CONTEXT.tenant.id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClaimPath(pub Vec<String>);

impl std::fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// One `FILTER_PARAMS.Cube.member.filter(...)`: the query's filter on a member, as the author wants
/// it applied here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterParam {
    /// The dimension or segment whose filter is meant.
    pub member: MemberId,
    /// What the filter compares here, or what is done with its values.
    pub form: FilterForm,
}

/// What `.filter(...)` is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterForm {
    /// `filter('column')`: compared as the filter says.
    Column(SqlTemplate),
    /// `filter((from, to) => ...)`: a condition of the author's own over the filter's values.
    Function(FilterFunction),
}

/// A function of the author's, called once while the model was compiled: what it returns, with the
/// places of its parameters as [`Part::Argument`]s.
///
/// The values that stand there are always parameters of the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterFunction {
    /// What the function returns.
    pub body: SqlTemplate,
}

impl FilterForm {
    /// The template inside, of either form.
    pub fn template(&self) -> &SqlTemplate {
        match self {
            Self::Column(template) | Self::Function(FilterFunction { body: template }) => template,
        }
    }
}

impl SqlTemplate {
    /// A template that is only text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { parts: vec![Part::Text(text.into())] }
    }

    /// The text when the template is a single plain identifier (`city`), which Cube prefixes with
    /// the cube's alias. Cube 1.7.25, `BaseQuery.js`, `autoPrefixWithCubeName`.
    pub fn plain_identifier(&self) -> Option<&str> {
        let [Part::Text(text)] = self.parts.as_slice() else {
            return None;
        };
        let text = text.trim();
        let mut bytes = text.bytes();
        let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        (starts && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')).then_some(text)
    }

    /// Calls `visit` on every part, those inside filters, functions and conversions included; after a
    /// reference with a join path comes the reference itself.
    pub fn for_each_part<'a>(&'a self, visit: &mut impl FnMut(&'a Part)) {
        for part in &self.parts {
            visit(part);
            match part {
                Part::Joined { reference, .. } => visit(reference),
                Part::ClaimFilter { form, .. } => form.template().for_each_part(visit),
                Part::ConvertTimeZone(inner) | Part::UrlEncode(inner) => inner.for_each_part(visit),
                Part::Computed(computation) => computation.for_each_part(visit),
                Part::FilterParam(param) => param.form.template().for_each_part(visit),
                Part::FilterGroup(params) => {
                    for param in params {
                        param.form.template().for_each_part(visit);
                    }
                }
                Part::Text(_)
                | Part::Cube(_)
                | Part::CubeSql(_)
                | Part::Member(_)
                | Part::TimeMember { .. }
                | Part::Claim(_)
                | Part::ClaimValue(_)
                | Part::Argument(_)
                | Part::Arguments { .. } => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_name_is_a_plain_identifier() {
        assert_eq!(SqlTemplate::text("city").plain_identifier(), Some("city"));
        assert_eq!(SqlTemplate::text(" city ").plain_identifier(), Some("city"));
        assert_eq!(SqlTemplate::text("t.city").plain_identifier(), None);
        assert_eq!(SqlTemplate::text("1").plain_identifier(), None);
        assert_eq!(SqlTemplate::text("a + b").plain_identifier(), None);
        assert_eq!(SqlTemplate::default().plain_identifier(), None);
    }
}
