//! Practice, homework, sessions and flags.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::csv::{attendance_word, kind_word};
use super::super::{day, stamp};
use super::{Bundle, codes, instant, urn, worksheets};
use crate::chart::Fact;
use crate::due;
use crate::flag::{self, Flag};
use crate::homework::{Completion, Logged, Prompt};
use crate::id::Id;
use crate::program::{Attendance, Session, Status};
use crate::reminder::Language;
use crate::skill::Skill;
use crate::skill::values::{ValueLine, lines, sleep_efficiency};
use crate::visits::Visit;

/// The zone of an appointment: FHIR's instants lose it.
const ZONE: &str = "urn:handrail:extension:time-zone";

pub(super) fn add(bundle: &mut Bundle<'_, '_>) {
    practice(bundle);
    homework(bundle);
    sessions(bundle);
    if bundle.source.team.is_some() {
        flags(bundle);
    }
}

/// Each try of a skill or of homework, and what was filled in with it.
fn practice(bundle: &mut Bundle<'_, '_>) {
    let (library, chart) = (bundle.source.library, bundle.source.chart);
    let skill_of = |id: &Option<String>| library.skill(id.as_deref()?, Language::English);
    let given = chart.homework().into_iter();
    let given = given.filter_map(|fact| skill_of(&fact.value.skill));
    let logged = chart.logs(None).into_iter();
    let logged = logged.filter_map(|fact| skill_of(&fact.value.skill));
    let used: BTreeMap<_, _> = given
        .chain(logged)
        .map(|skill| (&skill.id, skill))
        .collect();
    for skill in used.into_values() {
        if !skill.fields.is_empty() {
            worksheets::add_fields(bundle, skill);
        }
    }
    for fact in chart.logs(None) {
        let skill = skill_of(&fact.value.skill);
        let (response, left) = match skill {
            Some(skill) => worksheets::response(bundle, fact, skill),
            None => (None, lines(None, &fact.value.values, Language::English)),
        };
        let response = response.map(|one| bundle.add(one, &fact.id.to_string()));
        let resource = tried(bundle, fact, skill, response.as_deref(), &left);
        bundle.add(resource, &fact.id.to_string());
    }
}

fn completion_word(completion: Completion) -> &'static str {
    match completion {
        Completion::Done => "done",
        Completion::Partly => "partly",
        Completion::TriedDidNotHelp => "tried-did-not-help",
        Completion::Not => "not",
    }
}

fn part(name: &str, field: &str, value: impl Into<Value>) -> Value {
    let mut part = json!({"code": codes::local(&format!("practice-{name}"), name)});
    part[field] = value.into();
    part
}

fn measured(value: u32, unit: &str, code: &str) -> Value {
    let system = "http://unitsofmeasure.org";
    json!({"value": value, "unit": unit, "system": system, "code": code})
}

fn prompt_word(prompt: Prompt) -> &'static str {
    match prompt {
        Prompt::Homework => "homework",
        Prompt::Reminder => "reminder",
        Prompt::Help => "help",
        Prompt::OwnIdea => "own-idea",
        Prompt::Someone => "someone",
    }
}

/// The common log of clinical.md, section 3.
fn parts(log: &Logged, skill: Option<&Skill>) -> Vec<Value> {
    let numbers = [
        ("distress-before", log.distress_before),
        ("distress-after", log.distress_after),
        ("urge-before", log.urge_before),
        ("urge-after", log.urge_after),
        ("helpfulness", log.helpfulness),
    ];
    let mut parts: Vec<_> = numbers
        .into_iter()
        .filter_map(|(name, value)| {
            let points = codes::points(f64::from(value?));
            Some(part(name, "valueQuantity", points))
        })
        .collect();
    if let Some(minutes) = log.minutes {
        parts.push(part(
            "minutes",
            "valueQuantity",
            measured(minutes, "min", "min"),
        ));
    }
    if let Some(prompt) = log.prompt {
        parts.push(part("prompt", "valueString", prompt_word(prompt)));
    }
    for (name, text) in [("trigger", &log.trigger), ("obstacle", &log.obstacle)] {
        if let Some(text) = text.as_ref().filter(|text| !text.trim().is_empty()) {
            parts.push(part(name, "valueString", text.as_str()));
        }
    }
    if let Some(percent) = skill.and_then(|skill| sleep_efficiency(skill, &log.values)) {
        let code = codes::local("sleep-efficiency", "Sleep efficiency");
        parts.push(json!({"code": code, "valueQuantity": measured(percent, "%", "%")}));
    }
    parts
}

fn tried(
    bundle: &Bundle<'_, '_>,
    fact: &Fact<Logged>,
    skill: Option<&Skill>,
    response: Option<&str>,
    left: &[ValueLine],
) -> Value {
    let log = &fact.value;
    let word = completion_word(log.completion);
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    let mut code = codes::local("practice", "Practice of a skill");
    let title = skill.map(|skill| &skill.title).or(log.skill.as_ref());
    if let Some(title) = title.filter(|title| !title.trim().is_empty()) {
        code["text"] = json!(title);
    }
    let at = log.practised_at.unwrap_or(fact.at);
    let mut resource = json!({
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": category, "code": "activity"}]}],
        "code": code,
        "subject": bundle.subject(),
        "effectiveDateTime": stamp(&fact.zone, at),
        "issued": instant(fact.at),
        "performer": [bundle.subject()],
        "valueCodeableConcept": {
            "coding": [{"system": "urn:handrail:completion", "code": word}],
            "text": word,
        },
    });
    if let Some(response) = response {
        resource["derivedFrom"] = json!([{"reference": response}]);
    }
    let parts = parts(log, skill);
    if !parts.is_empty() {
        resource["component"] = Value::Array(parts);
    }
    let note = log.note.as_ref().filter(|text| !text.trim().is_empty());
    let notes: Vec<_> = note
        .map(|text| json!({"text": text}))
        .into_iter()
        .chain(left.iter().map(in_words))
        .collect();
    if !notes.is_empty() {
        resource["note"] = Value::Array(notes);
    }
    resource
}

fn in_words(line: &ValueLine) -> Value {
    json!({"text": format!("{}: {}", line.label, line.text)})
}

fn homework(bundle: &mut Bundle<'_, '_>) {
    let source = bundle.source;
    let today = due::date_at(source.now, source.zone());
    let all = due::homework(source.chart, source.library, today);
    for fact in source.chart.homework() {
        let Some(state) = all.iter().find(|state| state.id == fact.id) else {
            continue;
        };
        let status = match state.done {
            0 => "requested",
            done if done >= state.times => "completed",
            _ => "in-progress",
        };
        let mut resource = json!({
            "resourceType": "Task",
            "status": status,
            "intent": "order",
            "priority": "routine",
            "code": {
                "coding": [{"system": "urn:handrail:task", "code": "homework"}],
                "text": state.title,
            },
            "for": bundle.subject(),
            "owner": bundle.subject(),
            "authoredOn": stamp(&fact.zone, fact.at),
            "restriction": {
                "repetitions": state.times.max(1),
                "period": {"end": day(state.due)},
            },
        });
        if !state.instructions.is_empty() {
            resource["description"] = json!(state.instructions);
        }
        if let Some(staff) = fact.staff {
            resource["requester"] = bundle.staff(staff);
        }
        let skill =
            (state.skill.as_ref()).map(|id| (id, source.library.skill(id, Language::English)));
        match skill {
            Some((_, Some(skill))) => {
                resource["focus"] = json!({"display": skill.title});
                if !skill.fields.is_empty() {
                    resource["focus"]["reference"] = json!(worksheets::url_of(skill));
                }
            }
            Some((id, None)) => resource["focus"] = json!({"display": id}),
            None => {}
        }
        let known = skill.and_then(|(_, skill)| skill);
        let given: Vec<_> = lines(known, &state.given, Language::English)
            .iter()
            .filter(|line| !line.text.trim().is_empty())
            .map(|line| json!({"type": {"text": line.label}, "valueString": line.text}))
            .collect();
        if !given.is_empty() {
            resource["input"] = Value::Array(given);
        }
        let tries = outputs(bundle, fact.id);
        if !tries.is_empty() {
            resource["output"] = Value::Array(tries);
        }
        bundle.add(resource, &fact.id.to_string());
    }
}

/// Each try, and the worksheet that was filled in with it where there is one.
fn outputs(bundle: &Bundle<'_, '_>, homework: Id) -> Vec<Value> {
    let output = |what: &str, kind: &str, id: Id| {
        let reference = urn(kind, &id.to_string());
        bundle
            .holds(&reference)
            .then(|| json!({"type": {"text": what}, "valueReference": {"reference": reference}}))
    };
    let tries = bundle.source.chart.logs(Some(homework)).into_iter();
    tries
        .flat_map(|log| {
            [
                output("try", "Observation", log.id),
                output("worksheet", "QuestionnaireResponse", log.id),
            ]
        })
        .flatten()
        .collect()
}

fn sessions(bundle: &mut Bundle<'_, '_>) {
    let all = bundle.source.sessions();
    let visits = bundle.source.visits(&all);
    for session in &all {
        let resource = appointment(bundle, session, visits.get(&session.id));
        bundle.add(resource, &session.id);
    }
}

fn appointment(bundle: &Bundle<'_, '_>, session: &Session, visit: Option<&Visit>) -> Value {
    let attendance = visit.map(|visit| visit.attendance);
    let status = match (session.status, attendance) {
        (_, Some(mark)) if mark.there() => "fulfilled",
        (_, Some(Attendance::Absent)) => "noshow",
        (Status::Cancelled, None) | (_, Some(_)) => "cancelled",
        (_, None) => "booked",
    };
    let mut resource = json!({
        "resourceType": "Appointment",
        "extension": [{"url": ZONE, "valueString": session.time_zone}],
        "status": status,
        "serviceType": [{"coding": [{
            "system": "urn:handrail:session", "code": kind_word(session.kind),
        }]}],
        "description": session.title,
        "start": instant(session.start),
        "end": instant(session.end),
        "minutesDuration": session.elapsed_minutes.max(1),
        "participant": [{"actor": bundle.subject(), "status": "accepted"}],
    });
    if let Some(mark) = attendance {
        resource["comment"] = json!(attendance_word(mark));
    }
    if status == "cancelled" {
        let why = session
            .reason
            .as_deref()
            .or(attendance.map(attendance_word));
        if let Some(why) = why {
            resource["cancelationReason"] = json!({"text": why});
        }
    }
    resource
}

/// Answers that need a person: a Flag for whoever opens the record, and a Task for what is to be done.
fn flags(bundle: &mut Bundle<'_, '_>) {
    let source = bundle.source;
    let Some(team) = source.team else {
        return;
    };
    for flag in flag::flags(source.patient, source.chart, team, source.library) {
        let identifier = format!("{}:{}", flag.check_in, flag.item);
        let resource = flag_resource(bundle, &flag);
        bundle.add(resource, &identifier);
        let resource = alert(bundle, &flag);
        bundle.add(resource, &identifier);
    }
}

fn said(flag: &Flag) -> String {
    format!(
        "{}: {} {}",
        flag.form_title, flag.item_text, flag.answer_text
    )
}

fn flag_resource(bundle: &Bundle<'_, '_>, flag: &Flag) -> Value {
    let zone = bundle.source.zone();
    let mut period = json!({"start": stamp(zone, flag.at)});
    if let Some(closed) = &flag.closed {
        period["end"] = json!(stamp(zone, closed.at.max(flag.at)));
    }
    json!({
        "resourceType": "Flag",
        "status": if flag.is_open() { "active" } else { "inactive" },
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/flag-category", "code": "safety",
        }]}],
        "code": {"text": said(flag)},
        "subject": bundle.subject(),
        "period": period,
    })
}

fn alert(bundle: &Bundle<'_, '_>, flag: &Flag) -> Value {
    let zone = bundle.source.zone();
    // clinical.md, section 2, points 4 and 5: unanswered is the same queue, lower priority.
    let priority = if flag.answer.is_some() {
        "stat"
    } else {
        "urgent"
    };
    let mut resource = json!({
        "resourceType": "Task",
        "status": if flag.is_open() { "requested" } else { "completed" },
        "intent": "order",
        "priority": priority,
        "code": {
            "coding": [{"system": "urn:handrail:task", "code": "answer-needs-follow-up"}],
            "text": "An answer needs follow-up",
        },
        "description": said(flag),
        "for": bundle.subject(),
        "authoredOn": stamp(zone, flag.at),
    });
    if bundle.source.chart.check_in(flag.check_in).is_some() {
        let response = urn("QuestionnaireResponse", &flag.check_in.to_string());
        resource["focus"] = json!({"reference": response});
    }
    if let Some(closed) = &flag.closed {
        let outcome = serde_json::to_value(closed.outcome).unwrap_or_default();
        resource["businessStatus"] = json!({"text": outcome});
        resource["owner"] = json!({"display": closed.by});
        resource["lastModified"] = json!(stamp(zone, closed.at.max(flag.at)));
        if !closed.mitigation.trim().is_empty() {
            let at = stamp(zone, closed.at);
            resource["note"] =
                json!([{"authorString": closed.by, "time": at, "text": closed.mitigation}]);
        }
    }
    resource
}
