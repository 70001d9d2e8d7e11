//! What a phone said it saved survives being killed at any moment.

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use handrail_companion::view::AnswerValue;
use handrail_companion::{Companion, FileKeyStore, SystemClock};

use support::clinic::{Clinic, enrolled};
use support::{PhoneHome, ZONE};

const FOLDER: &str = "HANDRAIL_TEST_PHONE";

#[expect(clippy::unnecessary_wraps, reason = "as `answer` takes it")]
fn number(number: i64) -> Option<AnswerValue> {
    Some(AnswerValue::Number { number })
}

/// The child of the test below: answers and hands in for ever, saying each thing once it was saved.
/// Without a parent there is nothing to do.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(FOLDER).map(std::path::PathBuf::from) else {
        return;
    };
    let keys = std::sync::Arc::new(FileKeyStore::new(dir.with_file_name("key")));
    let clock = std::sync::Arc::new(SystemClock);
    let phone = Companion::open_with(&dir, keys, clock, ZONE).expect("the phone opens");
    let mut out = std::io::stdout();
    let mut say = |text: String| {
        writeln!(out, "saved {text}").expect("the parent listens");
        out.flush().expect("the parent listens");
    };
    for round in 0.. {
        let form = phone.start_check_in("phq9").expect("a form");
        for item in 1..=9 {
            let value = (round + item) % 4;
            let answered = phone.answer(&form.check_in, &format!("q{item}"), number(value));
            answered.expect("answered");
            say(format!("answer {} q{item} {value}", form.check_in));
        }
        phone.submit(&form.check_in).expect("handed in");
        say(format!("check-in {}", form.check_in));
    }
}

fn start(home: &PhoneHome) -> Child {
    let program = std::env::current_exe().expect("this test");
    Command::new(program)
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(FOLDER, home.folder())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts")
}

/// What was acknowledged and is not there.
fn lost(said: &[String], phone: &Companion) -> BTreeSet<String> {
    let receipts = phone.check_ins(u32::MAX).expect("receipts");
    let done: BTreeSet<_> = receipts
        .iter()
        .filter(|one| one.complete)
        .map(|one| one.check_in.clone())
        .collect();
    let draft = phone.start_check_in("phq9").expect("a form");
    let mut lost = BTreeSet::new();
    for line in said {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["answer", check_in, item, value] => {
                let given = draft
                    .questions
                    .iter()
                    .find(|question| question.link_id == item);
                let given = given.and_then(|question| question.answer.clone());
                let kept =
                    draft.check_in == check_in && given == number(value.parse().expect("a digit"));
                if !kept && !done.contains(check_in) {
                    lost.insert(line.clone());
                }
            }
            ["check-in", check_in] => {
                if !done.contains(check_in) {
                    lost.insert(line.clone());
                }
            }
            _ => panic!("{line}"),
        }
    }
    lost
}

#[test]
fn drafts_and_check_ins_survive_sigkill() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    enrolled(&clinic, &home).close();
    home.clock.set({
        use handrail_companion::Clock;
        SystemClock.now_ms()
    });
    let mut said = Vec::new();
    for round in 0..8_usize {
        let mut child = start(&home);
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        // Not a multiple of the ten lines of a round: killed at another step each time.
        let mut left = 3 + round * 7;
        for line in lines.map_while(Result::ok) {
            if let Some(saved) = line.split("saved ").nth(1) {
                said.push(saved.to_owned());
                left -= 1;
                if left == 0 {
                    child.kill().expect("killed");
                }
                if left == usize::MAX {
                    break;
                }
                left = left.max(1);
            }
        }
        child.wait().expect("gone");
        let phone = home.open();
        assert_eq!(lost(&said, &phone), BTreeSet::new(), "round {round}");
        phone.close();
    }
    assert!(said.len() > 100);
    // The same comparison notices one that is not there.
    let phone = home.open();
    said.push(format!("check-in {}", handrail_care::id::Id([9; 16])));
    assert_eq!(lost(&said, &phone).len(), 1);
}
