//! Child processes that end when the test ends, however it ends.

use std::fs::File;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::tools::{ServerUser, profile_folder};

/// Runs `"$@"` and ends it when standard input closes, which the system does when the test dies.
///
/// `$SIGNAL` asks it to end, five seconds later it is killed; then the folder `$SCRATCH`, if any, is removed.
const GUARD: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(
  read -r line <&3
  kill -"$SIGNAL" "$child"
  left=50
  while [ "$left" -gt 0 ] && kill -0 "$child"; do sleep 0.1; left=$((left - 1)); done
  kill -KILL "$child"
) 2>/dev/null &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
left=50
while [ -n "$SCRATCH" ] && [ -e "$SCRATCH" ] && [ "$left" -gt 0 ]; do
  rm -rf -- "$SCRATCH" 2>/dev/null || sleep 0.1
  left=$((left - 1))
done
exit "$status"
"#;

/// A running program, its output in a log file.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    lifeline: Option<ChildStdin>,
    log: PathBuf,
}

/// What to run: the program with its surroundings.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    /// The name of the log file.
    pub(crate) name: &'a str,
    /// The program and its arguments.
    pub(crate) command: Vec<String>,
    /// Its whole environment besides PATH.
    pub(crate) environment: Vec<(String, String)>,
    /// Its working folder.
    pub(crate) folder: &'a Path,
    /// The signal that ends it.
    pub(crate) signal: &'a str,
    /// Whom it runs as.
    pub(crate) user: Option<ServerUser>,
    /// A folder that is removed when it has ended.
    pub(crate) scratch: Option<&'a Path>,
}

impl Child {
    /// Starts a program under the guard.
    pub(crate) fn start(program: Program<'_>) -> Self {
        let log = log_file(program.name);
        let output = File::create(&log).unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARD, "sh"]).args(&program.command);
        command.env_clear().env("PATH", path()).env("SIGNAL", program.signal);
        command.env("SCRATCH", program.scratch.map_or("".as_ref(), Path::as_os_str));
        command.envs(program.environment).current_dir(program.folder);
        command.stdin(Stdio::piped()).stdout(output.try_clone().unwrap()).stderr(output);
        if let Some(user) = program.user {
            command.uid(user.uid).gid(user.gid);
        }
        let mut process = command.spawn().unwrap();
        let lifeline = process.stdin.take();
        Self { process, lifeline, log }
    }

    /// Waits until `ready` holds; fails with the log when the program ends first, or after a minute.
    pub fn wait_until(&mut self, ready: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("the program ended with {status}; its log:\n{}", self.output());
            }
            if ready() {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "not ready after a minute; its log:\n{}",
                self.output()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for the program to end by itself; fails with the log after `patience`.
    pub fn wait_for_end(&mut self, patience: Duration) -> ExitStatus {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "still running; its log:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The process id of the program itself, not of the guard around it.
    pub fn pid(&self) -> u32 {
        let guard = self.process.id();
        let children = std::fs::read_to_string(format!("/proc/{guard}/task/{guard}/children"));
        let is_program = |pid: &u32| {
            std::fs::read_link(format!("/proc/{pid}/exe"))
                .is_ok_and(|program| !program.ends_with("dash") && !program.ends_with("sh"))
        };
        let children = children.unwrap();
        children.split_whitespace().filter_map(|pid| pid.parse().ok()).find(is_program).unwrap()
    }

    /// Sends a signal to the program itself.
    pub fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(sent.unwrap().success(), "kill -{name} failed");
    }

    /// All it has written so far.
    pub fn output(&self) -> String {
        let mut text = Vec::new();
        File::open(&self.log).unwrap().read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Ends the program and waits until it is gone.
    pub fn stop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A loopback port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Waits until `ready` holds; fails with `what` after `patience`.
pub fn wait_until(what: &str, patience: Duration, ready: impl Fn() -> bool) {
    let deadline = Instant::now() + patience;
    while !ready() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A folder below the system's temporary one that is removed when the test ends, however it ends.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    _janitor: Child,
}

impl Scratch {
    /// A new, empty folder that belongs to `user`, or to ourselves.
    pub(crate) fn new(user: Option<ServerUser>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("tessera-test-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        if let Some(user) = user {
            std::os::unix::fs::chown(&path, Some(user.uid), Some(user.gid)).unwrap();
        }
        let janitor = Child::start(Program {
            name: "scratch",
            command: vec!["sleep".into(), "2147483647".into()],
            environment: Vec::new(),
            folder: Path::new("/"),
            signal: "TERM",
            user,
            scratch: Some(&path),
        });
        Self { path, _janitor: janitor }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The search path for programs, as the test has it.
pub(crate) fn path() -> String {
    #[expect(clippy::disallowed_methods, reason = "the tools' own search path, not a setting")]
    std::env::var("PATH").unwrap()
}

/// `target/debug/logs/<test>-<name>.log`: kept until the next run, to read after a failure.
fn log_file(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let folder = profile_folder().join("logs");
    std::fs::create_dir_all(&folder).unwrap();
    let test = std::env::current_exe().unwrap();
    let test = test.file_stem().unwrap().to_string_lossy();
    let test = test.rsplit_once('-').map_or(&*test, |(stem, _)| stem);
    folder.join(format!("{test}-{name}-{}.log", COUNT.fetch_add(1, Ordering::Relaxed)))
}

/// The outcome of a future, on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}
