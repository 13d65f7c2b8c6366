//! Who may have which claims: the policy of the token function, and what it grants.
//!
//! Pure: a text in, a policy out; a caller and a wish in, claims out. Nobody gets a claim that the
//! policy does not give, whatever is asked for.
//!
//! | file | what |
//! |---|---|
//! | `policy` | clients and providers, and what each may have |
//! | `grant` | what one caller gets |
//! | `template` | claims as the policy writes them: fixed, or copied from the caller |
//! | `reserved` | claims that nobody chooses |
//! | `read`, `fields`, `yaml` | from the text of a policy to a policy |
//! | `mistake` | what is wrong with the text, and where |

mod fields;
mod grant;
mod mistake;
mod policy;
mod read;
mod reserved;
mod template;
mod yaml;

pub use grant::{Caller, Grant, Refusal};
pub use mistake::{Mistake, Mistakes};
pub use policy::{Client, Policy, Provider, Right, UserPool, Verified};
