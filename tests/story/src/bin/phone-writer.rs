//! A phone that writes check-ins until it is killed. Prints one line for each that the core said was
//! saved, after it said so.
//!
//! `phone-writer FOLDER COUNT [early]`; `early` prints before saving, as a phone that lies would: the
//! positive control of the tests that use this.

use std::io::Write;

use handrail_care::checkin::{Answer, Answers};
use handrail_companion::WholeCheckIn;
use handrail_companion::view::AnswerValue;
use handrail_story::clinic::open_phone;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let count: u32 = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .expect("a count");
    let early = arguments.next().is_some_and(|word| word == "early");
    let phone = open_phone(folder.as_ref());
    let mut output = std::io::stdout().lock();
    let mut say = |line: &str| {
        writeln!(output, "{line}").expect("the parent reads");
        output.flush().expect("the parent reads");
    };
    say("ready");
    for number in 0..count {
        let draft = phone.start_check_in("gad7").expect("a form").check_in;
        if early {
            say(&draft);
        }
        for item in 1..=7 {
            let value = AnswerValue::Number {
                number: i64::from(number) % 4,
            };
            phone
                .answer(&draft, &format!("q{item}"), Some(value))
                .expect("an option");
        }
        phone.submit(&draft).expect("saved");
        if !early {
            say(&draft);
        }
        let mut answers = Answers::default();
        answers.set("mood", Answer::Value(i64::from(number) % 11));
        answers.set("urge-to-self-harm", Answer::Value(0));
        let whole = WholeCheckIn {
            form: "daily-check-in".to_owned(),
            answers,
        };
        let done = phone.write_check_ins(&[whole]).expect("saved");
        say(&done[0]);
        if number % 4 == 3 {
            // The network may fail; saving does not depend on it.
            let _ = phone.sync();
        }
    }
    phone.close();
}
