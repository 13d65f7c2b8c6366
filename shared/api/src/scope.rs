//! Which parts of the API a caller may use.

/// A part of the API. Cube 1.7.25, `packages/cubejs-api-gateway/src/types/auth.ts`, `ApiScopes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// `/v1/load`, `/v1/dry-run`
    Data,
    /// `/v1/meta`
    Meta,
    /// `/v1/sql`
    Sql,
    /// `/graphql`
    GraphQl,
    /// `/v1/pre-aggregations/jobs`
    Jobs,
}

impl Scope {
    /// As it is configured.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Meta => "meta",
            Self::Sql => "sql",
            Self::GraphQl => "graphql",
            Self::Jobs => "jobs",
        }
    }
}
