//! `tests/vectors/entries.json`: one entry of each kind, byte for byte as it is sealed, and as JSON.

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::*;
use crate::alert::{AlertStep, Via};
use crate::checkin::{Answer, Answers, SexSaid};
use crate::ends::PauseReason;
use crate::family::{ConsentHow, Item, SharedSession};
use crate::forms::ClinicThresholds;
use crate::homework::{Completion, Prompt};
use crate::library::{QuestionnairePublished, Role};
use crate::patient::{CheckInWritten, Stage};
use crate::plan::{
    Appointment, Contact, Diagnosis, FollowUpOutcome, Goal, GoalState, HandOff, HandOffState,
    Intervention, Learning, MadeWith, Medicine, ReviewOccasion, TeamRole,
};
use crate::program::{Attendance, Mode, ProgramKind, SessionChange, SessionKind, Weekday, With};
use crate::reminder::Language;
use crate::skill::{
    Caution, Choice, Field, FieldKind, Group, Guide, GuideKind, Noted, Phase, Skill, SkillForm,
    SkillPublished, Values,
};
use crate::team::{Outcome, Risk};
use crate::testing::{self, INES, PHONE, TRACK, clock, date, id};

use crate::visits::{Unit, Uses};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct File {
    format: String,
    note: String,
    entries: Vec<Vector>,
}

/// `packed` is what is sealed, in hex; `entry` is the same as JSON; `may` lists who may write it and where.
#[derive(Debug, Serialize, Deserialize)]
struct Vector {
    kind: String,
    may: Vec<String>,
    entry: Box<RawValue>,
    packed: String,
}

impl PartialEq for Vector {
    fn eq(&self, other: &Self) -> bool {
        let all = |one: &Self| (one.kind.clone(), one.may.clone(), one.packed.clone());
        all(self) == all(other) && self.entry.get() == other.entry.get()
    }
}

impl Vector {
    fn of(entry: &Entry) -> Self {
        Self {
            kind: entry.kind.to_string(),
            may: may(&entry.kind),
            entry: raw(&serde_json::to_string(entry).expect("JSON")),
            packed: HEXLOWER.encode(&entry.to_bytes()),
        }
    }
}

const FUTURE: &str =
    r#"{"z":1.5,"a":[1,2,-300,{"ü":"q1"}],"id":"CAgICAgICAgICAgICAgICA","ok":null}"#;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/entries.json")
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(text(json)).expect("JSON")
}

fn own_skill() -> Skill {
    Skill {
        id: text("window-minute"),
        group: Group::Body,
        form: SkillForm::Practice,
        title: text("Un minuto en la ventana"),
        also: None,
        summary: text("Mira lejos."),
        when: text("A mediodía."),
        minutes: 1,
        steps: vec![text("Abre la ventana.")],
        cautions: vec![Caution {
            text: text("Con cuidado."),
            acknowledge: true,
        }],
        assigned_only: false,
        guides: vec![Guide {
            id: text("minute"),
            title: text("Un minuto"),
            kind: GuideKind::Timer,
            rounds: 1,
            phases: vec![Phase {
                id: text("look"),
                prompt: text("Mira"),
                seconds: 60,
            }],
        }],
        fields: vec![
            Field {
                id: text("read"),
                label: text("Leído"),
                kind: FieldKind::Acknowledge,
                required: true,
            },
            Field {
                id: text("what"),
                label: text("¿Qué viste?"),
                kind: FieldKind::Choice {
                    options: vec![Choice {
                        id: text("sky"),
                        label: text("El cielo"),
                        safety: false,
                    }],
                },
                required: false,
            },
        ],
    }
}

/// One body of each kind, in the order of [`KINDS`].
#[expect(clippy::too_many_lines, reason = "a list, one item per kind")]
fn bodies() -> Vec<Body> {
    vec![
        Body::Device(Device {
            device: PHONE,
            identity: "A".repeat(86),
            name: text("Pixel in the kitchen"),
            platform: text("android"),
        }),
        Body::DeviceLost(DeviceLost { device: PHONE }),
        Body::EpochBegan(EpochBegan { epoch: 3 }),
        Body::Erase(Erased {
            entry: id(3),
            reason: text("Written for another patient."),
        }),
        Body::CheckIn(CheckInWritten {
            of: id(4),
            form: text("daily-check-in"),
            version: text("1"),
            stage: Stage::Complete,
            started: 1_795_269_600_000,
            answers: Answers::from([
                ("mood", Answer::Value(6)),
                ("note", Answer::Text(text("Slept \"well\", für once."))),
            ]),
            follow_up: None,
        }),
        Body::Consented(Consented {
            version: text("1"),
            language: text("en"),
        }),
        Body::ScoringFacts(ScoringFacts {
            sex: Some(SexSaid::Female),
            work: None,
        }),
        Body::HomeworkAssigned(Assigned {
            title: text("Step by step"),
            instructions: text("Five minutes in the evening."),
            skill: Some(text("exposure-ladder")),
            reading: None,
            due: date("2026-11-26"),
            times: 2,
            before_session: Some(format!("{TRACK}:2026-11-26")),
            from: Some(date("2026-11-23")),
            weekdays: vec![Weekday::Tuesday, Weekday::Thursday],
            given: Values::from([(
                text("ladder"),
                Noted::Rows(vec![Values::from([
                    (text("expected"), Noted::Number(40)),
                    (text("step"), Noted::Text(text("Ride one stop"))),
                ])]),
            )]),
        }),
        Body::HomeworkWithdrawn(HomeworkWithdrawn { homework: id(5) }),
        Body::HomeworkLogged(Logged {
            homework: Some(id(5)),
            skill: None,
            completion: Completion::TriedDidNotHelp,
            practised_at: Some(1_795_269_000_000),
            prompt: Some(Prompt::OwnIdea),
            trigger: Some(text("A full train")),
            distress_before: Some(70),
            distress_after: Some(65),
            urge_before: Some(7),
            urge_after: Some(6),
            helpfulness: Some(1),
            minutes: Some(5),
            obstacle: Some(text("Noise")),
            note: None,
            values: Values::from([
                (
                    text("senses"),
                    Noted::Chosen(vec![text("see"), text("hear")]),
                ),
                (text("here-after"), Noted::Number(6)),
                (text("helped"), Noted::Yes(false)),
            ]),
        }),
        Body::PartOne(PartOne {
            parent: Some(id(18)),
            goals: vec![Goal {
                id: id(19),
                text: text("Sleep through the night"),
                measure: text("Four nights a week"),
                state: GoalState::Met,
            }],
            problems: vec![text("sleep")],
            own_problems: vec![text("Sunday evenings")],
            strengths: vec![text("I ask for help")],
            barriers: vec![text("The bus runs once an hour")],
        }),
        Body::PartTwo(PartTwo {
            parent: None,
            part_one: Some(id(18)),
            made_with: vec![MadeWith {
                role: TeamRole::MedicalDirector,
                name: text("Dr. Adler"),
            }],
            diagnoses: vec![Diagnosis {
                words: text("Depression"),
                code: text("F32.1"),
            }],
            interventions: vec![Intervention {
                what: text("Individual therapy"),
                how_often: text("weekly"),
                who: text("Ines"),
                goal: Some(id(19)),
            }],
            medicines: Vec::new(),
            learning: vec![Learning {
                text: text("Breathing slowly"),
                piece: None,
                skill: Some(text("paced-breathing")),
            }],
            review: Some(date("2026-11-30")),
        }),
        Body::GoalRated(GoalRated {
            goal: id(19),
            level: -1,
            note: text("Two nights so far"),
        }),
        Body::SafetyPlan(SafetyPlan {
            parent: None,
            warning_signs: vec![text("I stop answering")],
            on_my_own: vec![text("Cold water on my hands")],
            company: vec![Contact {
                name: text("Library"),
                role: text("reading room"),
                phone: String::new(),
            }],
            people: vec![Contact {
                name: text("Ilse"),
                ..Contact::default()
            }],
            professionals: Vec::new(),
            safer_place: vec![text("Ilse keeps the tablets")],
            reasons: Vec::new(),
        }),
        Body::TransitionPlan(TransitionPlan {
            parent: Some(id(6)),
            warning_signs: vec![text("Staying in bed")],
            what_helps: vec![text("Walking before breakfast")],
            people: vec![Contact {
                name: text("Ilse"),
                role: text("sister"),
                phone: text("+1 555 0102"),
            }],
            providers: vec![Contact {
                name: text("Dr. Adler"),
                ..Contact::default()
            }],
            appointments: vec![Appointment {
                what: text("First visit"),
                date: date("2026-12-04"),
                time: text("10 am"),
                place: text("Elm Street 4"),
            }],
            medicines: vec![Medicine {
                name: text("Sertraline"),
                how: text("50 mg in the morning"),
                why: text("Mood"),
            }],
            hand_offs: vec![HandOff {
                id: id(20),
                to: Contact {
                    name: text("Dr. Adler"),
                    ..Contact::default()
                },
                what: text("Medicines"),
                by: Some(date("2027-01-08")),
            }],
        }),
        Body::PlanAcknowledged(Acknowledged { plan: id(6) }),
        Body::PlanAgreed(PlanAgreed {
            plan: id(18),
            role: TeamRole::CareCoordinator,
        }),
        Body::PlanReviewed(PlanReviewed {
            plan: id(18),
            occasion: ReviewOccasion::Weekly,
            next: Some(date("2026-12-07")),
        }),
        Body::HandOffMarked(HandOffMarked {
            hand_off: id(20),
            state: HandOffState::Booked,
            date: Some(date("2027-01-04")),
            time: text("9:30"),
            note: String::new(),
        }),
        Body::FollowUpCalled(FollowUpCalled {
            planned: date("2027-01-07"),
            outcome: FollowUpOutcome::Reached,
        }),
        Body::Opened(Opened {
            entries: vec![id(7), id(8)],
        }),
        testing::enrolled("2026-11-02", 8, &[("daily-check-in", 1), ("phq9", 7)]),
        testing::discharged("2026-12-24"),
        Body::OwnSession(OwnSession {
            id: id(9),
            kind: SessionKind::Medication,
            date: date("2026-11-25"),
            start: clock(14),
            end: clock(15),
            time_zone: text("America/New_York"),
            with: With {
                staff: INES,
                title: text("Prescriber"),
            },
            mode: Mode::InPerson,
            place: Some(text("Room 2")),
            join_link: None,
            cancelled: false,
        }),
        Body::Sharing(Sharing {
            mailbox: id(13),
            item: Item::HowToHelp,
            until: 1_798_761_600_000,
            note: text("Ask me to come for a walk."),
        }),
        Body::SharingEnded(SharingEnded { sharing: id(10) }),
        Body::Shared(Shared {
            sharing: id(10),
            item: Item::HowToHelp,
            text: text("Ask me to come for a walk."),
            until: 1_798_761_600_000,
            sessions: vec![SharedSession {
                start: 1_795_442_400_000,
                end: 1_795_453_200_000,
                time_zone: text("America/New_York"),
                cancelled: true,
            }],
            part_two: true,
        }),
        Body::SharedWithdrawn(SharedWithdrawn {
            sharing: id(10),
            closes: Some(1),
        }),
        Body::SharedOpened(SharedOpened { share: id(10) }),
        Body::EducationChosen(EducationChosen {
            pieces: vec![text("how-to-help")],
        }),
        Body::GuestInvited(GuestInvited {
            id: id(18),
            member: id(13),
            session: format!("{TRACK}:2026-11-24"),
            track: Some(TRACK),
            title: text("Morning"),
            start: 1_795_528_800_000,
            end: 1_795_539_600_000,
            time_zone: text("America/New_York"),
            mode: Mode::Hybrid,
            place: Some(text("Room 2")),
            join_link: None,
            withdrawn: false,
        }),
        Body::ConsentWithdrawn(ConsentWithdrawn { mailbox: id(13) }),
        Body::Clinic(Clinic {
            name: text("Riverbend IOP"),
            time_zone: text("America/New_York"),
            phone: text("+1 555 0100"),
            hours: text("Mon to Fri 8-17"),
        }),
        Body::Program(Program {
            id: id(11),
            name: text("Adult IOP"),
            kind: ProgramKind::MentalHealth,
            time_zone: text("America/New_York"),
            phone: text("+1 555 0100"),
            hours: text("Mon to Fri 8-17"),
            weekly_minimum: Some(600),
        }),
        Body::Track(testing::morning()),
        Body::SessionChanged(TrackChange {
            track: TRACK,
            change: SessionChange::Moved {
                original_date: date("2026-11-26"),
                original_start: None,
                new_date: date("2026-11-27"),
                new_start: clock(9),
                new_end: clock(12),
            },
        }),
        Body::Staff(Staff {
            id: INES,
            name: text("Ines"),
            title: text("Group therapist"),
            role: Role::FrontDesk,
            certificate: text("AA"),
        }),
        Body::StaffRemoved(StaffRemoved {
            id: INES,
            removal: text("AA"),
        }),
        Body::Education(Education {
            slug: text("what-is-an-iop"),
            title: text("What an IOP is"),
            summary: text("In one minute."),
            minutes: 1,
            family: true,
            markdown: text("# Three days a week\n\nAt home in between."),
        }),
        Body::GroupTheme(GroupTheme {
            id: id(19),
            tracks: vec![TRACK],
            from: date("2026-11-23"),
            until: date("2026-11-29"),
            title: text("Saying no"),
            about: text("Asking for what you need."),
            skill: Some(text("dear-man")),
            pieces: vec![text("how-to-help")],
            withdrawn: false,
        }),
        Body::Skill(SkillPublished {
            language: Language::Spanish,
            skill: own_skill(),
            retired: false,
        }),
        Body::Questionnaire(QuestionnairePublished {
            questionnaire: raw(r#"{"resourceType": "Questionnaire", "status":"active","item":[]}"#),
            licence: None,
        }),
        Body::CrisisContacts(crate::help::shipped("US").expect("ships")),
        Body::Person(Person {
            care: id(12),
            name: text("Mara"),
            phone: text("+1 555 0103"),
            born: text("1990-02-03"),
        }),
        Body::FamilyMember(FamilyMember {
            mailbox: id(13),
            of: id(12),
            name: text("Ilse"),
            relation: text("sister"),
            consented_at: 1_795_269_600_000,
            how: ConsentHow::Written,
            guardian: true,
            ended_at: None,
        }),
        Body::Attendance(AttendanceMarked {
            person: id(12),
            session: format!("{TRACK}:2026-11-23"),
            attendance: Attendance::LeftEarly,
            minutes: Some(80),
        }),
        Body::Disposition(Disposition {
            patient: id(12),
            check_in: id(4),
            item: text("q9"),
            answer: Some(2),
            triage: None,
            also: Vec::new(),
            outcome: Outcome::HandedOver,
            risk: Risk::Moderate,
            mitigation: text("Ines calls at six."),
        }),
        Body::AlertPolicy(AlertPolicy {
            positive: vec![AlertStep {
                after_minutes: 30,
                tell: vec![INES],
            }],
            unanswered: Vec::new(),
        }),
        Body::AlertTold(AlertTold {
            patient: id(12),
            check_in: id(4),
            item: text("q9"),
            answer: Some(2),
            triage: None,
            step: 1,
            due_at: 1_795_269_600_000,
            tell: vec![INES],
            via: Via::Program,
        }),
        Body::Recovery(Recovery {
            public: text("AA"),
            root: text("AA"),
        }),
        Body::StaffNote(StaffNote {
            patient: id(12),
            text: text("Prefers mornings."),
        }),
        Body::Paused(Paused {
            from: date("2026-11-10"),
            reason: PauseReason::Inpatient,
            expected_back: Some(date("2026-11-17")),
        }),
        Body::Resumed(Resumed {
            date: date("2026-11-19"),
        }),
        Body::FamilyNotices(FamilyNotices {
            stopped: true,
            from: Some(date("2026-12-25")),
        }),
        Body::AccountClosing(AccountClosing {
            on: Some(date("2027-03-31")),
        }),
        Body::ClosedDays(ClosedDays {
            id: id(15),
            from: date("2026-11-26"),
            until: date("2026-11-27"),
            reason: text("Thanksgiving"),
            tracks: vec![TRACK],
            open_after_all: false,
        }),
        Body::CheckInPolicy(CheckInPolicy {
            show_severity: true,
            thresholds: vec![ClinicThresholds {
                instrument: text("phq9"),
                minimal: Some(3),
                response_percent: Some(40),
                ..ClinicThresholds::default()
            }],
            follow_up: Some(text("our-screener")),
        }),
        Body::Authorised(Authorised {
            id: id(16),
            payer: text("Lindenhof Health"),
            extends: Some(id(17)),
            from: date("2026-11-02"),
            until: date("2026-12-31"),
            visits: 12,
            unit: Unit::Day,
            covers: vec![SessionKind::Group, SessionKind::Individual],
            half_session: Uses::Half,
            late_cancel: Uses::Nothing,
            review: Some(date("2026-11-27")),
            tell_missed: true,
            withdrawn: false,
        }),
        Body::Visit(Visit {
            session: format!("{TRACK}:2026-11-23"),
            date: date("2026-11-23"),
            kind: SessionKind::Group,
            attendance: Attendance::LateCancel,
            planned_minutes: 180,
            minutes: None,
        }),
        Body::PayerTold(PayerTold {
            patient: id(12),
            authorisation: id(16),
            sessions: vec![format!("{TRACK}:2026-11-23")],
        }),
        Body::HelpAsked(HelpAsked {}),
    ]
}

fn may(kind: &str) -> Vec<String> {
    let classes = ["care", "family", "library", "roster", "team"];
    let authors = [
        ("patient", Author::Patient),
        ("family", Author::Family),
        ("clinician", Author::Clinician(INES)),
        ("front-desk", Author::FrontDesk(INES)),
        ("administrator", Author::Administrator(INES)),
    ];
    let mut may = Vec::new();
    for class in classes {
        for (name, author) in authors {
            let class_of = Class::parse(class).expect("a class");
            if may_write(class_of, author, kind) {
                may.push(format!("{name} in {class}"));
            }
        }
    }
    may
}

fn generated() -> File {
    let mut entries: Vec<_> = (0u8..)
        .zip(bodies())
        .map(|(number, body)| {
            let seen = (number % 2 == 0).then_some(Seen {
                g: id(14),
                n: u64::from(number) + 1,
                h: [number; 32],
            });
            let at = 1_795_269_600_000 + i64::from(number);
            let id = Id([number; 16]);
            let entry = Entry::new(id, at, "America/New_York", INES, seen, &body);
            Vector::of(&entry)
        })
        .collect();
    let future = Entry {
        kind: "from-the-future".into(),
        body: serde_json::from_str(FUTURE).expect("JSON"),
        ..serde_json::from_str(entries[0].entry.get()).expect("just made")
    };
    entries.push(Vector::of(&future));
    File {
        format: text("entry v1"),
        note: text(
            "docs/formats.md, Entry. `packed` is what is sealed, in hex: reading and writing it again \
             changes no byte. `entry` says the same as JSON. The last one is of a kind that nobody \
             knows yet.",
        ),
        entries,
    }
}

fn committed() -> File {
    let json = std::fs::read_to_string(path()).expect("the vectors are committed");
    serde_json::from_str(&json).expect("the vectors are JSON")
}

#[test]
fn the_committed_vectors_are_what_this_build_writes() {
    assert_eq!(committed(), generated());
}

#[test]
fn each_is_read_and_written_to_the_same_bytes() {
    let file = committed();
    let kinds: Vec<_> = file
        .entries
        .iter()
        .map(|vector| vector.kind.as_str())
        .collect();
    assert_eq!(kinds[..KINDS.len()], *KINDS);
    for vector in &file.entries {
        let bytes = HEXLOWER.decode(vector.packed.as_bytes()).expect("hex");
        let entry = Entry::parse(&bytes).expect("an entry");
        assert_eq!(entry.to_bytes(), bytes, "{}", vector.kind);
        let json = serde_json::to_string(&entry).expect("JSON");
        let told: serde_json::Value = serde_json::from_str(vector.entry.get()).expect("JSON");
        assert_eq!(
            serde_json::from_str(&json).ok(),
            Some(told),
            "{}",
            vector.kind
        );
        let body = entry.body().expect("fits its kind");
        assert_eq!(body.is_some(), KINDS.contains(&vector.kind.as_str()));
        let again: Entry = serde_json::from_str(&json).expect("an entry");
        assert_eq!(
            again.body(),
            Ok(body.clone()),
            "{}: through JSON",
            vector.kind
        );
        if vector.kind != "questionnaire" {
            // There JSON is kept as a text, which JSON in JSON is not.
            assert_eq!(again.to_bytes(), bytes, "{}: through JSON", vector.kind);
        }
        if let Some(body) = body {
            let again = Entry::new(entry.id, entry.at, &entry.zone, entry.by, entry.seen, &body);
            assert_eq!(again.to_bytes(), bytes, "{}: through its body", vector.kind);
        }
    }
}

#[test]
#[ignore = "regenerates tests/vectors/entries.json"]
fn regenerates() {
    let json = serde_json::to_string_pretty(&generated()).expect("text keys only") + "\n";
    std::fs::write(path(), json).expect("the folder can be written");
}
