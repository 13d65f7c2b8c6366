//! What is asked: a query from wire JSON to its normal form.
//!
//! [`parse`] reads the JSON, [`normalize_request`] fills every default in and turns dates into
//! instants. What is allowed, how it is echoed and every sentence is Cube 1.7's
//! (`packages/cubejs-api-gateway/src/query.ts` and `date-parser.ts`), except for the rows of
//! `PARITY.md`. Nothing here knows a data model, so members are paths and not yet bound;
//! of crate `model` it takes the names of filter operators.

mod calendar;
mod conditions;
mod date_phrase;
mod date_range;
mod echo;
mod error;
mod filter;
mod form;
mod iso_date;
pub mod json;
pub mod limits;
mod member;
mod normal_form;
mod normalize;
mod place;
mod rewritten;
mod time_zone;
mod wire;

pub use echo::Echo;
pub use error::{Error, Rule};
pub use filter::{Filter, FilterValue, MemberFilter, filter_json};
pub use limits::Limits;
pub use member::MemberPath;
pub use model::FilterOperator;
pub use normal_form::{CacheMode, DateRange, Order, Query, ResponseFormat, TimeDimension};
pub use normalize::{Normalized, NormalizedRequest, normalize, normalize_request};
pub use rewritten::normalize_rewritten;
pub use time_zone::canonical_time_zone;
pub use wire::{QueryType, Request, WireQuery, parse};
