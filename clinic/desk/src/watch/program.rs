//! The clinic's own program that pages, calls or writes: given a notice as one line of JSON on its input.
//!
//! Owns running it and reading its verdict: exit code 0 within the time means that it took the notice.
//! Refuses to wait for ever: what is still running then is ended and counts as not taken.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use handrail_care::alert::Via;

use super::Notice;

/// How long a program may take.
pub const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(20);

/// Hands a notice to a program. What it prints to its error output goes to ours; the rest is dropped.
pub fn hand_over(program: &Path, notice: &Notice, patience: Duration) -> Via {
    let started = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let Ok(mut child) = started else {
        return Via::ProgramFailed;
    };
    if let Some(mut input) = child.stdin.take() {
        let line = serde_json::to_string(notice).expect("texts and numbers only");
        // A program that does not read it says by its exit code whether it took it.
        let _ = writeln!(input, "{line}");
    }
    if took(&mut child, patience) {
        Via::Program
    } else {
        Via::ProgramFailed
    }
}

fn took(child: &mut Child, patience: Duration) -> bool {
    let end = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < end => thread::sleep(LOOK),
            _ => {
                // Our own child, by its handle; already ended is fine.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use handrail_care::id::Id;

    use super::super::Person;
    use super::*;

    fn notice() -> Notice {
        Notice {
            v: 1,
            alert: Id([1; 16]),
            step: 2,
            again: true,
            tell: vec![Person {
                id: Id([2; 16]),
                name: "Ines".to_owned(),
            }],
            console: "https://clinic.example/".to_owned(),
        }
    }

    fn program(folder: &Path, lines: &str) -> PathBuf {
        let path = folder.join("pager");
        std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).expect("a script");
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&path, mode).expect("our own file");
        path
    }

    #[test]
    fn the_exit_code_says_whether_it_was_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let patience = Duration::from_secs(20);
        let run = |lines: &str| {
            let path = program(folder.path(), lines);
            hand_over(&path, &notice(), patience)
        };
        let out = folder.path().join("out");
        assert_eq!(run(&format!("cat > {}", out.display())), Via::Program);
        let got = std::fs::read_to_string(&out).expect("it wrote its input");
        let expected = serde_json::json!({
            "v": 1, "alert": Id([1; 16]), "step": 2, "again": true,
            "tell": [{"id": Id([2; 16]), "name": "Ines"}],
            "console": "https://clinic.example/",
        });
        let line: serde_json::Value = serde_json::from_str(&got).expect("one line of JSON");
        assert_eq!(line, expected);
        assert_eq!(run("exit 0"), Via::Program, "without reading");
        assert_eq!(run("exit 3"), Via::ProgramFailed);
        let none = folder.path().join("none");
        assert_eq!(hand_over(&none, &notice(), patience), Via::ProgramFailed);
    }

    #[test]
    fn one_that_hangs_is_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = program(folder.path(), "exec sleep 60");
        let begun = Instant::now();
        let via = hand_over(&path, &notice(), Duration::from_millis(100));
        assert_eq!(via, Via::ProgramFailed);
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
