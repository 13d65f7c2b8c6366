//! `tessera secret new`: a value for the secret that signs tokens.

use std::error::Error;
use std::io::Write as _;

use auth::{Algorithm, generate_key_pair, generate_secret, random_id};
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};

/// Options of `tessera secret`.
#[derive(Debug, Args)]
pub(crate) struct SecretArguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print a new secret of 256 random bits
    New(NewArguments),
}

/// Options of `tessera secret new`.
#[derive(Debug, Args)]
struct NewArguments {
    /// Print a key pair for this algorithm instead, as the PEM text of a PKCS #8 private key
    #[arg(long, value_name = "ES256|ES384|EdDSA|RS256")]
    pair: Option<Algorithm>,
    /// Print a key ring with that one key
    #[arg(long)]
    ring: bool,
}

/// Prints what was asked for, and nothing else.
///
/// # Errors
/// A sentence for the caller of the command: the algorithm has no key pairs.
pub(crate) fn run(arguments: &SecretArguments) -> Result<(), Box<dyn Error>> {
    let Verb::New(arguments) = &arguments.verb;
    let text = make(arguments, settings::unix_seconds(settings::now()))?;
    writeln!(std::io::stdout(), "{}", text.expose_secret().trim_end())?;
    Ok(())
}

/// `now` is unix seconds: a ring's key signs from then on.
fn make(arguments: &NewArguments, now: u64) -> Result<SecretString, Box<dyn Error>> {
    Ok(match (arguments.pair, arguments.ring) {
        (None, false) => generate_secret()?,
        (Some(algorithm), false) => generate_key_pair(algorithm)?,
        (algorithm, true) => {
            keys::new_key_ring(&random_id()?, algorithm.unwrap_or(Algorithm::Hs256), now)?
        }
    })
}

#[cfg(test)]
mod tests {
    use auth::{Algorithms, Policy};
    use clap::Parser;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        secret: SecretArguments,
    }

    fn made(arguments: &[&str]) -> Result<String, String> {
        let parsed = Command::try_parse_from([&["secret", "new"], arguments].concat());
        let Verb::New(arguments) = parsed.map_err(|error| error.to_string())?.secret.verb;
        let text = make(&arguments, NOW).map_err(|error| error.to_string())?;
        Ok(text.expose_secret().to_owned())
    }

    #[test]
    fn whatever_is_printed_may_be_the_value_of_the_secret() {
        let of_secrets = Policy::new(Algorithms::of_shared_secrets());
        let of_pairs = Policy::new(Algorithms::of_public_keys());
        for (arguments, policy) in [
            (&[][..], &of_secrets),
            (&["--ring"], &of_secrets),
            (&["--pair", "ES256"], &of_pairs),
            (&["--pair", "ES384"], &of_pairs),
            (&["--pair", "EdDSA"], &of_pairs),
            (&["--pair", "RS256"], &of_pairs),
            (&["--ring", "--pair", "ES256"], &of_pairs),
        ] {
            let value = made(arguments).unwrap();
            let keys = keys::keys_in_secret(&value, policy).unwrap();
            assert!(keys.signing_key(&policy.algorithms, NOW).is_some(), "{arguments:?}");
            assert_ne!(value, made(arguments).unwrap(), "{arguments:?}");
        }
    }

    #[test]
    fn an_algorithm_without_pairs_is_refused() {
        let said = made(&["--pair", "HS256"]).unwrap_err();
        assert_eq!(said, "HS256 takes a shared secret, not a key pair");
        let said = made(&["--pair", "none"]).unwrap_err();
        assert!(said.contains("nobody signed"), "{said}");
    }
}
