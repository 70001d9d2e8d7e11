//! Real parts for stories: a real server process on the loopback with a folder of its own.
//!
//! Owns starting, killing and stopping it by its own process id. Refuses other addresses.

pub mod agree;
pub mod clinic;
pub mod dice;
pub mod memory;
pub mod phone;
pub mod proxy;
pub mod raw;
pub mod recorder;
pub mod tap;
pub mod words;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(20);

/// A program of this workspace, built beside the running test.
///
/// # Panics
///
/// When it was not built: `cargo xtask test` builds it first.
pub fn program(name: &str) -> PathBuf {
    let variable = format!("{}_BIN", name.replace('-', "_").to_uppercase());
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    let running = std::env::current_exe().expect("a program has a path");
    // A test lies in target/PROFILE/deps, a bench in target/PROFILE.
    running
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("build it first: cargo build -p {name}"))
}

/// Memory of a process that lies in RAM, in KiB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Now.
    pub now_kib: u32,
    /// At most since its start.
    pub peak_kib: u32,
}

impl Memory {
    /// Now, in MB of 2^20 bytes.
    pub fn now_mb(self) -> f64 {
        f64::from(self.now_kib) / 1024.0
    }

    /// At most, in MB of 2^20 bytes.
    pub fn peak_mb(self) -> f64 {
        f64::from(self.peak_kib) / 1024.0
    }
}

/// A server process.
pub struct Server {
    child: Child,
    origin: String,
    data: PathBuf,
    port: u16,
}

impl Server {
    /// Starts on a free port over a folder; the folder is made when it is not there.
    pub fn start(data: &Path) -> Self {
        Self::start_on(data, 0)
    }

    /// Starts on a port; 0 is any free one.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start_on(data: &Path, port: u16) -> Self {
        Self::start_logging(data, port, "info")
    }

    /// [`Server::start_on`] with a level of its log.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start_logging(data: &Path, port: u16, level: &str) -> Self {
        std::fs::create_dir_all(data).expect("a folder for the server");
        Self::start_under(data, port, &data.join("server.log"), |command| {
            command.env("HANDRAIL_LOG", level);
        })
    }

    /// The same with a log elsewhere, and something done to the command before it runs; the server makes
    /// its folder itself.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start_under(
        data: &Path,
        port: u16,
        log: &Path,
        prepare: impl FnOnce(&mut Command),
    ) -> Self {
        Self::try_start(data, port, log, prepare).expect("the server says where it listens")
    }

    /// The same, where it may not start: then how the process ended (`None`: it had to be killed).
    ///
    /// # Panics
    ///
    /// When there is no such program, or no log.
    pub fn try_start(
        data: &Path,
        port: u16,
        log: &Path,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Self, Option<i32>> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log file");
        let mut command = Command::new(program("handrail-server"));
        command
            .args(["--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data)
            .arg("--setup-code-file")
            .arg(data.join("setup-code"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        prepare(&mut command);
        let mut child = command.spawn().expect("the server starts");
        let stdout = child.stdout.take().expect("piped");
        let Some(origin) = await_origin(stdout) else {
            // Ended, or not to be waited for.
            let ended = ended_within(&mut child, Duration::from_secs(2));
            let _ = child.kill();
            let _ = child.wait();
            return Err(ended);
        };
        let port = origin
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok())
            .expect("an origin ends in its port");
        Ok(Self {
            child,
            origin,
            data: data.to_owned(),
            port,
        })
    }

    /// The code with which the process ended by itself, if it does so soon.
    pub fn ended(&mut self, within: Duration) -> Option<i32> {
        ended_within(&mut self.child, within)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The server's folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The code for setting the clinic up.
    pub fn setup_code(&self) -> String {
        std::fs::read_to_string(self.data.join("setup-code"))
            .expect("the server wrote its set-up code")
            .trim()
            .to_owned()
    }

    /// Memory of the process as the system counts it; `None` where it does not tell.
    pub fn memory(&self) -> Option<Memory> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.parse().ok()
        };
        Some(Memory {
            now_kib: kib("VmRSS:")?,
            peak_kib: kib("VmHWM:")?,
        })
    }

    /// SIGKILL, as a crash; then starts again on the same port and folder.
    #[must_use]
    pub fn crash_and_restart(mut self) -> Self {
        self.child.kill().expect("our own child");
        self.child.wait().expect("our own child");
        let (data, port) = (self.data.clone(), self.port);
        drop(self);
        Self::start_on(&data, port)
    }

    /// SIGTERM; waits for the end and says whether it was clean.
    pub fn stop(mut self) -> bool {
        let killed = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .is_ok_and(|status| status.success());
        let deadline = Instant::now() + Duration::from_secs(15);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return killed && status.success();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ended_within(child: &mut Child, within: Duration) -> Option<i32> {
    let deadline = Instant::now() + within;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return status.code();
        }
        if Instant::now() > deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Reads lines until the one that names the address; a thread goes on reading so that the pipe never
/// fills. Nothing when the output ends before that.
fn await_origin(stdout: ChildStdout) -> Option<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
            if let Some(origin) = line.trim().strip_prefix("listening on ") {
                let _ = send.send(origin.to_owned());
                break;
            }
            line.clear();
        }
        let mut rest = Vec::new();
        let _ = reader.read_to_end(&mut rest);
    });
    receive.recv_timeout(START).ok()
}

/// A folder that goes away with the test.
///
/// # Panics
///
/// When the system has no room for one.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The wall clock, epoch milliseconds.
///
/// # Panics
///
/// When the machine's clock stands before 1970.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock after 1970");
    i64::try_from(since.as_millis()).expect("fits for a long time")
}
