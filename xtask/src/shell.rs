//! Running other programs.
//!
//! Owns the repository's root, the children of this process and the wish to stop. Each child
//! runs in a process group of its own without standard input; Ctrl-C, SIGTERM and SIGHUP are
//! passed on to that group by its id, so that nothing is left running behind `cargo xtask`.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::counts::{Counts, Runner};

/// How often a running child and the wish to stop are looked at.
const TICK: Duration = Duration::from_millis(25);
/// How long a child may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the tests of one runner may take: on two slow cores they need a third of it.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// How long to wait for the last output after a child has ended.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Why a step did not succeed, in words for the terminal.
pub type Failure = String;

/// Where commands run, and whether somebody wants them to end.
pub struct Shell {
    root: PathBuf,
    stop: Arc<AtomicBool>,
}

impl Shell {
    /// A shell at the repository's root that listens for the signals to stop.
    pub fn open() -> Result<Self, Failure> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("xtask lies in the repository")
            .to_path_buf();
        let stop = Arc::new(AtomicBool::new(false));
        for signal in stop_signals() {
            signal_hook::flag::register(*signal, Arc::clone(&stop))
                .map_err(|error| format!("cannot listen for signals: {error}"))?;
        }
        Ok(Self { root, stop })
    }

    /// A shell elsewhere that no signal reaches, and the means to stop it.
    #[cfg(test)]
    pub fn for_test() -> (Self, Arc<AtomicBool>) {
        let stop = Arc::new(AtomicBool::new(false));
        let shell = Self {
            root: std::env::temp_dir(),
            stop: Arc::clone(&stop),
        };
        (shell, stop)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the repository.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// Cargo's target folder.
    pub fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.path("target"), |dir| self.root.join(dir))
    }

    /// A program of this workspace, in its debug build.
    pub fn program(&self, name: &str) -> PathBuf {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.target().join("debug").join(file)
    }

    pub fn wants_to_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// A command in the repository's root, without the variables that `cargo run` has set for
    /// this program (they would make nested builds differ from those of a developer).
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command.env_remove("LD_LIBRARY_PATH");
        command
    }

    /// `cargo ARGUMENTS`.
    pub fn cargo<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command("cargo");
        command.args(arguments);
        command
    }

    /// Runs a command to its end under a heading and says how long it took.
    pub fn run(&self, heading: &str, command: &mut Command) -> Result<(), Failure> {
        let began = begin(heading);
        let mut child = self.spawn(command)?;
        let status = self.wait(&mut child);
        finish(heading, began, status?)
    }

    /// Like [`Shell::run`], and adds up what the runner says in its closing lines.
    /// A runner that says nothing has failed.
    pub fn run_tests(
        &self,
        heading: &str,
        runner: Runner,
        command: &mut Command,
        counts: &mut Counts,
    ) -> Result<(), Failure> {
        let began = begin(heading);
        let mut child = self.spawn(command.stdout(Stdio::piped()))?;
        let lines = lines_of(&mut child);
        let mut seen = Counts::default();
        let status = loop {
            if let Some(status) = self.poll(&mut child)? {
                break status;
            }
            if began.elapsed() > LONGEST {
                end(&mut child);
                return Err(format!("{heading}: not done after {}", minutes(LONGEST)));
            }
            echo(&lines, TICK, runner, &mut seen);
        };
        let deadline = Instant::now() + LAST_WORDS;
        while echo(&lines, LAST_WORDS, runner, &mut seen) {
            if Instant::now() > deadline {
                signal_group(&child, "TERM");
                return Err(format!(
                    "{heading}: left a process behind that still holds its output"
                ));
            }
        }
        counts.add(seen);
        finish(heading, began, status)?;
        if seen.lines == 0 {
            return Err(format!("{heading}: the runner printed no count"));
        }
        Ok(())
    }

    /// Runs a command and gives its standard output; says nothing.
    pub fn read(&self, command: &mut Command) -> Result<String, Failure> {
        if self.wants_to_stop() {
            return Err("stopped".to_owned());
        }
        let name = name_of(command);
        let output = command
            .output()
            .map_err(|error| format!("cannot run {name}: {error}"))?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{name}: {}\n{}", output.status, error.trim()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts a command in a process group of its own.
    pub fn spawn(&self, command: &mut Command) -> Result<Child, Failure> {
        if self.wants_to_stop() {
            return Err("stopped".to_owned());
        }
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let name = name_of(command);
        command
            .spawn()
            .map_err(|error| format!("cannot run {name}: {error}"))
    }

    /// Waits for a child; ends it when somebody wants to stop.
    pub fn wait(&self, child: &mut Child) -> Result<ExitStatus, Failure> {
        loop {
            if let Some(status) = self.poll(child)? {
                return Ok(status);
            }
            std::thread::sleep(TICK);
        }
    }

    /// The child's end, if it has come; an error once somebody wanted to stop.
    pub fn poll(&self, child: &mut Child) -> Result<Option<ExitStatus>, Failure> {
        if self.wants_to_stop() {
            end(child);
            return Err("stopped".to_owned());
        }
        child
            .try_wait()
            .map_err(|error| format!("cannot wait: {error}"))
    }
}

/// Asks a child and its group to end, by SIGTERM, then by SIGKILL; returns when the child is gone.
pub fn end(child: &mut Child) {
    signal_group(child, "TERM");
    let deadline = Instant::now() + PATIENCE;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() > deadline {
            signal_group(child, "KILL");
            // Without process groups this is all that can be done, and it is enough for one child.
            let _gone_already = child.kill();
            let _unreadable = child.wait();
            return;
        }
        std::thread::sleep(TICK);
    }
}

/// Minutes and seconds, as in `2:07`.
pub fn minutes(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

/// Prints a heading and starts the clock.
pub fn begin(heading: &str) -> Instant {
    println!("\n== {heading}");
    flush();
    Instant::now()
}

fn finish(heading: &str, began: Instant, status: ExitStatus) -> Result<(), Failure> {
    let time = minutes(began.elapsed());
    if status.success() {
        println!("   {heading}: {time}");
        flush();
        Ok(())
    } else {
        println!("   {heading}: {time}, {status}");
        flush();
        Err(format!("{heading}: {status}"))
    }
}

/// Standard output is a pipe in CI: without this the order of lines against the children's is lost.
fn flush() {
    let _closed_pipe = io::stdout().flush();
}

fn name_of(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn stop_signals() -> &'static [i32] {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        &[SIGINT, SIGTERM, SIGHUP]
    }
    #[cfg(not(unix))]
    {
        use signal_hook::consts::{SIGINT, SIGTERM};
        &[SIGINT, SIGTERM]
    }
}

/// Signals the group that [`Shell::spawn`] made for this child. The standard library can only
/// kill; `kill` of the system's shell can ask.
fn signal_group(child: &Child, signal: &str) {
    if cfg!(unix) {
        let _gone_already = Command::new("sh")
            .args([
                "-c",
                "kill -s \"$0\" -- \"-$1\"",
                signal,
                &child.id().to_string(),
            ])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// The child's standard output line by line, read by a thread so that waiting can be interrupted.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let output = child.stdout.take().expect("the caller asked for a pipe");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while matches!(output.read_until(b'\n', &mut line), Ok(n) if n > 0) {
            if sender
                .send(String::from_utf8_lossy(&line).into_owned())
                .is_err()
            {
                return;
            }
            line.clear();
        }
    });
    receiver
}

/// Prints and counts what has arrived; false when nothing more will come.
fn echo(lines: &Receiver<String>, patience: Duration, runner: Runner, seen: &mut Counts) -> bool {
    match lines.recv_timeout(patience) {
        Ok(line) => {
            for line in std::iter::once(line).chain(lines.try_iter()) {
                print!("{line}");
                seen.read(runner, &line);
            }
            flush();
            true
        }
        Err(RecvTimeoutError::Timeout) => true,
        Err(RecvTimeoutError::Disconnected) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(shell: &Shell, script: &str) -> Command {
        let mut command = shell.command("sh");
        command.args(["-c", script]);
        command
    }

    fn run(script: &str) -> (Result<(), Failure>, Counts) {
        let (shell, _) = Shell::for_test();
        let mut counts = Counts::default();
        let result = shell.run_tests("script", Runner::Node, &mut sh(&shell, script), &mut counts);
        (result, counts)
    }

    #[test]
    fn counts_come_from_the_runner_and_failures_from_its_status() {
        let (result, counts) = run("echo 3 passed, 0 failed");
        assert_eq!((result, counts.passed), (Ok(()), 3));
        let (result, counts) = run("echo 2 passed, 1 failed; exit 1");
        assert!(result.is_err());
        assert_eq!((counts.passed, counts.failed), (2, 1));
    }

    #[test]
    fn silence_is_a_failure() {
        let (result, _) = run("echo all good");
        assert_eq!(
            result,
            Err("script: the runner printed no count".to_owned())
        );
    }

    #[test]
    fn a_process_left_behind_is_a_failure_and_is_ended() {
        let file = std::env::temp_dir().join(format!("handrail-xtask-{}", std::process::id()));
        let (result, _) = run(&format!(
            "sleep 60 & echo $! > {}; echo 1 passed, 0 failed",
            file.display()
        ));
        assert!(result.is_err_and(|failure| failure.contains("left a process behind")));
        let left = std::fs::read_to_string(&file).expect("the script wrote it");
        std::fs::remove_file(&file).expect("it was just read");
        let deadline = Instant::now() + PATIENCE;
        while is_running(left.trim()) {
            assert!(Instant::now() < deadline, "process {left} still runs");
            std::thread::sleep(TICK);
        }
    }

    #[test]
    fn a_wish_to_stop_ends_the_whole_group() {
        let (shell, stop) = Shell::for_test();
        let mut child = shell
            .spawn(&mut sh(&shell, "sleep 61 & wait"))
            .expect("sh exists");
        stop.store(true, Ordering::Relaxed);
        assert_eq!(shell.wait(&mut child), Err("stopped".to_owned()));
        assert!(!is_running(&child.id().to_string()));
        assert!(
            shell.spawn(&mut sh(&shell, "true")).is_err(),
            "nothing starts after the wish to stop"
        );
    }

    fn is_running(process: &str) -> bool {
        // A zombie whose parent has not asked yet no longer runs.
        std::fs::read_to_string(format!("/proc/{process}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn times_read_as_minutes_and_seconds() {
        assert_eq!(minutes(Duration::from_secs(127)), "2:07");
        assert_eq!(minutes(Duration::from_millis(900)), "0:00");
    }
}
