//! Programs that run beside a test, as an unprivileged user if need be.

use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Runs its arguments after the first until the test process ends, then removes the directory
/// that is the first. A program may ignore a signal while it starts, hence the loop.
const SUPERVISOR: &str = "\
directory=\"$1\"; shift
\"$@\" >\"$directory/log\" 2>&1 &
cat >/dev/null
while kill -INT $! 2>/dev/null; do sleep 0.1; done
rm -rf \"$directory\"";

/// A program that ends with the test process, however that ends: a shell waits for the end of
/// `_lifeline`, whose other end only we hold.
pub struct Process {
    _shell: Child,
    _lifeline: ChildStdin,
}

impl Process {
    /// Starts a program that may write to `directory` and leaves a `log` there.
    pub fn start(owner: &Owner, program: &Path, arguments: &[&OsStr], directory: &Path) -> Self {
        let mut shell = owner
            .command("/bin/sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(directory)
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let lifeline = shell.stdin.take().expect("its standard input");
        Self { _shell: shell, _lifeline: lifeline }
    }
}

/// Whom the server runs as: PostgreSQL refuses to run as root.
pub struct Owner(Option<(u32, u32)>);

impl Owner {
    pub fn find() -> Self {
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        if !is_root {
            return Self(None);
        }
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let user = users.lines().find(|line| line.starts_with("postgres:"));
        let user = user.expect("as root, a user `postgres` to run the server as");
        let number = |place| user.split(':').nth(place).and_then(|text| text.parse().ok());
        Self(number(2).zip(number(3)))
    }

    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }

    pub fn give(&self, path: &Path) {
        if let Some((user, group)) = self.0 {
            chown(path, Some(user), Some(group)).expect("to give the file away");
        }
    }

    pub fn write(&self, path: &Path, text: &str) {
        std::fs::write(path, text).expect("to write a file");
        self.give(path);
    }
}
