//! Certificates from a public authority (ACME, RFC 8555): an account, an order, a proof that the names
//! are ours, and a chain.
//!
//! | file | what |
//! |---|---|
//! | `account` | the account at an authority, and when it would have a certificate renewed |
//! | `order` | from a request to a chain |
//! | `proof` | what proves that a name is ours: a file of a web server, or a record of its zone |
//! | `zone` | the records of a zone of Amazon Route 53 |

mod account;
mod error;
mod order;
mod proof;
mod zone;

pub use account::{Account, Directory, Window};
pub use error::Error;
pub use proof::{Answers, Proof};
pub use zone::Zone;
