//! What serves requests: the parts, put together once.

use std::{sync::Arc, time::Duration};

use auth::Policy;
use jiff::{SignedDuration, Timestamp};
use keys::{Clock, DenyListSource, Issuers};
use metrics::Metrics;
use planner::{DefaultMasks, MissingClaims};
use project::Project;
use query::Limits;
use traces::Traces;

use crate::{
    audit::Auditor, cors::Origins, execute::Statements, health::Health,
    row_security::RowSecurityPolicy, tenancy::Models, trust::Trust, warehouses::Warehouses,
};

/// What an installation decides about its API.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the routes start with, `/cubejs-api`; no slash at the end.
    pub base_path: String,
    /// What a verified caller may use: `data`, `meta`, `sql`.
    pub scopes: Vec<String>,
    /// Which origins may read answers.
    pub origins: Origins,
    /// Bytes of a request body at most.
    pub body_bytes_max: usize,
    /// How long an answer may be.
    pub answer_limit: AnswerLimit,
    /// What a query may ask for.
    pub limits: Limits,
    /// How long a request waits before it is answered with `Continue wait`.
    pub continue_wait: Duration,
    /// The steps of the claim that audit lines show as the tenant.
    pub tenant_claim: Vec<String>,
    /// The claims that audit lines show besides: names, or paths with dots between steps.
    pub audit_claims: Vec<String>,
    /// What the database is told of a caller.
    pub row_security: RowSecurityPolicy,
    /// What a row filter does without its claim.
    pub missing_claims: MissingClaims,
    /// What stands in the place of a value that a caller may not see.
    pub masks: DefaultMasks,
    /// Whether a missing token is an empty security context, and the author of a model reads what
    /// the database says about it.
    pub is_development: bool,
}

/// How long the body of an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerLimit {
    /// So many bytes.
    Bytes(usize),
    /// So many bytes as a JSON string, in which quotes and backslashes are two: what AWS Lambda
    /// counts, where a body travels as text inside JSON.
    Quoted(usize),
}

impl AnswerLimit {
    /// No body is longer than this.
    pub(crate) fn bytes(self) -> usize {
        let (Self::Bytes(bytes) | Self::Quoted(bytes)) = self;
        bytes
    }

    /// Whether `body` may be sent.
    pub(crate) fn allows(self, body: &[u8]) -> bool {
        match self {
            Self::Bytes(max) => body.len() <= max,
            Self::Quoted(max) => {
                let escaped = || body.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
                body.len() <= max / 2 || body.len() + escaped() <= max
            }
        }
    }
}

/// The parts that `main` puts together.
pub struct Parts {
    /// The data models.
    pub models: Models,
    /// The project's own code, when it has any.
    pub project: Option<Arc<Project>>,
    /// Who is trusted to issue tokens.
    pub issuers: Issuers,
    /// Which tokens were taken back, if that is looked at.
    pub deny_list: Option<DenyListSource>,
    /// What holds for contexts that the project's own code gives.
    pub policy: Policy,
    /// The databases, by data source.
    pub warehouses: Warehouses,
    /// The time.
    pub clock: Clock,
    /// Where decisions are written.
    pub audit: ::audit::Log,
    /// Where numbers go, if anywhere.
    pub metrics: Option<Metrics>,
    /// Where spans go, if anywhere.
    pub traces: Option<Arc<Traces>>,
    /// Everything else.
    pub options: Options,
}

/// Serves requests. Made once per process, and never changed.
pub(crate) struct App {
    pub(crate) models: Models,
    pub(crate) project: Option<Arc<Project>>,
    pub(crate) trust: Trust,
    pub(crate) policy: Policy,
    pub(crate) clock: Clock,
    pub(crate) auditor: Arc<Auditor>,
    pub(crate) options: Options,
    pub(crate) warehouses: Warehouses,
    pub(crate) statements: Statements,
    pub(crate) health: Health,
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts {
            models,
            project,
            issuers,
            deny_list,
            policy,
            warehouses,
            clock,
            audit,
            metrics,
            traces,
            options,
        } = parts;
        Self {
            statements: Statements::new(options.answer_limit.bytes()),
            health: Health::default(),
            auditor: Auditor::new(audit, &options.audit_claims, metrics, traces),
            warehouses,
            models,
            project,
            trust: Trust::new(issuers, deny_list),
            policy,
            clock,
            options,
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        let since_epoch = SignedDuration::try_from((self.clock)().wall).unwrap_or_default();
        Timestamp::from_duration(since_epoch).unwrap_or(Timestamp::MAX)
    }
}
