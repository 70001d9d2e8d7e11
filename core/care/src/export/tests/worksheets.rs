//! What was filled into worksheets and the clinic's own forms leaves whole, in CSV and in FHIR.

use serde_json::{Value, json};

use super::super::csv::{Table, table};
use super::super::{Source, fhir};
use super::record::{evening, record};
use super::{bundle, now, of, rows};
use crate::checkin::import;
use crate::entry::Body;
use crate::program::{Program, ProgramKind};
use crate::reminder::Language;
use crate::testing::*;

fn by<'a>(all: &[&'a Value], field: &str, is: &str) -> &'a Value {
    let found = all.iter().find(|one| one[field] == is);
    found.unwrap_or_else(|| panic!("no {field} {is}"))
}

fn item<'a>(items: &'a Value, link_id: &str) -> Vec<&'a Value> {
    let items = items.as_array().expect("items").iter();
    items.filter(|item| item["linkId"] == link_id).collect()
}

#[test]
fn a_worksheet_is_a_response_to_the_fields_of_its_skill() {
    let (world, care) = record();
    let bundle = bundle(&world, &care.chart());
    let forms = of(&bundle, "Questionnaire");
    let responses = of(&bundle, "QuestionnaireResponse");
    let fields = by(&forms, "url", "urn:handrail:skill:chain-analysis");
    let links = item(&fields["item"], "links")[0];
    assert_eq!(
        (&links["type"], &links["repeats"]),
        (&json!("group"), &json!(true))
    );
    let chain = by(
        &responses,
        "questionnaire",
        "urn:handrail:skill:chain-analysis",
    );
    assert_eq!(chain["status"], "completed");
    let behavior = item(&chain["item"], "behavior")[0];
    assert_eq!(behavior["answer"][0]["valueString"], "I hid & slept");
    let kind = item(&chain["item"], "behavior-kind")[0];
    assert_eq!(kind["answer"][0]["valueCoding"]["code"], "shut-down");
    // A row is a group of its own, in the order in which they were written.
    let rows = item(&chain["item"], "links");
    let what =
        |row: &Value| item(&row["item"], "links.what")[0]["answer"][0]["valueString"].clone();
    assert_eq!(
        rows.iter().map(|row| what(row)).collect::<Vec<_>>(),
        ["They are done with me", "Tight chest"]
    );
    // What the skill does not ask any more is told beside it, not under a question that is not there.
    assert!(!chain.to_string().contains("Rain"));
    let tries = of(&bundle, "Observation");
    let tries: Vec<_> = tries
        .into_iter()
        .filter(|one| one["code"]["coding"][0]["code"] == "practice")
        .collect();
    let noted = tries
        .iter()
        .find(|one| one.to_string().contains("weather: Rain"));
    assert_eq!(noted.expect("the note")["note"][0]["text"], "weather: Rain");
    // Begun and left: what had to be there is not.
    let begun = by(
        &responses,
        "questionnaire",
        "urn:handrail:skill:thought-record",
    );
    assert_eq!(begun["status"], "stopped");
    // Of a skill that nobody has, the words alone.
    let unknown = tries
        .iter()
        .find(|one| one["code"]["text"] == "a-skill-of-theirs");
    let unknown = unknown.expect("the try");
    assert_eq!(unknown["note"][0]["text"], "size: 3");
    assert_eq!(unknown.get("derivedFrom"), None);
}

#[test]
fn a_try_says_when_and_why_and_names_its_worksheet() {
    let (world, care) = record();
    let bundle = bundle(&world, &care.chart());
    let tasks = of(&bundle, "Task");
    let bus = tasks.iter().find(|one| one["code"]["text"] == "The bus");
    let bus = bus.expect("the homework");
    assert_eq!(
        bus["input"][0]["valueString"], "1. Step: One stop\n2. Step: =All the way",
        "what the clinician filled in"
    );
    let outputs = bus["output"].as_array().expect("outputs").iter();
    let kinds: Vec<_> = outputs.map(|one| one["type"]["text"].clone()).collect();
    assert_eq!(kinds, ["try", "worksheet"]);
    let named = |reference: &Value| {
        let entries = bundle["entry"].as_array().expect("entries").iter();
        let mut found = entries.filter(|entry| entry["fullUrl"] == *reference);
        found.next().map(|entry| &entry["resource"]).expect("there")
    };
    let focus = named(&bus["focus"]["reference"]);
    assert_eq!(focus["url"], "urn:handrail:skill:exposure-ladder");
    let tried = named(&bus["output"][0]["valueReference"]["reference"]);
    assert_eq!(
        tried["effectiveDateTime"], "2026-11-05T12:00:00-05:00",
        "when, not when it was logged"
    );
    assert_eq!(tried["derivedFrom"][0], bus["output"][1]["valueReference"]);
    let part = |name: &str| {
        let code = format!("practice-{name}");
        let parts = tried["component"].as_array().expect("parts").iter();
        let mut found = parts.filter(|one| one["code"]["coding"][0]["code"] == code.as_str());
        found.next().expect("a part").clone()
    };
    assert_eq!(part("urge-before")["valueQuantity"]["value"], 8);
    assert_eq!(
        part("urge-after")["valueQuantity"]["value"],
        0,
        "a zero is a value"
    );
    assert_eq!(part("trigger")["valueString"], "The morning bus");
    assert_eq!(part("prompt")["valueString"], "homework");
    let night = bundle.to_string();
    assert!(night.contains("sleep-efficiency") && night.contains("\"valueTime\":\"23:00:00\""));
}

#[test]
fn every_value_of_a_worksheet_is_a_row() {
    let (world, care) = record();
    let chart = care.chart();
    let source = Source::of_clinic(world.clinic(), id(1), &chart, now()).expect("in the roster");
    let told: Vec<_> = rows(&table(&source, Table::Worksheets))
        .into_iter()
        .skip(1)
        .map(|row| format!("{} {} {}={}", row[2], row[4], row[5], row[7]))
        .collect();
    assert_eq!(
        told,
        [
            // What the clinician filled in beforehand; a formula does not run.
            "exposure-ladder 1 ladder.step=One stop",
            "exposure-ladder 2 ladder.step='=All the way",
            "chain-analysis  behavior-kind=shut-down",
            "chain-analysis  behavior=I hid & slept",
            "chain-analysis 1 links.kind=thought",
            "chain-analysis 1 links.what=They are done with me",
            "chain-analysis 2 links.kind=body",
            "chain-analysis 2 links.what=Tight chest",
            "chain-analysis 2 links.next-time=Breathe",
            "chain-analysis  weather=Rain",
            "sleep-diary  bed=23:00",
            "sleep-diary  latency=48",
            "sleep-diary  rise=07:00",
            "sleep-diary  quality=2",
            // Eight hours in bed less 48 minutes.
            "sleep-diary  sleep-efficiency=90",
            "exposure-ladder  tried=One stop",
            "exposure-ladder  peak=70",
            "thought-record  situation=At the till",
            "a-skill-of-theirs  size=3",
        ]
    );
    let practice = rows(&table(&source, Table::Practice));
    let tried = practice.iter().find(|row| row[6] == "The morning bus");
    let tried = tried.expect("the try");
    assert_eq!(
        [3, 4, 5, 10, 11].map(|at| tried[at].as_str()),
        [
            "2026-11-05T12:00:00-05:00",
            "2026-11-06T12:00:00-05:00",
            "homework",
            "8",
            "0"
        ]
    );
}

/// The Questionnaire of the export, imported again, is the form that was imported first.
#[test]
fn a_form_of_the_clinics_own_is_there_as_it_was_asked() {
    let (world, care) = record();
    let bundle = bundle(&world, &care.chart());
    let forms = of(&bundle, "Questionnaire");
    let mut own = by(&forms, "title", "Evening").clone();
    let responses = of(&bundle, "QuestionnaireResponse");
    let sheet = by(
        &responses,
        "questionnaire",
        "http://clinic.example/evening?form=1|3",
    );
    let posted = bundle["entry"].as_array().expect("entries").iter();
    let posted: Vec<_> = posted
        .filter_map(|entry| entry["request"]["ifNoneExist"].as_str())
        .collect();
    assert_eq!(
        posted,
        ["url=http://clinic.example/evening%3Fform%3D1&version=3"]
    );
    let named = format!("{}|{}", own["url"], own["version"]).replace('"', "");
    assert_eq!(sheet["questionnaire"], named.as_str());
    own["id"] = json!("evening");
    let form = |json: &Value| import(json.to_string().as_bytes()).form.expect("accepted");
    assert_eq!(form(&own), form(&evening()));
    // It would see a condition that changed.
    own["item"][1]["enableWhen"][0]["answerCoding"]["code"] = json!("good");
    assert_ne!(form(&own), form(&evening()));
}

/// Every shipped form comes back the same too: groups, ordinals, conditions, display items.
#[test]
fn forms_that_ship_survive_the_way_of_a_clinics_own() {
    for form in crate::checkin::shipped() {
        let (url, version) = (form.url.as_deref(), form.version.as_deref());
        let (url, version) = (url.expect("an address"), version.expect("a version"));
        let mut made = fhir::forms::questionnaire(form, url, version);
        made["id"] = json!(form.id);
        let verdict = import(made.to_string().as_bytes());
        assert_eq!(verdict.warnings, [], "{}", form.id);
        assert_eq!(verdict.form.expect("accepted"), *form);
    }
}

#[test]
fn the_transition_plan_takes_over_on_the_day_of_the_discharge() {
    let (world, mut care) = record();
    let states = |care: &Care| {
        let bundle = bundle(&world, &care.chart());
        let plans = of(&bundle, "CarePlan");
        let state: Vec<_> = plans.iter().map(|plan| plan["status"].clone()).collect();
        let replaced = plans[3]["replaces"].as_array().map_or(0, Vec::len);
        (state, replaced)
    };
    let active = || json!("active");
    assert_eq!(
        states(&care),
        (vec![active(), active(), active(), active()], 0)
    );
    care.staff(now(), discharged("2026-11-13"));
    assert_eq!(states(&care).1, 0, "not before the day has come");
    care.staff(now(), discharged("2026-11-12"));
    let over = || json!("completed");
    // The safety plan goes on.
    assert_eq!(states(&care), (vec![over(), over(), active(), active()], 2));
}

#[test]
fn records_of_substance_use_programs_carry_the_notice_in_every_format() {
    let (mut world, care) = record();
    let chart = care.chart();
    let sentence = crate::family::words::part_two_notice(Language::English);
    let count = |world: &World| {
        let source = Source::of_clinic(world.clinic(), id(1), &chart, now());
        let source = source.expect("in the roster");
        let own = Source::own(id(1), &chart, &world.library, now());
        let tables = Table::ALL.map(|which| {
            let rows = rows(&table(&source, which));
            let last = |row: &Vec<String>| row.last() == Some(&sentence);
            assert!(rows.iter().skip(1).all(last) || !rows.iter().any(last));
            rows.iter().filter(|row| last(row)).count()
        });
        let unfold = |text: String| text.replace("\r\n ", "");
        let full = unfold(super::calendar(&source, super::Words::Full));
        let neutral = super::Words::Neutral(Language::English);
        let neutral = unfold(super::calendar(&own, neutral));
        assert!(
            !neutral.contains("42 CFR"),
            "a calendar that others see says nothing of it"
        );
        let bundle = fhir::bundle(&source).to_string();
        [
            tables.iter().sum(),
            full.matches(&format!("COMMENT:{sentence}")).count(),
            bundle.matches(&sentence).count(),
        ]
    };
    assert_eq!(count(&world), [0, 0, 0]);
    world.library(Body::Program(Program {
        id: id(205),
        name: "IOP".to_owned(),
        kind: ProgramKind::SubstanceUse,
        time_zone: NEW_YORK.to_owned(),
        phone: String::new(),
        hours: String::new(),
        weekly_minimum: None,
    }));
    let [tables, events, resources] = count(&world);
    assert!(
        tables > 40 && events > 12 && resources == 53,
        "{tables} {events} {resources}"
    );
}
