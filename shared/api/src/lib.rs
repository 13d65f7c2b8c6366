//! HTTP in, HTTP out: routes, answers, errors. The only crate that knows status codes.
//!
//! | file | what |
//! |---|---|
//! | `router` | every URL and the file it leads to |
//! | `flush` | the same where nothing runs between two requests |
//! | `envelope` | what every request has: id, limits, answer in JSON, headers |
//! | `audit` | who asked for what, whether it was allowed, how it ended: lines of the audit log, metrics, spans |
//! | `authorize`, `trust` | headers -> security context |
//! | `hooks` | the functions of the project's own code, called for requests |
//! | `tenancy` | security context -> data model, compiled when it is first needed |
//! | `incoming`, `plan` | query of the URL or body -> normal form -> statements |
//! | `warehouses` | plans -> the databases of their data sources, for this caller |
//! | `execute`, `running`, `layout` | statements -> JSON of their rows, once for all who ask |
//! | `response`, `annotation`, `describe` | the bodies of answers |
//! | `load`, `sql`, `dry_run`, `meta`, `health` | one route each |
//! | `redirect` | what a plain port answers where TLS is served |
//! | `unserved` | Cube's routes that are not served |
//! | `token` | the routes of the token function |
//! | `error` | reasons -> status codes and client texts, here only |

mod annotation;
mod app;
mod audit;
mod authorize;
mod cors;
mod data_sources;
mod describe;
mod dry_run;
mod envelope;
mod error;
mod execute;
mod flush;
mod health;
mod hooks;
mod incoming;
mod layout;
mod load;
mod meta;
mod plan;
mod redirect;
mod request_id;
mod response;
mod router;
mod row_security;
mod running;
mod scope;
mod sql;
mod stage;
mod tenancy;
mod token;
mod trace;
mod trust;
mod unserved;
mod warehouses;

pub use axum::Router;

pub use app::{AnswerLimit, Options, Parts};
pub use audit::Invocation;
pub use cors::Origins;
pub use data_sources::{MissingDataSource, check_data_sources};
pub use execute::Deadline;
pub use flush::flushing_router;
pub use planner::{DefaultMasks, MissingClaims};
pub use redirect::redirect_router;
pub use request_id::name_request;
pub use router::{misconfigured_router, router};
pub use row_security::RowSecurityPolicy;
pub use stage::without_stage;
pub use tenancy::{Attempt, Compile, Models, ReadFolder};
pub use token::{SignIn, Source, TokenParts, token_router};
pub use warehouses::{Drivers, Warehouses};

use app::App;
