//! Starting PostgreSQL, as an unprivileged user if need be, on a free port.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use database::{Options, Ssl, VerifyFull};

use super::process::{Owner, Process};

/// Settings that would show in every answer if a statement did not bring its own.
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
fsync = off
max_connections = 40
shared_buffers = 32MB
timezone = 'America/New_York'
datestyle = 'SQL, DMY'
intervalstyle = 'iso_8601'
extra_float_digits = -4
standard_conforming_strings = off
escape_string_warning = off
default_transaction_isolation = 'serializable'
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
";

/// Who may log in how.
const ACCESS: &str = "\
local all all trust
hostnossl all plain 127.0.0.1/32 trust
host all tester,+tester 127.0.0.1/32 scram-sha-256
host all postgres 127.0.0.1/32 trust
";

/// What the tests find in the database.
const SCRIPT: &str = "\
CREATE ROLE plain LOGIN;
CREATE ROLE tester LOGIN PASSWORD '{password}';
CREATE TYPE mood AS ENUM ('calm', 'glad');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DATABASE narrow CONNECTION LIMIT 0;
";

/// Password of the role `tester`.
pub const PASSWORD: &str = "pass word's \"secret\"";

/// A running server with a data directory of its own.
pub struct Server {
    pub port: u16,
    pub directory: PathBuf,
    _process: Process,
}

impl Server {
    pub fn start() -> Option<Self> {
        let programs = find_programs()?;
        let port = free_port();
        let directory = std::env::temp_dir().join(format!("tessera-database-{port}"));
        std::fs::create_dir(&directory).expect("a directory of our own");
        let owner = Owner::find();
        owner.give(&directory);
        let data = directory.join("data");
        run(owner.command(programs.join("initdb")).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "--pgdata",
            data.to_str().expect("a path"),
        ]));
        certificates(&owner, &data);
        let sockets =
            format!("port = {port}\nunix_socket_directories = '{}'\n", directory.display());
        owner.write(&data.join("postgresql.auto.conf"), &format!("{SETTINGS}{sockets}"));
        owner.write(&data.join("pg_hba.conf"), ACCESS);
        set_up(&owner, &programs, &data);
        let arguments = ["-D".as_ref(), data.as_os_str()];
        let process = Process::start(&owner, &programs.join("postgres"), &arguments, &directory);
        let server = Self { port, directory, _process: process };
        server.wait();
        Some(server)
    }

    /// Over TCP without TLS, without a password.
    pub fn options(&self) -> Options {
        Options {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            name: "postgres".to_owned(),
            user: "plain".to_owned(),
            ..Options::default()
        }
    }

    /// Over TLS with a checked certificate, with a password.
    pub fn tls_options(&self) -> Options {
        let ca_pem = std::fs::read_to_string(self.directory.join("data/server.crt")).expect("PEM");
        Options {
            user: "tester".to_owned(),
            password: PASSWORD.into(),
            ssl: Ssl::VerifyFull(VerifyFull {
                ca_pem: Some(ca_pem.into()),
                server_name: Some("db.example.com".to_owned()),
                ..VerifyFull::default()
            }),
            ..self.options()
        }
    }

    /// As the superuser, to look at other connections and end them.
    pub fn operator(&self) -> database::Database {
        let options = Options { user: "postgres".to_owned(), ..self.options() };
        database::Database::new(&options).expect("options that work")
    }

    fn wait(&self) {
        let database = self.operator();
        // Tests call this from within a runtime of theirs, where another may not block.
        let waiting = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                for _ in 0..300 {
                    if database.ping().await.is_ok() {
                        return true;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                false
            })
        });
        let log = || std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        assert!(waiting.join().expect("an answer"), "PostgreSQL did not start:\n{}", log());
    }
}

/// Runs the script with nobody connected, one statement per line.
fn set_up(owner: &Owner, programs: &Path, data: &Path) {
    let mut server = owner
        .command(programs.join("postgres"))
        .args(["--single", "-D"])
        .arg(data)
        .arg("postgres")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a server for one user");
    let script = SCRIPT.replace("{password}", &PASSWORD.replace('\'', "''"));
    server.stdin.take().expect("its input").write_all(script.as_bytes()).expect("to write to it");
    let output = server.wait_with_output().expect("its end");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !complaints.contains("ERROR"), "{complaints}");
}

fn certificates(owner: &Owner, data: &Path) {
    let (key, certificate) = (data.join("server.key"), data.join("server.crt"));
    run(Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=test", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", "subjectAltName=DNS:db.example.com"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate));
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&key, private).expect("a private key file");
    owner.give(&key);
    owner.give(&certificate);
}

/// The directory of `initdb` and `postgres`: said in the environment, on the path, or Debian's.
fn find_programs() -> Option<PathBuf> {
    let said = variable("TESSERA_POSTGRES_BIN").map(PathBuf::from);
    let path = variable("PATH").unwrap_or_default();
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    installed.sort();
    let on_path = std::env::split_paths(&path).filter_map(|directory| {
        // A link on the path may be all there is: the programs stand side by side where it points.
        let program = std::fs::canonicalize(directory.join("postgres")).ok()?;
        program.parent().map(Path::to_owned)
    });
    said.into_iter().chain(on_path).chain(installed.into_iter().rev()).find(|directory| {
        ["postgres", "initdb"].iter().all(|program| directory.join(program).is_file())
    })
}

/// The first file of this name on the path, or where Debian keeps servers.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    directories.map(|directory| directory.join(name)).find(|program| program.is_file())
}

#[expect(clippy::disallowed_methods, reason = "a test finds the PostgreSQL it is told to use")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn run(command: &mut Command) {
    let output = command.output().expect("a program that starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{complaint}");
}
