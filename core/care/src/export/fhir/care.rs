//! Homework, sessions and flags.

use serde_json::{Value, json};

use super::super::csv::{attendance_word, kind_word};
use super::super::{day, stamp};
use super::{Bundle, codes, instant, urn};
use crate::chart::Fact;
use crate::due;
use crate::flag::{self, Flag};
use crate::homework::{Completion, Logged};
use crate::program::{Attendance, Session, Status};
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

/// Each try of a skill or of homework.
fn practice(bundle: &mut Bundle<'_, '_>) {
    for fact in bundle.source.chart.logs(None) {
        let resource = tried(bundle, fact);
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

fn tried(bundle: &Bundle<'_, '_>, fact: &Fact<Logged>) -> Value {
    let log = &fact.value;
    let word = completion_word(log.completion);
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    let mut code = codes::local("practice", "Practice of a skill");
    if let Some(skill) = &log.skill {
        code["text"] = json!(skill);
    }
    let mut resource = json!({
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": category, "code": "activity"}]}],
        "code": code,
        "subject": bundle.subject(),
        "effectiveDateTime": stamp(&fact.zone, fact.at),
        "performer": [bundle.subject()],
        "valueCodeableConcept": {
            "coding": [{"system": "urn:handrail:completion", "code": word}],
            "text": word,
        },
    });
    let numbers = [
        ("distress-before", log.distress_before.map(u32::from)),
        ("distress-after", log.distress_after.map(u32::from)),
        ("helpfulness", log.helpfulness.map(u32::from)),
    ];
    let mut parts: Vec<_> = numbers
        .into_iter()
        .filter_map(|(name, value)| {
            let code = codes::local(&format!("practice-{name}"), name);
            Some(json!({"code": code, "valueQuantity": codes::points(f64::from(value?))}))
        })
        .collect();
    if let Some(minutes) = log.minutes {
        parts.push(json!({
            "code": codes::local("practice-minutes", "minutes"),
            "valueQuantity": {
                "value": minutes, "unit": "min",
                "system": "http://unitsofmeasure.org", "code": "min",
            },
        }));
    }
    if !parts.is_empty() {
        resource["component"] = Value::Array(parts);
    }
    let notes = [&log.obstacle, &log.note].into_iter().flatten();
    let notes: Vec<_> = notes
        .filter(|text| !text.trim().is_empty())
        .map(|text| json!({"text": text}))
        .collect();
    if !notes.is_empty() {
        resource["note"] = Value::Array(notes);
    }
    resource
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
        if let Some(skill) = &state.skill {
            resource["focus"] = json!({"display": skill});
        }
        let tries: Vec<_> = source
            .chart
            .logs(Some(fact.id))
            .into_iter()
            .map(|log| {
                json!({
                    "type": {"text": "try"},
                    "valueReference": {"reference": urn("Observation", &log.id.to_string())},
                })
            })
            .collect();
        if !tries.is_empty() {
            resource["output"] = Value::Array(tries);
        }
        bundle.add(resource, &fact.id.to_string());
    }
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
