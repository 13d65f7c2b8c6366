//! Pebble, the public authority of the tests, with a name server that leads every host to this
//! machine, and the web server at which it looks for proofs.

use std::path::Path;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::listener::Listener;
use crate::process::{Child, Program, Scratch, free_port};
use crate::tools::Tools;

/// A running Pebble.
#[derive(Debug)]
pub struct Pebble {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    folder: Scratch,
    _authority: Child,
    _names: Child,
    _web: Listener,
}

/// What Pebble looks at before it issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// At proofs, as a public authority does.
    AtProofs,
    /// At nothing: names in DNS are not reached from here.
    AtNothing,
}

impl Pebble {
    /// Starts it; the web server gives these answers for paths. The TLS certificate and key are its
    /// own, for `localhost`, and `root` is who issued them: all PEM.
    pub fn start(
        looks: Looks,
        (root, certificate, key): (&str, &str, &str),
        answer: impl Fn(&str) -> Option<String> + Clone + Send + 'static,
    ) -> Self {
        let tools = Tools::get();
        let found = tools.pebble.as_ref().unwrap_or_else(|| tools.absent("pebble"));
        let folder = Scratch::new(None);
        let (port, management, dns, dns_management) =
            (free_port(), free_port(), free_port(), free_port());
        let (web_port, web) = Listener::start(0, move |stream| serve(stream, answer.clone()));
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name).to_string_lossy().into_owned()
        };
        write("root.pem", root);
        let config = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": write("certificate.pem", certificate),
            "privateKey": write("key.pem", key),
            "httpPort": web_port, "tlsPort": free_port(), "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        } });
        let config = write("config.json", &config.to_string());
        let on = |port: u16| format!("127.0.0.1:{port}");
        let names = found.program.with_file_name("pebble-challtestsrv");
        let names = start(
            &names,
            &folder,
            &[],
            &[
                "-dns01",
                &on(dns),
                "-management",
                &on(dns_management),
                "-defaultIPv4",
                "127.0.0.1",
                "-defaultIPv6",
                "",
                "-http01",
                "",
                "-https01",
                "",
                "-tlsalpn01",
                "",
            ],
        );
        let is_blind = if looks == Looks::AtNothing { "1" } else { "0" };
        let environment = [
            ("PEBBLE_VA_NOSLEEP", "1"),
            ("PEBBLE_WFE_NONCEREJECT", "0"),
            ("PEBBLE_VA_ALWAYS_VALID", is_blind),
        ];
        let arguments = ["-config", &config, "-dnsserver", &on(dns)];
        let mut authority = start(&found.program, &folder, &environment, &arguments);
        authority.wait_until(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, folder, _authority: authority, _names: names, _web: web }
    }

    /// Its directory.
    pub fn directory(&self) -> String {
        format!("https://localhost:{}/dir", self.port)
    }

    /// The file of who issued the certificate that it shows us.
    pub fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("root.pem")
    }
}

fn start(
    program: &Path,
    folder: &Scratch,
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> Child {
    let command = std::iter::once(program.to_string_lossy().into_owned());
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Child::start(Program {
        name: "pebble",
        command: command.chain(arguments.iter().map(|&one| one.to_owned())).collect(),
        environment: environment.iter().map(owned).collect(),
        folder: folder.path(),
        signal: "TERM",
        user: None,
        scratch: None,
    })
}

/// One request, one answer.
async fn serve(mut stream: TcpStream, answer: impl Fn(&str) -> Option<String>) {
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = answer(path).map_or((404, String::new()), |body| (200, body));
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).await;
}
