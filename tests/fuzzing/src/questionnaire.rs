//! A FHIR Questionnaire from somebody else: read, published, filled in and scored.
//!
//! Input: the file. How it is filled in follows from the file's bytes.

use handrail_care::checkin::{
    Answer, Answers, Context, Decision, Form, Item, Kind, MAX_ITEMS, SafetyState, Sex, Verdict,
    asks_beside, check, check_in_result, import, largest_answers, needs_follow_up, safety,
    safety_items, settled, triage_of, validate, visible,
};
use handrail_care::entry::{Body, Entry};
use handrail_care::forms::{ClinicForm, FormError};
use handrail_care::id::Id;
use handrail_care::library::{LicenceAcknowledged, QuestionnairePublished};
use serde_json::value::RawValue;

use crate::entry::STAFF;
use crate::input::{Choices, text};
use crate::markdown::no_tag;

/// Sheets filled in of each accepted form.
const SHEETS: usize = 4;

/// See the module.
pub fn questionnaire(input: &[u8]) {
    let verdict = import(input);
    let accepted = verdict.decision != Decision::Reject;
    assert_eq!(accepted, verdict.form.is_some());
    assert_eq!(accepted, verdict.reason.is_none());
    assert!(verdict == import(input), "one file, two verdicts");
    if verdict.decision == Decision::Accept {
        assert!(verdict.warnings.is_empty());
    }
    let Some(form) = &verdict.form else {
        return;
    };
    shape(&verdict, form);
    published(input, form);
    let mut choices = Choices::of(input);
    for _ in 0..SHEETS {
        filled(form, &mut choices);
    }
}

fn shape(verdict: &Verdict, form: &Form) {
    assert!((1..=MAX_ITEMS).contains(&form.items.len()));
    let recognised = form.recognised.as_ref().map(|found| found.instrument);
    assert_eq!(verdict.instrument, recognised);
    no_tag(&form.title);
    for (at, item) in form.items.iter().enumerate() {
        no_tag(&item.text);
        assert_eq!(
            form.item(&item.link_id),
            Some(item),
            "one link id, two items"
        );
        assert!(
            item.parent.is_none_or(|parent| parent < at),
            "a child before its group"
        );
        for option in &item.options {
            no_tag(&option.display);
            let same = item
                .options
                .iter()
                .filter(|one| one.answer == option.answer);
            assert_eq!(same.count(), 1, "two options record the same");
        }
    }
    for item in safety_items(form) {
        let item = form.item(&item.link_id).expect("an item of the form");
        assert!(item.kind.takes_answer() && item.initial.is_empty());
    }
}

/// Published in the library, sealed and read again, it is the same form; or it is refused for a reason.
fn published(file: &[u8], form: &Form) {
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    let Some(questionnaire) = text(file).and_then(|text| serde_json::from_str(text).ok()) else {
        panic!("accepted, and no JSON");
    };
    let questionnaire: Box<RawValue> = questionnaire;
    let body = Body::Questionnaire(QuestionnairePublished {
        questionnaire,
        licence: Some(LicenceAcknowledged {
            statement: "We hold a licence.".to_owned(),
        }),
    });
    let id = Id([7; 16]);
    let entry = Entry::new(id, 1, "UTC", STAFF, None, &body);
    let again = Entry::parse(&entry.to_bytes()).expect("our own");
    let Ok(Some(Body::Questionnaire(published))) = again.body() else {
        panic!("our own body");
    };
    match ClinicForm::read(&published, id) {
        Ok(read) => {
            let mut same = form.clone();
            same.version.get_or_insert_with(|| id.to_string());
            assert!(*read.form() == same, "published, another form");
        }
        Err(FormError::IdTaken | FormError::IdTooLong | FormError::TooLarge) => {}
        Err(FormError::LicenceMissing | FormError::Refused(_)) => {
            panic!("accepted by the import, refused by the library");
        }
    }
}

fn filled(form: &Form, choices: &mut Choices) {
    let mut answers = Answers::default();
    for item in &form.items {
        if item.kind.takes_answer()
            && choices.below(5) > 0
            && let Some(answer) = answer(item, choices)
        {
            answers.set(item.link_id.as_str(), answer);
        }
    }
    assert_eq!(
        check(form, &answers),
        Ok(()),
        "an answer of the form is refused"
    );
    let json = serde_json::to_string(&answers).expect("text keys and finite numbers");
    let read: Answers = serde_json::from_str(&json).expect("our own");
    assert!(read == answers, "written and read, other answers");
    let packed = handrail_care::packed::to_vec(&answers).expect("plain values");
    assert!(
        packed.len() <= largest_answers(form),
        "a sheet larger than the largest: sizes would tell"
    );

    let kept = settled(form, &answers);
    assert!(settled(form, &kept) == kept, "settled twice, other answers");
    let shown = visible(form, &kept);
    for (item, shown) in form.items.iter().zip(shown) {
        assert!(
            shown || kept.get(&item.link_id).is_none(),
            "kept what nobody was asked"
        );
    }
    // Whether everything required is there may be said either way; asking must not fail.
    let _complete = validate(form, &kept).is_ok();

    let sex = [None, Some(Sex::Female), Some(Sex::Male)][choices.below(3)];
    for work_not_applicable in [false, true] {
        let context = Context {
            sex,
            work_not_applicable,
        };
        for answers in [&answers, &kept] {
            let result = check_in_result(form, answers, context, None, None);
            serde_json::to_string(&result).expect("a result is plain data");
            if let (Some(instrument), Some(total)) = (result.instrument, result.total)
                && let Some((low, high)) = instrument.rule().range
            {
                let total = total.to_f64();
                assert!(
                    total >= to_f64(low) && total <= to_f64(high),
                    "out of range"
                );
            }
            judged(form, answers);
        }
    }
    asks_beside(form);
    triage_of(form, &answers);
}

/// A safety item is judged by its own answer, whatever the rest says.
fn judged(form: &Form, answers: &Answers) {
    let states = safety(form, answers);
    for item in safety_items(form) {
        let Some(answer) = answers.get(&item.link_id) else {
            assert_ne!(states.get(&item.link_id), Some(&SafetyState::Negative));
            continue;
        };
        let mut alone = Answers::default();
        alone.set(item.link_id.as_str(), answer.clone());
        let alone = safety(form, &alone);
        assert_eq!(states.get(&item.link_id), alone.get(&item.link_id));
        if states[&item.link_id] == SafetyState::Positive {
            assert!(
                needs_follow_up(form, answers),
                "positive, and nobody is told"
            );
        }
    }
}

/// An answer that the form offers.
fn answer(item: &Item, choices: &mut Choices) -> Option<Answer> {
    if item.repeats && choices.below(2) == 0 {
        let mut all = Vec::new();
        for _ in 0..=choices.below(3) {
            let one = single(item, choices)?;
            if !all.contains(&one) {
                all.push(one);
            }
        }
        return Some(Answer::Many(all));
    }
    single(item, choices)
}

fn single(item: &Item, choices: &mut Choices) -> Option<Answer> {
    let answer = match item.kind {
        Kind::Choice | Kind::OpenChoice => {
            let at = choices.below(item.options.len());
            item.options.get(at)?.answer.clone()
        }
        Kind::Boolean => Answer::Bool(choices.below(2) == 0),
        Kind::Integer => Answer::Value([0, 1, -1, i64::from(i32::MAX)][choices.below(4)]),
        Kind::Decimal | Kind::Quantity => {
            Answer::Decimal([0.5, -1.25, 1e300, 5e-324, f64::MIN][choices.below(5)])
        }
        Kind::Line | Kind::Text => {
            let letters = ["a", "\"", "\\", "\u{1f600}", "é", "</script>"];
            let most = item.max_chars.unwrap_or(1000);
            let word = letters[choices.below(letters.len())];
            let count = choices.below(1000 / word.len() + 1).min(most);
            let text: String = word.repeat(count).chars().take(most).collect();
            Answer::Text(text)
        }
        Kind::Date => Answer::Text("2026-11-23".to_owned()),
        Kind::Group | Kind::Display | Kind::Hidden => return None,
    };
    // A number may lie outside what the file allows: then the form does not offer it.
    let number = answer.number();
    let low = item
        .min
        .zip(number)
        .is_none_or(|(min, number)| number >= min);
    let high = item
        .max
        .zip(number)
        .is_none_or(|(max, number)| number <= max);
    let choice = matches!(item.kind, Kind::Choice | Kind::OpenChoice);
    (choice || (low && high)).then_some(answer)
}

fn to_f64(points: i64) -> f64 {
    handrail_care::checkin::Total::whole(points).to_f64()
}
