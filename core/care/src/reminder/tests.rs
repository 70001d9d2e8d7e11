use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::content::texts;
use super::*;
use crate::checkin::Answers;
use crate::due;
use crate::entry::Body;
use crate::homework::{Assigned, Completion, Logged};
use crate::library::Library;
use crate::patient::Stage;
use crate::plan::{Acknowledged, TransitionPlan};
use crate::program::{Mode, OwnSession, SessionChange, SessionKind, Weekday, With};
use crate::testing::{Care, INES, NEW_YORK, World, at, clock, date, id};

const ALL: Means = Means {
    notifications: true,
    exact: true,
    slots: 500,
};

/// Everything that a plan depends on.
struct Phone {
    care: Care,
    world: World,
    settings: Settings,
    means: Means,
    past: BTreeMap<About, Past>,
    rang: Vec<i64>,
    zone: &'static str,
    days: i64,
}

impl Phone {
    fn new(check_ins: &[(&str, u32)]) -> Self {
        Self {
            care: Care::enrolled("2026-11-02", 8, check_ins),
            world: World::riverbend(),
            settings: Settings::default(),
            means: ALL,
            past: BTreeMap::new(),
            rang: Vec::new(),
            zone: NEW_YORK,
            days: 7,
        }
    }

    fn plan(&self, now: &str) -> Plan {
        let chart = self.care.chart();
        plan(&Asked {
            chart: &chart,
            library: &self.world.library,
            settings: &self.settings,
            language: Language::English,
            means: self.means,
            now: at(now),
            zone: self.zone,
            past: &self.past,
            rang: &self.rang,
            synced_at: Some(at(now)),
            days: self.days,
        })
    }

    /// `2026-11-23T18:00` and what rings then, on the phone's clock.
    fn rings(&self, now: &str) -> Vec<String> {
        let plan = self.plan(now);
        plan.rings
            .iter()
            .map(|ring| self.line(ring.at, &ring.about))
            .collect()
    }

    fn left_out(&self, now: &str) -> Vec<String> {
        let plan = self.plan(now);
        let mut lines: Vec<_> = plan
            .left_out
            .iter()
            .map(|left| {
                let about = [left.about.clone()];
                format!("{} {}", self.line(left.at, &about), left.why.code())
            })
            .collect();
        lines.sort();
        lines
    }

    fn line(&self, at: i64, about: &[About]) -> String {
        let instant = chrono::DateTime::from_timestamp_millis(at).expect("in range");
        let local = crate::calendar::local(self.zone, instant).expect("a zone");
        let names: Vec<String> = about
            .iter()
            .map(|about| match about {
                About::Session { lead, .. } => format!("session-{lead}"),
                About::CheckIn { form, since } => format!("{form}-{}", since.format("%d")),
                About::Practice { .. } => "practice".to_owned(),
                About::Plan { .. } => "plan".to_owned(),
                About::FollowUp { .. } => "follow-up".to_owned(),
                About::Keep { .. } => "keep".to_owned(),
            })
            .collect();
        format!(
            "{}T{} {}",
            local.date,
            local.time.format("%H:%M"),
            names.join("+")
        )
    }
}

fn monday_session(lead: &str) -> About {
    About::Session {
        session: format!("{}:2026-11-23", crate::testing::TRACK),
        start: at("2026-11-23T14:00:00Z"),
        lead: lead.to_owned(),
    }
}

#[test]
fn a_group_is_reminded_of_the_day_before_and_an_hour_before() {
    let phone = Phone::new(&[]);
    // Saturday noon. Groups Mon, Tue, Thu at nine.
    assert_eq!(
        phone.rings("2026-11-21T17:00:00Z"),
        [
            "2026-11-22T09:00 session-PT24H",
            "2026-11-23T08:00 session-PT1H",
            // A day before Tuesday's group is the start of Monday's: it waits until that is over.
            "2026-11-23T12:00 session-PT24H",
            "2026-11-24T08:00 session-PT1H",
            "2026-11-25T09:00 session-PT24H",
            "2026-11-26T08:00 session-PT1H",
            "2026-11-29T09:00 keep",
        ]
    );
}

#[test]
fn a_cancelled_or_moved_session_is_not_planned_and_its_reminder_says_why() {
    let mut phone = Phone::new(&[]);
    let now = "2026-11-22T20:00:00Z";
    assert_eq!(
        phone.rings(now)[..2],
        [
            "2026-11-23T08:00 session-PT1H",
            "2026-11-23T12:00 session-PT24H"
        ]
    );
    phone.world.changed(SessionChange::Cancelled {
        original_date: date("2026-11-23"),
        original_start: None,
        reason: None,
    });
    assert_eq!(phone.rings(now)[0], "2026-11-23T09:00 session-PT24H");
    let why = |phone: &Phone, about: &About| {
        let chart = phone.care.chart();
        gone(
            std::slice::from_ref(about),
            &chart,
            &phone.world.library,
            at(now),
            NEW_YORK,
        )[0]
    };
    assert_eq!(why(&phone, &monday_session("PT1H")), Why::Cancelled);
    phone.world.changed(SessionChange::Moved {
        original_date: date("2026-11-23"),
        original_start: None,
        new_date: date("2026-11-23"),
        new_start: clock(14),
        new_end: clock(17),
    });
    assert_eq!(why(&phone, &monday_session("PT1H")), Why::Moved);
    assert!(phone.rings(now)[0].starts_with("2026-11-23T09:00"));
    assert!(phone.rings(now)[1].starts_with("2026-11-23T13:00 session-PT1H"));
}

#[test]
fn nothing_rings_for_a_form_that_is_not_on_the_phone() {
    let only = |forms: &[(&str, u32)]| Phone::new(forms).rings("2026-11-23T06:00:00Z");
    let known = only(&[("phq9", 7)]);
    assert!(known.iter().any(|ring| ring.contains("phq9")));
    assert_eq!(only(&[("phq9", 7), ("not-here-yet", 1)]), known);
}

#[test]
fn check_ins_that_fall_together_ring_once_and_follow_the_phone() {
    let mut phone = Phone::new(&[("daily-check-in", 1), ("phq9", 7)]);
    phone.world = World::default();
    let now = "2026-11-23T13:00:00Z";
    let rings = phone.plan(now).rings;
    assert_eq!(rings.len(), 8, "seven days, and one that asks for the app");
    assert_eq!(
        phone.line(rings[0].at, &rings[0].about),
        "2026-11-23T18:00 daily-check-in-23+phq9-23"
    );
    assert_eq!(
        rings[0].local.map(|local| local.to_string()),
        Some("2026-11-23 18:00:00".to_owned())
    );
    // The same evening hour elsewhere.
    phone.zone = "America/Los_Angeles";
    assert_eq!(
        phone.rings(now)[0],
        "2026-11-23T18:00 daily-check-in-23+phq9-23"
    );
    // Done is done.
    phone.zone = NEW_YORK;
    phone.care.answered(
        1,
        "daily-check-in",
        Stage::Complete,
        at(now),
        Answers::default(),
    );
    assert_eq!(phone.rings(now)[0], "2026-11-23T18:00 phq9-23");
    // What rang does not ring again, unless it was put off.
    let about = About::CheckIn {
        form: "phq9".to_owned(),
        since: date("2026-11-23"),
    };
    phone.past.insert(about.clone(), Past::Rang);
    assert_eq!(phone.rings(now)[0], "2026-11-24T18:00 daily-check-in-24");
    phone
        .past
        .insert(about, Past::Snoozed(at("2026-11-24T02:30:00Z")));
    // Half past nine is quiet: the next free time.
    assert_eq!(
        phone.rings("2026-11-24T02:00:00Z")[0],
        "2026-11-24T08:00 phq9-23"
    );
}

#[test]
fn quiet_hours_sessions_and_the_way_to_them_are_kept_free() {
    let mut phone = Phone::new(&[("daily-check-in", 1)]);
    phone.settings.check_in_time = clock(10);
    let now = "2026-11-23T10:00:00Z";
    // Group is from nine to twelve; by video, so there is no way home.
    let rings_at = |phone: &Phone, time: &str| {
        let rings = phone.rings(now);
        let found = rings
            .iter()
            .any(|ring| ring.starts_with(time) && ring.contains("check-in-23"));
        assert!(found, "{rings:?}");
    };
    rings_at(&phone, "2026-11-23T12:00");
    phone.care.staff(
        at(now),
        Body::OwnSession(OwnSession {
            id: id(7),
            kind: SessionKind::Individual,
            date: date("2026-11-23"),
            start: clock(12),
            end: clock(13),
            time_zone: NEW_YORK.to_owned(),
            with: With {
                staff: INES,
                title: "Your therapist".to_owned(),
            },
            mode: Mode::InPerson,
            place: None,
            join_link: None,
            cancelled: false,
        }),
    );
    rings_at(&phone, "2026-11-23T13:30");
    // Nothing left of the day: said, not dropped.
    phone.settings.quiet = Some(Quiet {
        from: clock(13),
        to: clock(9),
    });
    assert!(
        phone
            .left_out(now)
            .contains(&"2026-11-23T10:00 daily-check-in-23 in-session".to_owned()),
        "{:?}",
        phone.left_out(now)
    );
}

#[test]
fn no_more_than_so_many_a_day_and_what_can_wait_waits() {
    let mut phone = Phone::new(&[("phq9", 7)]);
    phone.settings.per_day = 1;
    let now = "2026-11-22T20:00:00Z";
    let rings = phone.rings(now);
    // Monday's session comes first; the weekly form joins nothing at eight in the morning... it is
    // open since midnight, so it rides along.
    assert_eq!(rings[0], "2026-11-22T18:00 phq9-16");
    assert_eq!(
        rings[1],
        "2026-11-23T08:00 session-PT1H+session-PT24H+phq9-23"
    );
    // What rang today counts.
    phone.rang = vec![at("2026-11-24T11:00:00Z")];
    let rings = phone.rings("2026-11-24T12:00:00Z");
    assert!(
        !rings.iter().any(|ring| ring.starts_with("2026-11-24")),
        "{rings:?}"
    );
    assert!(
        phone
            .left_out("2026-11-24T12:00:00Z")
            .contains(&"2026-11-24T08:00 session-PT1H day-full".to_owned())
    );
    assert!(rings.iter().any(|ring| ring.contains("phq9-23")));
}

#[test]
fn inexact_alarms_leave_room_for_an_hour() {
    let mut phone = Phone::new(&[("daily-check-in", 1)]);
    phone.means.exact = false;
    phone.settings.check_in_time = clock(20);
    let rings = phone.rings("2026-11-20T00:30:00Z");
    // Eight in the evening could become nine, when it is quiet.
    assert!(
        rings[0].starts_with("2026-11-19T19:59 daily-check-in-19"),
        "{rings:?}"
    );
}

#[test]
fn the_last_slot_asks_for_the_app() {
    let mut phone = Phone::new(&[("daily-check-in", 1)]);
    phone.means.slots = 4;
    let now = "2026-11-22T20:00:00Z";
    let rings = phone.rings(now);
    assert_eq!(rings.len(), 4);
    assert!(rings[3].ends_with(" keep"), "{rings:?}");
    let left = phone.left_out(now);
    let slots = left.iter().filter(|line| line.ends_with("no-free-slot"));
    assert_eq!(slots.count() + 1, left.len(), "{left:?}");
    assert!(left[0].ends_with("session-PT24H too-late"), "{left:?}");
    // Also where only the horizon ends the list.
    phone.means.slots = 500;
    assert!(phone.rings(now).last().expect("rings").ends_with(" keep"));
    phone.means.notifications = false;
    assert!(phone.rings(now).is_empty());
    let left = phone.left_out(now);
    let off = left
        .iter()
        .filter(|line| line.ends_with("notifications-off"));
    assert_eq!(
        (off.count() + 1, left.len() > 10),
        (left.len(), true),
        "{left:?}"
    );
}

/// What could not ring at night said "quiet hours", also when nothing could ring at all.
#[test]
fn with_notifications_off_that_is_the_reason_also_at_night() {
    let mut phone = Phone::new(&[("daily-check-in", 1)]);
    // Half past nine in the evening.
    let now = "2026-11-23T02:30:00Z";
    let tonight = |phone: &Phone| {
        let left = phone.left_out(now).into_iter();
        let of_check_in = left.filter(|line| line.contains("daily-check-in-22"));
        of_check_in.collect::<Vec<_>>().join("; ")
    };
    assert!(
        tonight(&phone).ends_with("quiet-hours"),
        "{}",
        tonight(&phone)
    );
    phone.means.notifications = false;
    assert!(
        tonight(&phone).ends_with("notifications-off"),
        "{}",
        tonight(&phone)
    );
    let left = phone.left_out(now);
    let other =
        |line: &&String| !line.ends_with("notifications-off") && !line.ends_with("too-late");
    assert_eq!(left.iter().filter(other).count(), 0, "{left:?}");
}

/// The clock shows half past one twice that night: what rings the second time cannot be told by the clock.
#[test]
fn in_the_hour_that_comes_twice_only_the_first_follows_the_clock() {
    let mut phone = Phone::new(&[("daily-check-in", 1)]);
    phone.care = Care::enrolled("2026-10-26", 8, &[("daily-check-in", 1)]);
    phone.settings.quiet = None;
    phone.settings.check_in_time =
        chrono::NaiveTime::from_hms_opt(1, 30, 0).expect("half past one");
    // Ten past one, the first time; and ten to two, the second time comes in five minutes.
    let at_hand = |now: &str| {
        let mut rings = phone.plan(now).rings.into_iter();
        rings.next().expect("one that rings")
    };
    let first = at_hand("2026-11-01T05:10:00Z");
    assert_eq!(
        (first.at, first.local.is_some()),
        (at("2026-11-01T05:30:00Z"), true)
    );
    let second = at_hand("2026-11-01T06:10:00Z");
    assert_eq!(
        (second.at, second.local),
        (at("2026-11-01T06:15:00Z"), None)
    );
}

#[test]
fn homework_rings_the_day_before_and_follow_ups_after_discharge() {
    let mut phone = Phone::new(&[("daily-check-in", 1)]);
    phone.world = World::default();
    let now = "2026-11-23T13:00:00Z";
    phone.care.staff(
        at(now),
        Body::HomeworkAssigned(Assigned {
            title: "Paced breathing".to_owned(),
            instructions: String::new(),
            due: date("2026-11-26"),
            times: 1,
            ..Assigned::default()
        }),
    );
    assert!(
        phone
            .rings(now)
            .contains(&"2026-11-25T16:00 practice".to_owned())
    );
    phone
        .care
        .staff(at(now), crate::testing::discharged("2026-11-24"));
    phone.days = 28;
    assert_eq!(
        phone.rings(now),
        [
            "2026-11-23T18:00 daily-check-in-23",
            "2026-11-24T18:00 daily-check-in-24",
            "2026-12-08T10:00 follow-up",
        ]
    );
    assert_eq!(
        phone.left_out(now),
        ["2026-11-25T16:00 practice care-stopped"]
    );
}

#[test]
fn homework_on_days_of_the_week_rings_on_each() {
    let mut phone = Phone::new(&[]);
    phone.world = World::default();
    phone.days = 28;
    let now = "2026-11-23T13:00:00Z";
    let given = phone.care.staff(
        at(now),
        Body::HomeworkAssigned(Assigned {
            title: "Sleep diary".to_owned(),
            due: date("2026-12-01"),
            times: 3,
            from: Some(date("2026-11-24")),
            weekdays: vec![Weekday::Tuesday, Weekday::Friday],
            ..Assigned::default()
        }),
    );
    let all = [
        "2026-11-24T16:00 practice",
        "2026-11-27T16:00 practice",
        "2026-12-01T16:00 practice",
    ];
    assert_eq!(phone.rings(now), all);
    // One that rang does not stand in the way of the next.
    let about = |day: &str| About::Practice {
        homework: given,
        day: Some(date(day)),
    };
    phone.past.insert(about("2026-11-24"), Past::Rang);
    assert_eq!(phone.rings(now), all[1..]);
    // Friday's was done on Friday morning.
    let log = Logged {
        homework: Some(given),
        ..Logged::of(Completion::Done)
    };
    let friday = "2026-11-27T14:00:00Z";
    phone.care.patient(at(friday), Body::HomeworkLogged(log));
    assert_eq!(phone.rings(friday), all[2..]);
    let why = |day: &str, library: &Library| {
        gone(
            &[about(day)],
            &phone.care.chart(),
            library,
            at(friday),
            NEW_YORK,
        )[0]
    };
    let library = Library::default();
    assert_eq!(why("2026-11-24", &library), Why::Closed);
    assert_eq!(why("2026-11-27", &library), Why::Done);
    assert_eq!(why("2026-12-01", &library), Why::Changed);
}

#[test]
fn a_plan_that_nobody_has_read_rings_once_and_a_revision_again() {
    let mut phone = Phone::new(&[]);
    phone.world = World::default();
    let plan = |parent| {
        Body::TransitionPlan(TransitionPlan {
            parent,
            what_helps: vec!["Walk".to_owned()],
            ..TransitionPlan::default()
        })
    };
    let written = at("2026-11-23T21:30:00Z");
    let first = phone.care.staff(written, plan(None));
    // Half past four: today's time is over.
    let now = "2026-11-23T21:40:00Z";
    assert_eq!(phone.rings(now), ["2026-11-24T16:00 plan"]);
    let why = |phone: &Phone, plan| {
        let chart = phone.care.chart();
        let things = [About::Plan { plan }];
        gone(&things, &chart, &phone.world.library, at(now), NEW_YORK)[0]
    };
    // Once.
    phone.past.insert(About::Plan { plan: first }, Past::Rang);
    assert_eq!(phone.rings(now), [""; 0]);
    // A patient's own wish is a proposal, and nothing to be read.
    phone.care.patient(written + 1, plan(Some(first)));
    assert_eq!(phone.rings(now), [""; 0]);
    let second = phone.care.staff(written + 2, plan(Some(first)));
    assert_eq!(phone.rings(now), ["2026-11-24T16:00 plan"]);
    assert_eq!(why(&phone, first), Why::TakenBack);
    phone.settings.lock_screen = LockScreen::Kind;
    let text = &phone.plan(now).rings[0].text;
    assert_eq!(text, "There is something new for you to read.");
    // The end of the program silences it no more than the plan itself.
    phone
        .care
        .staff(at(now), crate::testing::discharged("2026-11-23"));
    assert_eq!(phone.rings(now)[0], "2026-11-24T16:00 plan");
    // After three months nobody is told of it any more.
    assert_eq!(phone.rings("2027-02-22T03:00:00Z").len(), 0);
    phone.care.patient(
        at(now),
        Body::PlanAcknowledged(Acknowledged { plan: second }),
    );
    assert_eq!(phone.rings(now), ["2026-12-07T10:00 keep"]);
    assert_eq!(why(&phone, second), Why::Done);
}

#[test]
fn looking_at_the_app_puts_nothing_off() {
    let mut phone = Phone::new(&[("phq9", 7)]);
    phone.world = World::default();
    phone.settings.check_in_time = clock(13);
    phone.settings.per_day = 1;
    let about = About::CheckIn {
        form: "phq9".to_owned(),
        since: date("2026-11-23"),
    };
    // Its time was one; the system holds it for half past four.
    let now = "2026-11-23T20:35:00Z";
    assert_eq!(phone.rings(now)[0], "2026-11-24T13:00 phq9-23");
    let held = Past::Held(at("2026-11-23T21:30:00Z"));
    phone.past.insert(about.clone(), held);
    assert_eq!(phone.rings(now)[0], "2026-11-23T16:30 phq9-23");
    // What is held for tomorrow does not come today.
    let held = Past::Held(at("2026-11-24T18:00:00Z"));
    phone.past.insert(about, held);
    assert_eq!(phone.rings(now)[0], "2026-11-24T13:00 phq9-23");
}

#[test]
fn three_levels_of_words_and_none_names_the_program() {
    let mut phone = Phone::new(&[]);
    let now = "2026-11-22T20:00:00Z";
    let texts = |phone: &Phone| -> Vec<String> {
        phone
            .plan(now)
            .rings
            .into_iter()
            .map(|ring| ring.text)
            .collect()
    };
    assert_eq!(texts(&phone)[0], neutral(Language::English));
    phone.settings.lock_screen = LockScreen::Kind;
    assert_eq!(texts(&phone)[0], "You have an appointment coming up.");
    phone.settings.lock_screen = LockScreen::Details;
    assert_eq!(texts(&phone)[0], "Group: today, 9:00 AM EST");
    // Two days without news.
    assert_eq!(
        texts(&phone).last().map(String::as_str),
        Some("Open the app to keep reminders coming.")
    );
    assert!(texts(&phone).contains(&"Please open the app: there may be changes.".to_owned()));
    for level in [LockScreen::Neutral, LockScreen::Kind, LockScreen::Details] {
        phone.settings.lock_screen = level;
        for text in texts(&phone) {
            for word in ["PHQ", "Morning", "Riverbend", "IOP", "program", "depress"] {
                assert!(!text.contains(word), "{text}");
            }
        }
    }
}

#[test]
fn all_languages_have_the_same_keys_and_gaps() {
    let gaps = |text: &str| -> BTreeSet<String> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(gap, _)| gap.to_owned()))
            .collect()
    };
    let english = texts(Language::English);
    for language in Language::ALL {
        let other = texts(language);
        let keys = |texts: &super::content::Texts| texts.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(english), keys(other), "{language:?}");
        for (key, text) in english {
            assert_eq!(gaps(text), gaps(&other[key]), "{language:?} {key}");
        }
        for why in Why::ALL {
            let key = format!("why.{}", why.code());
            assert_ne!(words(language, &key), key);
        }
        // The default level tells nothing.
        for key in ["neutral", "stale", "keep"] {
            let text = other[key].to_lowercase();
            for word in [
                "session",
                "sesión",
                "group",
                "grupo",
                "check",
                "cita",
                "appointment",
            ] {
                assert!(!text.contains(word), "{language:?} {key}");
            }
        }
    }
    assert_eq!(Language::of("es-US"), Language::Spanish);
    assert_eq!(Language::of("fr"), Language::English);
}

fn hour() -> impl Strategy<Value = chrono::NaiveTime> {
    (0u32..48).prop_map(|half| {
        chrono::NaiveTime::from_hms_opt(half / 2, half % 2 * 30, 0).expect("a time")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is set: one place for each thing, free times only, no more than so many a day, and
    /// everything that is due is planned, left out with a reason, or rang.
    #[test]
    fn any_settings_keep_the_rules(
        quiet_from in hour(), quiet_to in hour(), check_in in hour(), practice in hour(),
        per_day in 1u8..6, travel in 0u16..240, exact: bool, slots in 0u16..70,
        minutes in 0i64..60_000, zone in prop::sample::select(vec![NEW_YORK, "Asia/Tokyo", "Europe/Berlin"]),
    ) {
        let mut phone = Phone::new(&[("daily-check-in", 1), ("phq9", 7), ("gad7", 3)]);
        phone.zone = zone;
        phone.days = 14;
        phone.means = Means { notifications: true, exact, slots };
        phone.settings = Settings {
            quiet: (quiet_from != quiet_to).then_some(Quiet { from: quiet_from, to: quiet_to }),
            per_day, travel_minutes: travel, check_in_time: check_in, practice_time: practice,
            ..Settings::default()
        };
        let now = at("2026-11-10T00:00:00Z") + minutes * MINUTE_MS;
        let chart = phone.care.chart();
        let asked = Asked {
            chart: &chart, library: &phone.world.library, settings: &phone.settings,
            language: Language::Spanish, means: phone.means, now, zone,
            past: &phone.past, rang: &[], synced_at: Some(now), days: 14,
        };
        let plan = plan(&asked);
        prop_assert!(plan.rings.len() <= usize::from(slots));
        let mut seen = BTreeSet::new();
        let about = plan.rings.iter().flat_map(|ring| &ring.about);
        for about in about.chain(plan.left_out.iter().map(|left| &left.about)) {
            prop_assert!(seen.insert(about.clone()), "{about:?} twice");
        }
        let mut days: BTreeMap<NaiveDate, u8> = BTreeMap::new();
        for ring in &plan.rings {
            prop_assert!(ring.at > now);
            *days.entry(due::date_at(ring.at, zone)).or_default() += 1;
            let local = local_clock(zone, ring.at);
            if let Some(quiet) = phone.settings.quiet {
                let inside = if quiet.from < quiet.to {
                    quiet.from <= local && local < quiet.to
                } else {
                    quiet.from <= local || local < quiet.to
                };
                prop_assert!(!inside, "{local} in quiet hours");
            }
        }
        prop_assert!(days.values().all(|count| *count <= per_day), "{days:?}");
        for form in due::check_ins(&chart, due::date_at(now, zone)) {
            let about = About::CheckIn { form: form.form, since: form.since };
            prop_assert!(seen.contains(&about), "{about:?} is nowhere");
        }
    }
}

fn local_clock(zone: &str, at: i64) -> chrono::NaiveTime {
    let instant = chrono::DateTime::from_timestamp_millis(at).expect("in range");
    crate::calendar::local(zone, instant).expect("a zone").time
}

/// Was a panic of the planner at every start of the app, and so no reminder at all: dates and spans come
/// from entries, and an entry may say anything.
#[test]
fn no_date_in_an_entry_stops_the_planner() {
    let now = "2026-11-23T12:00:00Z";
    for day in ["-262143-01-01", "2026-11-02", "+262142-12-31"] {
        for every in [0, 1, 7, u32::MAX] {
            let mut phone = Phone::new(&[]);
            phone.care = Care::default();
            let enrolled = crate::testing::enrolled(day, 8, &[("phq9", every)]);
            phone.care.staff(at(now), enrolled);
            let homework = Assigned {
                title: "Paced breathing".to_owned(),
                due: date(day),
                times: 1,
                ..Assigned::default()
            };
            phone.care.staff(at(now), Body::HomeworkAssigned(homework));
            let planned = phone.plan(now);
            assert!(
                planned.rings.len() <= usize::from(ALL.slots),
                "{day} {every}"
            );
        }
    }
}
