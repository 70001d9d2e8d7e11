//! A whole record: entries folded in any order, every page made from them, every export read back.
//!
//! Input: lines. Each is a kind, a space and the body's JSON. A line `now MS` sets the clock.

mod exports;

use std::collections::BTreeMap;

use handrail_care::caseload::{self, Clinic};
use handrail_care::chart::{Chart, Place};
use handrail_care::entry::{Class, Entry};
use handrail_care::family::{Item, copy, page::family_page};
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_care::patient_page::patient_page;
use handrail_care::progress::{one_page, own_page};
use handrail_care::reminder::{Asked, Language, Means, Settings, plan};
use handrail_care::roster::Roster;
use handrail_care::team::Team;
use handrail_care::{alert, due, flag, group, progress, today, visits};

use crate::entry::{around, writer};
use crate::input::text;

/// The patient of every record.
pub const PATIENT: Id = Id([0xca; 16]);
/// Monday 23 November 2026, 15:00 in New York.
const NOW: i64 = 1_795_464_000_000;
/// Lines that are read: more make an input slow, and no other.
const LINES: usize = 40;
/// The year 5138, and as far back.
const FAR: i64 = 100_000_000_000_000;
const ZONES: [&str; 3] = ["America/New_York", "Asia/Kathmandu", "nowhere"];

/// The five kinds of mailbox, folded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    care: Chart,
    family: Chart,
    library: Library,
    roster: Roster,
    team: Team,
}

impl Record {
    fn apply(&mut self, seq: u64, entry: &Entry) {
        let place = Place::at(seq, entry.at + 1000);
        for class in [Class::Care, Class::Family] {
            let chart = if class == Class::Care {
                &mut self.care
            } else {
                &mut self.family
            };
            if let Some(author) = writer(class, &entry.kind) {
                chart.apply(class, entry, author, place);
            }
        }
        let Ok(Some(body)) = entry.body() else {
            return;
        };
        // What nobody of staff may write there is put aside before the fold.
        let here = |class| writer(class, &entry.kind).is_some_and(|who| who.staff().is_some());
        if here(Class::Library) {
            self.library.apply(seq, entry, body.clone());
        }
        if here(Class::Roster) {
            self.roster.apply(seq, entry, body.clone());
        }
        if here(Class::Team) {
            self.team.apply(seq, entry, body);
        }
    }
}

/// See the module.
pub fn chart(input: &[u8]) {
    let Some(text) = text(input) else {
        return;
    };
    let mut now = NOW;
    let mut entries = Vec::new();
    for (line, number) in text.lines().take(LINES).zip(1_u8..) {
        let (kind, body) = line.split_once(' ').unwrap_or((line, ""));
        if kind == "now" {
            // Any clock that a phone may show; not one of the year 292,000,000.
            now = body.parse().unwrap_or(now).clamp(-FAR, FAR);
            continue;
        }
        entries.extend(around(kind, body, number));
    }
    // One entry of a mailbox has one identifier: a second one under it is refused before the fold.
    let mut seen = std::collections::BTreeSet::new();
    entries.retain(|entry| seen.insert(entry.id));

    let mut record = Record::default();
    for (entry, seq) in entries.iter().zip(1..) {
        record.apply(seq, entry);
    }
    let mut other = Record::default();
    for (entry, seq) in entries
        .iter()
        .zip(1..)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        other.apply(seq, entry);
        other.apply(seq, entry);
    }
    assert!(
        record == other,
        "another order or a repetition made another record"
    );
    pages(&record, now);
    exports::check(&record, now);
}

/// Every page can be made, for any clock and zone, and twice the same.
fn pages(record: &Record, now: i64) {
    let Record {
        care,
        family: relative,
        library,
        roster,
        team,
    } = record;
    let clinic = Clinic {
        roster,
        library,
        team,
    };
    let chart_of = |id: Id| (id == PATIENT).then_some(care);
    let rows = caseload::caseload(clinic, chart_of, now);
    assert_eq!(rows.len(), roster.people().len());
    let same = caseload::caseload(clinic, chart_of, now);
    assert!(rows == same, "one caseload, two answers");
    group::groups(clinic, chart_of, now);
    for zone in ZONES {
        patient_page(clinic, PATIENT, care, zone, now);
        today::today(care, library, now, zone);
        due::check_ins(care, due::date_at(now, zone));
        visits::page::own_visits(care, library, now, zone);
        remind(record, now, zone);
    }
    let flags = flag::flags(PATIENT, care, team, library);
    let policy = alert::AlertPolicy::in_force(team, library);
    for flag in &flags {
        alert::alert(flag, &policy, library, now);
    }
    let marks = progress::Marks::Roster(roster, PATIENT);
    progress::progress(care, library, marks, now);
    own_page(care, library, now);
    one_page(clinic, PATIENT, care, now);
    visits::page::page(clinic, PATIENT, care, now);
    let members = |id: Id| {
        if id == PATIENT {
            Some(care)
        } else {
            Some(relative)
        }
    };
    family_page(roster, library, PATIENT, members, now);
    for (source, language) in [(care, Language::English), (relative, Language::Spanish)] {
        let source = copy::Source {
            chart: source,
            library,
            language,
        };
        for sharing in source.chart.sharings() {
            if let Ok(copy) = source.copy(sharing)
                && copy.item != Item::HowToHelp
            {
                crate::markdown::check_markdown(&copy.text);
            }
        }
    }
}

/// At most as many as there are slots, in order, each once, none in the past and none for nothing.
fn remind(record: &Record, now: i64, zone: &str) {
    let (settings, past) = (Settings::default(), BTreeMap::new());
    for slots in [0, 3, 60] {
        let asked = Asked {
            chart: &record.care,
            library: &record.library,
            settings: &settings,
            language: Language::English,
            means: Means {
                notifications: true,
                exact: slots != 3,
                slots,
            },
            now,
            zone,
            past: &past,
            rang: &[],
            synced_at: Some(now),
            days: 14,
        };
        let planned = plan(&asked);
        assert!(
            planned.rings.len() <= usize::from(slots),
            "more than the phone holds"
        );
        assert!(planned.rings.is_sorted_by_key(|ring| ring.at));
        let mut about: Vec<_> = planned.rings.iter().flat_map(|ring| &ring.about).collect();
        let all = about.len();
        about.sort();
        about.dedup();
        assert_eq!(about.len(), all, "two reminders of one thing");
        for ring in &planned.rings {
            assert!(!ring.about.is_empty() && ring.at >= now);
        }
        assert!(plan(&asked) == planned, "one plan, two answers");
    }
}
