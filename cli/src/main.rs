//! `tessera`: the command line.

mod serve;
mod token;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

/// Cube's data models and REST API, without a Node process.
#[derive(Debug, Parser)]
#[command(name = "tessera", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a project's API over HTTP
    Serve(serve::ServeArguments),
    /// Create JWT token
    Token(token::TokenArguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "tessera: {reason}");
            ExitCode::FAILURE
        }
    }
}
