//! A `PostgreSQL` cluster of a test's own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{Child, Program, Scratch, free_port, path, wait_until};
use crate::tools::Tools;

/// The name of the database; like user and password one that can be searched for in answers and logs.
pub const DATABASE: &str = "warehouse-canary-5c1f";
/// The user that the functions connect as; it may read and nothing else.
pub const USER: &str = "reader-canary-83ab";
/// That user's password.
pub const PASSWORD: &str = "password-canary-0d7e";

/// A running cluster, with one database, filled.
#[derive(Debug)]
pub struct Cluster {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    settings: Vec<String>,
    server: Option<Child>,
    folder: Scratch,
}

impl Cluster {
    /// Starts a cluster that holds the rows of the SQL file `seed`, with `settings` for `postgresql.conf`.
    pub fn start(seed: &Path, settings: &[(&str, &str)]) -> Self {
        Self::start_then(seed, settings, "")
    }

    /// The same, with statements that are run once the tests' role exists ([`USER`]), an empty line between them.
    pub fn start_then(seed: &Path, settings: &[(&str, &str)], then: &str) -> Self {
        Self::start_all(seed, settings, then, &[])
    }

    /// The same with files in its data folder, by their names.
    pub fn start_with(seed: &Path, settings: &[(&str, &str)], files: &[(&str, &str)]) -> Self {
        Self::start_all(seed, settings, "", files)
    }

    fn start_all(
        seed: &Path,
        settings: &[(&str, &str)],
        then: &str,
        files: &[(&str, &str)],
    ) -> Self {
        let tools = Tools::get();
        let folder = Scratch::new(tools.server_user);
        let data = folder.path().join("data");
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        run(
            "initdb",
            &[
                "-D",
                &data.to_string_lossy(),
                "-U",
                "postgres",
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--no-sync",
                &format!("--pwfile={}", password.display()),
                &format!("--locale={}", tools.postgres.locale),
            ],
            "",
        );
        std::fs::remove_file(&password).unwrap();
        let mut sql = std::fs::read_to_string(seed).unwrap();
        if !tools.postgres.hll {
            sql = sql.replace("CREATE EXTENSION IF NOT EXISTS hll;", "");
        }
        single_user(&data, "postgres", &format!("CREATE DATABASE \"{DATABASE}\";\n"));
        single_user(
            &data,
            DATABASE,
            &format!(
                "{sql}\n\nCREATE ROLE \"{USER}\" LOGIN PASSWORD '{PASSWORD}';\n\n\
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{USER}\";\n\n{then}\n"
            ),
        );
        let settings = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut cluster = Self { port: free_port(), settings, server: None, folder };
        for (name, text) in files {
            cluster.write(name, text);
        }
        cluster.resume();
        cluster
    }

    /// Writes a file into the data folder, readable for the server alone. It counts from the next
    /// [`Cluster::resume`] on.
    pub fn write(&self, name: &str, text: &str) {
        use std::os::unix::fs::{PermissionsExt as _, chown};
        let file = self.folder.path().join("data").join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        if let Some(user) = Tools::get().server_user {
            chown(&file, Some(user.uid), Some(user.gid)).unwrap();
        }
    }

    /// Starts the server again after [`Cluster::pause`], on the same port with the same rows.
    pub fn resume(&mut self) {
        let tools = Tools::get();
        let mut command = vec![
            tools.postgres.bin.join("postgres").to_string_lossy().into_owned(),
            "-D".into(),
            self.folder.path().join("data").to_string_lossy().into_owned(),
            "-p".into(),
            self.port.to_string(),
        ];
        let fixed = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "max_connections=60",
        ];
        for setting in fixed.into_iter().chain(self.settings.iter().map(String::as_str)) {
            command.extend(["-c".into(), setting.into()]);
        }
        let mut server = Child::start(Program {
            name: "postgres",
            command,
            environment: environment(),
            folder: Path::new("/"),
            signal: "INT",
            user: tools.server_user,
            scratch: None,
        });
        let status = self.folder.path().join("data").join("postmaster.pid");
        server.wait_until(|| {
            std::fs::read_to_string(&status)
                .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"))
        });
        self.server = Some(server);
    }

    /// Stops the server: connections end, new ones are refused, the rows stay.
    pub fn pause(&mut self) {
        drop(self.server.take());
        let status = self.folder.path().join("data").join("postmaster.pid");
        wait_until("the database server to end", Duration::from_secs(10), || !status.exists());
    }

    /// What the server has logged since it was started.
    pub fn log(&self) -> String {
        self.server.as_ref().map(Child::output).unwrap_or_default()
    }

    /// The `CUBEJS_DB_*` variables that lead to this cluster.
    pub fn environment(&self) -> Vec<(String, String)> {
        connection(self.port)
    }
}

/// The `CUBEJS_DB_*` variables for the tests' database behind a port of 127.0.0.1.
pub fn connection(port: u16) -> Vec<(String, String)> {
    [
        ("CUBEJS_DB_TYPE", "postgres".to_owned()),
        ("CUBEJS_DB_HOST", "127.0.0.1".to_owned()),
        ("CUBEJS_DB_PORT", port.to_string()),
        ("CUBEJS_DB_NAME", DATABASE.to_owned()),
        ("CUBEJS_DB_USER", USER.to_owned()),
        ("CUBEJS_DB_PASS", PASSWORD.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Runs SQL in the server's single-user mode: no port and no client program is needed.
fn single_user(data: &Path, database: &str, sql: &str) {
    let data = data.to_string_lossy();
    let said = run(
        "postgres",
        &[
            "--single",
            "-j",
            "-D",
            &data,
            "-c",
            "fsync=off",
            "-c",
            "log_checkpoints=off",
            "-c",
            "password_encryption=scram-sha-256",
            database,
        ],
        sql,
    );
    let wrong: Vec<&str> =
        said.lines().filter(|line| line.contains("ERROR") || line.contains("FATAL")).collect();
    assert!(wrong.is_empty(), "the seed failed: {wrong:?}");
}

/// Runs one of the server's programs to its end, `input` on its standard input; returns what it complained about.
fn run(program: &str, arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    use std::os::unix::process::CommandExt as _;
    let tools = Tools::get();
    let mut command = Command::new(tools.postgres.bin.join(program));
    command.args(arguments).env_clear().env("PATH", path()).envs(environment()).current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    if let Some(user) = tools.server_user {
        command.uid(user.uid).gid(user.gid);
    }
    let mut process = command.spawn().unwrap();
    let mut lifeline = process.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || lifeline.write_all(input.as_bytes()));
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} ended with {}:\n{said}", output.status);
    writer.join().unwrap().unwrap();
    said
}

fn environment() -> Vec<(String, String)> {
    let libraries = Tools::get().postgres.libraries.clone();
    let mut environment = vec![("LC_ALL".to_owned(), "C".to_owned())];
    environment.extend(libraries.map(|libraries| ("LD_LIBRARY_PATH".to_owned(), libraries)));
    environment
}
