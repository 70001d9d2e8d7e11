//! The plans and the goals: one `CarePlan` for each plan that holds, one Goal for each goal of the patient.
//!
//! Owns their fields; the narrative is the plan as people read it. Refuses a plan that does not hold: a
//! proposal is for staff to look at, not for other systems.

use serde_json::{Value, json};

use super::super::{day, stamp};
use super::{Bundle, US_CORE, codes, urn};
use crate::chart::Fact;
use crate::document::Document;
use crate::due;
use crate::id::Id;
use crate::plan::goals::{self, GoalProgress};
use crate::plan::history::Plan;
use crate::plan::text::plan_text;
use crate::plan::{GoalState, Medicine, PartTwo, TransitionPlan};
use crate::reminder::Language;

pub(super) fn add(bundle: &mut Bundle<'_, '_>) {
    let chart = bundle.source.chart;
    let goals = goals::goals(chart);
    for goal in &goals {
        let resource = goal_resource(bundle, goal);
        bundle.add(resource, &goal.goal.id.to_string());
    }
    let known: Vec<Id> = goals.iter().map(|goal| goal.goal.id).collect();
    let goals: Vec<_> = goals
        .iter()
        .map(|goal| json!({"reference": urn("Goal", &goal.goal.id.to_string())}))
        .collect();
    // From the day of the discharge on the transition plan takes the place of the treatment plan
    // (clinical.md, section 4).
    let today = due::date_at(bundle.source.now, bundle.source.zone());
    let left = chart.discharge();
    let left = left.is_some_and(|discharge| discharge.value.date <= today);
    let mut treatment = Vec::new();
    let part_one = chart.part_one().current;
    if let Some(fact) = part_one {
        let mut resource = plan(bundle, fact, "treatment-part-one");
        if !goals.is_empty() {
            resource["goal"] = Value::Array(goals.clone());
        }
        end(&mut resource, left);
        treatment.push(bundle.add(resource, &fact.id.to_string()));
    }
    if let Some(fact) = chart.part_two().current {
        let mut resource = plan(bundle, fact, "treatment-part-two");
        if !goals.is_empty() {
            resource["goal"] = Value::Array(goals);
        }
        if let Some(one) = part_one {
            resource["basedOn"] = json!([{"reference": urn("CarePlan", &one.id.to_string())}]);
        }
        with(&mut resource, interventions(&fact.value, &known));
        end(&mut resource, left);
        treatment.push(bundle.add(resource, &fact.id.to_string()));
    }
    if let Some(fact) = chart.safety_plan().current {
        let resource = plan(bundle, fact, "safety");
        bundle.add(resource, &fact.id.to_string());
    }
    if let Some(fact) = chart.transition_plan().current {
        let mut resource = plan(bundle, fact, "transition");
        with(&mut resource, appointments(&fact.value));
        let treatment = treatment.iter().map(|plan| json!({"reference": plan}));
        let treatment: Vec<_> = treatment.filter(|_| left).collect();
        if !treatment.is_empty() {
            resource["replaces"] = Value::Array(treatment);
        }
        bundle.add(resource, &fact.id.to_string());
    }
}

/// A plan of care that is over.
fn end(resource: &mut Value, over: bool) {
    if over {
        resource["status"] = json!("completed");
    }
}

fn with(resource: &mut Value, activities: Vec<Value>) {
    if !activities.is_empty() {
        resource["activity"] = Value::Array(activities);
    }
}

/// A narrative from a page to print. It may say more than the fields do.
fn narrative(document: &Document) -> Value {
    json!({"status": "additional", "div": document.to_div()})
}

/// What every plan has (US Core `CarePlan`). `which` is a code of ours beside US Core's category.
fn plan<T: Plan>(bundle: &Bundle<'_, '_>, fact: &Fact<T>, which: &str) -> Value {
    let text = plan_text(&fact.value, Language::English);
    let mut resource = json!({
        "resourceType": "CarePlan",
        "meta": {"profile": [format!("{US_CORE}us-core-careplan")]},
        "text": narrative(&text.printed(Vec::new(), Language::English)),
        "status": "active",
        "intent": "plan",
        "category": [
            {"coding": [{
                "system": "http://hl7.org/fhir/us/core/CodeSystem/careplan-category",
                "code": "assess-plan",
            }]},
            {"coding": [{"system": "urn:handrail:plan", "code": which}]},
        ],
        "title": text.title,
        "subject": bundle.subject(),
        "created": stamp(&fact.zone, fact.at),
    });
    let by = fact.staff.map(|staff| bundle.staff(staff));
    resource["author"] = by.unwrap_or_else(|| bundle.subject());
    resource
}

/// Words joined by commas, the empty ones left out.
fn joined(parts: &[&str]) -> String {
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.copied().collect::<Vec<_>>().join(", ")
}

fn medicine(one: &Medicine) -> Value {
    json!({"detail": {
        "kind": "MedicationRequest",
        "status": "in-progress",
        "description": joined(&[&one.name, &one.how, &one.why]),
    }})
}

/// An intervention may serve a goal that part one has no more: a reference to it would be one to nothing,
/// and a server refuses the whole Bundle.
fn interventions(plan: &PartTwo, goals: &[Id]) -> Vec<Value> {
    let ours = plan.interventions.iter().map(|one| {
        let mut detail = json!({"status": "in-progress", "description": one.what});
        if !one.how_often.is_empty() {
            detail["scheduledString"] = json!(one.how_often);
        }
        if !one.who.is_empty() {
            detail["performer"] = json!([{"display": one.who}]);
        }
        if let Some(goal) = one.goal.filter(|goal| goals.contains(goal)) {
            detail["goal"] = json!([{"reference": urn("Goal", &goal.to_string())}]);
        }
        json!({"detail": detail})
    });
    ours.chain(plan.medicines.iter().map(medicine)).collect()
}

fn appointments(plan: &TransitionPlan) -> Vec<Value> {
    let ours = plan.appointments.iter().map(|one| {
        let mut detail = json!({
            "kind": "Appointment",
            "status": "scheduled",
            "scheduledPeriod": {"start": day(one.date)},
            "description": joined(&[&one.what, &one.time]),
        });
        if !one.place.is_empty() {
            detail["location"] = json!({"display": one.place});
        }
        json!({"detail": detail})
    });
    ours.chain(plan.medicines.iter().map(medicine)).collect()
}

/// A goal in the patient's words, with its ratings as Observations (goal attainment scaling).
fn goal_resource(bundle: &mut Bundle<'_, '_>, progress: &GoalProgress) -> Value {
    let goal = &progress.goal;
    let url = urn("Goal", &goal.id.to_string());
    let code = codes::local("goal-attainment", "Goal attainment, -2 to 2");
    let mut outcomes = Vec::new();
    for rating in &progress.ratings {
        let by = rating.staff.map(|staff| bundle.staff(staff));
        let mut observation = json!({
            "resourceType": "Observation",
            "status": "final",
            "category": codes::functional(),
            "code": code,
            "subject": bundle.subject(),
            "focus": [{"reference": url}],
            "effectiveDateTime": stamp(bundle.source.zone(), rating.at),
            "performer": [by.unwrap_or_else(|| bundle.subject())],
            "valueInteger": rating.level,
        });
        if !rating.note.is_empty() {
            observation["note"] = json!([{"text": rating.note}]);
        }
        let url = bundle.add(observation, &rating.id.to_string());
        outcomes.push(json!({"reference": url}));
    }
    let lifecycle = match goal.state {
        GoalState::Open => "active",
        GoalState::Met => "completed",
        GoalState::SetAside => "on-hold",
    };
    // Level 0 is what was hoped for.
    let achieved = match (goal.state, progress.newest()) {
        (GoalState::Met, _) | (GoalState::Open, Some(0..)) => Some("achieved"),
        (GoalState::Open, Some(_)) => Some("in-progress"),
        (GoalState::Open, None) | (GoalState::SetAside, _) => None,
    };
    let mut resource = json!({
        "resourceType": "Goal",
        "meta": {"profile": [format!("{US_CORE}us-core-goal")]},
        "lifecycleStatus": lifecycle,
        "description": {"text": goal.text},
        "subject": bundle.subject(),
        "expressedBy": bundle.subject(),
        "target": [{"measure": code, "detailInteger": 0}],
    });
    if let Some(achieved) = achieved {
        resource["achievementStatus"] = json!({"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/goal-achievement",
            "code": achieved,
        }]});
    }
    if !goal.measure.is_empty() {
        resource["note"] = json!([{"text": goal.measure}]);
    }
    if !outcomes.is_empty() {
        resource["outcomeReference"] = Value::Array(outcomes);
    }
    resource
}
