//! A phone whose core runs in a process of its own, told what to do line by line (`bin/phone.rs`).

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The process. It is killed when this is dropped.
pub struct Phone {
    child: Child,
    say: ChildStdin,
    hear: BufReader<ChildStdout>,
}

impl Phone {
    /// Starts it over a folder; `prepare` may load a library into it.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start(program: &Path, folder: &Path, prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(program);
        command
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        prepare(&mut command);
        let mut child = command.spawn().expect("the phone starts");
        let say = child.stdin.take().expect("piped");
        let hear = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, say, hear }
    }

    /// Says one line and hears one: `ok ...` or `no CODE`.
    ///
    /// # Panics
    ///
    /// When the process has ended: the core panicked, and its standard error says how.
    pub fn ask(&mut self, line: &str) -> Result<String, String> {
        writeln!(self.say, "{line}").expect("the phone listens");
        let mut answer = String::new();
        let read = self.hear.read_line(&mut answer).expect("the phone answers");
        assert!(read > 0, "the phone's core panicked at: {line}");
        let answer = answer.trim_end();
        let ok = answer.strip_prefix("ok ").map(str::to_owned);
        ok.ok_or_else(|| answer.trim_start_matches("no ").to_owned())
    }

    /// The same, where nothing may go wrong.
    ///
    /// # Panics
    ///
    /// When it did.
    pub fn must(&mut self, line: &str) -> String {
        match self.ask(line) {
            Ok(answer) => answer,
            Err(code) => panic!("{line}: {code}"),
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // Already ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
