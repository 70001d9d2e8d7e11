//! What planning reminders costs: twelve weeks of groups three days a week, a daily and two weekly
//! check-ins, from the chart to the list for the phone's system.
//!
//! `HANDRAIL_ROUNDS` times (default 200) measured after as many unmeasured; prints medians in
//! microseconds: the plan alone, and the ledger's refresh (plan, difference, bytes to keep).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use handrail_care::chart::{Chart, Place};
use handrail_care::entry::{Author, Body, Entry};
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_care::reminder::{Asked, Language, Means, Settings, plan};
use handrail_companion::reminders::ledger::Ledger;
use serde_json::json;

const ROUNDS: usize = 200;
const DAYS: i64 = 84;
const STAFF: Id = Id([1; 16]);
const TRACK: Id = Id([2; 16]);
/// 2026-11-02, 13:00 UTC: the first day.
const NOW: i64 = 1_793_624_400_000;

fn entry(number: u8, body: &Body) -> Entry {
    Entry::new(Id([number; 16]), NOW, "America/New_York", STAFF, None, body)
}

fn patient() -> (Chart, Library) {
    let track = json!({
        "id": TRACK, "name": "Morning", "program": Id([3; 16]), "mode": "in-person",
        "schedule": {
            "time_zone": "America/New_York", "start_date": "2026-11-02", "weeks": 13,
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
    library.apply(1, &entry(4, &track), track);
    let author = Author::Clinician(STAFF);
    chart.apply_body(&entry(5, &enrolled), enrolled, author, Place::at(1, NOW));
    (chart, library)
}

fn median_us(rounds: usize, mut once: impl FnMut() -> Duration) -> f64 {
    for _ in 0..rounds {
        once();
    }
    let mut times: Vec<Duration> = (0..rounds).map(|_| once()).collect();
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn main() {
    let said = std::env::var("HANDRAIL_ROUNDS");
    let rounds = said.map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let (chart, library) = patient();
    let settings = Settings::default();
    let past = BTreeMap::new();
    let asked = Asked {
        chart: &chart,
        library: &library,
        settings: &settings,
        language: Language::English,
        means: Means {
            notifications: true,
            exact: true,
            slots: 500,
        },
        now: NOW,
        zone: "America/New_York",
        past: &past,
        rang: &[],
        synced_at: Some(NOW),
        days: DAYS,
    };
    let rings = plan(&asked).rings.len();
    assert!(rings > 100, "twelve weeks have more than {rings} reminders");
    let planned = median_us(rounds, || {
        let begun = Instant::now();
        let rings = plan(&asked).rings.len();
        let took = begun.elapsed();
        assert!(rings > 100, "the same plan");
        took
    });
    let refreshed = median_us(rounds, || {
        let mut number = 0;
        let mut draw = || {
            number += 1;
            number
        };
        let mut ledger = Ledger::default();
        let begun = Instant::now();
        let acts = ledger.refresh(&asked, None, &std::collections::BTreeSet::new(), &mut draw);
        let bytes = ledger.to_bytes().len();
        let took = begun.elapsed();
        assert!(acts.arm.len() == rings && bytes > 0, "all of them");
        took
    });
    println!(
        "{rings} notifications in {DAYS} days; plan {planned:.0} us; first refresh {refreshed:.0} us"
    );
}
