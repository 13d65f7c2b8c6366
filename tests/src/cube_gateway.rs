//! Cube's own gateway (npm), which verifies our tokens with the key set that we publish: `tests/peers/cube-gateway`.

use crate::http;
use crate::process::{Child, Program, free_port};
use crate::tools::Tools;

/// A running gateway with an empty data model.
#[derive(Debug)]
pub struct CubeGateway {
    port: u16,
    process: Child,
}

impl CubeGateway {
    /// Starts it for tokens of this issuer and audience, verified with the key set at `jwk_url`.
    pub fn start(jwk_url: &str, issuer: &str, audience: &str) -> Self {
        let tools = Tools::get();
        let folder = tools.cube_gateway.as_ref().unwrap_or_else(|| tools.absent("cube_gateway"));
        let port = free_port();
        let arguments = ["node", "gateway.js", &port.to_string(), jwk_url, issuer, audience];
        let mut process = Child::start(Program {
            name: "cube-gateway",
            command: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            environment: vec![("NODE_ENV".to_owned(), "production".to_owned())],
            folder,
            signal: "TERM",
            user: None,
            scratch: None,
        });
        let url = format!("http://127.0.0.1:{port}/livez");
        process.wait_until(|| http::try_send("GET", &url, &[], "").is_ok());
        Self { port, process }
    }

    /// The status of `/v1/meta` for the bearer of a token.
    pub fn meta(&self, token: &str) -> u16 {
        let url = format!("http://127.0.0.1:{}/cubejs-api/v1/meta", self.port);
        http::send("GET", &url, &[("authorization", &format!("Bearer {token}"))], "").status
    }

    /// What it has logged so far: why it refused a token.
    pub fn log(&self) -> String {
        self.process.output()
    }
}
