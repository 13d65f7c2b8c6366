//! State that outlives one instance, in one table of Amazon DynamoDB: tokens that were taken back,
//! and counters.
//!
//! The table has a partition key `kind` and a sort key `id`, both texts, and may delete items by the
//! time in `expires` (unix seconds).
//!
//! | `kind` | `id` | other attributes |
//! |---|---|---|
//! | `deny` | `jti#<jti>` | `expires` |
//! | `deny` | `sub#<sub>` | `issued_before` (unix seconds), `expires` |
//! | `count` | `<what>#<window>` | `count`, `expires` |

mod counter;
mod deny_list;
mod error;
mod table;

pub use error::Error;
pub use table::Ledger;
