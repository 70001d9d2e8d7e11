//! The phones' side of the demo: real phone cores that enrol, live through the weeks with their
//! clock set back, and synchronise.

use std::path::Path;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use handrail_care::checkin::{Answer, Answers};
use handrail_companion::view::SyncOutcome;
use handrail_companion::{Companion, FileKeyStore, SetClock, WholeCheckIn};

use super::clinic::{Invitation, Seat, at};
use super::course::{self, Dice};
use super::homework;
use super::people::{ASKED_MORE, Course, NOTES, NOTES_ES, Patient};
use super::{SeedError, ZONE, phone_folder};
use super::{forms, plans};

/// A patient's phone before it is enrolled.
pub(super) struct Phone {
    pub seat: Seat,
    pub invite: Invitation,
}

pub(super) fn open(
    folder: &Path,
    clock: &Arc<SetClock>,
    language: &str,
) -> Result<Arc<Companion>, SeedError> {
    std::fs::create_dir_all(folder).map_err(|_| SeedError::Folder)?;
    let keys = Arc::new(FileKeyStore::new(folder.join("store.key")));
    let core = Companion::open_with(&folder.join("store"), keys, clock.clone(), ZONE)?;
    core.set_language(language);
    Ok(core)
}

pub(super) fn synchronise(core: &Companion) -> Result<(), SeedError> {
    let report = core.sync()?;
    if report.outcome == SyncOutcome::UpToDate {
        Ok(())
    } else {
        Err(SeedError::NotSynchronised)
    }
}

/// Every phone lives its weeks, several at a time. Returns the seats and how many check-ins were
/// written.
pub(super) fn live(
    phones: Vec<Phone>,
    folder: &Path,
    now: i64,
) -> Result<(Vec<Seat>, usize), SeedError> {
    let lives: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = phones
            .into_iter()
            .map(|phone| scope.spawn(move || one_life(phone, folder, now)))
            .collect();
        running
            .into_iter()
            .map(|life| life.join().expect("a phone's thread does not panic"))
            .collect()
    });
    let mut seats = Vec::new();
    let mut written = 0;
    for life in lives {
        let (seat, count) = life?;
        seats.push(seat);
        written += count;
    }
    Ok((seats, written))
}

fn one_life(phone: Phone, folder: &Path, now: i64) -> Result<(Seat, usize), SeedError> {
    let Phone { mut seat, invite } = phone;
    let clock = Arc::new(SetClock::at(now));
    let patient = seat.patient;
    let core = open(
        &phone_folder(folder, patient.name),
        &clock,
        patient.language,
    )?;
    core.enrol(&invite.link, &invite.code, "Phone", "desktop")?;
    synchronise(&core)?;
    plans::first_days(&core, &clock, &seat, now)?;
    let mut written = 0;
    let mut day = seat.start;
    while day <= seat.last {
        written += one_day(&core, &clock, &mut seat, day, now)?;
        day = day.checked_add_days(Days::new(1)).ok_or(SeedError::Date)?;
    }
    homework::practise(&core, &clock, &mut seat, now)?;
    clock.set(now);
    synchronise(&core)?;
    core.close();
    Ok((seat, written))
}

/// Days without a word.
fn silent(patient: &Patient, day_number: u32, age: i64, dice: &mut Dice) -> bool {
    match patient.course {
        Course::Gaps => (12..26).contains(&day_number) || dice.chance(10),
        Course::Worsening => age < 4,
        _ => dice.chance(12),
    }
}

fn one_day(
    core: &Companion,
    clock: &SetClock,
    seat: &mut Seat,
    day: NaiveDate,
    now: i64,
) -> Result<usize, SeedError> {
    let patient = seat.patient;
    let number = u32::try_from((day - seat.start).num_days()).map_err(|_| SeedError::Date)?;
    let age = (seat.last - day).num_days();
    let week = number / 7 + 1;
    let dice = &mut seat.dice;
    let phq9 = course::severity(patient, patient.phq9, week, 26, dice);
    let gad7 = course::severity(patient, patient.gad7, week, 21, dice);
    let minute = dice.below(50);
    let quiet = silent(patient, number, age, dice);
    let flagged = patient.course == Course::Flagged && age == 1;
    let old_flag = patient.course == Course::FlagClosed && number == 21;
    let mut sheets = Vec::new();
    if !quiet || flagged {
        let notes = patient.says(&NOTES, &NOTES_ES);
        sheets.push((19, daily_sheet(phq9, number, flagged, notes, dice)));
    }
    let weekly = number % 7 == 0 && !(patient.course == Course::Gaps && quiet);
    if weekly || flagged {
        let item_9 = i64::from(old_flag) + if flagged { 2 } else { 0 };
        sheets.push((20, scored_sheet("phq9", phq9, 9, Some(item_9), dice)));
    }
    if weekly {
        sheets.push((20, scored_sheet("gad7", gad7, 7, None, dice)));
    }
    if weekly && patient.name == ASKED_MORE {
        sheets.push((20, forms::sheet(number / 7)));
    }
    let mut written = 0;
    for (offset, (hour, sheet)) in sheets.into_iter().enumerate() {
        let extra = u32::try_from(offset).unwrap_or(0) * 3;
        let moment = at(day, hour, (minute + extra).min(59))?;
        if moment < now {
            clock.set(moment);
            core.write_check_ins(&[sheet])?;
            written += 1;
        }
    }
    Ok(written)
}

fn daily_sheet(
    phq9: i64,
    number: u32,
    flagged: bool,
    notes: &[&str],
    dice: &mut Dice,
) -> WholeCheckIn {
    let day = course::daily(phq9, dice);
    let mut answers = Answers::default();
    for (item, value) in [
        ("mood", day.mood),
        ("anxiety", day.anxiety),
        ("urge-to-use", day.urge),
        ("urge-to-self-harm", i64::from(flagged) * 2),
        ("sleep", day.sleep),
        ("medication", day.medication),
    ] {
        answers.set(item, Answer::Value(value));
    }
    if dice.chance(18) {
        let note = notes[(number as usize) % notes.len()];
        answers.set("note", Answer::Text(note.to_owned()));
    }
    WholeCheckIn {
        form: "daily-check-in".to_owned(),
        answers,
    }
}

fn scored_sheet(
    form: &str,
    total: i64,
    items: usize,
    last: Option<i64>,
    dice: &mut Dice,
) -> WholeCheckIn {
    let mut answers = Answers::default();
    for (index, value) in course::spread(total, items, last, dice)
        .into_iter()
        .enumerate()
    {
        answers.set(format!("q{}", index + 1), Answer::Value(value));
    }
    if form == "phq9" {
        answers.set("difficulty", Answer::Value((total / 8).clamp(0, 3)));
    }
    WholeCheckIn {
        form: form.to_owned(),
        answers,
    }
}

/// What is done with plans in the end, and receipts: the phones end up to date.
pub(super) fn settle(folder: &Path, seats: &[Seat], now: i64) -> Result<(), SeedError> {
    for seat in seats {
        let clock = Arc::new(SetClock::at(now));
        let patient = seat.patient;
        let core = open(
            &phone_folder(folder, patient.name),
            &clock,
            patient.language,
        )?;
        synchronise(&core)?;
        plans::last_days(&core, seat)?;
        synchronise(&core)?;
        core.close();
    }
    Ok(())
}
