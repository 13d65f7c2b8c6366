//! `tessera`: the command line.

mod audit;
mod certificate;
mod compile;
mod create;
mod files;
mod generate;
mod project;
mod secret;
mod serve;
mod serve_tls;
mod token;
mod validate;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

/// Cube's data models and REST API, without a Node process.
#[derive(Debug, Parser)]
#[command(name = "tessera", version, subcommand_required = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check an audit log
    Audit(audit::AuditArguments),
    /// Make, show, check and renew certificates in files
    Certificate(certificate::CertificateArguments),
    /// Write the compiled data model into a file, so that a start reads no sources
    Compile(compile::CompileArguments),
    /// Create a new project
    Create(create::CreateArguments),
    /// Write a data model for the tables of the database
    Generate(generate::GenerateArguments),
    /// Make the secret that signs tokens
    Secret(secret::SecretArguments),
    /// Serve a project's API over HTTP
    Serve(serve::ServeArguments),
    /// Create JWT token
    Token(token::TokenArguments),
    /// Compile a project's data model and report every mistake
    Validate(validate::ValidateArguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Certificate(arguments) => certificate::run(&arguments),
        Command::Compile(arguments) => compile::run(&arguments),
        Command::Create(arguments) => create::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Secret(arguments) => secret::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
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
