//! `tessera certificate check`: whether a pair is good, and what for.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use certificate::{Expected, Faults, Name, Pair, Usage, check, importable, read_certificates};
use clap::Args;
use serde_json::{Value, json};

use super::pair::{PairFiles, read};
use super::shown;

/// Options of `tessera certificate check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    files: PairFiles,
    /// A name that it must be for; as often as needed
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<Name>,
    /// Who is to show it: server, client or both
    #[arg(long, value_name = "USAGE")]
    usage: Option<Usage>,
    /// The roots that are trusted: the chain must lead to one of them
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Whether AWS Certificate Manager would take it
    #[arg(long)]
    acm: bool,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

/// Says what is wrong with the pair.
pub(crate) fn run(
    arguments: &CheckArguments,
    now: Duration,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let found = arguments.files.read()?;
    let no_file = || format!("cannot read {}", arguments.files.certificate.display());
    let (pair, faults) = match found.ok_or_else(no_file)? {
        Ok(pair) => {
            let faults = faults(arguments, &pair, now)?;
            (Some(pair), faults)
        }
        Err(error) => (None, vec![error.to_string()]),
    };
    let facts = pair.as_ref().map_or(&[][..], Pair::facts);
    if arguments.json {
        let certificates: Vec<Value> = facts.iter().map(|facts| shown::json(facts, now)).collect();
        let is_good = faults.is_empty();
        let said = json!({ "good": is_good, "faults": faults, "certificates": certificates });
        writeln!(out, "{said}")?;
    } else {
        for fault in &faults {
            writeln!(out, "{fault}")?;
        }
        if let (true, Some(facts)) = (faults.is_empty(), facts.first()) {
            shown::write(facts, now, out)?;
        }
    }
    match faults.len() {
        0 => Ok(()),
        1 => Err("the certificate is not good: 1 fault".into()),
        count => Err(format!("the certificate is not good: {count} faults").into()),
    }
}

fn faults(arguments: &CheckArguments, pair: &Pair, now: Duration) -> Result<Vec<String>, String> {
    let roots = match &arguments.trust {
        Some(path) => read_certificates(&read(path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?,
        None => Vec::new(),
    };
    let expected = Expected { names: &arguments.names, usage: arguments.usage, roots: &roots };
    let faults = check(pair, &expected, now).err();
    let mut said: Vec<String> =
        faults.iter().flat_map(Faults::iter).map(ToString::to_string).collect();
    // What is wrong with it for anybody is said already.
    if let (true, Err(error)) =
        (arguments.acm && said.is_empty(), importable(pair, &roots, None, now))
    {
        said.push(error.to_string());
    }
    Ok(said)
}
