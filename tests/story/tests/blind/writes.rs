//! What people write in this story, each text a planted word: by real programs, and by hand every kind of entry
//! there is.

use handrail_care::entry::{Entry, VERSION};
use handrail_care::homework::{Assigned, Completion};
use handrail_care::id::Id;
use handrail_care::library::{Clinic, Education};
use handrail_care::plan::{Contact, Medicine, TransitionPlan};
use handrail_clinician::Act;
use handrail_companion::Companion;
use handrail_companion::view::{
    AnswerValue, GoalDraft, GoalState, HomeworkTry, PartOneDraft, SafetyPlanDraft, SharedItemKind,
};
use handrail_story::clinic::{TestClinic, ZONE};
use handrail_story::now;
use handrail_story::raw::Actor;
use handrail_story::raw::seal::{Claim, Place, random, seal};
use handrail_wire::id::{EntryId, MailboxId};
use handrail_wire::sync::Offer;
use serde_json::Value;

const SAMPLES: &str = include_str!("../../../vectors/entries.json");
const DAY: i64 = 86_400_000;

/// Words by turns; each is used before the first is used again.
pub struct Words {
    pub list: Vec<String>,
    pub used: usize,
}

impl Words {
    pub fn word(&mut self) -> String {
        let word = self.list[self.used % self.list.len()].clone();
        self.used += 1;
        word
    }

    pub fn some(&mut self) -> String {
        [self.word(), self.word(), self.word()].join(" ")
    }

    fn lines(&mut self) -> Vec<String> {
        vec![self.some(), self.word()]
    }

    /// Every text in this JSON becomes a word.
    fn plant(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.word(),
            Value::Array(list) => list.iter_mut().for_each(|one| self.plant(one)),
            Value::Object(fields) => fields.values_mut().for_each(|one| self.plant(one)),
            _ => {}
        }
    }
}

fn answer(phone: &Companion, check_in: &str, item: &str, value: AnswerValue) {
    phone
        .answer(check_in, item, Some(value))
        .expect("an answer that fits");
}

/// A daily check-in with a note, above zero on the safety item.
fn daily(phone: &Companion, note: String) {
    let form = phone.start_check_in("daily-check-in").expect("a form");
    for (item, number) in [("mood", 3), ("urge-to-self-harm", 2), ("sleep", 1)] {
        answer(phone, &form.check_in, item, AnswerValue::Number { number });
    }
    answer(
        phone,
        &form.check_in,
        "note",
        AnswerValue::Words { text: note },
    );
    phone.submit(&form.check_in).expect("saved");
}

/// What the clinic's people write, with real programs.
pub fn staff_writes(clinic: &mut TestClinic, patient: Id, words: &mut Words) {
    let contact = |words: &mut Words| Contact {
        name: words.word(),
        role: words.word(),
        phone: words.word(),
    };
    let plan = TransitionPlan {
        warning_signs: words.lines(),
        what_helps: words.lines(),
        people: vec![contact(words)],
        medicines: vec![Medicine {
            name: words.word(),
            how: words.some(),
            why: words.some(),
        }],
        ..TransitionPlan::default()
    };
    let homework = Assigned {
        title: words.word(),
        instructions: words.some(),
        due: handrail_care::due::date_at(now(), "UTC") + chrono::Days::new(2),
        times: 1,
        ..Assigned::default()
    };
    let acts = [
        Act::DescribeClinic {
            clinic: Clinic {
                name: words.some(),
                time_zone: ZONE.to_owned(),
                phone: words.word(),
                hours: words.some(),
            },
        },
        Act::RevisePlan { patient, plan },
        Act::AssignHomework { patient, homework },
        Act::Note {
            patient,
            text: words.some(),
        },
        Act::PublishEducation {
            education: Education {
                slug: words.word(),
                title: words.some(),
                summary: words.some(),
                minutes: 3,
                family: true,
                markdown: words.some(),
            },
        },
    ];
    for act in acts {
        clinic.act(act).expect("written");
    }
}

/// What the patient writes, with a real phone.
pub fn patient_writes(phone: &Companion, member: Id, words: &mut Words) {
    daily(phone, words.some());
    let part_one = PartOneDraft {
        parent: None,
        goals: vec![GoalDraft {
            id: None,
            text: words.some(),
            measure: words.some(),
            state: GoalState::Open,
        }],
        problems: Vec::new(),
        own_problems: words.lines(),
        strengths: words.lines(),
        barriers: words.lines(),
    };
    phone.write_part_one(part_one).expect("saved");
    let safety = SafetyPlanDraft {
        parent: None,
        warning_signs: words.lines(),
        on_my_own: words.lines(),
        company: Vec::new(),
        people: Vec::new(),
        professionals: Vec::new(),
        safer_place: words.lines(),
        reasons: words.lines(),
    };
    phone.write_safety_plan(safety).expect("saved");
    let given = phone.homework().expect("open").remove(0);
    let tried = HomeworkTry {
        homework: Some(given.id),
        obstacle: Some(words.some()),
        note: Some(words.some()),
        trigger: Some(words.some()),
        private_note: Some(words.some()),
        ..HomeworkTry::of(Completion::Partly)
    };
    phone.log_homework(tried).expect("saved");
    let member = member.to_string();
    let kind = SharedItemKind::HowToHelp;
    phone
        .share_item(&member, kind, now() + 9 * DAY, &words.some())
        .expect("shared");
    phone.ask_for_help().expect("told");
    // A draft that never leaves the phone.
    let form = phone.start_check_in("daily-check-in").expect("a form");
    let text = words.some();
    answer(phone, &form.check_in, "note", AnswerValue::Words { text });
}

/// Every kind of entry with words in all its texts, sealed with the patient's key.
pub fn every_kind(phone: &Actor, mailbox: MailboxId, words: &mut Words) -> Vec<Offer> {
    let file: Value = serde_json::from_str(SAMPLES).expect("the vectors");
    let ring = &phone.rings[&mailbox];
    let epoch = ring.current().expect("a key").epoch();
    let entries = file["entries"].as_array().expect("a list").iter();
    let offers = entries.map(|vector| {
        let mut entry = vector["entry"].clone();
        words.plant(&mut entry["body"]);
        let id = EntryId(random());
        let planted = Entry {
            v: VERSION,
            id: Id(id.0),
            at: now(),
            zone: ZONE.into(),
            by: phone.id(),
            seen: None,
            kind: vector["kind"].as_str().expect("a kind").into(),
            body: serde_json::from_value(entry["body"].clone()).expect("a body"),
        };
        let place = Place {
            secret: ring.secret(epoch).expect("its own"),
            epoch,
            mailbox,
            entry: id,
        };
        Offer {
            id,
            sealed: seal(&place, Claim::Unsigned, &planted.to_bytes()).into(),
        }
    });
    offers.collect()
}
