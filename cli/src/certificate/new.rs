//! `tessera certificate new`: a key and its certificate, an authority, or a request to one.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use certificate::{Authority, Charter, KeyType, Pair, Request, Scope};
use clap::Args;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::pair::PairFiles;
use super::shown;
use super::wish::{Issuer, Wish, issue};
use crate::files;

/// What an authority lives for unless somebody says otherwise.
const AUTHORITY_LIFE: Duration = Duration::from_hours(24 * 3_650);

/// Options of `tessera certificate new`.
#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    issuer: Issuer,
    /// Make an authority of this name, which may issue certificates
    #[arg(long, value_name = "NAME", conflicts_with_all = ["names", "usage", "request"])]
    authority: Option<String>,
    /// What the authority may issue for: a domain or a network; as often as needed
    #[arg(long = "scope", value_name = "SCOPE", requires = "authority")]
    scopes: Vec<Scope>,
    /// How many authorities may stand below it, one below the other
    #[arg(long, value_name = "NUMBER", requires = "authority")]
    path_length: Option<u8>,
    /// Write a request for an authority elsewhere, and no certificate
    #[arg(long, value_name = "FILE", conflicts_with = "issuer")]
    request: Option<PathBuf>,
    #[command(flatten)]
    files: PairFiles,
    /// Say what was made as JSON
    #[arg(long)]
    json: bool,
}

/// Writes the files, and says what is in them.
pub(crate) fn run(
    arguments: &NewArguments,
    now: Duration,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    if let Some(path) = &arguments.request {
        return request(arguments, path, out);
    }
    let authority = arguments.issuer.authority()?;
    let made;
    let pair: &Pair = match &arguments.authority {
        Some(name) => {
            let charter = charter(arguments, name);
            made = match authority {
                Some(above) => above.intermediate(&charter, now)?,
                None => Authority::root(&charter, now)?,
            };
            made.pair()
        }
        None => &issue(authority.as_ref(), &arguments.wish.profile(None)?, now)?,
    };
    arguments.files.create(pair)?;
    let Some(facts) = pair.facts().first() else { return Ok(()) };
    if arguments.json {
        writeln!(out, "{}", shown::json(facts, now))?;
    } else {
        shown::write(facts, now, out)?;
    }
    Ok(())
}

fn charter(arguments: &NewArguments, name: &str) -> Charter {
    Charter {
        name: name.to_owned(),
        key: arguments.wish.key_type.unwrap_or(KeyType::P256),
        life: arguments.wish.life.unwrap_or(AUTHORITY_LIFE),
        scopes: arguments.scopes.clone(),
        path_length: arguments.path_length,
    }
}

fn request(
    arguments: &NewArguments,
    path: &std::path::Path,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let request = Request::new(&arguments.wish.profile(None)?)?;
    let key = &arguments.files.key;
    files::create(key, request.key_pem().expose_secret().as_bytes(), files::SECRET)?;
    files::create(path, request.pem.as_bytes(), files::SHARED)?;
    let (path, key) = (path.display().to_string(), key.display().to_string());
    if arguments.json {
        writeln!(out, "{}", json!({ "request": path, "key": key }))?;
    } else {
        writeln!(out, "give {path} to the authority, and keep {key}: check what comes back with")?;
        writeln!(out, "  tessera certificate check --certificate ANSWER --key {key}")?;
    }
    Ok(())
}
