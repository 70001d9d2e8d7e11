use serde_json::Value;

use super::csv::{Table, table};
use super::ics::{Words, calendar};
use super::*;
use crate::entry::Body;
use crate::patient::Stage;
use crate::plan::{GoalState, Intervention, PartOne, PartTwo, PlanKind};
use crate::reminder::Language;
use crate::testing::*;

mod record;
mod worksheets;

use record::{DAY, goal, record};

fn now() -> i64 {
    at("2026-11-12T17:00:00Z")
}

fn bundle(world: &World, chart: &Chart) -> Value {
    let source = Source::of_clinic(world.clinic(), id(1), chart, now()).expect("in the roster");
    fhir::bundle(&source)
}

fn of<'a>(bundle: &'a Value, kind: &str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().expect("entries");
    let resources = entries.iter().map(|entry| &entry["resource"]);
    resources
        .filter(|one| one["resourceType"] == kind)
        .collect()
}

#[test]
fn everything_is_in_the_bundle_and_every_reference_leads_somewhere() {
    let (world, care) = record();
    let bundle = bundle(&world, &care.chart());
    assert_eq!(
        (&bundle["type"], &bundle["resourceType"]),
        (&"transaction".into(), &"Bundle".into())
    );
    let counts = [
        ("Patient", 1),
        // PHQ-9 and the daily check-in ship, the clinic's own form is here, and the fields of five skills.
        // A form that nobody has is named by its address only.
        ("Questionnaire", 8),
        // Five sheets and four worksheets.
        ("QuestionnaireResponse", 9),
        // Two totals, the difficulty, six tries and two ratings of a goal.
        ("Observation", 11),
        ("CarePlan", 4),
        ("Goal", 3),
        // Homework twice, and the alert of item 9.
        ("Task", 3),
        ("Flag", 1),
        ("Appointment", 12),
    ];
    for (kind, count) in counts {
        assert_eq!(of(&bundle, kind).len(), count, "{kind}");
    }
    let entries = bundle["entry"].as_array().expect("entries");
    assert_eq!(
        entries.len(),
        counts.iter().map(|(_, count)| count).sum::<usize>()
    );
    let mut urls: Vec<_> = entries
        .iter()
        .map(|one| one["fullUrl"].to_string())
        .collect();
    urls.sort_unstable();
    urls.dedup();
    assert_eq!(urls.len(), entries.len(), "no two with one name");
    let text = bundle.to_string();
    let mut references = 0;
    for part in text.split("\"reference\":").skip(1) {
        let name = part.split(['}', ',']).next().expect("a value").to_owned();
        assert!(urls.contains(&name), "{name}");
        references += 1;
    }
    assert!(references > 30, "{references}");
    for entry in entries {
        let request = &entry["request"];
        let condition = if request["method"] == "POST" {
            // Only a clinic's own form: another system's copy is not written over.
            assert_eq!(entry["resource"]["title"], "Evening");
            request["ifNoneExist"].as_str()
        } else {
            assert_eq!(request["method"], "PUT");
            request["url"].as_str().filter(|url| url.contains('?'))
        };
        let condition = condition.expect("a condition");
        assert!(!condition.contains(char::is_whitespace), "{condition}");
        assert_eq!(entry["resource"]["id"], Value::Null);
    }
}

#[test]
fn the_same_record_gives_the_same_bundle() {
    let (world, care) = record();
    let chart = care.chart();
    assert_eq!(
        bundle(&world, &chart).to_string(),
        bundle(&world, &chart).to_string()
    );
}

#[test]
fn scores_carry_verified_codes_and_say_how_they_were_made() {
    let (world, care) = record();
    let bundle = bundle(&world, &care.chart());
    let observations = of(&bundle, "Observation");
    let code = |code: &str| -> Vec<&Value> {
        let same = |one: &&&Value| one["code"]["coding"][0]["code"] == code;
        observations.iter().filter(same).copied().collect()
    };
    let [first, second] = code("44261-6")[..] else {
        panic!("two PHQ-9 totals");
    };
    assert_eq!(first["valueQuantity"]["value"], 18);
    assert_eq!(first["valueQuantity"]["code"], "{score}");
    assert_eq!(first["interpretation"][0]["text"], "moderately-severe");
    assert_eq!(first["effectiveDateTime"], "2026-11-02T12:00:00-05:00");
    assert_eq!(first["category"][0]["coding"][0]["code"], "survey");
    assert_eq!(
        first["category"][1]["coding"][0]["code"],
        "cognitive-status"
    );
    assert_eq!(
        first["component"][0]["code"]["coding"][0]["code"],
        "55758-7"
    );
    assert_eq!(first["note"], Value::Null);
    // One of nine items was left out: the mean of the rest stands for it, and it says so.
    assert_eq!(second["valueQuantity"]["value"], 10);
    let method = second["method"]["text"].as_str().expect("a method");
    assert!(
        method.starts_with("prorated")
            && second["note"][0]["text"] == "1 of the items were not answered."
    );
    let [difficulty] = code("69722-7")[..] else {
        panic!("one difficulty");
    };
    assert_eq!(
        difficulty["category"][1]["coding"][0]["code"],
        "functional-status"
    );
    assert_eq!(difficulty["valueCodeableConcept"]["text"], "Very difficult");
    // Of all codes in the file, none is one that clinical.md warns of.
    let text = bundle.to_string();
    for trap in ["70273-8", "75624-7", "82666-9"] {
        assert!(!text.contains(trap), "{trap}");
    }
    assert!(
        text.contains("44260-8"),
        "the same search finds a code that is there"
    );
}

#[test]
fn responses_keep_what_was_given_with_its_value() {
    let (world, care) = record();
    let bundle = bundle(&world, &care.chart());
    let responses = of(&bundle, "QuestionnaireResponse");
    let phq9 = responses
        .iter()
        .find(|one| one["questionnaire"] == "urn:handrail:questionnaire:phq9|1")
        .expect("the first PHQ-9");
    assert_eq!(
        (&phq9["status"], phq9["identifier"]["value"].as_str()),
        (&"completed".into(), Some(id(1).to_string().as_str()))
    );
    let items = phq9["item"].as_array().expect("items");
    assert_eq!(items.len(), 10);
    let q9 = items
        .iter()
        .find(|one| one["linkId"] == "q9")
        .expect("item 9");
    let coding = &q9["answer"][0]["valueCoding"];
    assert_eq!(
        (&coding["code"], &coding["display"]),
        (&"LA6569-3".into(), &"Several days".into())
    );
    assert_eq!(coding["extension"][0]["valueDecimal"], 1);
    let unknown = responses
        .iter()
        .find(|one| one["questionnaire"] == "urn:handrail:questionnaire:a-form-of-their-own|1")
        .expect("the form that is not here");
    assert_eq!(unknown["item"][0]["answer"][0]["valueInteger"], 3);
}

#[test]
fn sessions_are_booked_cancelled_missed_or_done() {
    let (world, care) = record();
    let bundle = bundle(&world, &care.chart());
    let status = |day: &str| {
        let all = of(&bundle, "Appointment");
        let one = all.into_iter().find(|one| {
            let id = one["identifier"][0]["value"].as_str().unwrap_or_default();
            id == format!("{TRACK}:{day}")
        });
        let one = one.expect("that session");
        format!("{} {}", one["status"], one["start"]).replace('"', "")
    };
    assert_eq!(status("2026-11-02"), "fulfilled 2026-11-02T14:00:00.000Z");
    assert_eq!(status("2026-11-03"), "noshow 2026-11-03T14:00:00.000Z");
    assert_eq!(status("2026-11-10"), "cancelled 2026-11-10T14:00:00.000Z");
    assert_eq!(status("2026-11-12"), "booked 2026-11-13T15:00:00.000Z");
    let first = of(&bundle, "Appointment")[0];
    assert_eq!(first["extension"][0]["valueString"], NEW_YORK);
    assert_eq!(first["minutesDuration"], 180);
}

#[test]
fn a_flag_and_its_task_are_open_until_somebody_closed_them() {
    let (mut world, care) = record();
    let chart = care.chart();
    let open = bundle(&world, &chart);
    let task = |bundle: &Value| {
        let tasks = of(bundle, "Task").into_iter();
        let mut tasks = tasks.filter(|one| one["code"]["coding"][0]["code"] != "homework");
        tasks.next().expect("the alert").clone()
    };
    assert_eq!(of(&open, "Flag")[0]["status"], "active");
    assert_eq!(
        (&task(&open)["status"], &task(&open)["priority"]),
        (&"requested".into(), &"stat".into())
    );
    world.closes(1, "q9", Some(1), now());
    let closed = bundle(&world, &chart);
    assert_eq!(of(&closed, "Flag")[0]["status"], "inactive");
    assert_eq!(
        (&task(&closed)["status"], &task(&closed)["owner"]["display"]),
        (&"completed".into(), &"Tomas".into())
    );
    // The patient's own export has the answer and no word of what staff did.
    let own = fhir::bundle(&Source::own(id(1), &chart, &world.library, now()));
    assert!(of(&own, "Flag").is_empty() && !own.to_string().contains("Tomas"));
    assert_eq!(of(&own, "QuestionnaireResponse").len(), 9);
    assert!(
        !own.to_string().contains("Ada"),
        "a phone does not know the roster's name"
    );
}

#[test]
fn records_of_substance_use_programs_are_labelled() {
    let (mut world, care) = record();
    let chart = care.chart();
    let labelled = |bundle: &Value| {
        let entries = bundle["entry"].as_array().expect("entries").iter();
        entries
            .filter(|entry| entry["resource"]["meta"]["security"][1]["code"] == "42CFRPart2")
            .count()
    };
    let plain = bundle(&world, &chart);
    assert_eq!((labelled(&plain), plain.get("meta")), (0, None));
    for (kind, count) in [
        (ProgramKind::SubstanceUse, 52),
        (ProgramKind::MentalHealth, 0),
        (ProgramKind::DualDiagnosis, 52),
    ] {
        world.library(Body::Program(Program {
            id: id(205),
            name: "IOP".to_owned(),
            kind,
            time_zone: NEW_YORK.to_owned(),
            phone: String::new(),
            hours: String::new(),
            weekly_minimum: None,
        }));
        assert_eq!(labelled(&bundle(&world, &chart)), count, "{kind:?}");
    }
}

#[test]
fn goals_say_where_they_stand_and_plans_name_them() {
    let (world, care) = record();
    let chart = care.chart();
    let bundle = bundle(&world, &chart);
    let goals: Vec<_> = of(&bundle, "Goal")
        .into_iter()
        .map(|goal| {
            let achieved = &goal["achievementStatus"]["coding"][0]["code"];
            format!("{} {}", goal["lifecycleStatus"], achieved).replace('"', "")
        })
        .collect();
    assert_eq!(
        goals,
        ["active achieved", "completed achieved", "on-hold null"]
    );
    let ratings: Vec<_> = of(&bundle, "Observation")
        .into_iter()
        .filter_map(|one| one["valueInteger"].as_i64())
        .collect();
    assert_eq!(ratings, [-2, 0]);
    let plans = of(&bundle, "CarePlan");
    let which: Vec<_> = plans
        .iter()
        .map(|plan| {
            plan["category"][1]["coding"][0]["code"]
                .as_str()
                .expect("a code")
        })
        .collect();
    assert_eq!(
        which,
        [
            "treatment-part-one",
            "treatment-part-two",
            "safety",
            "transition"
        ]
    );
    assert_eq!(plans[0]["goal"].as_array().map(Vec::len), Some(3));
    let two = plans[1]["activity"].as_array().expect("interventions");
    assert_eq!(
        (&two[0]["detail"]["scheduledString"], two.len()),
        (&"three days a week".into(), 2)
    );
    for (plan, words) in plans.iter().zip([
        "Patience",
        "Sertraline",
        "I stop answering",
        "Sleep &lt;5 h",
    ]) {
        let div = plan["text"]["div"].as_str().expect("a narrative");
        assert!(div.contains(words), "{words}");
    }
    let all = plans::all(
        &chart,
        Language::Spanish,
        "Mis planes".to_owned(),
        Vec::new(),
    )
    .to_html();
    for words in ["Patience", "Sertraline", "I stop answering", "Therapist"] {
        assert!(all.contains(words), "{words}");
    }
    assert!(plans::text(&Chart::default(), PlanKind::Safety, Language::English).is_none());
}

fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes);
    let records = reader.records().map(|record| record.expect("a record"));
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn tables_have_a_head_and_run_nothing() {
    let (world, care) = record();
    let chart = care.chart();
    let source = Source::of_clinic(world.clinic(), id(1), &chart, now()).expect("in the roster");
    let rows = |which: Table| {
        let bytes = table(&source, which);
        assert!(bytes.windows(2).any(|pair| pair == b"\r\n"));
        rows(&bytes)
    };
    let counts = Table::ALL.map(|which| rows(which).len() - 1);
    // Answers: 10 of PHQ-9, 8 of the second, 3 of the daily check-in, 1 and 6 of the clinic's own.
    assert_eq!(counts, [5, 28, 2, 6, 19, 12]);
    let sheets = rows(Table::CheckIns);
    let total = sheets[0]
        .iter()
        .position(|name| name == "total")
        .expect("a column");
    let totals: Vec<_> = sheets[1..].iter().map(|row| row[total].as_str()).collect();
    assert_eq!(
        totals,
        ["18", "", "", "", "10"],
        "no total is an empty cell, by time"
    );
    let answers = rows(Table::Answers);
    let note = answers
        .iter()
        .find(|row| row[2] == "note")
        .expect("the note");
    assert_eq!(note[5], "'=2+2, \"quoted\"\nsecond line");
    let sessions = rows(Table::Sessions);
    assert_eq!(
        (sessions[1][9].as_str(), sessions[1][10].as_str()),
        ("present", "180")
    );
    assert_eq!(
        (sessions[3][9].as_str(), sessions[3][10].as_str()),
        ("", "")
    );
    for which in Table::ALL {
        assert_eq!(Table::parse(which.name()), Some(which));
    }
    assert_eq!(Table::parse("flags"), None);
}

/// It was written as it is, and a spreadsheet read `-_v7` as a formula.
#[test]
fn an_id_that_begins_with_a_minus_is_no_formula() {
    let (world, mut care) = record();
    let written = at("2026-11-03T17:00:00Z");
    care.answered(0xfb, "phq9", Stage::Complete, written, phq9(3, 0));
    let chart = care.chart();
    let source = Source::of_clinic(world.clinic(), id(1), &chart, now()).expect("in the roster");
    let begins = |which: Table, with: &str| {
        let rows = rows(&table(&source, which));
        rows.iter().filter(|row| row[0].starts_with(with)).count()
    };
    assert_eq!(id(0xfb).to_string()[..1], *"-");
    for (which, count) in [(Table::CheckIns, 1), (Table::Answers, 9)] {
        assert_eq!((begins(which, "'-_v7"), begins(which, "-")), (count, 0));
    }
}

#[test]
fn the_calendar_keeps_one_event_for_a_session_that_moves() {
    let (world, care) = record();
    let chart = care.chart();
    let source = Source::of_clinic(world.clinic(), id(1), &chart, now()).expect("in the roster");
    let text = calendar(&source, Words::Full);
    assert!(
        text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
            && text.ends_with("END:VCALENDAR\r\n")
    );
    assert!(
        text.lines().all(|line| line.len() <= 75),
        "no line is longer than 75 octets"
    );
    let unfolded = text.replace("\r\n ", "");
    let event = |uid: &str| {
        let events = unfolded.split("BEGIN:VEVENT").skip(1);
        let events: Vec<_> = events.filter(|event| event.contains(uid)).collect();
        assert_eq!(events.len(), 1, "{uid}");
        events[0].to_owned()
    };
    let plain = event(&format!("UID:{TRACK}:2026-11-02@handrail"));
    assert!(plain.contains("DTSTART;TZID=America/New_York:20261102T090000\r\nDURATION:PT180M\r\nSEQUENCE:0\r\nSTATUS:CONFIRMED\r\nSUMMARY:Morning\r\n"), "{plain}");
    let moved = event(&format!("UID:{TRACK}:2026-11-12@handrail"));
    assert!(
        moved.contains(":20261113T100000")
            && moved.contains("SEQUENCE:1")
            && moved.contains("STATUS:CONFIRMED")
    );
    let cancelled = event(&format!("UID:{TRACK}:2026-11-10@handrail"));
    assert!(cancelled.contains("STATUS:CANCELLED") && cancelled.contains("DESCRIPTION:Heating"));
    assert!(unfolded.contains(
        "DTSTART;VALUE=DATE:20261203\r\nSUMMARY:Therapist\\, 10:30\\, Second floor\\; room 2"
    ));
    // The zone stands beside the times, with the jump of the first of November.
    assert!(unfolded.contains("BEGIN:VTIMEZONE\r\nTZID:America/New_York"));
    assert!(unfolded.contains("BEGIN:STANDARD\r\nDTSTART:20261101T020000\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nTZNAME:EST"), "{unfolded}");
}

#[test]
fn the_patients_calendar_says_neutral_words_only() {
    let (world, care) = record();
    let chart = care.chart();
    let source = Source::own(id(1), &chart, &world.library, now());
    let text = calendar(&source, Words::Neutral(Language::Spanish));
    for telling in [
        "Morning",
        "Heating",
        "Therapist",
        "video.example",
        "Riverbend",
    ] {
        assert!(!text.contains(telling), "{telling}");
    }
    assert_eq!(
        text.matches("SUMMARY:Cita\r\n").count(),
        text.matches("BEGIN:VEVENT").count()
    );
    let full = calendar(&source, Words::Full);
    assert!(full.contains("SUMMARY:Morning") && full.contains("URL:https://video.example/room"));
}

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/exports")
}

/// The files that validators of other people read (`tests/exports`), by name.
fn files() -> Vec<(String, Vec<u8>)> {
    let (mut world, care) = record();
    let chart = care.chart();
    let json = |value: &Value| format!("{value}\n").into_bytes();
    let mut files = vec![("clinic.fhir.json".to_owned(), json(&bundle(&world, &chart)))];
    let own = Source::own(id(1), &chart, &world.library, now());
    files.push(("own.fhir.json".to_owned(), json(&fhir::bundle(&own))));
    let neutral = calendar(&own, Words::Neutral(Language::English));
    files.push(("own.ics".to_owned(), neutral.into_bytes()));
    let nothing = Chart::default();
    let empty = Source::own(id(1), &nothing, &world.library, now());
    files.push(("empty.fhir.json".to_owned(), json(&fhir::bundle(&empty))));
    let empty = calendar(&empty, Words::Full);
    files.push(("empty.ics".to_owned(), empty.into_bytes()));
    let source = Source::of_clinic(world.clinic(), id(1), &chart, now()).expect("in the roster");
    let full = calendar(&source, Words::Full);
    files.push(("clinic.ics".to_owned(), full.into_bytes()));
    for which in Table::ALL {
        files.push((format!("{}.csv", which.name()), table(&source, which)));
    }
    world.closes(1, "q9", Some(1), now());
    world.library(Body::Program(Program {
        id: id(205),
        name: "IOP".to_owned(),
        kind: ProgramKind::DualDiagnosis,
        time_zone: NEW_YORK.to_owned(),
        phone: String::new(),
        hours: String::new(),
        weekly_minimum: None,
    }));
    files.push(("part2.fhir.json".to_owned(), json(&bundle(&world, &chart))));
    files
}

#[test]
fn the_committed_files_are_those_of_this_build() {
    let files = files();
    for (name, bytes) in &files {
        let committed = std::fs::read(folder().join(name)).unwrap_or_default();
        assert!(
            committed == *bytes,
            "{name} differs: run cargo xtask vectors"
        );
    }
    let listing = std::fs::read_dir(folder()).expect("the folder is committed");
    assert_eq!(listing.count(), files.len(), "and no others");
}

#[test]
#[ignore = "regenerates tests/vectors/exports"]
fn regenerate_exports() {
    std::fs::create_dir_all(folder()).expect("the folder can be made");
    for (name, bytes) in files() {
        std::fs::write(folder().join(name), bytes).expect("the folder can be written");
    }
}

/// Years of five digits, or before the first, stood in the files: no FHIR date, no line of a calendar, and
/// in a spreadsheet a cell that begins with a sign.
#[test]
fn every_year_of_an_export_has_four_digits() {
    for (zone, at, shown) in [
        ("UTC", i64::MIN, "0001-01-02T00:00:00+00:00"),
        ("UTC", -62_200_000_000_000, "0001-01-02T00:00:00+00:00"),
        // The zone table ends a few hours earlier.
        ("America/New_York", i64::MAX, "9999-12-30T23:59:59Z"),
        (
            "Asia/Kathmandu",
            253_402_200_000_000,
            "9999-12-31T01:45:00+05:45",
        ),
    ] {
        assert_eq!(stamp(zone, at), shown);
    }
    for (given, shown) in [
        ("-262143-01-01", "0001-01-02"),
        ("+12026-11-22", "9999-12-30"),
        ("2026-11-22", "2026-11-22"),
    ] {
        assert_eq!(day(given.parse().expect("a date")), shown);
    }
}

/// An intervention for a goal that part one no longer has pointed to nothing, and a FHIR server refuses a
/// transaction with such a reference whole.
#[test]
fn an_intervention_for_a_goal_that_is_gone_points_to_nothing() {
    let mut world = World::riverbend();
    world.person(1, "Ada");
    for (of_goal, expected) in [(id(61), 1), (id(99), 0)] {
        let mut care = Care::enrolled("2026-11-02", 8, &[]);
        let part_one = PartOne {
            goals: vec![goal(61, "Find a choir", GoalState::Open)],
            ..PartOne::default()
        };
        care.patient(now() - DAY, Body::PartOne(part_one));
        let part_two = PartTwo {
            interventions: vec![Intervention {
                what: "Group".to_owned(),
                goal: Some(of_goal),
                ..Intervention::default()
            }],
            ..PartTwo::default()
        };
        care.staff(now(), Body::PartTwo(part_two));
        let bundle = bundle(&world, &care.chart());
        let plans = of(&bundle, "CarePlan").into_iter();
        let goals = plans
            .filter_map(|plan| plan["activity"].as_array())
            .flatten()
            .filter(|activity| activity["detail"]["goal"].is_array());
        assert_eq!(goals.count(), expected, "{of_goal}");
    }
}
