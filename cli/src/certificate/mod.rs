//! `tessera certificate`: certificates in files, made, shown, checked and renewed.
//!
//! | file | what |
//! |---|---|
//! | `wish` | what a certificate is to be, and who issues it, from the options |
//! | `pair` | the two files of a pair |
//! | `new`, `show`, `check`, `renew` | the commands |
//! | `shown` | a certificate as text and as JSON |

mod check;
mod new;
mod pair;
mod renew;
mod show;
mod shown;
mod wish;

use std::error::Error;
use std::time::Duration;

use clap::{Args, Subcommand};

/// Options of `tessera certificate`.
#[derive(Debug, Args)]
pub(crate) struct CertificateArguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a key and its certificate, an authority, or a request to one
    New(new::NewArguments),
    /// Show what the certificates of a file say
    Show(show::ShowArguments),
    /// Check a certificate and its key; exits with 1 when something is wrong with them
    Check(check::CheckArguments),
    /// Make a key and its certificate anew if they are due, or wrong
    Renew(renew::RenewArguments),
}

/// Runs the command.
///
/// # Errors
/// A sentence for the caller of the command: a file cannot be read or written, nothing can be
/// issued, or what was checked is not good.
pub(crate) fn run(arguments: &CertificateArguments) -> Result<(), Box<dyn Error>> {
    let now = Duration::from_secs(settings::unix_seconds(settings::now()));
    let out = &mut std::io::stdout().lock();
    match &arguments.verb {
        Verb::New(arguments) => new::run(arguments, now, out),
        Verb::Show(arguments) => show::run(arguments, now, out),
        Verb::Check(arguments) => check::run(arguments, now, out),
        Verb::Renew(arguments) => renew::run(arguments, now, out),
    }
}
