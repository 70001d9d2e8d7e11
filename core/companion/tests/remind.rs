//! Reminders through the API of the apps: planned, handed to the system, taken back, accounted for.

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use handrail_care::entry::Body;
use handrail_care::program::{SessionChange, TrackChange};
use handrail_companion::view::{
    AnswerValue, ArmedReminder, ReminderAbout, ReminderEvent, ReminderLine, ReminderMeans,
    ReminderState, ReminderWhy,
};
use handrail_companion::{
    ArmerError, Companion, CompanionError, ReminderArmer, armed_before_unlock,
};

use support::clinic::{Clinic, TRACK, date, enrolled};
use support::server::Act;
use support::{NOW, PhoneHome, all_bytes, contains};

const HOUR: i64 = 60 * 60 * 1000;

/// A system that holds what it is given.
#[derive(Default)]
struct Alarms {
    held: Mutex<BTreeMap<String, ArmedReminder>>,
    log: Mutex<Vec<String>>,
    /// Takes no more than so many.
    full_at: Mutex<Option<usize>>,
    deaf: Mutex<bool>,
    /// Gives this one not back.
    keeps: Mutex<Option<String>>,
    /// Does not tell what it holds.
    silent: Mutex<bool>,
    /// Takes nothing, not even in place of another.
    stubborn: Mutex<bool>,
    /// Called back from within: a lock held here would never be given up.
    phone: Mutex<Option<Arc<Companion>>>,
}

impl Alarms {
    fn held(&self) -> Vec<ArmedReminder> {
        let mut held: Vec<_> = self.held.lock().expect("held").values().cloned().collect();
        held.sort_by_key(|one| one.at);
        held
    }

    fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().expect("log"))
    }

    fn call_back(&self) {
        if let Some(phone) = self.phone.lock().expect("phone").as_ref() {
            phone.standing();
            phone.reminder_report("en").expect("a report");
        }
    }
}

impl ReminderArmer for Alarms {
    fn arm(&self, one: ArmedReminder) -> Result<(), ArmerError> {
        self.call_back();
        let mut held = self.held.lock().expect("held");
        let full = self.full_at.lock().expect("a number");
        let stubborn = *self.stubborn.lock().expect("a flag");
        if stubborn || full.is_some_and(|most| held.len() >= most && !held.contains_key(&one.id)) {
            return Err(ArmerError::Refused);
        }
        self.log
            .lock()
            .expect("log")
            .push(format!("arm {}", one.at));
        held.insert(one.id.clone(), one);
        Ok(())
    }

    fn withdraw(&self, id: String) -> Result<(), ArmerError> {
        self.call_back();
        let keeps = self.keeps.lock().expect("a number").as_ref() == Some(&id);
        if keeps || *self.deaf.lock().expect("a flag") {
            return Err(ArmerError::Unavailable);
        }
        let gone = self.held.lock().expect("held").remove(&id);
        let at = gone.map_or(0, |one| one.at);
        self.log.lock().expect("log").push(format!("withdraw {at}"));
        Ok(())
    }

    fn armed(&self) -> Result<Option<Vec<String>>, ArmerError> {
        let silent = *self.silent.lock().expect("a flag");
        let held = self.held.lock().expect("held");
        Ok((!silent).then(|| held.keys().cloned().collect()))
    }
}

fn means() -> ReminderMeans {
    ReminderMeans {
        notifications: true,
        exact_alarms: true,
        free_slots: 60,
        language: "en-US".to_owned(),
        early_folder: None,
    }
}

struct Scene {
    clinic: Clinic,
    home: PhoneHome,
    phone: Arc<Companion>,
    alarms: Arc<Alarms>,
}

impl Scene {
    fn new() -> Self {
        let clinic = Clinic::new();
        let home = PhoneHome::new();
        let phone = enrolled(&clinic, &home);
        Self {
            clinic,
            home,
            phone,
            alarms: Arc::default(),
        }
    }

    fn refresh(&self) -> handrail_companion::view::ReminderRefresh {
        self.refresh_with(means())
    }

    fn refresh_with(&self, means: ReminderMeans) -> handrail_companion::view::ReminderRefresh {
        self.phone
            .refresh_reminders(means, self.alarms.clone())
            .expect("refreshed")
    }

    /// The session of a day, an hour before.
    fn line(&self, day: &str) -> ReminderLine {
        let wanted = format!("{TRACK}:{day}");
        let mut lines = self
            .phone
            .reminder_report("en")
            .expect("a report")
            .into_iter();
        let found = lines.find(|line| {
            matches!(&line.about, ReminderAbout::Session { session, lead, .. }
                if *session == wanted && lead == "PT1H")
        });
        found.expect("a line")
    }
}

#[test]
fn a_session_is_armed_and_a_cancellation_takes_it_back() {
    let scene = Scene::new();
    *scene.alarms.phone.lock().expect("phone") = Some(scene.phone.clone());
    let done = scene.refresh();
    assert!(done.before_unlock && !done.running && done.refused == 0);
    let held = scene.alarms.held();
    assert_eq!(held.len(), done.held as usize);
    assert_eq!(held[0].at, done.next_at.expect("a next one"));
    // Monday's group is at nine, an hour from now; Tuesday's at nine, armed for eight.
    let tuesday = scene.line("2026-11-24");
    assert_eq!(tuesday.now.state, ReminderState::Armed);
    assert_eq!(tuesday.at, NOW + 24 * HOUR);
    assert!(
        held.iter()
            .any(|one| one.at == tuesday.at && one.local.is_none())
    );
    // The check-ins of the evening fall together and follow the phone's clock.
    let evening = held
        .iter()
        .find(|one| one.local.as_deref() == Some("2026-11-23T18:00"));
    assert!(evening.is_some(), "{held:?}");

    // Nothing new, nothing done.
    scene.alarms.log();
    let again = scene.refresh();
    assert_eq!((again.armed, again.withdrawn), (0, 0));
    assert_eq!(scene.alarms.log(), Vec::<String>::new());

    scene.clinic.write(
        &scene.clinic.library,
        &Body::SessionChanged(TrackChange {
            track: TRACK,
            change: SessionChange::Cancelled {
                original_date: date("2026-11-24"),
                original_start: None,
                reason: None,
            },
        }),
    );
    scene.alarms.log();
    let report = scene.phone.sync().expect("synced");
    // Sync itself takes it back: there is no moment between two calls in which it could ring.
    let withdrawn = format!("withdraw {}", tuesday.at);
    assert!(scene.alarms.log().contains(&withdrawn));
    assert!(!scene.alarms.held().iter().any(|one| one.at == tuesday.at));
    let followed = report.reminders.expect("followed");
    assert_eq!(followed.held as usize, scene.alarms.held().len());
    let done = scene.refresh();
    assert_eq!((done.armed, done.withdrawn), (0, 0));
    let tuesday = scene.line("2026-11-24");
    assert_eq!(tuesday.now.state, ReminderState::Withdrawn);
    assert_eq!(tuesday.now.why, Some(ReminderWhy::Cancelled));
    assert_eq!(
        tuesday.words,
        ["It was taken back.", "The session was cancelled."]
    );
}

#[test]
fn sync_says_when_reminders_could_not_follow_it() {
    let scene = Scene::new();
    // Nobody has said yet how to arm.
    assert_eq!(scene.phone.sync().expect("synced").reminders, None);
    scene.refresh();
    assert!(scene.phone.sync().expect("synced").reminders.is_some());
    // Without an answer nothing is new.
    scene.clinic.server.script(|_, _| Some(Act::Cut));
    assert_eq!(scene.phone.sync().expect("a report").reminders, None);
    scene.clinic.server.behave();
    // Another core of the same folder begins anew.
    scene.phone.close();
    let phone = scene.home.open();
    assert_eq!(phone.sync().expect("synced").reminders, None);
}

#[test]
fn what_is_done_is_not_reminded_of() {
    let scene = Scene::new();
    scene.refresh();
    for form in ["daily-check-in", "phq9", "gad7"] {
        let form = scene.phone.start_check_in(form).expect("a form");
        if let Some(question) = form.questions.iter().find(|one| one.link_id == "mood") {
            let value = AnswerValue::Number { number: 4 };
            scene
                .phone
                .answer(&form.check_in, &question.link_id, Some(value))
                .expect("answered");
        }
        scene.phone.submit(&form.check_in).expect("handed in");
    }
    scene.refresh();
    let evening = |one: &ArmedReminder| one.local.as_deref() == Some("2026-11-23T18:00");
    assert!(!scene.alarms.held().iter().any(evening));
    let lines = scene.phone.reminder_report("es").expect("a report");
    let done = lines
        .iter()
        .filter(|line| line.now.state == ReminderState::Done);
    let done: Vec<_> = done.map(|line| line.words.clone()).collect();
    assert_eq!(done.len(), 3);
    assert_eq!(done[0], ["Ya está hecho.", "Ya está hecho."]);
}

#[test]
fn permission_off_slots_gone_and_a_system_that_refuses_are_said() {
    let scene = Scene::new();
    scene.refresh();
    let off = ReminderMeans {
        notifications: false,
        ..means()
    };
    let done = scene.refresh_with(off);
    assert_eq!((done.held, scene.alarms.held().len()), (0, 0));
    let line = scene.line("2026-11-24");
    assert_eq!(line.now.state, ReminderState::Planned);
    assert_eq!(line.now.why, Some(ReminderWhy::NotificationsOff));

    let few = ReminderMeans {
        free_slots: 3,
        exact_alarms: false,
        ..means()
    };
    scene.refresh_with(few);
    let held = scene.alarms.held();
    assert_eq!(held.len(), 3);
    assert_eq!(held[2].text, "Open the app to keep reminders coming.");
    assert!(held.iter().all(|one| !one.exact));
    let line = scene.line("2026-11-26");
    assert_eq!(line.now.why, Some(ReminderWhy::NoFreeSlot));

    *scene.alarms.full_at.lock().expect("a number") = Some(3);
    let done = scene.refresh();
    assert!(done.refused > 0);
    let lines = scene.phone.reminder_report("en").expect("a report");
    let refused = |line: &&ReminderLine| line.now.why == Some(ReminderWhy::SystemRefused);
    assert!(lines.iter().filter(refused).count() >= done.refused as usize);
    *scene.alarms.full_at.lock().expect("a number") = None;
    let done = scene.refresh();
    assert_eq!(
        (done.refused, done.held as usize),
        (0, scene.alarms.held().len())
    );

    // What cannot be taken back is tried again, and nothing is armed beside it.
    *scene.alarms.deaf.lock().expect("a flag") = true;
    let off = ReminderMeans {
        notifications: false,
        ..means()
    };
    scene.refresh_with(off.clone());
    assert!(!scene.alarms.held().is_empty());
    *scene.alarms.deaf.lock().expect("a flag") = false;
    scene.refresh_with(off);
    assert!(scene.alarms.held().is_empty());
}

#[test]
fn one_that_cannot_be_taken_back_holds_up_only_its_own() {
    let scene = Scene::new();
    scene.refresh();
    let evenings = |scene: &Scene| -> Vec<ArmedReminder> {
        let held = scene.alarms.held();
        held.into_iter().filter(|one| one.local.is_some()).collect()
    };
    let before = evenings(&scene);
    *scene.alarms.keeps.lock().expect("a number") = Some(before[1].id.clone());
    let off = ReminderMeans {
        notifications: false,
        ..means()
    };
    scene.refresh_with(off);
    let left = scene.alarms.held();
    assert_eq!(left, [before[1].clone()], "all but one are gone");
    let done = scene.refresh();
    let day = |one: &ArmedReminder| one.at / (24 * HOUR);
    let now = evenings(&scene);
    let of_that_day: Vec<_> = now
        .iter()
        .filter(|one| day(one) == day(&before[1]))
        .collect();
    assert_eq!(of_that_day, [&before[1]], "never two for one thing");
    assert!(now.len() + 1 >= before.len(), "the others are there");
    assert!(done.refused >= 1 && done.armed as usize >= before.len() - 2);
    // It goes at last: what waited for it comes.
    *scene.alarms.keeps.lock().expect("a number") = None;
    let done = scene.refresh();
    assert_eq!(done.refused, 0);
    assert_eq!(evenings(&scene).len(), before.len());
    assert!(!scene.alarms.held().contains(&before[1]));
}

#[test]
fn a_later_one_that_was_never_replaced_is_taken_back() {
    let scene = Scene::new();
    // Wednesday, ten past eight: no group that day.
    scene.home.clock.set(NOW + 48 * HOUR + HOUR / 6);
    *scene.alarms.silent.lock().expect("a flag") = true;
    let inexact = ReminderMeans {
        exact_alarms: false,
        ..means()
    };
    scene.refresh_with(inexact.clone());
    let of_today = |scene: &Scene| -> Vec<ArmedReminder> {
        let mut held = scene.alarms.held();
        held.retain(|one| one.local.is_some() && one.at < NOW + 62 * HOUR);
        held
    };
    let evening = of_today(&scene);
    assert_eq!(evening.len(), 1);
    // It is to come at a quarter to ten now, and the system does not hear of it: neither gives back nor takes.
    let mut settings = scene.phone.reminder_settings().expect("settings");
    settings.check_in_time = "09:45".to_owned();
    scene.phone.set_reminder_settings(settings).expect("set");
    *scene.alarms.stubborn.lock().expect("a flag") = true;
    *scene.alarms.deaf.lock().expect("a flag") = true;
    scene.refresh_with(inexact.clone());
    assert_eq!(of_today(&scene), evening);
    *scene.alarms.deaf.lock().expect("a flag") = false;
    // Ten to ten: nobody knows whether anything rang. The evening's must not.
    scene.home.clock.set(NOW + 50 * HOUR - HOUR / 6);
    scene.refresh_with(inexact);
    assert_eq!(of_today(&scene), []);
    let lines = scene.phone.reminder_report("en").expect("a report");
    let passed = lines.iter().filter(
        |line| matches!(&line.about, ReminderAbout::CheckIn { since, .. } if since == "2026-11-25"),
    );
    let passed: Vec<_> = passed.map(|line| line.now.why).collect();
    assert!(!passed.is_empty());
    assert!(
        passed
            .iter()
            .all(|why| *why == Some(ReminderWhy::DeliveryUnknown)),
        "{passed:?}"
    );
}

#[test]
fn time_passes_events_are_noted_and_later_means_the_next_free_time() {
    let scene = Scene::new();
    scene.refresh();
    let evening = scene
        .alarms
        .held()
        .into_iter()
        .find(|one| one.local.is_some())
        .expect("the evening's");
    // Quarter past six.
    scene.home.clock.set(evening.at + HOUR / 4);
    scene.alarms.held.lock().expect("held").remove(&evening.id);
    scene
        .phone
        .note_reminder(&evening.id, ReminderEvent::Posted)
        .expect("noted");
    let states = |scene: &Scene| -> Vec<ReminderState> {
        let lines = scene.phone.reminder_report("en").expect("a report");
        lines
            .iter()
            .filter(|line| matches!(&line.about, ReminderAbout::CheckIn { since, .. } if since == "2026-11-23"))
            .map(|line| line.now.state)
            .collect()
    };
    assert_eq!(states(&scene), [ReminderState::Posted; 3]);
    scene.phone.snooze_reminder(&evening.id).expect("put off");
    scene.refresh();
    assert_eq!(states(&scene), [ReminderState::Snoozed; 3]);
    let later = evening.at + HOUR / 4 + HOUR / 2;
    let held = scene.alarms.held();
    assert_eq!(
        held.iter().filter(|one| one.at == later).count(),
        1,
        "{held:?}"
    );
    // The next morning nobody knows whether that rang.
    scene.home.clock.set(NOW + 23 * HOUR);
    scene
        .alarms
        .held
        .lock()
        .expect("held")
        .retain(|_, one| one.at > NOW + 23 * HOUR);
    scene.refresh();
    assert!(
        states(&scene).contains(&ReminderState::TimePassed),
        "{:?}",
        states(&scene)
    );
    assert_eq!(
        scene.phone.note_reminder("17", ReminderEvent::Opened).err(),
        Some(CompanionError::NotFound)
    );
    assert_eq!(
        scene.phone.snooze_reminder("wisteria").err(),
        Some(CompanionError::NotFound)
    );
}

#[test]
fn settings_are_kept_sealed_and_checked() {
    let scene = Scene::new();
    let mut settings = scene.phone.reminder_settings().expect("settings");
    assert_eq!(settings.quiet_from.as_deref(), Some("21:00"));
    settings.check_in_time = "19:47".to_owned();
    scene
        .phone
        .set_reminder_settings(settings.clone())
        .expect("set");
    scene.phone.close();
    let phone = scene.home.open();
    assert_eq!(phone.reminder_settings().expect("settings"), settings);
    assert!(!contains(&all_bytes(scene.home.dir.path()), b"19:47"));
    let refused = |change: &dyn Fn(&mut handrail_companion::view::ReminderSettings)| {
        let mut other = settings.clone();
        change(&mut other);
        match phone.set_reminder_settings(other) {
            Err(CompanionError::NotValid { code, item: None }) => code,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&|s| s.per_day = 0), "per-day-out-of-range");
    assert_eq!(refused(&|s| s.quiet_to = None), "quiet-hours-out-of-range");
    assert_eq!(
        refused(&|s| s.check_in_time = "7pm".to_owned()),
        "time-of-day-malformed"
    );
}

#[test]
fn the_list_for_before_the_first_unlock_tells_times_and_nothing_else() {
    use handrail_care::reminder::{Language, neutral};
    let scene = Scene::new();
    let mut settings = scene.phone.reminder_settings().expect("settings");
    settings.lock_screen = handrail_care::reminder::LockScreen::Details;
    scene.phone.set_reminder_settings(settings).expect("set");
    let early = tempfile::tempdir().expect("a folder");
    let folder = early.path().to_string_lossy().into_owned();
    let told = ReminderMeans {
        early_folder: Some(folder.clone()),
        ..means()
    };
    scene.refresh_with(told.clone());
    let held = scene.alarms.held();
    assert!(
        held.iter().any(|one| one.text.starts_with("Group")),
        "{held:?}"
    );
    let list = armed_before_unlock(&folder);
    assert_eq!(list.len(), held.len());
    for (early, one) in list.iter().zip(&held) {
        assert_eq!(
            (&early.id, early.at, &early.local),
            (&one.id, one.at, &one.local)
        );
        assert_eq!(early.text, neutral(Language::English));
    }
    let bytes = all_bytes(early.path());
    for word in ["Group", "phq9", "session", "check-in", "2026-11-24:"] {
        assert!(!contains(&bytes, word.as_bytes()), "{word}");
    }

    // A phone that another person's invite was redeemed on leaves nothing of the first behind.
    let before = scene.alarms.held();
    let care = {
        use handrail_mailbox::keyring::{EpochSecret, Keyring};
        let mut ring = Keyring::new(handrail_wire::id::MailboxId([9; 16]));
        ring.insert(1, EpochSecret::make()).expect("an epoch");
        ring
    };
    let (link, code) = scene.clinic.other_invite(&care);
    scene
        .phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("enrolled");
    scene.refresh_with(told);
    let after = scene.alarms.held();
    assert!(!before.is_empty() && after.is_empty(), "{after:?}");
    assert!(armed_before_unlock(&folder).is_empty());
}

/// The disk would not take the new list, and the old one armed a cancelled session after a restart.
#[test]
fn a_list_that_cannot_be_replaced_does_not_keep_what_was_cancelled() {
    let scene = Scene::new();
    scene.refresh();
    let folder = scene.home.folder();
    let list = || armed_before_unlock(&folder.to_string_lossy());
    let tuesday = scene.line("2026-11-24");
    let named = |list: &[ArmedReminder]| list.iter().any(|one| one.at == tuesday.at);
    assert!(named(&list()));
    // In the way of the file that is to replace it.
    std::fs::create_dir(folder.join("armed-reminders.json.new")).expect("a folder");
    assert!(scene.refresh().before_unlock, "nothing new to write");
    scene.clinic.write(
        &scene.clinic.library,
        &Body::SessionChanged(TrackChange {
            track: TRACK,
            change: SessionChange::Cancelled {
                original_date: date("2026-11-24"),
                original_start: None,
                reason: None,
            },
        }),
    );
    let report = scene.phone.sync().expect("synced");
    assert!(!report.reminders.expect("followed").before_unlock);
    assert!(!named(&list()), "{:?}", list());
    std::fs::remove_dir(folder.join("armed-reminders.json.new")).expect("out of the way");
    assert!(scene.refresh().before_unlock);
    assert_eq!(list().len(), scene.alarms.held().len());
}

/// A clock that is set back and a restart: what the shell saw ring is not armed again by the list.
#[test]
fn what_rang_is_not_in_the_list_any_more() {
    let scene = Scene::new();
    scene.refresh();
    let folder = scene.home.folder();
    let list = || armed_before_unlock(&folder.to_string_lossy());
    let before = list();
    let first = before.first().expect("one").clone();
    scene.home.clock.set(first.at);
    let phone = &scene.phone;
    phone
        .note_reminder(&first.id, ReminderEvent::Posted)
        .expect("noted");
    assert_eq!(list(), before[1..]);
}

#[test]
fn a_family_phone_has_nothing_to_be_reminded_of() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = home.open();
    let alarms = Arc::new(Alarms::default());
    let done = phone
        .refresh_reminders(means(), alarms.clone())
        .expect("not enrolled, nothing to do");
    assert_eq!(done.held, 0);
    let (link, code) = clinic.family_invite();
    phone
        .enrol(&link, &code, "Tablet", "ios")
        .expect("enrolled");
    phone.sync().expect("synced");
    let done = phone
        .refresh_reminders(means(), alarms.clone())
        .expect("refreshed");
    assert_eq!((done.held, alarms.held().len()), (0, 0));
    phone.close();
    let closed = phone.refresh_reminders(means(), alarms).err();
    assert_eq!(closed, Some(CompanionError::Closed));
}
