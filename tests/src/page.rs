//! The page of the example (`examples/ecommerce/web`), built and served with the API behind it, as one domain does on AWS.

use std::time::Duration;

use crate::http;
use crate::process::{Child, Program, Scratch};
use crate::tools::Tools;

/// Longest that building the page may take on a machine that is busy with other tests.
const BUILD_TIMEOUT: Duration = Duration::from_mins(2);

/// The running server of the page.
#[derive(Debug)]
pub struct Page {
    _server: Child,
    _built: Scratch,
}

impl Page {
    /// Builds it for the users of a provider and one of its clients, and serves it on a port with the API at `api`.
    pub fn start(port: u16, api: &str, provider: &str, client: &str) -> Self {
        let tools = Tools::get();
        let folder = tools.web.as_ref().unwrap_or_else(|| tools.absent("web"));
        let built = Scratch::new(None);
        let vite = |name, arguments: &[&str]| {
            let program = ["node", "node_modules/vite/bin/vite.js"];
            let command = program.iter().chain(arguments).map(|&word| word.to_owned());
            let place = ["--outDir".to_owned(), built.path().to_string_lossy().into_owned()];
            let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            Child::start(Program {
                name,
                command: command.chain(place).collect(),
                environment: vec![
                    set("TESSERA_URL", api),
                    set("VITE_OIDC_AUTHORITY", provider),
                    set("VITE_OIDC_CLIENT_ID", client),
                ],
                folder,
                signal: "TERM",
                user: None,
                scratch: None,
            })
        };
        let mut build = vite("page-build", &["build", "--emptyOutDir"]);
        let ended = build.wait_for_end(BUILD_TIMEOUT);
        assert!(ended.success(), "the page is not built:\n{}", build.output());
        let mut server = vite("page", &["preview", "--strictPort", "--port", &port.to_string()]);
        let url = format!("http://127.0.0.1:{port}/");
        server.wait_until(|| http::try_send("GET", &url, &[], "").is_ok());
        Self { _server: server, _built: built }
    }
}
