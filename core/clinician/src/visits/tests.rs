//! Acts on a clinic without a server: each is folded into this clinician's own view at once.

use handrail_care::ends::StopReason;
use handrail_care::id::Id;
use handrail_care::library::Clinic;
use handrail_care::patient_page::PatientPage;
use handrail_care::program::{Mode, Program, ProgramKind, Schedule, Track, Weekday};
use handrail_care::visits::{Prompt, Unit, Uses};
use handrail_mailbox::directory::{Directory, RootKey};
use handrail_mailbox::identity::StaffIdentity;

use super::*;
use crate::act::Act;

const DAY: i64 = 24 * 3_600_000;
/// Monday 2026-11-02, 13:00 UTC: eight in the morning in New York.
pub(crate) const MONDAY: i64 = 1_793_624_400_000;
const NEW_YORK: &str = "America/New_York";

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// A clinic with one patient, and a clinician at work in it.
pub(crate) struct Practice {
    pub(crate) clinician: Clinician,
    pub(crate) track: Id,
    pub(crate) patient: Id,
    /// Acts so far: each comes a minute after the one before.
    acts: i64,
}

impl Practice {
    pub(crate) fn new() -> Self {
        let directory = Directory::new(RootKey::make().public());
        let mut clinician = Clinician::new(StaffIdentity::make(), None, directory, NEW_YORK);
        for mailbox in [
            clinician.own.team,
            clinician.own.library,
            clinician.own.roster,
        ] {
            clinician.new_epoch(mailbox, &[]);
        }
        let mut practice = Self {
            clinician,
            track: Id::default(),
            patient: Id::default(),
            acts: 0,
        };
        practice.does(Act::DescribeClinic {
            clinic: Clinic {
                name: "Riverbend IOP".to_owned(),
                time_zone: NEW_YORK.to_owned(),
                phone: String::new(),
                hours: String::new(),
            },
        });
        let program = practice.does(Act::SetProgram {
            program: Program {
                id: Id::default(),
                name: "Adult IOP".to_owned(),
                kind: ProgramKind::MentalHealth,
                time_zone: NEW_YORK.to_owned(),
                phone: String::new(),
                hours: String::new(),
                weekly_minimum: None,
            },
        });
        let clock = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
        let track = practice.does(Act::SetTrack {
            track: Track {
                id: Id::default(),
                name: "Morning".to_owned(),
                program: program.id.expect("made"),
                mode: Mode::Virtual,
                schedule: Schedule {
                    time_zone: NEW_YORK.to_owned(),
                    start_date: date("2026-11-02"),
                    weeks: 12,
                    weekdays: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Thursday],
                    start_time: clock(9),
                    end_time: clock(12),
                    also: Vec::new(),
                    tzdb: None,
                },
                place: None,
            },
        });
        practice.track = track.id.expect("made");
        let patient = practice.does(Act::AddPatient {
            name: "Mara".to_owned(),
            phone: String::new(),
            born: String::new(),
            track: practice.track,
            start_date: date("2026-11-02"),
            weeks: 8,
            join_link: None,
            check_ins: None,
        });
        practice.patient = patient.id.expect("made");
        practice
    }

    pub(crate) fn act(&mut self, act: Act) -> Result<Done, ActError> {
        self.acts += 1;
        self.clinician.act(act, "", MONDAY + self.acts * 60_000)
    }

    pub(crate) fn does(&mut self, act: Act) -> Done {
        self.act(act).expect("a good act")
    }

    pub(crate) fn page(&self, now: i64) -> PatientPage {
        let page = self.clinician.patient(self.patient, now);
        page.expect("in the roster")
    }

    fn mark(&self, day: &str, attendance: Attendance, minutes: Option<u32>) -> Act {
        Act::MarkAttendance {
            patient: self.patient,
            session: format!("{}:{day}", self.track),
            attendance,
            minutes,
        }
    }

    fn authorised() -> Authorised {
        Authorised {
            id: Id::default(),
            payer: "Lindenhof Health".to_owned(),
            extends: None,
            from: date("2026-11-02"),
            until: date("2026-12-31"),
            visits: 12,
            unit: Unit::Session,
            covers: Vec::new(),
            half_session: Uses::Half,
            late_cancel: Uses::Nothing,
            review: None,
            tell_missed: true,
            withdrawn: false,
        }
    }
}

#[test]
fn a_mark_counts_for_staff_and_for_the_phone() {
    let mut practice = Practice::new();
    let authorisation = Practice::authorised();
    let patient = practice.patient;
    practice.does(Act::Authorise {
        patient,
        authorisation,
    });
    for (day, attendance, minutes) in [
        ("2026-11-02", Attendance::Present, None),
        ("2026-11-03", Attendance::LeftEarly, Some(60)),
        ("2026-11-05", Attendance::Absent, None),
    ] {
        practice.does(practice.mark(day, attendance, minutes));
    }
    let page = practice.page(MONDAY + 4 * DAY);
    let payer = &page.visits.count.payers[0];
    assert!((payer.used.to_f64() - 1.5).abs() < f64::EPSILON);
    // Nothing is left to settle: the care mailbox has it all.
    assert_eq!((page.visits.unsettled, page.visits.visits.len()), (0, 3));
    // A correction changes both.
    practice.does(practice.mark("2026-11-05", Attendance::LateCancel, None));
    let page = practice.page(MONDAY + 4 * DAY);
    assert_eq!(page.visits.unsettled, 0);
    let Some(Prompt::TellPayer {
        authorisation,
        missed,
        ..
    }) = page.visits.prompts.first().cloned()
    else {
        panic!("the payer is to be told");
    };
    assert_eq!(missed[0].attendance, Attendance::LateCancel);
    let sessions = missed.into_iter().map(|one| one.session).collect();
    practice.does(Act::NotePayerTold {
        told: PayerTold {
            patient,
            authorisation,
            sessions,
        },
    });
    let prompts = practice.page(MONDAY + 4 * DAY).visits.prompts;
    assert!(
        !prompts
            .iter()
            .any(|one| matches!(one, Prompt::TellPayer { .. }))
    );
    let row = practice.clinician.caseload(MONDAY + 4 * DAY).remove(0);
    assert_eq!(row.visits.and_then(|line| line.left), Some(10.5));
}

#[test]
fn what_the_front_desk_marked_is_settled() {
    let mut practice = Practice::new();
    let marked = AttendanceMarked {
        person: practice.patient,
        session: format!("{}:2026-11-02", practice.track),
        attendance: Attendance::Present,
        minutes: None,
    };
    let roster = practice.clinician.own.roster;
    let body = Body::Attendance(marked);
    practice.clinician.put(roster, &body, MONDAY).expect("kept");
    assert_eq!(practice.page(MONDAY + DAY).visits.unsettled, 1);
    let patient = practice.patient;
    practice.does(Act::SettleVisits { patient });
    let page = practice.page(MONDAY + DAY);
    assert_eq!((page.visits.unsettled, page.visits.visits.len()), (0, 1));
}

#[test]
fn out_of_bounds_is_refused_and_nothing_is_written() {
    let mut practice = Practice::new();
    let patient = practice.patient;
    let (stranger, good) = (Id([9; 16]), Practice::authorised());
    let authorise = |patient, change: &dyn Fn(&mut Authorised)| {
        let mut authorisation = good.clone();
        change(&mut authorisation);
        Act::Authorise {
            patient,
            authorisation,
        }
    };
    let told = |sessions: Vec<String>| Act::NotePayerTold {
        told: PayerTold {
            patient,
            authorisation: stranger,
            sessions,
        },
    };
    let closed = |until: &str, tracks: Vec<Id>| Act::CloseDays {
        days: ClosedDays {
            id: Id::default(),
            from: date("2026-11-26"),
            until: date(until),
            reason: "Thanksgiving".to_owned(),
            tracks,
            open_after_all: false,
        },
    };
    let pause = |patient, back: &str| Act::Pause {
        patient,
        from: date("2026-11-10"),
        reason: PauseReason::Inpatient,
        expected_back: Some(date(back)),
    };
    let resume = Act::Resume {
        patient,
        date: date("2026-11-17"),
    };
    for (act, error) in [
        (
            practice.mark("2026-11-02", Attendance::Absent, Some(60)),
            ActError::OutOfRange,
        ),
        (
            practice.mark("2026-11-02", Attendance::Late, Some(0)),
            ActError::OutOfRange,
        ),
        (authorise(stranger, &|_| ()), ActError::PatientUnknown),
        (
            authorise(patient, &|one| one.extends = Some(stranger)),
            ActError::NotFound,
        ),
        (
            authorise(patient, &|one| one.visits = 5000),
            ActError::OutOfRange,
        ),
        (told(vec!["x".to_owned()]), ActError::NotFound),
        (closed("2026-11-25", Vec::new()), ActError::OutOfRange),
        (closed("2026-11-27", vec![stranger]), ActError::NotFound),
        (pause(patient, "2026-11-10"), ActError::OutOfRange),
        (pause(stranger, "2026-11-17"), ActError::PatientUnknown),
        (resume, ActError::NotFound),
    ] {
        let said = format!("{act:?}");
        assert_eq!(practice.act(act), Err(error), "{said}");
    }
    let page = practice.page(MONDAY + DAY).visits;
    assert!(page.visits.is_empty() && page.authorised.is_empty() && page.pauses.is_empty());
}

#[test]
fn a_pause_and_an_end_silence_the_family_without_a_reason() {
    let mut practice = Practice::new();
    let patient = practice.patient;
    let member = practice.does(Act::AddFamilyMember {
        patient,
        name: "Ilse".to_owned(),
        relation: "sister".to_owned(),
        consented_at: Some(MONDAY),
        how: handrail_care::family::ConsentHow::Written,
        guardian: false,
    });
    let family = member.id.expect("made");
    let stop = |practice: &Practice, of: Id, day: &str| {
        let chart = practice.clinician.chart(of).expect("open");
        chart.reminders_stop(date(day))
    };
    practice.does(Act::Pause {
        patient,
        from: date("2026-11-10"),
        reason: PauseReason::Inpatient,
        expected_back: Some(date("2026-11-17")),
    });
    let silent = Some(StopReason::FamilySilenced);
    assert_eq!(stop(&practice, family, "2026-11-09"), None);
    assert_eq!(stop(&practice, family, "2026-11-10"), silent);
    assert_eq!(
        stop(&practice, patient, "2026-11-10"),
        Some(StopReason::Paused)
    );
    assert!(practice.page(MONDAY + 8 * DAY).row.paused.is_some());
    practice.does(Act::Resume {
        patient,
        date: date("2026-11-19"),
    });
    assert_eq!(stop(&practice, family, "2026-11-19"), None);
    assert_eq!(stop(&practice, patient, "2026-11-19"), None);
    // As planned: silent from the day after.
    practice.does(Act::Discharge {
        patient,
        date: date("2026-12-24"),
        reason: DischargeReason::Planned,
    });
    assert_eq!(stop(&practice, family, "2026-12-24"), None);
    assert_eq!(stop(&practice, family, "2026-12-25"), silent);
    // Enrolled again, for more weeks and with the same check-ins.
    let track = practice.track;
    let enrol = |patient, weeks| Act::Enrol {
        patient,
        track,
        start_date: date("2026-11-02"),
        weeks,
        join_link: None,
        check_ins: None,
    };
    practice.does(enrol(patient, 10));
    assert_eq!(stop(&practice, family, "2026-12-25"), None);
    let row = practice.page(MONDAY).row;
    assert_eq!((row.weeks, row.discharged), (Some(10), None));
    assert_eq!(practice.act(enrol(patient, 105)), Err(ActError::OutOfRange));
    assert_eq!(
        practice.act(enrol(Id([9; 16]), 8)),
        Err(ActError::PatientUnknown)
    );
    // By death: at once.
    practice.does(Act::Discharge {
        patient,
        date: date("2026-11-20"),
        reason: DischargeReason::Died,
    });
    assert_eq!(stop(&practice, family, "2026-11-01"), silent);
    assert_eq!(
        stop(&practice, patient, "2026-11-01"),
        Some(StopReason::Died)
    );
}

#[test]
fn a_closed_day_cancels_the_group() {
    let mut practice = Practice::new();
    let done = practice.does(Act::CloseDays {
        days: ClosedDays {
            id: Id::default(),
            from: date("2026-11-05"),
            until: date("2026-11-06"),
            reason: "Autumn break".to_owned(),
            tracks: vec![practice.track],
            open_after_all: false,
        },
    });
    assert!(done.id.is_some());
    let sessions = practice.page(MONDAY).sessions;
    let thursday = &sessions[2].session;
    assert_eq!(thursday.reason.as_deref(), Some("Autumn break"));
    assert!(!thursday.rings() && sessions[1].session.rings());
    assert_eq!(practice.clinician.clinic_view().closed_days.len(), 1);
}
