//! `tessera certificate show`: what the certificates of a file say.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use certificate::{facts, read_certificates};
use clap::Args;
use serde_json::Value;

use super::pair::read;
use super::shown;

/// Options of `tessera certificate show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The certificate, and those of the authorities above it
    #[arg(default_value = "certificate.pem")]
    file: PathBuf,
    /// Show them as JSON
    #[arg(long)]
    json: bool,
}

/// Shows every certificate of the file.
pub(crate) fn run(
    arguments: &ShowArguments,
    now: Duration,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let named = |error| format!("{}: {error}", arguments.file.display());
    let certificates = read_certificates(&read(&arguments.file)?).map_err(named)?;
    let all = certificates.iter().enumerate().map(|(index, der)| facts(der, index + 1));
    let all = all.collect::<Result<Vec<_>, _>>().map_err(named)?;
    if arguments.json {
        let all: Vec<Value> = all.iter().map(|facts| shown::json(facts, now)).collect();
        writeln!(out, "{}", Value::from(all))?;
        return Ok(());
    }
    for facts in &all {
        shown::write(facts, now, out)?;
    }
    Ok(())
}
