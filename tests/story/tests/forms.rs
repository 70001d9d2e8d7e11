//! A clinic takes a questionnaire into use, a patient answers it, and the flags it raises are closed:
//! with a real server, and both sides by the calls that the apps make.

use handrail_care::alert::{AlertPolicy, AlertStep, alert};
use handrail_care::checkin::Triage;
use handrail_care::flag::{Flag, repeats};
use handrail_care::forms::CheckInPolicy;
use handrail_care::id::Id;
use handrail_care::library::LicenceAcknowledged;
use handrail_care::team::{Outcome, Risk};
use handrail_clinician::{Act, ActError};
use handrail_companion::Companion;
use handrail_companion::view::AnswerValue;
use handrail_story::clinic::{TestClinic, screener, synchronise};
use handrail_story::{Server, folder, now};

fn publish(questionnaire: String) -> Act {
    Act::PublishQuestionnaire {
        questionnaire,
        licence: LicenceAcknowledged {
            statement: "The clinic may use this text.".to_owned(),
        },
    }
}

fn decide(follow_up: Option<&str>) -> Act {
    Act::SetCheckInPolicy {
        policy: CheckInPolicy {
            follow_up: follow_up.map(str::to_owned),
            ..CheckInPolicy::DEFAULT
        },
    }
}

/// A PHQ-9 whose item 9 is answered so; the follow-up too, when there is one.
fn phq9(phone: &Companion, item9: i64, yes: &[&str]) {
    let id = phone.start_check_in("phq9").expect("a form").check_in;
    let value = Some(AnswerValue::Number { number: item9 });
    let form = phone.answer(&id, "q9", value).expect("answered");
    for question in form.follow_up.into_iter().flat_map(|form| form.questions) {
        let value = AnswerValue::YesNo {
            yes: yes.contains(&question.link_id.as_str()),
        };
        phone
            .answer_follow_up(&id, &question.link_id, Some(value))
            .expect("answered");
    }
    phone.submit(&id).expect("handed in");
    synchronise(phone);
}

fn dispose(flag: &Flag, triage: Option<Triage>, also: Vec<Id>) -> Act {
    Act::Dispose {
        patient: flag.patient,
        check_in: flag.check_in,
        item: flag.item.clone(),
        answer: flag.answer,
        triage,
        also,
        outcome: Outcome::Assessed,
        risk: Risk::Moderate,
        mitigation: "Talked on the phone, seen tomorrow.".to_owned(),
    }
}

fn flags(clinic: &mut TestClinic, patient: Id) -> Vec<Flag> {
    clinic.refresh();
    let page = clinic.clinician.patient(patient, now()).expect("a page");
    page.flags
}

#[test]
fn a_questionnaire_in_use() {
    let folder = folder();
    let server = Server::start(&folder.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");

    // What a clinic may not decide, and what it may.
    assert_eq!(
        clinic.act(publish("{}".to_owned())),
        Err(ActError::FormRefused)
    );
    assert_eq!(
        clinic.act(decide(Some("our-screener"))),
        Err(ActError::OutOfRange)
    );
    clinic.act(publish(screener())).expect("taken into use");
    clinic.act(decide(Some("our-screener"))).expect("decided");
    let me = clinic.clinician.id();
    let step = |after_minutes| AlertStep {
        after_minutes,
        tell: vec![me],
    };
    let policy = AlertPolicy {
        positive: vec![step(0), step(30)],
        unanswered: Vec::new(),
    };
    let act = Act::SetAlertPolicy {
        policy: policy.clone(),
    };
    clinic.act(act).expect("decided");
    let nobody = Act::SetAlertPolicy {
        policy: AlertPolicy::default(),
    };
    assert_eq!(clinic.act(nobody), Err(ActError::OutOfRange));

    // A level that the screen did not show cannot be closed.
    let phone = clinic.phone(patient, &folder.path().join("phone"));
    phq9(&phone, 1, &["q1", "q2", "q4"]);
    let flag = flags(&mut clinic, patient).remove(0);
    assert_eq!((flag.answer, flag.triage), (Some(1), Some(Triage::High)));
    for seen in [None, Some(Triage::Moderate)] {
        let act = dispose(&flag, seen, Vec::new());
        assert_eq!(clinic.act(act), Err(ActError::FlagChanged));
    }
    let since = flag.received.expect("arrived");
    let library = handrail_care::library::Library::default();
    let alert = alert(&flag, &policy, &library, since).expect("open");
    assert_eq!((alert.step, alert.next_at), (1, Some(since + 30 * 60_000)));

    // The same answer again, and a higher one: only the repeat may share.
    clinic.act(decide(None)).expect("turned off");
    synchronise(&phone);
    phq9(&phone, 1, &[]);
    phq9(&phone, 1, &[]);
    phq9(&phone, 2, &[]);
    let all = flags(&mut clinic, patient);
    let answers: Vec<_> = all.iter().map(|flag| flag.answer).collect();
    assert_eq!(answers, [Some(2), Some(1), Some(1), Some(1)]);
    let act = dispose(&all[1], None, vec![all[0].check_in]);
    assert_eq!(clinic.act(act), Err(ActError::FlagChanged));
    let run = repeats(&all, &all[1]);
    assert_eq!(
        run,
        [all[2].check_in],
        "the one with a high level is no repeat"
    );
    clinic.act(dispose(&all[1], None, run)).expect("closed");
    let open: Vec<_> = flags(&mut clinic, patient)
        .iter()
        .map(Flag::is_open)
        .collect();
    assert_eq!(open, [true, false, false, true]);

    // And a patient who asks for help.
    phone.ask_for_help().expect("saved");
    synchronise(&phone);
    let call = flags(&mut clinic, patient).remove(0);
    assert_eq!(call.item, handrail_care::flag::HELP_ASKED);
    clinic
        .act(dispose(&call, None, Vec::new()))
        .expect("closed");
    assert!(!flags(&mut clinic, patient)[0].is_open());
}
