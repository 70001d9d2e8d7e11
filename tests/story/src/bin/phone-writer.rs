//! A phone that writes check-ins until it is killed. Says each thing that the core said was saved, after it
//! said so:
//!
//! `draft ID q1=1,q2=2` (a check-in that is begun, or gone on with), `answer ID q3 3`, `saved ID`.
//!
//! `phone-writer FOLDER COUNT [early|early-answers]`; `early` says `saved` before saving, as a phone that
//! lies would, and `early-answers` does so with answers: the positive controls of the tests that use this.

use std::io::Write;

use handrail_care::checkin::{Answer, Answers};
use handrail_companion::WholeCheckIn;
use handrail_companion::view::{AnswerValue, CheckInForm};
use handrail_story::clinic::open_phone;

fn answers(form: &CheckInForm) -> String {
    let given = form.questions.iter().filter_map(|question| {
        let Some(AnswerValue::Number { number }) = question.answer else {
            return None;
        };
        Some(format!("{}={number}", question.link_id))
    });
    given.collect::<Vec<_>>().join(",")
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let count: u32 = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .expect("a count");
    let mode = arguments.next().unwrap_or_default();
    let phone = open_phone(folder.as_ref());
    let mut output = std::io::stdout().lock();
    let mut say = |line: &str| {
        writeln!(output, "{line}").expect("the parent reads");
        output.flush().expect("the parent reads");
    };
    say("ready");
    for number in 0..count {
        let form = phone.start_check_in("gad7").expect("a form");
        let draft = form.check_in.clone();
        say(&format!("draft {draft} {}", answers(&form)));
        if mode == "early" {
            say(&format!("saved {draft}"));
        }
        // Each question has its own answer, so that a draft which another process goes on with can be held
        // against what this one said.
        for item in 1..=7_i64 {
            let answer = format!("answer {draft} q{item} {}", item % 4);
            if mode == "early-answers" {
                say(&answer);
            }
            let value = AnswerValue::Number { number: item % 4 };
            phone
                .answer(&draft, &format!("q{item}"), Some(value))
                .expect("an option");
            if mode != "early-answers" {
                say(&answer);
            }
        }
        phone.submit(&draft).expect("saved");
        if mode != "early" {
            say(&format!("saved {draft}"));
        }
        let mut answers = Answers::default();
        answers.set("mood", Answer::Value(i64::from(number) % 11));
        answers.set("urge-to-self-harm", Answer::Value(0));
        let whole = WholeCheckIn {
            form: "daily-check-in".to_owned(),
            answers,
        };
        let done = phone.write_check_ins(&[whole]).expect("saved");
        say(&format!("saved {}", done[0]));
        if number % 4 == 3 {
            // The network may fail; saving does not depend on it.
            let _ = phone.sync();
        }
    }
    phone.close();
}
