//! The audit log: one line of JSON per event, chained to the line before, and the check that none
//! was taken out or changed.
//!
//! ```json
//! {"target":"audit","instance":"9f…","sequence":7,"timestamp":"2026-11-22T03:59:57.521Z",
//!  "outcome":"allowed", …, "prev":"<hash of line 6>","hash":"<SHA-256 of this line up to here>"}
//! ```
//!
//! | file | what |
//! |---|---|
//! | `text` | a caller's text as it may stand in a log |
//! | `line` | the fields of one line |
//! | `chain` | number, time and hashes around them |
//! | `flood` | which refusals are counted instead of written |
//! | `log` | lines -> where the log goes, one after the other |
//! | `entry` | a line of a log, read back |
//! | `check`, `report` | a log -> what is missing from it and what was changed |

mod chain;
mod check;
mod entry;
mod flood;
mod line;
mod log;
mod report;
mod text;

pub use check::check;
pub use line::Line;
pub use log::{Log, Outcome, Refusal};
pub use report::{Break, Instance, Place, Report};
pub use text::clean;
