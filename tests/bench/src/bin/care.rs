//! What judging costs, without a network and without a disk: the home screen, reminders, scores, the fold.
//!
//! Each row in turn, `HANDRAIL_ROUNDS` times (default 15) after one unmeasured; prints medians. Where there is a
//! floor it is measured in the same turn: see tests/bench/README.md.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use handrail_care::chart::{Applied, Chart, Place};
use handrail_care::checkin::{Answer, Answers, Context, check_in_result, form};
use handrail_care::entry::{Author, Body, Class, Entry};
use handrail_care::export::{Source, fhir};
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_care::patient::{CheckInWritten, Stage};
use handrail_care::reminder::{About, Asked, Language, Means, Past, Settings, plan};
use handrail_care::today::today;
use handrail_companion::reminders::ledger::Ledger;
use serde_json::json;

const ROUNDS: usize = 15;
const DAYS: i64 = 84;
const SHEETS: usize = 100_000;
/// Entries of the long history: check-ins of two entries each.
const ENTRIES: u32 = 10_000;
const STAFF: Id = Id([1; 16]);
const TRACK: Id = Id([2; 16]);
const PHONE: Id = Id([6; 16]);
const ZONE: &str = "America/New_York";
/// 2026-11-02, 13:00 UTC: the first day.
const NOW: i64 = 1_793_624_400_000;

fn id(number: u32, kind: u8) -> Id {
    let mut bytes = [kind; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Id(bytes)
}

fn by_staff(number: u8, body: &Body) -> Entry {
    Entry::new(Id([number; 16]), NOW, ZONE, STAFF, None, body)
}

/// A patient of the morning track: three groups a week, a daily and two weekly check-ins.
fn patient() -> (Chart, Library) {
    let track = json!({
        "id": TRACK, "name": "Morning", "program": Id([3; 16]), "mode": "in-person",
        "schedule": {
            "time_zone": ZONE, "start_date": "2026-11-02", "weeks": 13,
            "weekdays": ["MO", "TU", "TH"], "start_time": "09:00", "end_time": "12:00",
        },
    });
    let track = Body::Track(serde_json::from_value(track).expect("a track"));
    let enrolled = json!({
        "track": TRACK, "start_date": "2026-11-02", "weeks": 12,
        "check_ins": [
            {"form": "daily-check-in", "every_days": 1},
            {"form": "phq9", "every_days": 7}, {"form": "gad7", "every_days": 7},
        ],
    });
    let enrolled = Body::Enrolled(serde_json::from_value(enrolled).expect("an enrolment"));
    let (mut chart, mut library) = (Chart::default(), Library::default());
    library.apply(1, &by_staff(4, &track), track);
    let author = Author::Clinician(STAFF);
    let entry = by_staff(5, &enrolled);
    chart.apply_body(&entry, enrolled, author, Place::at(1, NOW));
    (chart, library)
}

/// PHQ-9 answers, another sheet for each number; item 9 above zero on every fiftieth.
fn sheet(number: u32) -> Answers {
    let mut answers = Answers::default();
    for item in 1..=8u32 {
        let value = (number / item + item) % 4;
        answers.set(format!("q{item}"), Answer::Value(i64::from(value)));
    }
    answers.set("q9", Answer::Value(i64::from(number.is_multiple_of(50))));
    answers
}

/// The entries of a long history as they are opened: PHQ-9 after PHQ-9, at item 9 and at the end.
fn history() -> Vec<Vec<u8>> {
    let entry = |number: u32| {
        let check_in = number / 2;
        let written = CheckInWritten {
            of: id(check_in, 8),
            form: "phq9".to_owned(),
            version: form("phq9")
                .and_then(|form| form.version.clone())
                .unwrap_or_default(),
            stage: if number.is_multiple_of(2) {
                Stage::Safety
            } else {
                Stage::Complete
            },
            started: NOW + i64::from(check_in) * 60_000,
            answers: sheet(check_in),
            follow_up: None,
        };
        let at = NOW + i64::from(number) * 30_000;
        let body = Body::CheckIn(written);
        Entry::new(id(number, 7), at, ZONE, PHONE, None, &body).to_bytes()
    };
    (0..ENTRIES).map(entry).collect()
}

fn fold(mut chart: Chart, entries: &[Vec<u8>]) -> Chart {
    for (seq, bytes) in (2..).zip(entries) {
        let entry = Entry::parse(bytes).expect("just written");
        let place = Place::at(seq, entry.at);
        let applied = chart.apply(Class::Care, &entry, Author::Patient, place);
        assert_eq!(applied, Applied::Folded);
    }
    chart
}

/// The floor of a fold: each entry and its body read, nothing kept.
fn read(entries: &[Vec<u8>]) -> usize {
    let read = |bytes: &Vec<u8>| {
        let entry = Entry::parse(bytes).expect("just written");
        usize::from(entry.body().expect("fits its kind").is_some())
    };
    entries.iter().map(read).sum()
}

/// The floor of a score: nine answers looked up and added.
fn add(sheets: &[Answers], items: &[String]) -> i64 {
    let of = |sheet: &Answers| -> i64 {
        let values = items.iter().map(|item| match sheet.get(item) {
            Some(Answer::Value(value)) => *value,
            _ => 0,
        });
        values.sum()
    };
    sheets.iter().map(of).sum()
}

fn score(sheets: &[Answers]) -> i64 {
    let form = form("phq9").expect("ships");
    let of = |sheet: &Answers| {
        let result = check_in_result(form, sheet, Context::default(), None, None);
        result.total.expect("all nine answered").rounded()
    };
    sheets.iter().map(of).sum()
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let done = work();
    (begun.elapsed(), done)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Medians of both, taken in turn; the first turn is not counted. `of` is how many things one turn handles.
fn row(
    name: &str,
    of: u32,
    rounds: usize,
    mut floor: Option<&mut dyn FnMut() -> Duration>,
    ours: &mut dyn FnMut() -> Duration,
) {
    let (mut floors, mut all) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let under = floor.as_mut().map(|floor| floor());
        let took = ours();
        if round > 0 {
            floors.extend(under);
            all.push(took);
        }
    }
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let took = us(median(&mut all));
    let each = took / f64::from(of);
    let beside = if floors.is_empty() {
        "| - | - ".to_owned()
    } else {
        let under = us(median(&mut floors));
        format!("| {:.3} us | {:.2}x ", under / f64::from(of), took / under)
    };
    println!(
        "| {name} | {:.2} ms | {each:.3} us {beside}|",
        took / 1000.0
    );
}

fn asked<'a>(
    chart: &'a Chart,
    library: &'a Library,
    settings: &'a Settings,
    past: &'a BTreeMap<About, Past>,
) -> Asked<'a> {
    Asked {
        chart,
        library,
        settings,
        language: Language::English,
        means: Means {
            notifications: true,
            exact: true,
            slots: 500,
        },
        now: NOW,
        zone: ZONE,
        past,
        rang: &[],
        synced_at: Some(NOW),
        days: DAYS,
    }
}

fn reminders(rounds: usize, chart: &Chart, library: &Library) {
    let (settings, past) = (Settings::default(), BTreeMap::new());
    let asked = asked(chart, library, &settings, &past);
    let rings = plan(&asked).rings.len();
    assert!(rings > 100, "twelve weeks have more than {rings} reminders");
    let of = u32::try_from(rings).expect("a few hundred");
    row(
        "twelve weeks of reminders, planned",
        of,
        rounds,
        None,
        &mut || {
            let (took, planned) = timed(|| plan(&asked).rings.len());
            assert_eq!(planned, rings, "the same plan");
            took
        },
    );
    row(
        "the same with the ledger, first time",
        of,
        rounds,
        None,
        &mut || {
            let mut number = 0;
            let mut draw = || {
                number += 1;
                number
            };
            let mut ledger = Ledger::default();
            let (took, (arm, bytes)) = timed(|| {
                let none = std::collections::BTreeSet::new();
                ledger.refresh(&asked, None, &none, &mut draw);
                (ledger.held().len(), ledger.to_bytes().len())
            });
            assert!(arm == rings && bytes > 0, "all of them");
            took
        },
    );
}

fn main() {
    let said = std::env::var("HANDRAIL_ROUNDS");
    let rounds = said.map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let (chart, library) = patient();
    let entries = history();
    println!("| work | all of it | each | floor, each | ratio |");
    println!("|---|---|---|---|---|");

    let long = fold(chart.clone(), &entries);
    assert_eq!(long.check_ins().len() * 2, entries.len());
    for (name, chart) in [("new", &chart), ("with 10,000 entries", &long)] {
        let name = format!("the home screen (`today`), a patient {name}");
        row(&name, 1, rounds, None, &mut || {
            let (took, page) = timed(|| today(chart, &library, NOW, ZONE));
            assert!(page.week.is_some(), "a patient's page");
            took
        });
    }

    reminders(rounds, &chart, &library);

    let sheets: Vec<_> = (0..SHEETS)
        .map(|number| sheet(u32::try_from(number).expect("small")))
        .collect();
    let items: Vec<_> = (1..=9).map(|item| format!("q{item}")).collect();
    let of = u32::try_from(SHEETS).expect("a hundred thousand");
    let expected = add(&sheets, &items);
    let mut floor = || timed(|| assert_eq!(add(&sheets, &items), expected)).0;
    row(
        "100,000 PHQ-9 sheets scored",
        of,
        rounds,
        Some(&mut floor),
        &mut || timed(|| assert_eq!(score(&sheets), expected)).0,
    );

    let mut floor = || timed(|| assert_eq!(read(&entries), entries.len())).0;
    row(
        "10,000 entries folded",
        ENTRIES,
        rounds,
        Some(&mut floor),
        &mut || {
            let before = chart.clone();
            let (took, folded) = timed(|| fold(before, &entries));
            assert_eq!(folded.check_ins().len() * 2, entries.len());
            took
        },
    );

    exports(
        rounds,
        &library,
        &fold(chart.clone(), &entries[..240]),
        &long,
    );
}

/// The floor of an export: the finished Bundle written out once more.
fn exports(rounds: usize, library: &Library, weeks: &Chart, long: &Chart) {
    for (name, chart) in [("twelve weeks", weeks), ("10,000 entries", long)] {
        let source = Source::own(PHONE, chart, library, NOW);
        let bundle = fhir::bundle(&source);
        let resources = bundle["entry"].as_array().expect("entries").len();
        let of = u32::try_from(resources).expect("small");
        let bytes = bundle.to_string().len();
        let mut floor = || timed(|| assert_eq!(bundle.to_string().len(), bytes)).0;
        row(
            &format!("FHIR export of {name}, by resource"),
            of,
            rounds,
            Some(&mut floor),
            &mut || timed(|| assert_eq!(fhir::bundle(&source).to_string().len(), bytes)).0,
        );
    }
}
