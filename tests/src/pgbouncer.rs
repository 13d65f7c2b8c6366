//! `PgBouncer` in transaction mode: a few connections for everybody.

use std::net::TcpStream;

use crate::postgres::{Cluster, DATABASE, PASSWORD, USER, connection};
use crate::process::{Child, Program, Scratch, free_port};
use crate::tools::Tools;

/// A running `PgBouncer`.
#[derive(Debug)]
pub struct PgBouncer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    process: Child,
    _folder: Scratch,
}

impl PgBouncer {
    /// Starts it in front of a cluster, with two connections to it.
    pub fn start(cluster: &Cluster) -> Self {
        Self::with_connections(cluster, 2)
    }

    /// Starts it in front of a cluster, with at most so many connections to it.
    pub fn with_connections(cluster: &Cluster, connections: usize) -> Self {
        let tools = Tools::get();
        let found = tools.pgbouncer.as_ref().unwrap_or_else(|| tools.absent("pgbouncer"));
        let folder = Scratch::new(tools.server_user);
        let port = free_port();
        let users = folder.path().join("users.txt");
        std::fs::write(&users, format!("\"{USER}\" \"{PASSWORD}\"\n")).unwrap();
        let settings = folder.path().join("pgbouncer.ini");
        std::fs::write(
            &settings,
            format!(
                "[databases]\n{DATABASE} = host=127.0.0.1 port={}\n\
                 [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
                 pool_mode = transaction\ndefault_pool_size = {connections}\nmax_client_conn = 1000\n\
                 auth_type = scram-sha-256\nauth_file = {}\nlog_connections = 0\nlog_disconnections = 0\n",
                cluster.port,
                users.display()
            ),
        )
        .unwrap();
        let mut process = Child::start(Program {
            name: "pgbouncer",
            command: vec![
                found.program.to_string_lossy().into_owned(),
                settings.to_string_lossy().into_owned(),
            ],
            environment: found
                .libraries
                .iter()
                .map(|libraries| ("LD_LIBRARY_PATH".to_owned(), libraries.clone()))
                .collect(),
            folder: folder.path(),
            signal: "TERM",
            user: tools.server_user,
            scratch: None,
        });
        process.wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, process, _folder: folder }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.process.output()
    }

    /// The `CUBEJS_DB_*` variables that lead to the cluster through the pooler.
    pub fn environment(&self) -> Vec<(String, String)> {
        connection(self.port)
    }
}

/// The first line of a server's log, with every statement in it, that outlives its transaction: a named statement, or a
/// setting of the session. The pooler itself hands on the name that a client gave when it connected.
pub fn outlives_a_transaction(log: &str) -> Option<String> {
    assert!(log.contains("execute <unnamed>"), "the log shows no unnamed statement");
    let is_left = |line: &&str| {
        let lower = line.to_lowercase();
        let is_named = line.contains("LOG:  execute ") && !line.contains("execute <unnamed>");
        let is_setting = lower.contains("statement: set ")
            && !lower.contains("set local")
            && !lower.contains("set application_name=");
        is_named || is_setting
    };
    log.lines().find(is_left).map(str::to_owned)
}
