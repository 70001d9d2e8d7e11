//! Nothing personal lies on the phone in clear, and no size tells one answer from another.

mod support;

use std::collections::BTreeSet;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use handrail_care::checkin::{Answer, Answers};
use handrail_care::entry::Body;
use handrail_care::homework::{Assigned, Completion};
use handrail_care::plan::{Contact, Medicine, TransitionPlan};
use handrail_companion::WholeCheckIn;
use handrail_companion::view::{AnswerValue, HomeworkTry};

use support::clinic::{Clinic, date};
use support::{PhoneHome, all_bytes, contains};

const WORDS: [&str; 12] = [
    "wisteria-note",
    "wisteria-draft",
    "wisteria-homework",
    "wisteria-obstacle",
    "wisteria-sign",
    "wisteria-sister",
    "wisteria-medicine",
    "wisteria-device",
    "Robin",
    "Riverbend",
    "America/New_York",
    "urge-to-self-harm",
];

/// A word as it might lie in a file: UTF-8, UTF-16 of both orders, base64 in its three shifts, hex.
fn forms(word: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![
        word.as_bytes().to_vec(),
        word.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        word.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        HEXLOWER.encode(word.as_bytes()).into_bytes(),
    ];
    for shift in 0..3 {
        let padded = [&vec![0; shift], word.as_bytes()].concat();
        for encoding in [&BASE64, &BASE64_NOPAD, &BASE64URL_NOPAD] {
            let text = encoding.encode(&padded);
            // The letters that depend on nothing but the word.
            let from = (shift * 8).div_ceil(6);
            let to = (padded.len() * 8) / 6;
            forms.push(text.as_bytes()[from..to].to_vec());
        }
    }
    forms
}

fn is_in(bytes: &[u8], word: &str) -> bool {
    forms(word).iter().any(|form| contains(bytes, form))
}

fn found(bytes: &[u8]) -> Vec<&'static str> {
    WORDS
        .into_iter()
        .filter(|word| is_in(bytes, word))
        .collect()
}

#[test]
fn no_planted_word_is_found_on_the_disk() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = home.open();
    let (link, code) = clinic.invite();
    phone
        .enrol(&link, &code, "wisteria-device", "android")
        .expect("enrolled");
    let homework = clinic.write(
        &clinic.care,
        &Body::HomeworkAssigned(Assigned {
            title: "wisteria-homework".to_owned(),
            instructions: String::new(),
            due: date("2026-11-30"),
            times: 1,
            ..Assigned::default()
        }),
    );
    let plan = TransitionPlan {
        warning_signs: vec!["wisteria-sign".to_owned()],
        people: vec![Contact {
            name: "wisteria-sister".to_owned(),
            ..Contact::default()
        }],
        medicines: vec![Medicine {
            name: "wisteria-medicine".to_owned(),
            ..Medicine::default()
        }],
        ..TransitionPlan::default()
    };
    clinic.write(&clinic.care, &Body::TransitionPlan(plan));
    phone.sync().expect("synced");
    let words = |text: &str| {
        Some(AnswerValue::Words {
            text: text.to_owned(),
        })
    };
    let form = phone.start_check_in("daily-check-in").expect("a form");
    phone
        .answer(&form.check_in, "note", words("wisteria-note"))
        .expect("answered");
    phone.submit(&form.check_in).expect("handed in");
    let form = phone.start_check_in("daily-check-in").expect("a form");
    phone
        .answer(&form.check_in, "note", words("wisteria-draft"))
        .expect("answered");
    phone
        .log_homework(HomeworkTry {
            homework: Some(homework.to_string()),
            completion: Completion::Not,
            obstacle: Some("wisteria-obstacle".to_owned()),
            ..HomeworkTry::of(Completion::Not)
        })
        .expect("saved");
    // Open, with its WAL, and closed.
    assert_eq!(found(&all_bytes(&home.folder())), Vec::<&str>::new());
    phone.close();
    assert_eq!(found(&all_bytes(&home.folder())), Vec::<&str>::new());
    let key = std::fs::read(home.key_file()).expect("the key");
    assert!(!contains(&all_bytes(&home.folder()), &key));

    // The same search finds each word when it is there.
    let db = rusqlite::Connection::open(home.folder().join("phone.sqlite")).expect("the store");
    for word in WORDS {
        for form in forms(word) {
            db.execute("INSERT OR REPLACE INTO setting VALUES ('x', ?1)", [form])
                .expect("planted");
            db.pragma_update(None, "wal_checkpoint", "TRUNCATE").ok();
            let bytes = all_bytes(&home.folder());
            assert!(is_in(&bytes, word), "{word}");
        }
    }
}

/// Sizes of everything that waits to be sent.
fn sizes(home: &PhoneHome) -> Vec<i64> {
    // A copy: the phone that is open shares its database with nobody.
    let copy = tempfile::tempdir().expect("a folder");
    for file in ["phone.sqlite", "phone.sqlite-wal"] {
        std::fs::copy(home.folder().join(file), copy.path().join(file)).expect("copied");
    }
    let db = rusqlite::Connection::open(copy.path().join("phone.sqlite")).expect("the store");
    let mut query = db
        .prepare(
            "SELECT length(bytes) FROM entry WHERE NOT EXISTS
                 (SELECT 1 FROM place WHERE place.n <= entry.n AND entry.n < place.n + count)
             ORDER BY n",
        )
        .expect("our table");
    let rows = query.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("numbers")
}

/// The shortest and the longest sheet of a form, and what lies between.
fn sheets(form: &str) -> Vec<WholeCheckIn> {
    let form = handrail_care::checkin::form(form).expect("shipped");
    let mut sheets = vec![Answers::default()];
    let questions: Vec<_> = form.questions().collect();
    let most = questions
        .iter()
        .map(|item| item.options.len())
        .max()
        .unwrap_or(0);
    for option in 0..most {
        let mut answers = Answers::default();
        for item in &questions {
            if let Some(choice) = item
                .options
                .get(option.min(item.options.len().saturating_sub(1)))
            {
                answers.set(item.link_id.clone(), choice.answer.clone());
            } else if item.kind.is_free_text() {
                let chars = item.max_chars.unwrap_or(1000).min(1000);
                answers.set(
                    item.link_id.clone(),
                    Answer::Text("\"".repeat(chars * option / most)),
                );
            }
        }
        sheets.push(answers.clone());
        for item in &questions {
            let mut one = answers.clone();
            one.0.remove(item.link_id.as_str());
            sheets.push(one);
        }
    }
    let whole = sheets.into_iter().map(|answers| WholeCheckIn {
        form: form.id.clone(),
        answers,
    });
    whole
        .filter(|sheet| handrail_care::checkin::validate(form, &sheet.answers).is_ok())
        .collect()
}

#[test]
fn every_entry_of_a_form_has_one_size() {
    for form in ["phq9", "daily-check-in", "gad7", "pcl5", "k10", "core10"] {
        let clinic = Clinic::new();
        let home = PhoneHome::new();
        let phone = home.open();
        let (link, code) = clinic.invite();
        phone
            .enrol(&link, &code, "Pixel", "android")
            .expect("enrolled");
        // Also without anything seen of the log yet, and in the zone with the longest name.
        let sheets = sheets(form);
        assert!(sheets.len() > 10);
        phone.write_check_ins(&sheets).expect("written");
        phone.sync().expect("synced");
        phone.write_check_ins(&sheets).expect("written");
        let mut seen: BTreeSet<i64> = sizes(&home).into_iter().collect();
        phone
            .set_zone("America/Argentina/ComodRivadavia")
            .expect("a zone");
        phone.write_check_ins(&sheets).expect("written");
        seen.extend(sizes(&home));
        clinic.server.log(clinic.care.mailbox(), |log| {
            let own = log
                .entries
                .iter()
                .skip(2)
                .filter_map(|(_, _, sealed, _)| sealed.as_ref());
            seen.extend(own.map(|sealed| i64::try_from(sealed.len()).expect("small")));
        });
        assert_eq!(seen.len(), 1, "{form}: {seen:?}");
    }
}
