//! The rotation of secrets: what AWS Secrets Manager asks of a rotation function, step by step.
//!
//! A rotation is one pending version on its way into force, and its whole state is the labels in the
//! store. Every step reads them, decides ([`course`], which is pure), and does what is left to do:
//! a step that was done before, or that broke off anywhere, is done again.
//!
//! | step | key | database |
//! |---|---|---|
//! | `createSecret` | the next value, once | another password, once |
//! | `setSecret` | nothing: whoever verifies reads the pending version | the password in the database |
//! | `testSecret` | `load` accepts what the pending key signs, and nothing else | a login |
//! | `finishSecret` | the test again, a rest, the labels | the test again, the labels |
//!
//! | file | what |
//! |---|---|
//! | `request` | the event of a step |
//! | `course` | what a step is to do, from the labels |
//! | `rotation` | the steps |
//! | `subject`, `key_rotation`, `database_rotation` | what is rotated |
//! | `renewal` | a certificate, which is renewed by the clock and not in steps |
//! | `outside` | every call to the outside, each with a checkpoint after it |

mod course;
mod database_rotation;
mod error;
mod key_rotation;
mod outside;
mod renewal;
mod request;
mod rotation;
mod subject;

pub use course::{Course, course};
pub use database_rotation::{DatabaseRotation, Users};
pub use error::Error;
pub use key_rotation::{KeyRotation, Load};
pub use outside::{Call, Checkpoint};
pub use renewal::{Answer, Issuer, Outcome as RenewalOutcome, Plan, Public, Renewal, Trust};
pub use request::{Request, Step};
pub use rotation::{Outcome, Rotation};
pub use subject::Subject;
