//! What serves requests: the parts, put together once.

use std::{sync::OnceLock, time::Duration};

use auth::Policy;
use bytes::Bytes;
use database::Database;
use jiff::{SignedDuration, Timestamp};
use keys::{Clock, KeySource};
use model::DataModel;
use query::Limits;

use crate::{cors::Origins, execute::Statements, health::Health, scope::Scope};

/// What an installation decides about its API.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the routes start with, `/cubejs-api`; no slash at the end.
    pub base_path: String,
    /// What a verified caller may use.
    pub scopes: Vec<Scope>,
    /// Which origins may read answers.
    pub origins: Origins,
    /// Bytes of a request body at most.
    pub body_bytes_max: usize,
    /// Bytes of an answer at most; AWS Lambda sends 6 MiB.
    pub answer_bytes_max: usize,
    /// What a query may ask for.
    pub limits: Limits,
    /// How long a request waits before it is answered with `Continue wait`.
    pub continue_wait: Duration,
    /// The steps of the claim that audit lines show as the tenant.
    pub tenant_claim: Vec<String>,
    /// Whether a missing token is an empty security context, and the author of a model reads what
    /// the database says about it.
    pub is_development: bool,
}

/// The parts that `main` puts together.
pub struct Parts {
    /// The compiled data model.
    pub model: DataModel,
    /// What verifies tokens.
    pub keys: KeySource,
    /// The rules for tokens.
    pub policy: Policy,
    /// The warehouse.
    pub database: Database,
    /// The time.
    pub clock: Clock,
    /// Everything else.
    pub options: Options,
}

/// Serves requests. Made once per process, and never changed.
pub(crate) struct App {
    pub(crate) model: DataModel,
    pub(crate) keys: KeySource,
    pub(crate) policy: Policy,
    pub(crate) clock: Clock,
    pub(crate) options: Options,
    pub(crate) statements: Statements,
    pub(crate) health: Health,
    /// The body of `/v1/meta`, written when it is first asked for: the model never changes.
    pub(crate) meta: OnceLock<Bytes>,
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { model, keys, policy, database, clock, options } = parts;
        Self {
            statements: Statements::new(database, options.answer_bytes_max),
            health: Health::default(),
            meta: OnceLock::new(),
            model,
            keys,
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
