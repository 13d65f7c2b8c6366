//! `tessera serve`: the router of the Lambda functions on a plain HTTP server.

use std::{
    error::Error,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use api::{AnswerLimit, MissingClaims, Models, Options, Parts, Router};
use clap::Args;
use compiler::Opened;
use database::Database;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use settings::{Environment, Serving, Sink};
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
    refuse_code(project)?;
    settings::start_log(settings::log_level(&environment), Sink::Stderr);
    settings::log_notices(&environment);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (parts, port) = parts(&environment, project)?;
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

/// A project with code of its own is not served yet: without that code it would hand out rows that
/// the code is there to withhold.
fn refuse_code(project: &Path) -> Result<(), String> {
    for name in ["cube.js", "cube.ts", "cube.mjs", "cube.cjs", "cube.py"] {
        let path = project.join(name);
        if path.exists() {
            return Err(format!(
                "{} is not supported yet, and serving the project without its rules would hand \
                 out rows: remove it, or wait for the version that runs it",
                path.display()
            ));
        }
    }
    Ok(())
}

/// Settings to parts; also the port that the settings name.
fn parts(environment: &dyn Environment, project: &Path) -> Result<(Parts, u16), Box<dyn Error>> {
    let clock = settings::clock();
    let serving = Serving::read(environment, project, Arc::clone(&clock))?;
    let models = models(&serving)?;
    let Serving { policy, keys, is_development, has_open_filters, database, http, .. } = serving;
    let parts = Parts {
        models,
        project: None,
        keys,
        policy,
        database: Database::new(&database)?,
        clock,
        options: Options {
            base_path: http.base_path,
            scopes: http.scopes,
            origins: http.cors_origins.into(),
            body_bytes_max: http.body_bytes_max,
            answer_limit: AnswerLimit::Bytes(ANSWER_BYTES_MAX),
            limits: http.limits,
            continue_wait: http.continue_wait,
            tenant_claim: http.tenant_claim,
            missing_claims: if has_open_filters {
                MissingClaims::PassEveryRow
            } else {
                MissingClaims::Refuse
            },
            is_development,
        },
    };
    Ok((parts, http.port))
}

fn models(serving: &Serving) -> Result<Models, Box<dyn Error>> {
    let opened = compiler::open_folder(&serving.model_folder, serving.visible.clone())?;
    match &opened {
        Opened::ForAll { compiled, is_packed } => {
            tracing::info!(cubes = compiled.model.len(), is_packed, "data model read");
            compiled
                .warnings
                .iter()
                .for_each(|warning| tracing::warn!(%warning, "in the data model"));
        }
        Opened::ByContext { .. } => {
            tracing::info!("data model read: it is compiled for each COMPILE_CONTEXT");
        }
    }
    Ok(Models::of(opened)?)
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
