//! `handrail-desk phone`: a phone core in a folder, from the command line. For the demo and for tests
//! of the console: what a patient's app would do, without its screens.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use handrail_care::homework::Completion;
use handrail_care::plan::PlanKind;
use handrail_companion::view::{AnswerValue, FamilyHome, HomeworkTry, SyncOutcome};
use handrail_companion::{Companion, CompanionError};
use serde_json::{Value, json};

/// A call on one phone.
pub struct Call {
    folder: String,
    action: String,
    rest: Vec<String>,
}

/// Reads the call.
pub fn parse(values: Vec<OsString>) -> Result<Call, lexopt::Error> {
    let mut texts = Vec::new();
    for value in values {
        texts.push(
            value
                .into_string()
                .map_err(lexopt::Error::NonUnicodeValue)?,
        );
    }
    let mut texts = texts.into_iter();
    let (Some(folder), Some(action)) = (texts.next(), texts.next()) else {
        return Err("phone needs a FOLDER and an action".into());
    };
    Ok(Call {
        folder,
        action,
        rest: texts.collect(),
    })
}

/// Does it and prints one JSON line.
pub fn run(call: &Call, output: &mut impl Write) -> io::Result<ExitCode> {
    std::fs::create_dir_all(&call.folder)?;
    let (line, code) = match act(call) {
        Ok(done) => (done, ExitCode::SUCCESS),
        Err(error) => (
            json!({"error": {"code": error.to_string(), "detail": format!("{error:?}")}}),
            ExitCode::from(1),
        ),
    };
    writeln!(output, "{line}")?;
    Ok(code)
}

fn not_valid(code: &str) -> CompanionError {
    CompanionError::NotValid {
        code: code.to_owned(),
        item: None,
    }
}

fn act(call: &Call) -> Result<Value, CompanionError> {
    let store = format!("{}/store", call.folder);
    let phone = Companion::open_on_desktop(&store, handrail_desk::seed::ZONE)?;
    let done = match (call.action.as_str(), call.rest.as_slice()) {
        ("enrol", [link, code]) => enrol(&phone, link, code),
        ("check-in", [form, answers @ ..]) => check_in(&phone, form, answers),
        ("today", []) => today(&phone),
        ("practise", []) => practise(&phone),
        ("look", []) => look(&phone, "en"),
        ("look", [language]) => look(&phone, language),
        _ => Err(not_valid("unknown-action")),
    };
    phone.close();
    done
}

fn synchronise(phone: &Companion) -> Result<(), CompanionError> {
    match phone.sync()?.outcome {
        SyncOutcome::UpToDate => Ok(()),
        _ => Err(CompanionError::Offline),
    }
}

fn enrol(phone: &Arc<Companion>, link: &str, code: &str) -> Result<Value, CompanionError> {
    phone.enrol(link, code, "Phone on the desk", "desktop")?;
    synchronise(phone)?;
    Ok(json!({"enrolled": true}))
}

fn check_in(
    phone: &Arc<Companion>,
    form: &str,
    answers: &[String],
) -> Result<Value, CompanionError> {
    let check_in = phone.start_check_in(form)?.check_in;
    for answer in answers {
        let (item, value) = answer
            .split_once('=')
            .ok_or_else(|| not_valid("answer-malformed"))?;
        let value = match value.parse() {
            Ok(number) => AnswerValue::Number { number },
            Err(_) => AnswerValue::Words {
                text: value.to_owned(),
            },
        };
        phone.answer(&check_in, item, Some(value))?;
    }
    let done = phone.submit(&check_in)?;
    synchronise(phone)?;
    Ok(json!({
        "check_in": check_in,
        "total": done.score.map(|score| score.total),
        "missing": done.missing,
    }))
}

fn today(phone: &Arc<Companion>) -> Result<Value, CompanionError> {
    synchronise(phone)?;
    let today = phone.today()?;
    Ok(json!({
        "week": today.week,
        "weeks": today.weeks,
        "next_session": today.next.map(|session| session.starts_at),
        "check_ins_due": today.check_ins.iter().map(|due| &due.form).collect::<Vec<_>>(),
        "homework": today.homework.iter().map(|homework| &homework.title).collect::<Vec<_>>(),
        "unsent": today.unsent,
    }))
}

fn practise(phone: &Arc<Companion>) -> Result<Value, CompanionError> {
    synchronise(phone)?;
    let homework = phone
        .homework()?
        .into_iter()
        .max_by_key(|homework| homework.assigned_at)
        .ok_or(CompanionError::NotFound)?;
    phone.log_homework(HomeworkTry {
        homework: Some(homework.id),
        skill: homework.skill,
        completion: Completion::Done,
        distress_before: Some(65),
        distress_after: Some(30),
        helpfulness: Some(3),
        minutes: Some(10),
        ..HomeworkTry::of(Completion::Done)
    })?;
    synchronise(phone)?;
    Ok(json!({"practised": homework.title}))
}

/// Everything that the phone has to show, in few words.
fn look(phone: &Arc<Companion>, language: &str) -> Result<Value, CompanionError> {
    phone.set_language(language);
    synchronise(phone)?;
    match phone.family_home() {
        Ok(home) => Ok(family_home(&home)),
        Err(_) => patient_home(phone),
    }
}

fn family_home(home: &FamilyHome) -> Value {
    let items = home.items.iter();
    json!({
        "shared": items.map(|item| json!({
            "title": item.title,
            "opened": item.opened_at.is_some(),
            "notice": item.notice,
        })).collect::<Vec<_>>(),
        "invited_to": home.guests.iter().map(|one| &one.title).collect::<Vec<_>>(),
        "themes": home.themes.iter().map(|theme| &theme.title).collect::<Vec<_>>(),
        "to_read": home.chosen.iter().map(|piece| &piece.title).collect::<Vec<_>>(),
    })
}

fn patient_home(phone: &Arc<Companion>) -> Result<Value, CompanionError> {
    let plans = PlanKind::ALL
        .into_iter()
        .map(|kind| -> Result<Value, CompanionError> {
            let card = phone.plan_card(kind)?;
            let versions = card.revisions.len();
            let agreed = card.agreed.len();
            Ok(json!({"title": card.text.title, "versions": versions, "agreed": agreed}))
        });
    let plans: Result<Vec<_>, CompanionError> = plans.collect();
    let goals = phone.treatment_plan()?.goals;
    let goals = goals.iter().map(|goal| {
        let levels: Vec<_> = goal.ratings.iter().map(|rating| rating.level).collect();
        json!({"text": goal.text, "levels": levels})
    });
    let skills = phone.skill_effects()?;
    let skills = skills.iter().map(|one| {
        let mean = one.distress.as_ref().map(|change| change.mean);
        json!({"title": one.title, "uses": one.uses, "distress": mean, "rank": one.rank})
    });
    let homework = phone.homework()?;
    let homework = homework.iter().map(|one| {
        json!({
            "title": one.title,
            "done": one.done,
            "times": one.times,
            "before_session": one.before_session.is_some(),
            "given": one.given_lines.len(),
        })
    });
    let worksheets = phone.homework_log(None)?;
    let worksheets = worksheets.iter().filter(|one| !one.lines.is_empty());
    let visits = phone.visits()?.payers;
    let visits = visits.iter().map(|payer| {
        json!({
            "payer": payer.payer,
            "authorised": payer.authorised,
            "used": payer.used,
            "left": payer.left,
        })
    });
    let family = phone.family()?;
    let shares = family.iter().flat_map(|member| {
        let shared = member.items.iter().filter_map(|item| {
            let progress = &item.shared.as_ref()?.progress;
            Some(json!({"with": member.name, "title": item.title, "progress": format!("{progress:?}")}))
        });
        shared.collect::<Vec<_>>()
    });
    let bridge = phone.bridge()?.map(|bridge| {
        json!({
            "mode": format!("{:?}", bridge.mode),
            "hand_offs": bridge.hand_offs.len(),
            "follow_ups": bridge.follow_ups.iter().map(|one| &one.date).collect::<Vec<_>>(),
            "account_closes": bridge.account_closes,
        })
    });
    let due = phone.due_check_ins()?;
    let themes = phone.themes()?;
    Ok(json!({
        "plans": plans?,
        "goals": goals.collect::<Vec<_>>(),
        "skills": skills.collect::<Vec<_>>(),
        "homework": homework.collect::<Vec<_>>(),
        "worksheets": worksheets.count(),
        "visits": visits.collect::<Vec<_>>(),
        "shares": shares.collect::<Vec<_>>(),
        "bridge": bridge,
        "check_ins_due": due.iter().map(|one| &one.title).collect::<Vec<_>>(),
        "themes": themes.iter().map(|theme| &theme.title).collect::<Vec<_>>(),
    }))
}
