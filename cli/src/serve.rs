//! `tessera serve`: the router of the Lambda functions on HTTP, or on HTTPS.

use std::{
    error::Error,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use acme::Answers;
use api::{AnswerLimit, Router};
use assembly::{Assembled, assemble};
use clap::Args;
use server::{Limits, Stop, Tls};
use settings::Sink;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    project::read_environment,
    serve_tls::{self, Started},
};

/// A larger answer is refused: it would be built in memory.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// Options of `tessera serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Folder of the project: `model/` (or `schema/`), and a `.env` when there is one
    #[arg(default_value = ".")]
    project: PathBuf,
    /// TCP port; 0 for any that is free [default: PORT, else 4000]
    #[arg(long)]
    port: Option<u16>,
    /// TCP port of TLS, where `CUBEJS_ENABLE_TLS` is true [default: `TLS_PORT`, else 4433]
    #[arg(long)]
    tls_port: Option<u16>,
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
}

/// Serves until a signal to stop comes.
///
/// # Errors
/// A sentence for the caller of the command: the project or its configuration cannot be served.
pub(crate) fn run(arguments: &ServeArguments) -> Result<(), Box<dyn Error>> {
    let project = &arguments.project;
    let environment = read_environment(project)?;
    settings::start_log(settings::log_level(&environment), Sink::Stderr);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let tls = settings::read_tls(&environment)?;
        let answer_limit = AnswerLimit::Bytes(ANSWER_BYTES_MAX);
        let Assembled { parts, port } =
            assemble(&environment, project, answer_limit, Sink::Stderr)?;
        let base_path = parts.options.base_path.clone();
        let plain = listen(arguments, arguments.port.unwrap_or(port)).await?;
        let traces = parts.traces.clone();
        if let Some(traces) = &traces {
            tokio::spawn(Arc::clone(traces).follow());
        }
        let router = api::router(parts);
        match tls {
            None => {
                let address = plain.local_addr()?;
                writeln!(std::io::stdout(), "ready http://{address}{base_path}")?;
                server::serve(plain, None, router, Limits::default(), stop()?).await;
            }
            Some(tls) => {
                // First of all: who listens has something to show.
                let Started { renewed, keeper } = serve_tls::start(&tls).await?;
                let encrypted = listen(arguments, arguments.tls_port.unwrap_or(tls.port)).await?;
                let address = encrypted.local_addr()?;
                writeln!(std::io::stdout(), "ready https://{address}{base_path}")?;
                let current = renewed.tls();
                tokio::spawn(renewed.follow(tls.reload));
                let answers = keeper.as_ref().map(|keeper| keeper.answers()).unwrap_or_default();
                if let Some(keeper) = keeper {
                    // Both ports are listened on: the authority may look.
                    tokio::spawn(keeper.keep(tls.reload));
                }
                serve_both(plain, encrypted, current, router, answers).await?;
            }
        }
        if let Some(traces) = traces {
            traces.finish().await;
        }
        Ok(())
    })
}

/// Serves over TLS, and leads those who come to the plain port there; a public authority finds its
/// answers on it.
async fn serve_both(
    plain: TcpListener,
    encrypted: TcpListener,
    tls: Arc<Tls>,
    router: Router,
    answers: Answers,
) -> Result<(), Box<dyn Error>> {
    let (port, stop) = (encrypted.local_addr()?.port(), stop()?);
    let redirect = api::redirect_router(port, move |path| answers.at(path));
    tokio::join!(
        server::serve(plain, None, redirect, Limits::default(), stop.clone()),
        server::serve(encrypted, Some(tls), router, Limits::default(), stop),
    );
    Ok(())
}

async fn listen(arguments: &ServeArguments, port: u16) -> Result<TcpListener, Box<dyn Error>> {
    let address = SocketAddr::new(arguments.host, port);
    let listener = TcpListener::bind(address).await;
    Ok(listener.map_err(|error| format!("cannot listen on {address}: {error}"))?)
}

/// SIGINT or SIGTERM.
fn stop() -> Result<Stop, Box<dyn Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(Stop::when(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }))
}
