//! The phone's power is lost, at some hundred moments of lives that were recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use handrail_companion::view::{AnswerValue, Standing, SyncOutcome};
use handrail_companion::{Companion, armed_before_unlock};
use handrail_faults::disk::{EIO, Fault, calls};
use handrail_faults::journal::Step;
use handrail_faults::model::Manner;
use handrail_faults::phone::Phone;
use handrail_story::clinic::ZONE;

use crate::common::{Clinic, Left, Recording, Watched, images, integrity};

/// What the phone must have at a moment.
#[derive(Debug, Default, Clone)]
struct Promised {
    enrolled: bool,
    check_ins: BTreeSet<String>,
    /// Answers of check-ins that are half done.
    drafts: BTreeMap<String, BTreeMap<String, i64>>,
    time: String,
    tried: u32,
    /// Lists for before the first unlock, the last one.
    early: Option<String>,
    erased: bool,
}

impl Promised {
    /// Takes what was said: an acknowledgement.
    fn hear(&mut self, said: &str) {
        let words: Vec<&str> = said.trim_end().split(' ').collect();
        match words[..] {
            ["ok", "enrol"] => self.enrolled = true,
            ["ok", "draft", of, _] => {
                self.drafts.entry(of.to_owned()).or_default();
            }
            ["ok", "answer", of, item, value] => {
                let draft = self.drafts.entry(of.to_owned()).or_default();
                draft.insert(item.to_owned(), value.parse().expect("a number"));
            }
            ["ok", "submit", of] => {
                self.drafts.remove(of);
                self.check_ins.insert(of.to_owned());
            }
            ["ok", "write", ..] => {
                let ids = words[2..].iter().map(|id| (*id).to_owned());
                self.check_ins.extend(ids);
            }
            ["ok", "try", minutes] => self.tried = minutes.parse().expect("minutes"),
            ["ok", "time", time] => time.clone_into(&mut self.time),
            ["ok", "remind", "true", ref list @ ..] | ["ok", "sync", _, ref list @ ..] => {
                self.early = Some(list.concat());
            }
            ["ok", "erase"] => {
                *self = Self {
                    erased: true,
                    ..Self::default()
                };
            }
            _ => {}
        }
    }

    /// After so many steps of a recording; another person's invite begins anew.
    fn after(recording: &Recording, steps: usize) -> Self {
        let mut promised = Self::default();
        for (_, step) in &recording.steps[..steps] {
            match step {
                Step::Said(said) => promised.hear(said),
                // The server may forget the invite from here on.
                Step::Sent(sent) if sent.contains(confirm_path()) => promised.enrolled = true,
                _ => {}
            }
        }
        promised
    }
}

/// What the phone sends once everything of the invite is saved.
fn confirm_path() -> &'static str {
    "/v1/redeem/confirm"
}

/// Lists for before the first unlock that may be there after a moment: the last one said, and what was
/// under way.
fn lists(recording: &Recording, after: usize, last: Option<&String>) -> BTreeSet<String> {
    let next = recording.steps[after..].iter().find_map(|(_, step)| {
        let Step::Said(said) = step else { return None };
        let tells = said.starts_with("ok remind") || said.starts_with("ok sync");
        let told = said.trim_end().split(' ').nth(3);
        tells.then(|| told.unwrap_or_default().to_owned())
    });
    last.cloned().into_iter().chain(next).collect()
}

fn early(store: &Path) -> String {
    let list = armed_before_unlock(&store.to_string_lossy());
    let list = list.iter().map(|one| format!("{}@{}", one.id, one.at));
    list.collect::<Vec<_>>().join(",")
}

fn open(folder: &Path) -> Result<Arc<Companion>, String> {
    let store = folder.join("store");
    let store = store.to_str().expect("plain names");
    Companion::open_on_desktop(store, ZONE).map_err(|error| format!("does not open: {error}"))
}

/// What is wrong with what a loss of power left. `server`: it also synchronises and goes on.
fn wrong(recording: &Recording, left: &Left, server: bool) -> Vec<String> {
    let promised = Promised::after(recording, left.after);
    let lists = lists(recording, left.after, promised.early.as_ref());
    let mut wrong = broken(left, &promised, server);
    if promised.early.is_some() && !lists.contains(&early(&left.folder.join("store"))) {
        wrong.push("another list for before the first unlock".to_owned());
    }
    wrong
}

/// The same without the list for before the first unlock.
fn broken(left: &Left, promised: &Promised, server: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let phone = match open(&left.folder) {
        Ok(phone) => phone,
        Err(error) => return vec![error],
    };
    match phone.standing() {
        Standing::Enrolled { .. } => wrong.extend(what_is_missing(&phone, promised, server)),
        // It never said that it is enrolled, or said that everything is erased: a new phone.
        Standing::NotEnrolled if !promised.enrolled => {}
        // Cut off, and not enrolled again.
        Standing::CutOff if !promised.enrolled && !promised.erased => return wrong,
        other => wrong.push(format!("stands as {other:?}")),
    }
    phone.close();
    let verdict = integrity(&left.folder.join("store/phone.sqlite"));
    if verdict != "ok" {
        wrong.push(format!("the database: {verdict}"));
    }
    wrong
}

fn what_is_missing(phone: &Companion, promised: &Promised, server: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    if promised.erased {
        wrong.push("what was erased is back".to_owned());
    }
    let mut have = BTreeMap::new();
    for one in phone.check_ins(u32::MAX).expect("open") {
        if one.complete {
            *have.entry(one.check_in).or_insert(0) += 1;
        }
    }
    for id in &promised.check_ins {
        if have.get(id) != Some(&1) {
            wrong.push(format!("check-in {id}: {:?} times", have.get(id)));
        }
    }
    let status = phone.sync_status().expect("enrolled");
    if !status.faults.is_empty() || !status.quarantined.is_empty() {
        wrong.push(format!("{:?} {:?}", status.faults, status.quarantined));
    }
    let settings = phone.reminder_settings().expect("settings");
    if settings.check_in_time < promised.time {
        wrong.push(format!("check-ins at {}", settings.check_in_time));
    }
    let tried = phone.kept_try(None, Some("paced-breathing".to_owned()));
    let tried = tried.expect("a try").and_then(|kept| kept.minutes);
    if tried.unwrap_or_default() < promised.tried {
        wrong.push(format!("a try of {tried:?} minutes"));
    }
    for (id, answers) in promised
        .drafts
        .iter()
        .filter(|(id, _)| !have.contains_key(*id))
    {
        wrong.extend(draft_wrong(phone, id, answers));
    }
    if server && wrong.is_empty() {
        wrong.extend(does_not_go_on(phone));
    }
    wrong
}

/// A draft that is not there as it was left.
fn draft_wrong(phone: &Companion, id: &str, answers: &BTreeMap<String, i64>) -> Option<String> {
    let form = match phone.start_check_in("phq9") {
        Ok(form) => form,
        Err(error) => return Some(format!("draft {id}: {error}")),
    };
    let mut have = BTreeMap::new();
    for question in form.questions {
        if let Some(AnswerValue::Number { number }) = question.answer {
            have.insert(question.link_id, number);
        }
    }
    let whole = answers
        .iter()
        .all(|(item, value)| have.get(item) == Some(value));
    (form.check_in != id || !whole)
        .then(|| format!("draft {id} {answers:?}: {} {have:?}", form.check_in))
}

fn does_not_go_on(phone: &Companion) -> Vec<String> {
    let mut wrong = Vec::new();
    let form = phone.start_check_in("daily-check-in").expect("a form");
    let mood = Some(AnswerValue::Number { number: 3 });
    if phone.answer(&form.check_in, "mood", mood).is_err() || phone.submit(&form.check_in).is_err()
    {
        wrong.push("writes no more".to_owned());
    }
    let report = phone.sync().expect("enrolled");
    let status = phone.sync_status().expect("enrolled");
    if report.outcome != SyncOutcome::UpToDate || status.pending != 0 || !status.faults.is_empty() {
        wrong.push(format!("sync: {report:?} {status:?}"));
    }
    wrong
}

/// Some days of a phone: drafts, check-ins, tries, settings, reminders, syncs, closing, a kill.
fn live(phone: &mut Phone, watched: &Watched, rounds: usize) {
    for round in 0..rounds {
        let draft = phone.must("draft phq9");
        let of = draft.split(' ').nth(1).expect("a name").to_owned();
        for item in 1..=9 {
            phone.must(&format!("answer {of} q{item} {}", item % 3));
        }
        phone.must(&format!("try {}", round + 1));
        if round % 2 == 0 {
            phone.must(&format!("submit {of}"));
        }
        phone.must(&format!("write {}", 1 + round % 3));
        phone.must(&format!(
            "time {:02}:{:02}",
            9 + round / 6,
            10 * (round % 6)
        ));
        match round % 5 {
            1 => drop(phone.must("sync")),
            2 => drop(phone.must("remind")),
            3 => {
                phone.must("close");
                phone.must("open");
            }
            4 => {
                *phone = watched.phone();
                phone.must("open");
            }
            _ => {}
        }
    }
    phone.must("write 200");
    phone.must("write 1");
}

/// The life of one phone from its enrolment on.
fn ordinary(clinic: &mut Clinic, rounds: usize) -> Recording {
    let watched = Watched::new(&clinic.place.path().join("phone"));
    let mut phone = watched.phone();
    phone.must("open");
    let patient = clinic.patient;
    phone.must(&clinic.enrol(patient));
    phone.must("sync");
    phone.must("remind");
    live(&mut phone, &watched, rounds);
    drop(phone);
    watched.recording()
}

/// Loses power `count` times and gathers what was found wrong, with the moment and the manner.
fn judge(recording: &Recording, seed: u64, count: usize, server: bool) -> Vec<String> {
    let mut found = Vec::new();
    recording.lose_power(seed, 0, count, |left| {
        for wrong in wrong(recording, &left, server) {
            found.push(format!(
                "seed {seed}, step {}, {:?}: {wrong}",
                left.after, left.manner
            ));
        }
    });
    found
}

#[test]
fn a_phone_that_loses_power_keeps_what_it_said_was_saved() {
    let mut clinic = Clinic::new();
    let recording = ordinary(&mut clinic, 12);
    let end = Promised::after(&recording, recording.steps.len());
    let confirms = |step: &Step| matches!(step, Step::Sent(sent) if sent.contains(confirm_path()));
    assert!(recording.steps.iter().any(|(_, step)| confirms(step)));
    assert!(end.check_ins.len() > 200 && !end.drafts.is_empty() && end.early.is_some());
    assert_eq!(
        judge(&recording, 0x9031, images(), true),
        Vec::<String>::new()
    );

    // What was promised last is all there, once, and so is what the images wrote afterwards.
    let last = recording.lose_power_after(recording.steps.len(), Manner::KILL, 3);
    assert_eq!(wrong(&recording, &last, true), Vec::<String>::new());
    let arrived = clinic.arrived(clinic.patient);
    let missing = end
        .check_ins
        .iter()
        .filter(|id| arrived.get(*id) != Some(&1));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(arrived.values().all(|times| *times == 1));
    println!(
        "{} steps, {} losses of power",
        recording.steps.len(),
        images()
    );

    // The same lives on disks that do not do what they are told: the check finds it.
    let is_wal = |path: &Path| path.to_string_lossy().ends_with("-wal");
    let few = images() / 4;
    let none = recording.without(|_, step| matches!(step, Step::Sync { .. } | Step::SyncFolder(_)));
    assert!(
        !judge(&none, 1, few, false).is_empty(),
        "no sync at all is not found"
    );
    let no_wal =
        recording.without(|_, step| matches!(step, Step::Sync { path, .. } if is_wal(path)));
    assert!(
        !judge(&no_wal, 2, few, false).is_empty(),
        "the log's syncs are not missed"
    );
    let no_names = recording.without(|_, step| matches!(step, Step::SyncFolder(_)));
    assert!(
        !judge(&no_names, 3, few, false).is_empty(),
        "the folders' syncs are not missed"
    );

    // One sync alone: the last one before something was said to be saved.
    let mut missed = 0;
    let mut tries = 0;
    for (said, _) in recording.steps.iter().enumerate().filter(|(_, (_, step))| {
        matches!(step, Step::Said(said) if said.starts_with("ok write") || said.starts_with("ok submit"))
    }) {
        let before = recording.steps[..said].iter().rposition(
            |(_, step)| matches!(step, Step::Sync { path, .. } if is_wal(path)),
        );
        let one = recording.without(|number, _| Some(number) == before);
        let manner = Manner {
            bytes: 0,
            names: 100,
            in_order: true,
        };
        let left = one.lose_power_after(said + 1, manner, 4);
        missed += usize::from(!wrong(&one, &left, false).is_empty());
        tries += 1;
    }
    assert!(
        tries > 10 && missed * 10 >= tries * 9,
        "{missed} of {tries} lost syncs were noticed"
    );
}

#[test]
fn a_sync_that_fails_makes_nothing_that_is_said_later_untrue() {
    let mut clinic = Clinic::new();
    let watched = Watched::new(&clinic.place.path().join("phone"));
    let mut phone = watched.phone();
    phone.must("open");
    let patient = clinic.patient;
    phone.must(&clinic.enrol(patient));
    phone.must("sync");
    let mut refused = 0;
    for round in 0..60_u64 {
        watched.watch.fail(Fault {
            calls: calls::SYNCS,
            after: round % 4,
            stays: round % 7 == 0,
            errno: EIO,
            short: false,
        });
        for line in [
            "write 1",
            "time 09:30",
            "write 2",
            "close",
            "open",
            "write 1",
        ] {
            if let Err(code) = phone.ask(line) {
                assert_eq!(code, "not-saved:disk-error", "{line}");
                refused += 1;
                if line == "open" {
                    break;
                }
            }
        }
        watched.watch.heal();
        if phone.ask("standing") != Ok("enrolled".to_owned()) {
            phone.must("open");
        }
        phone.must("write 1");
    }
    drop(phone);
    assert!(refused > 20, "{refused} refused");
    let recording = watched.recording();
    assert_eq!(
        judge(&recording, 0xf5f5, images(), true),
        Vec::<String>::new()
    );
    // A disk that says yes where it should have said no is found: the control.
    let mut lies = recording.clone();
    for (_, step) in &mut lies.steps {
        if let Step::Sync { file, path } = step
            && path.to_string_lossy().ends_with("-wal")
        {
            *step = Step::SyncFailed(*file);
        }
    }
    assert!(!judge(&lies, 5, images() / 4, false).is_empty());
}

/// Cut off, enrolled again, given to another person, erased: files come and go, and no loss of power between
/// them takes what was said afterwards, or brings back what was erased.
#[test]
fn names_that_come_and_go_lose_nothing() {
    let mut clinic = Clinic::new();
    let watched = Watched::new(&clinic.place.path().join("phone"));
    let patient = clinic.patient;
    let other = clinic.staff.add_patient("Jonas");
    let steps = || watched.watch.steps().len();
    let mut phone = watched.phone();
    phone.must("open");
    phone.must(&clinic.enrol(patient));
    phone.must("sync");
    phone.must("write 2");
    phone.must("sync");
    cut_off(&mut clinic);
    assert!(phone.must("sync").contains("CutOff"));
    let cut = steps();
    // The same person on the same phone: what is written now may not be wiped by yesterday's word.
    phone.must(&clinic.enrol(patient));
    let again = steps();
    phone.must("write 2");
    phone.must("write 1");
    let before = steps();
    // Another person's invite: a store of its own takes the place.
    phone.must(&clinic.enrol(other));
    let given = steps();
    phone.must("write 3");
    phone.must("remind");
    phone.must("sync");
    phone.must("write 1");
    let kept = steps();
    phone.must("erase");
    let erased = steps();
    phone.must("standing");
    phone.must(&clinic.enrol(other));
    let anew = steps();
    phone.must("write 1");
    drop(phone);
    let recording = watched.recording();
    let end = recording.steps.len();

    let enrolled = Promised {
        enrolled: true,
        ..Promised::default()
    };
    let erased_for_good = Promised {
        erased: true,
        ..Promised::default()
    };
    let mut found = Vec::new();
    for (what, from, to, promised) in [
        ("while it is cut off", cut, again, None),
        ("after it was enrolled again", again, before, None),
        ("while it is given away", before, given, Some(&enrolled)),
        ("after it was given away", given, kept, None),
        (
            "after it was erased",
            erased,
            erased + 1,
            Some(&erased_for_good),
        ),
        ("after all that", anew, end, None),
    ] {
        let wrong = judge_span(&recording, from..to, promised);
        found.extend(wrong.into_iter().map(|wrong| format!("{what}: {wrong}")));
    }
    assert_eq!(found, Vec::<String>::new());

    // The folders' syncs carry this: without them it is found.
    let no_names = recording.without(|_, step| matches!(step, Step::SyncFolder(_)));
    assert!(!judge_span(&no_names, again..before, None).is_empty());
    assert!(!judge_span(&no_names, given..kept, None).is_empty());
}

/// Moments of a span. What is promised is what was said within it, on a phone that is enrolled; or what is
/// given.
fn judge_span(
    recording: &Recording,
    span: std::ops::Range<usize>,
    promised: Option<&Promised>,
) -> Vec<String> {
    let mut part = recording.clone();
    part.steps.truncate(span.end);
    for (number, (_, step)) in part.steps.iter_mut().enumerate() {
        if matches!(step, Step::Said(_) | Step::Sent(_)) && number + 1 < span.start {
            *step = Step::Sent(String::new());
        }
    }
    let mut found = Vec::new();
    let seed = span.start as u64;
    part.lose_power(seed, span.start.saturating_sub(1), images() / 4, |left| {
        let wrong = match promised {
            Some(promised) => broken(&left, promised, false),
            None => wrong(&part, &left, false),
        };
        for wrong in wrong {
            found.push(format!(
                "seed {seed}, step {}, {:?}: {wrong}",
                left.after, left.manner
            ));
        }
    });
    found
}

fn cut_off(clinic: &mut Clinic) {
    use handrail_clinician::Act;
    clinic.staff.refresh();
    let subject = clinic.patient;
    let chart = clinic.staff.clinician.chart(subject).expect("a chart");
    let device = chart.devices().next().expect("a phone").value.device;
    let act = Act::LoseDevice { subject, device };
    clinic.staff.act(act).expect("cut off");
}
