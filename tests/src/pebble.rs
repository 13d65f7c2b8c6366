//! Pebble, the public authority of the tests. It looks at proofs as others do, where it is led to.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::authority::Authority;
use crate::name_server::NameServer;
use crate::process::{Child, Program, Scratch, free_port};
use crate::tools::Tools;

/// Where no web server is: of proofs, records alone count.
pub const NO_WEB_SERVER: u16 = 1;

/// A running Pebble.
#[derive(Debug)]
pub struct Pebble {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    management_port: u16,
    folder: Scratch,
    process: Child,
    _names: NameServer,
}

impl Pebble {
    /// Starts it. It finds every host on this machine, looks for files at `http_port`, and for
    /// records among `texts`, by the names of records.
    pub fn start(http_port: u16, texts: impl Fn(&str) -> Vec<String> + Send + 'static) -> Self {
        let tools = Tools::get();
        let found = tools.pebble.as_ref().unwrap_or_else(|| tools.absent("pebble"));
        let folder = Scratch::new(None);
        let (port, management_port) = (free_port(), free_port());
        let names = NameServer::start(texts);
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name).to_string_lossy().into_owned()
        };
        let authority = Authority::new();
        let identity = authority.issue(&["localhost"]);
        write("root.pem", authority.pem());
        let config = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management_port}"),
            "certificate": write("certificate.pem", identity.pem()),
            "privateKey": write("key.pem", identity.key_pem()),
            "httpPort": http_port, "tlsPort": free_port(), "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        } });
        let arguments = [
            &*found.program.to_string_lossy(),
            "-config",
            &write("config.json", &config.to_string()),
            "-dnsserver",
            &format!("127.0.0.1:{}", names.port),
        ];
        let environment = [("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "0")];
        let mut process = Child::start(Program {
            name: "pebble",
            command: arguments.map(str::to_owned).into(),
            environment: environment.map(|(name, value)| (name.into(), value.into())).into(),
            folder: folder.path(),
            signal: "TERM",
            user: None,
            scratch: None,
        });
        process.wait_until(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, management_port, folder, process, _names: names }
    }

    /// Its directory.
    pub fn directory(&self) -> String {
        format!("https://localhost:{}/dir", self.port)
    }

    /// The file of who issued the certificate that it shows us.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// A file of the root of what it issues, for those who shall trust it.
    pub fn issuing_root(&self) -> PathBuf {
        let file = self.folder.path().join("issuing-root.pem");
        let url = format!("https://localhost:{}/roots/0", self.management_port);
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--fail", "--cacert"]).arg(self.root());
        assert!(curl.arg("--output").arg(&file).arg(url).status().unwrap().success());
        file
    }

    /// How many certificates it has issued.
    pub fn issued(&self) -> usize {
        self.process.output().matches("Issued certificate serial").count()
    }

    /// How many orders it has taken.
    pub fn ordered(&self) -> usize {
        self.process.output().matches("Added order").count()
    }
}
