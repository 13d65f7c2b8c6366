//! `tessera serve` on a project.

use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use crate::http::{self, Answer};
use crate::postgres::Cluster;
use crate::process::{Child, Program, free_port};
use crate::token;
use crate::tools::{binary, root};

/// A running `tessera serve`.
#[derive(Debug)]
pub struct Server {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// Where it listens with TLS, if it does.
    pub tls_port: u16,
    process: Child,
}

impl Server {
    /// One that serves the recorded cases' data model and rows, for all tests of a program.
    pub fn recorded() -> &'static Self {
        static SERVER: OnceLock<(Cluster, Server)> = OnceLock::new();
        let (_, server) = SERVER.get_or_init(|| {
            let project = root().join("tests/conformance");
            let cluster = Cluster::start(&project.join("seed.sql"), &[]);
            let server = Self::start(&project, cluster.environment());
            (cluster, server)
        });
        server
    }

    /// Serves a project's folder with the tests' secret and these variables besides, and waits until it answers.
    pub fn start(project: &Path, environment: Vec<(String, String)>) -> Self {
        let mut server = Self::launch(project, environment);
        let url = server.url("/livez");
        server.process.wait_until(|| {
            http::try_send("GET", &url, &[], "").is_ok_and(|answer| answer.status == 200)
        });
        server
    }

    /// The same with TLS, as these variables say.
    pub fn start_encrypted(project: &Path, environment: Vec<(String, String)>) -> Self {
        Self::start_encrypted_at(free_port(), project, environment)
    }

    /// The same, with this port as the plain one.
    pub fn start_encrypted_at(
        plain_port: u16,
        project: &Path,
        environment: Vec<(String, String)>,
    ) -> Self {
        let mut server = Self::launch_encrypted_at(plain_port, project, environment);
        let port = server.tls_port;
        server.process.wait_until(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        server
    }

    /// Starts it with TLS without waiting.
    pub fn launch_encrypted(project: &Path, environment: Vec<(String, String)>) -> Self {
        Self::launch_encrypted_at(free_port(), project, environment)
    }

    fn launch_encrypted_at(
        plain_port: u16,
        project: &Path,
        mut environment: Vec<(String, String)>,
    ) -> Self {
        let tls_port = free_port();
        environment.push(("CUBEJS_ENABLE_TLS".into(), "true".into()));
        environment.push(("TLS_PORT".into(), tls_port.to_string()));
        Self { tls_port, ..Self::launch_at(plain_port, project, environment) }
    }

    /// Starts it without waiting: for a configuration that it should refuse.
    pub fn launch(project: &Path, environment: Vec<(String, String)>) -> Self {
        Self::launch_at(free_port(), project, environment)
    }

    fn launch_at(port: u16, project: &Path, mut environment: Vec<(String, String)>) -> Self {
        if !environment
            .iter()
            .any(|(name, _)| name == "CUBEJS_API_SECRET" || name == "TESSERA_API_SECRET_ARN")
        {
            environment.push(("CUBEJS_API_SECRET".into(), token::SECRET.into()));
        }
        let process = Child::start(Program {
            name: "serve",
            command: vec![
                binary("tessera").to_string_lossy().into_owned(),
                "serve".into(),
                project.to_string_lossy().into_owned(),
                "--port".into(),
                port.to_string(),
            ],
            environment,
            folder: Path::new("/"),
            signal: "TERM",
            user: None,
            scratch: None,
        });
        Self { port, tls_port: 0, process }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Stops the process where it is, as AWS Lambda does between two requests.
    pub fn freeze(&self) {
        self.process.signal("STOP");
    }

    /// Lets it go on after [`Server::freeze`].
    pub fn thaw(&self) {
        self.process.signal("CONT");
    }

    /// Ends it at once, in the middle of whatever it does.
    pub fn kill(mut self) {
        self.process.signal("KILL");
        self.process.wait_for_end(std::time::Duration::from_secs(10));
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// All it has logged so far.
    pub fn log(&self) -> String {
        self.process.output()
    }

    /// The process itself.
    pub fn process(&mut self) -> &mut Child {
        &mut self.process
    }

    /// `GET /cubejs-api/v1/load` with a good token that holds `claims`.
    pub fn load(&self, query: &Value, claims: &Value) -> Answer {
        self.get("load", query, &token::good(claims))
    }

    /// `GET /cubejs-api/v1/<route>?query=` with this `Authorization`.
    pub fn get(&self, route: &str, query: &Value, authorization: &str) -> Answer {
        let path = format!("/cubejs-api/v1/{route}?query={}", http::encode(&query.to_string()));
        http::send("GET", &self.url(&path), &[("authorization", authorization)], "")
    }

    /// `POST /cubejs-api/v1/<route>` with this text as its JSON body and a good, empty token.
    pub fn post(&self, route: &str, body: &str) -> Answer {
        let authorization = token::good(&Value::Object(serde_json::Map::new()));
        let headers =
            [("authorization", authorization.as_str()), ("content-type", "application/json")];
        http::send("POST", &self.url(&format!("/cubejs-api/v1/{route}")), &headers, body)
    }
}
