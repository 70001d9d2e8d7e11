//! The clinic's side of the demo: what the clinician sets up, assigns, opens and plans.

use std::path::Path;

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use handrail_care::calendar;
use handrail_care::due::date_at;
use handrail_care::ends::PauseReason;
use handrail_care::id::Id;
use handrail_care::library::{Clinic, Role};
use handrail_care::program::{Attendance, Mode, OwnSession, SessionKind, With};
use handrail_care::team::{Outcome, Risk};
use handrail_clinician::{Act, Clinician, Joining, Setup, SetupForm};

use super::course::Dice;
use super::people::{ASKED_MORE, AWAY, Course, PATIENTS, Patient};
use super::phones::{self, Phone};
use super::{DemoInvite, DemoLogin, SeedError, Seeded, ZONE};
use super::{alerts, family, forms, homework, plans, program, visits};
use crate::driver::Driver;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const PASSPHRASE: &str = "calm river, steady rail";

/// A patient of the demo with what the clinic knows.
pub(super) struct Seat {
    pub patient: &'static Patient,
    pub care: Id,
    pub start: NaiveDate,
    pub last: NaiveDate,
    pub dice: Dice,
}

/// An instant on the clinic's clock.
pub(super) fn at(date: NaiveDate, hour: u32, minute: u32) -> Result<i64, SeedError> {
    let time = NaiveTime::from_hms_opt(hour, minute, 0).ok_or(SeedError::Date)?;
    calendar::resolve_local(ZONE, date, time)
        .map(|resolved| resolved.instant.timestamp_millis())
        .map_err(|_| SeedError::Date)
}

pub(super) fn plus(date: NaiveDate, days: u64) -> Result<NaiveDate, SeedError> {
    date.checked_add_days(Days::new(days))
        .ok_or(SeedError::Date)
}

pub(super) fn minus(date: NaiveDate, days: u64) -> Result<NaiveDate, SeedError> {
    date.checked_sub_days(Days::new(days))
        .ok_or(SeedError::Date)
}

/// Makes the demo clinic on a fresh server.
pub fn seed(
    origin: &str,
    setup_code: &str,
    folder: &Path,
    seed: u64,
    now: i64,
) -> Result<Seeded, SeedError> {
    let mut driver = Driver::new(origin)?;
    let today = date_at(now, ZONE);
    let monday = minus(today, u64::from(today.weekday().num_days_from_monday()))?;
    let setup = Setup::new(form(), ZONE)?;
    let recovery_sheet = setup.recovery_sheet();
    let secret = setup.account_secret();
    let mut rowan = driver.set_up(setup, setup_code, now)?;
    let tracks = program::publish(&mut rowan, monday, now)?;
    let joining = Joining::new(
        "Imke",
        "Individual therapist",
        "imke",
        PASSPHRASE,
        rowan.root(),
    )?;
    let imke_secret = driver.admit(&mut rowan, &joining, Role::Clinician, now)?;
    let imke_id = Id(joining.party().0);
    rowan.refresh();
    driver.pump(&mut rowan, now)?;
    alerts::list(&mut rowan, imke_id, now - 150 * DAY)?;
    let mut seats = Vec::new();
    for (index, patient) in PATIENTS.iter().enumerate() {
        seats.push(admit(
            &mut rowan, patient, index, seed, tracks, monday, now,
        )?);
    }
    let members = family::add(&mut rowan, &seats, now)?;
    driver.pump(&mut rowan, now)?;
    for seat in &mut seats {
        plan_ahead(&mut rowan, seat, now)?;
    }
    driver.pump(&mut rowan, now)?;

    let phones_folder = folder.join("phones");
    let mut phones = Vec::new();
    for seat in seats {
        let invite = invite(&mut rowan, seat.care, &driver, now)?;
        phones.push(Phone { seat, invite });
    }
    let mut relatives = Vec::new();
    for member in members {
        relatives.push(invite(&mut rowan, member, &driver, now)?);
    }
    driver.pump(&mut rowan, now)?;
    let (seats, check_ins) = phones::live(phones, &phones_folder, now)?;
    family::enrol(&phones_folder, &relatives, now)?;

    rowan.refresh();
    driver.pump(&mut rowan, now)?;
    let mut imke = Driver::new(origin)?;
    let mut imke_at_work = imke.log_in("imke", PASSPHRASE, &imke_secret, ZONE, now)?;
    for seat in &seats {
        read_and_close(&mut imke_at_work, seat, now)?;
        visits::authorise(&mut rowan, seat, now)?;
        mark_attendance(&mut rowan, seat, now)?;
        plans::rate_together(&mut rowan, seat, now)?;
    }
    imke.pump(&mut imke_at_work, now)?;
    driver.pump(&mut rowan, now)?;
    for seat in &seats {
        alerts::tell(&mut rowan, seat, imke_id, now)?;
    }
    family::invite_to_group(&mut rowan, &seats, members, now)?;
    driver.pump(&mut rowan, now)?;
    let open = invite(&mut rowan, seats[0].care, &driver, now)?;
    driver.pump(&mut rowan, now)?;
    phones::settle(&phones_folder, &seats, now)?;
    family::share(&phones_folder, now)?;
    // Keys are renewed after something was taken back.
    rowan.refresh();
    driver.pump(&mut rowan, now)?;
    Ok(Seeded {
        logins: vec![
            login("Rowan", "rowan", secret),
            login("Imke", "imke", imke_secret),
        ],
        invite: DemoInvite {
            name: seats[0].patient.name.to_owned(),
            link: open.link,
            code: open.code,
        },
        recovery_sheet,
        phones: phones_folder,
        patients: seats.len(),
        check_ins,
    })
}

fn form() -> SetupForm {
    SetupForm {
        clinic: Clinic {
            name: "Riverbend IOP".to_owned(),
            time_zone: ZONE.to_owned(),
            phone: "555-0100".to_owned(),
            hours: "Monday to Friday, 8 to 5".to_owned(),
        },
        name: "Rowan".to_owned(),
        title: "Group therapist".to_owned(),
        login: "rowan".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    }
}

fn login(name: &str, login: &str, account_secret: String) -> DemoLogin {
    DemoLogin {
        name: name.to_owned(),
        login: login.to_owned(),
        passphrase: PASSPHRASE.to_owned(),
        account_secret,
    }
}

fn admit(
    rowan: &mut Clinician,
    patient: &'static Patient,
    index: usize,
    seed: u64,
    tracks: [Id; 2],
    monday: NaiveDate,
    now: i64,
) -> Result<Seat, SeedError> {
    let start = minus(monday, u64::from(patient.week - 1) * 7)?;
    let track = tracks[usize::from(patient.afternoon)];
    let act = Act::AddPatient {
        name: patient.name.to_owned(),
        phone: format!("555-01{index:02}"),
        born: String::new(),
        track,
        start_date: start,
        weeks: patient.weeks,
        join_link: Some(format!(
            "https://meet.example/{}",
            if patient.afternoon {
                "afternoon"
            } else {
                "morning"
            }
        )),
        check_ins: (patient.name == ASKED_MORE).then(forms::asked),
    };
    let written = at(start, 8, 0)?.min(now);
    let care = rowan.act(act, "", written)?.id.ok_or(SeedError::Date)?;
    let last = if patient.course == Course::Discharged {
        minus(date_at(now, ZONE), 10)?
    } else {
        date_at(now, ZONE)
    };
    let number = u64::try_from(index).unwrap_or(0);
    Ok(Seat {
        patient,
        care,
        start,
        last,
        dice: Dice::new(seed, number),
    })
}

pub(super) struct Invitation {
    pub link: String,
    pub code: String,
}

fn invite(
    rowan: &mut Clinician,
    subject: Id,
    driver: &Driver,
    now: i64,
) -> Result<Invitation, SeedError> {
    let act = Act::Invite {
        subject,
        on_screen: false,
    };
    let done = rowan.act(act, driver.origin(), now)?;
    Ok(Invitation {
        link: done.link.unwrap_or_default(),
        code: done.code.unwrap_or_default(),
    })
}

/// Homework each week, own sessions, plans.
fn plan_ahead(rowan: &mut Clinician, seat: &mut Seat, now: i64) -> Result<(), SeedError> {
    let care = seat.care;
    let me = rowan.id();
    let mut week_start = seat.start;
    let mut turn = 0;
    if seat.patient.name == AWAY.0 {
        pause(rowan, seat, now)?;
    }
    while week_start <= seat.last {
        let days = (week_start - seat.start).num_days();
        if seat.patient.name == AWAY.0 && (AWAY.1..AWAY.2).contains(&days.unsigned_abs()) {
            week_start = plus(week_start, 7)?;
            continue;
        }
        homework::assign(rowan, seat, week_start, turn, now)?;
        turn += 1;
        let wednesday = plus(week_start, 2)?;
        own_session(
            rowan,
            care,
            me,
            SessionKind::Individual,
            wednesday,
            "Individual therapy",
            now,
        )?;
        week_start = plus(week_start, 7)?;
    }
    if seat.patient.course != Course::Discharged {
        let next = plus(week_start, 2)?;
        own_session(
            rowan,
            care,
            me,
            SessionKind::Individual,
            next,
            "Individual therapy",
            now,
        )?;
        let friday = plus(week_start, 4)?;
        own_session(
            rowan,
            care,
            me,
            SessionKind::Medication,
            friday,
            "Medication check",
            now,
        )?;
    }
    plans::write(rowan, seat, now)
}

/// More care for two weeks: the place in the program is kept.
fn pause(rowan: &mut Clinician, seat: &Seat, now: i64) -> Result<(), SeedError> {
    let (_, from, until) = AWAY;
    let (from, back) = (plus(seat.start, from)?, plus(seat.start, until)?);
    let patient = seat.care;
    let act = Act::Pause {
        patient,
        from,
        reason: PauseReason::Inpatient,
        expected_back: Some(back),
    };
    rowan.act(act, "", at(from, 9, 0)?.min(now))?;
    let act = Act::Resume {
        patient,
        date: back,
    };
    rowan.act(act, "", at(back, 8, 0)?.min(now))?;
    Ok(())
}

fn own_session(
    rowan: &mut Clinician,
    care: Id,
    staff: Id,
    kind: SessionKind,
    date: NaiveDate,
    title: &str,
    now: i64,
) -> Result<(), SeedError> {
    let clock = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).ok_or(SeedError::Date);
    let session = OwnSession {
        id: Id::default(),
        kind,
        date,
        start: clock(15, 0)?,
        end: clock(15, 50)?,
        time_zone: ZONE.to_owned(),
        with: With {
            staff,
            title: title.to_owned(),
        },
        mode: Mode::Virtual,
        place: None,
        join_link: Some("https://meet.example/individual".to_owned()),
        cancelled: false,
    };
    let written = (at(date, 9, 0)? - 7 * DAY).min(now);
    rowan.act(
        Act::PlanSession {
            patient: care,
            session,
        },
        "",
        written,
    )?;
    Ok(())
}

/// The therapist has read everything older than a day or two, and closed the older flag.
fn read_and_close(imke: &mut Clinician, seat: &Seat, now: i64) -> Result<(), SeedError> {
    let Some(page) = imke.patient(seat.care, now) else {
        return Ok(());
    };
    let read_until = match seat.patient.course {
        Course::Worsening => now - 5 * DAY,
        _ => now - 2 * DAY,
    };
    let mut batch: Vec<(i64, Id)> = page
        .check_ins
        .iter()
        .filter(|check_in| check_in.at < read_until)
        .map(|check_in| (check_in.at, check_in.id))
        .collect();
    batch.sort_unstable();
    for week in batch.chunks(7) {
        let opened = week.last().map_or(now, |(at, _)| at + 14 * HOUR).min(now);
        let act = Act::Open {
            patient: seat.care,
            check_ins: week.iter().map(|(_, id)| *id).collect(),
        };
        imke.act(act, "", opened)?;
    }
    if seat.patient.course == Course::FlagClosed {
        for flag in page.flags {
            let act = Act::Dispose {
                patient: seat.care,
                check_in: flag.check_in,
                item: flag.item,
                answer: flag.answer,
                triage: flag.triage,
                also: Vec::new(),
                outcome: Outcome::Assessed,
                risk: Risk::Moderate,
                mitigation: "Talked after group. Safety plan gone through together, means put away, seen again tomorrow.".to_owned(),
            };
            imke.act(act, "", (flag.at + 4 * HOUR).min(now))?;
        }
    }
    Ok(())
}

/// Marks every session so far; some groups were missed.
fn mark_attendance(rowan: &mut Clinician, seat: &Seat, now: i64) -> Result<(), SeedError> {
    let Some(chart) = rowan.chart(seat.care) else {
        return Ok(());
    };
    let from = at(seat.start, 0, 0)?;
    let sessions = handrail_care::sessions::sessions(chart, rowan.library(), from, now);
    let mut dice = Dice::new(7, u64::try_from(seat.patient.phq9).unwrap_or(0));
    let (groups, own): (Vec<_>, Vec<_>) = sessions
        .into_iter()
        .filter(|session| session.end <= now && session.rings())
        .partition(|session| session.kind == SessionKind::Group);
    for session in own {
        let act = Act::MarkAttendance {
            patient: seat.care,
            session: session.id,
            attendance: Attendance::Present,
            minutes: None,
        };
        rowan.act(act, "", session.end)?;
    }
    let count = groups.len();
    for (index, session) in groups.into_iter().enumerate() {
        let missed_last = seat.patient.name == "Sunniva" && index + 1 == count;
        // One patient left a group early, and cancelled another too late.
        let from_the_end = (seat.patient.name == "Ilse").then_some(count - index);
        let attendance = if missed_last {
            Attendance::Absent
        } else if from_the_end == Some(4) {
            Attendance::LeftEarly
        } else if from_the_end == Some(2) {
            Attendance::LateCancel
        } else if dice.chance(90) {
            Attendance::Present
        } else if dice.chance(50) {
            Attendance::Late
        } else {
            Attendance::Excused
        };
        let act = Act::MarkAttendance {
            patient: seat.care,
            session: session.id,
            attendance,
            minutes: (attendance == Attendance::LeftEarly).then_some(80),
        };
        rowan.act(act, "", session.start + 10 * 60_000)?;
    }
    Ok(())
}
