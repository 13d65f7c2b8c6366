//! `tessera serve`: the router of the Lambda functions on a plain HTTP server.

use std::{
    error::Error,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use api::{AnswerLimit, Router};
use assembly::{Assembled, assemble};
use clap::Args;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use settings::Sink;
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
};

use crate::project::read_environment;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The head of a request, and what is read ahead of a body, in bytes.
const BUFFER_BYTES: usize = 128 * 1024;
/// How long running requests may go on after a signal to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
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
        let answer_limit = AnswerLimit::Bytes(ANSWER_BYTES_MAX);
        let Assembled { parts, port } =
            assemble(&environment, project, answer_limit, Sink::Stderr)?;
        let base_path = parts.options.base_path.clone();
        let address = SocketAddr::new(arguments.host, arguments.port.unwrap_or(port));
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("cannot listen on {address}: {error}"))?;
        let address = listener.local_addr()?;
        writeln!(std::io::stdout(), "ready http://{address}{base_path}")?;
        serve(listener, api::router(parts)).await
    })
}

/// Accepts connections until SIGINT or SIGTERM, then lets running requests finish.
async fn serve(listener: TcpListener, router: Router) -> Result<(), Box<dyn Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => spawn(stream, &router, &connections),
                Err(error) => {
                    // Out of file descriptors, mostly: it passes when connections end.
                    tracing::warn!(%error, "connection not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
        }
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::warn!("requests were still running and are ended");
    }
    Ok(())
}

fn spawn(stream: TcpStream, router: &Router, connections: &GracefulShutdown) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY not set");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
    let watched = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = watched.await {
            tracing::debug!(%error, "connection ended");
        }
    });
}
