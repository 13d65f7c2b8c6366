//! What a certificate is to be, and who issues it, from the options.

use std::path::PathBuf;
use std::time::Duration;

use certificate::{
    Authority, Error, Facts, KeyType, Name, Pair, Profile, PublicKey, Usage, self_signed,
};
use clap::Args;

use super::pair::read;

/// What a certificate lives for unless somebody says otherwise.
const LIFE: Duration = Duration::from_hours(24 * 90);

/// What a certificate is to be.
#[derive(Debug, Args)]
pub(crate) struct Wish {
    /// What it is for: a host, *.DOMAIN, an address or a URI; as often as needed
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) names: Vec<Name>,
    /// Its key: P-256, P-384, RSA-2048, RSA-3072, RSA-4096 or Ed25519 [default: P-256]
    #[arg(long, value_name = "TYPE")]
    pub(crate) key_type: Option<KeyType>,
    /// Who shows it: server, client or both [default: server]
    #[arg(long, value_name = "USAGE")]
    pub(crate) usage: Option<Usage>,
    /// How long it lives, as 36h or 90d [default: 90d]
    #[arg(long, value_name = "DURATION", value_parser = life)]
    pub(crate) life: Option<Duration>,
}

impl Wish {
    /// The profile; what no option says is as in `before`, the certificate that is there.
    ///
    /// # Errors
    /// [`Error::Profile`]
    pub(crate) fn profile(&self, before: Option<&Facts>) -> Result<Profile, Error> {
        let names = match (self.names.is_empty(), before) {
            (true, Some(before)) => before.names.clone(),
            _ => self.names.clone(),
        };
        let key = before.and_then(|before| match before.key {
            PublicKey::Known(key) => Some(key),
            PublicKey::Other(_) => None,
        });
        let usage = before.and_then(|before| before.usage);
        Profile {
            names,
            key: self.key_type.or(key).unwrap_or(KeyType::P256),
            usage: self.usage.or(usage).unwrap_or(Usage::Server),
            life: self.life.unwrap_or(LIFE),
        }
        .validated()
    }
}

/// Who issues it.
#[derive(Debug, Args)]
pub(crate) struct Issuer {
    /// The authority that issues it, and those above it; without one the certificate signs itself
    #[arg(long, value_name = "FILE", requires = "issuer_key")]
    issuer: Option<PathBuf>,
    /// The authority's key
    #[arg(long, value_name = "FILE", requires = "issuer")]
    issuer_key: Option<PathBuf>,
}

impl Issuer {
    /// The authority of the options.
    ///
    /// # Errors
    /// A sentence with the file's name, or what is wrong with the authority.
    pub(crate) fn authority(&self) -> Result<Option<Authority>, String> {
        let (Some(issuer), Some(key)) = (&self.issuer, &self.issuer_key) else { return Ok(None) };
        let pair = Pair::read(&read(issuer)?, &read(key)?);
        let authority = pair.and_then(Authority::from_pair);
        authority.map(Some).map_err(|error| format!("{}: {error}", issuer.display()))
    }
}

/// Issues what was wished for.
///
/// # Errors
/// [`Error`]
pub(crate) fn issue(
    authority: Option<&Authority>,
    profile: &Profile,
    now: Duration,
) -> Result<Pair, Error> {
    match authority {
        Some(authority) => authority.issue(profile, now),
        None => self_signed(profile, now),
    }
}

/// How long something lives.
///
/// # Errors
/// A sentence: it is no duration.
pub(crate) fn life(text: &str) -> Result<Duration, String> {
    settings::parse_duration(text).ok_or_else(|| "write a number with s, m, h or d".to_owned())
}
