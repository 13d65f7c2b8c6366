//! Users of a user pool of Amazon Cognito: they are signed in, and asked for their attributes and
//! groups.
//!
//! What a sign-in brings are tokens, which are believed no more than those that a caller shows:
//! they are verified like them.
//!
//! | file | what |
//! |---|---|
//! | `user_pool` | the pool, and one application of it |
//! | `sign_in` | tokens for a name and a password, or for a refresh token |
//! | `user` | attributes and groups |
//! | `client_secret` | what the application proves itself with |
//! | `error` | why there is no answer, or a refusal |

mod client_secret;
mod error;
mod sign_in;
mod user;
mod user_pool;

pub use client_secret::ClientSecret;
pub use error::Error;
pub use sign_in::Tokens;
pub use user_pool::UserPool;
