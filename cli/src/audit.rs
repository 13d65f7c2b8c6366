//! `tessera audit`: whether an audit log is as it was written.

use std::{
    error::Error,
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
};

use ::audit::{Instance, Report, check};
use clap::{Args, Subcommand};

/// Options of `tessera audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Find lines of an audit log that were taken out, changed, repeated or moved
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
struct VerifyArguments {
    /// The log, of one or many instances, other lines between; standard input when not given
    file: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// A sentence for the caller of the command: the log cannot be read, or is not whole.
pub(crate) fn run(arguments: &AuditArguments) -> Result<(), Box<dyn Error>> {
    let AuditCommand::Verify(VerifyArguments { file }) = &arguments.command;
    let log: Box<dyn BufRead> = match file {
        Some(path) => {
            let cannot_read = |error| format!("cannot read {}: {error}", path.display());
            Box::new(BufReader::new(File::open(path).map_err(cannot_read)?))
        }
        None => Box::new(io::stdin().lock()),
    };
    let report = check(log).map_err(|error| format!("cannot read the log: {error}"))?;
    write(&report, &mut io::stdout().lock())?;
    if report == Report::default() {
        return Err(
            "there is no audit line in the log; lines must stand as they were written".into()
        );
    }
    match report.faults() {
        0 => Ok(()),
        1 => Err("the log is not whole: 1 fault".into()),
        faults => Err(format!("the log is not whole: {faults} faults").into()),
    }
}

fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for at in &report.damaged {
        writeln!(out, "line {at} of the log was an audit line and cannot be read any more")?;
    }
    for Instance { id, lines, first, last, unfinished, breaks } in &report.instances {
        let state = if breaks.is_empty() { "whole" } else { "not whole" };
        writeln!(out, "instance {id}: {state}")?;
        writeln!(out, "  lines: {lines}, numbers {} to {}", first.sequence, last.sequence)?;
        writeln!(out, "  time: {} to {}", first.timestamp, last.timestamp)?;
        writeln!(out, "  hash of line {}: {}", last.sequence, last.hash)?;
        if *unfinished > 0 {
            writeln!(out, "  allowed requests whose end is not in the log: {unfinished}")?;
        }
        for fault in breaks {
            writeln!(out, "  {fault}")?;
        }
    }
    Ok(())
}
