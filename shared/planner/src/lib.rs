//! What a query means: `Query` + `DataModel` + `SecurityContext` -> one SQL statement.
//!
//! Pure: the same inputs give the same bytes. The planner sees no token, header, file, socket or
//! clock, and it can only refuse ([`Error`]) or answer.
//!
//! | stage | in | out |
//! |---|---|---|
//! | `resolve`, `filters`, `order` | names | ids of the model, filters split into WHERE and HAVING |
//! | `access` | names + policies + caller | the rules that hold for this query, before it is planned |
//! | `references`, `join`, `join_path` | ids | the cubes that are touched and the tree that joins them |
//! | `split` | measures + tree | the parts that are aggregated apart because rows multiply |
//! | `lower`, `rows`, `fan_out`, `facts`, with `expression`, `granularity`, `condition`, `template`; windows in `rolling`, `series`, `frame` | parts | `sql::Select` |
//! | `prepare` | `sql::Select` | text + the source of each parameter |
//! | `bind` | text + sources + the query's values | `sql::Statement` |

mod access;
mod bind;
mod condition;
mod default_filters;
mod error;
mod explain;
mod expression;
mod facts;
mod fan_out;
mod filters;
mod frame;
mod granularity;
mod join;
mod join_path;
mod lower;
mod order;
mod prepare;
mod references;
mod resolve;
mod rolling;
mod rows;
mod series;
mod slots;
mod split;
mod template;

pub use access::{Access, Caller, DefaultMasks, access, applicable, is_hidden};
pub use default_filters::default_filters;
pub use error::Error;
pub use explain::explain;
pub use prepare::{Column, Plan, Projection, plan, plan_with};
pub use template::MissingClaims;
