//! The functions themselves, behind cargo-lambda's emulation of the Lambda service.

use std::path::Path;

use serde_json::Value;

use crate::http;
use crate::process::{Child, Program, free_port};
use crate::token;
use crate::tools::{Tools, binary, root};

/// The functions of this workspace.
pub const FUNCTIONS: [&str; 4] = ["load", "token", "rotate-secret", "renew-certificate"];

/// Stands for the address of the emulator in the values of variables.
pub const HERE: &str = "{{here}}";

/// Stands for the name of the function itself.
pub const SELF: &str = "{{self}}";

/// The emulator with one process of each function.
#[derive(Debug)]
pub struct Emulator {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    functions: Vec<Child>,
    _api: Child,
}

impl Emulator {
    /// Starts the emulator with the routes of the workspace, and the functions with the demo's data model,
    /// the tests' secret and these variables besides; waits until `load` answers.
    pub fn start(environment: &[(String, String)]) -> Self {
        Self::start_at(free_port(), environment)
    }

    /// The same on this port, for functions that have to know it.
    pub fn start_at(port: u16, environment: &[(String, String)]) -> Self {
        let mut api = Child::start(Program {
            name: "emulator",
            command: [
                "lambda",
                "watch",
                "--only-lambda-apis",
                "--disable-cors",
                "--ignore-changes",
                "-A",
                "127.0.0.1",
                "-P",
            ]
            .iter()
            .map(|&argument| argument.to_owned())
            .fold(vec![cargo_lambda()], |mut command, argument| {
                command.push(argument);
                command
            })
            .into_iter()
            .chain([port.to_string()])
            .collect(),
            environment: home(),
            folder: root(),
            signal: "TERM",
            user: None,
            scratch: None,
        });
        api.wait_until(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        let functions = FUNCTIONS.iter().map(|name| function(name, port, environment)).collect();
        let mut emulator = Self { port, functions, _api: api };
        let url = emulator.url("/livez");
        emulator.functions[0].wait_until(|| {
            http::try_send("GET", &url, &[], "").is_ok_and(|answer| answer.status == 200)
        });
        emulator
    }

    /// The address of a path behind the routes.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What a function has logged so far.
    pub fn log(&self, function: &str) -> String {
        let index = FUNCTIONS.iter().position(|&name| name == function).unwrap();
        self.functions[index].output()
    }

    /// What a function answers to an event, or the sentence that it fails with.
    ///
    /// # Errors
    /// Its `errorMessage`.
    pub fn send(&self, function: &str, event: &Value) -> Result<Value, String> {
        let url = self.url(&format!("/2015-03-31/functions/{function}/invocations"));
        let headers = [("content-type", "application/json")];
        let answer = http::send("POST", &url, &headers, &event.to_string()).json();
        match answer.get("errorMessage").and_then(Value::as_str) {
            Some(message) => Err(message.to_owned()),
            None => Ok(answer),
        }
    }

    /// `cargo lambda invoke` of a function with an event: what it answered, or what went wrong.
    ///
    /// # Errors
    /// What cargo-lambda said when the function failed.
    pub fn invoke(&self, function: &str, event: &Path) -> Result<String, String> {
        let output = std::process::Command::new(cargo_lambda())
            .args([
                "lambda",
                "invoke",
                "-A",
                "127.0.0.1",
                "-P",
                &self.port.to_string(),
                function,
                "--data-file",
            ])
            .arg(event)
            .current_dir(root())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

fn function(name: &str, port: u16, environment: &[(String, String)]) -> Child {
    let url = format!("http://127.0.0.1:{port}");
    let mut variables = vec![
        ("AWS_LAMBDA_RUNTIME_API".to_owned(), format!("http://127.0.0.1:{port}/.rt/{name}")),
        ("AWS_LAMBDA_FUNCTION_NAME".to_owned(), name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), "512".to_owned()),
        ("TESSERA_TEST_URL".to_owned(), url.clone()),
        (
            "CUBEJS_SCHEMA_PATH".to_owned(),
            root().join("examples/ecommerce/model").to_string_lossy().into_owned(),
        ),
    ];
    let signs = ["TESSERA_API_SECRET_ARN", "TESSERA_SIGNING_KEY_ARN", "TESSERA_SIGNING_KMS_KEY_ID"];
    if !environment.iter().any(|(name, _)| signs.contains(&name.as_str())) {
        variables.push(("CUBEJS_API_SECRET".to_owned(), token::SECRET.to_owned()));
    }
    let here = |(name, value): &(String, String)| (name.clone(), value.replace(HERE, &url));
    let own = |(key, value): (String, String)| (key, value.replace(SELF, name));
    variables.extend(environment.iter().map(here).map(own));
    Child::start(Program {
        name,
        command: vec![binary(name).to_string_lossy().into_owned()],
        environment: variables,
        folder: Path::new("/"),
        signal: "TERM",
        user: None,
        scratch: None,
    })
}

fn cargo_lambda() -> String {
    Tools::get().cargo_lambda.join("cargo-lambda").to_string_lossy().into_owned()
}

/// Where cargo keeps its own files: the emulator asks cargo for the workspace's metadata.
fn home() -> Vec<(String, String)> {
    ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"]
        .into_iter()
        .filter_map(|name| {
            #[expect(clippy::disallowed_methods, reason = "cargo's own variables, not settings")]
            let value = std::env::var(name).ok()?;
            Some((name.to_owned(), value))
        })
        .collect()
}
