//! A small clinic for tests: entries with places, charts, and the clinic's own mailboxes folded.
//!
//! Riverbend lies in New York; its morning track meets Mon/Tue/Thu 9-12 from 2026-09-07 for 30 weeks.

use chrono::{DateTime, NaiveDate, NaiveTime};

use crate::caseload;
use crate::chart::{Applied, Chart, Place};
use crate::checkin::{Answer, Answers};
use crate::entry::{Author, Body, Class, Entry};
use crate::id::Id;
use crate::library::{self, Library, Role, Staff};
use crate::patient::{CheckInWritten, DischargeReason, Discharged, DueRule, Enrolled, Stage};
use crate::program::{Attendance, Mode, Schedule, SessionChange, Track, TrackChange, Weekday};
use crate::roster::{AttendanceMarked, Person, Roster};
use crate::team::{Disposition, Outcome, Risk, Team};

pub const INES: Id = Id([201; 16]);
pub const TOMAS: Id = Id([202; 16]);
pub const PHONE: Id = Id([203; 16]);
pub const TRACK: Id = Id([204; 16]);
pub const NEW_YORK: &str = "America/New_York";

pub fn id(number: u8) -> Id {
    Id([number; 16])
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn at(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text)
        .expect("an instant")
        .timestamp_millis()
}

pub fn answers(given: &[(&str, i64)]) -> Answers {
    let mut answers = Answers::default();
    for (item, value) in given {
        answers.set(*item, Answer::Value(*value));
    }
    answers
}

/// A PHQ-9 with this total (at most 24, all of it outside item 9) and this answer to item 9.
pub fn phq9(total: i64, item9: i64) -> Answers {
    let mut left = total - item9;
    let mut sheet = answers(&[("q9", item9)]);
    for item in ["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8"] {
        let value = left.clamp(0, 3);
        left -= value;
        sheet.set(item, Answer::Value(value));
    }
    assert_eq!(left, 0, "no such sheet");
    sheet
}

pub fn check_in(of: u8, form: &str, stage: Stage, started: i64, answers: Answers) -> Body {
    Body::CheckIn(CheckInWritten {
        of: id(of),
        form: form.to_owned(),
        version: "1".to_owned(),
        stage,
        started,
        answers,
        follow_up: None,
    })
}

/// An enrolment in the morning track with these check-ins and days between them.
pub fn enrolled(start: &str, weeks: u32, check_ins: &[(&str, u32)]) -> Body {
    Body::Enrolled(Enrolled {
        track: TRACK,
        start_date: date(start),
        weeks,
        join_link: Some("https://video.example/room".to_owned()),
        check_ins: check_ins
            .iter()
            .map(|(form, every_days)| DueRule {
                form: (*form).to_owned(),
                every_days: *every_days,
            })
            .collect(),
    })
}

pub fn discharged(day: &str) -> Body {
    Body::Discharged(Discharged {
        date: date(day),
        reason: DischargeReason::Planned,
    })
}

/// One entry as it is folded.
#[derive(Debug, Clone)]
pub struct Line {
    pub entry: Entry,
    pub author: Author,
    pub place: Place,
}

/// A care mailbox being written. Entries are numbered from 1 and arrive a second after they were
/// written.
#[derive(Debug, Clone, Default)]
pub struct Care {
    pub lines: Vec<Line>,
}

impl Care {
    /// With an enrolment.
    pub fn enrolled(start: &str, weeks: u32, check_ins: &[(&str, u32)]) -> Self {
        let mut care = Self::default();
        let day = format!("{start}T12:00:00Z");
        care.staff(at(&day), enrolled(start, weeks, check_ins));
        care
    }

    pub fn write(&mut self, author: Author, zone: &str, at: i64, body: &Body) -> Id {
        let seq = self.lines.len() as u64 + 1;
        let mut bytes = [100; 16];
        bytes[..8].copy_from_slice(&seq.to_be_bytes());
        let entry = Entry::new(
            Id(bytes),
            at,
            zone,
            author.staff().unwrap_or(PHONE),
            None,
            body,
        );
        self.lines.push(Line {
            entry,
            author,
            place: Place::at(seq, at + 1000),
        });
        Id(bytes)
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests write bodies in place")]
    pub fn patient(&mut self, at: i64, body: Body) -> Id {
        self.write(Author::Patient, NEW_YORK, at, &body)
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests write bodies in place")]
    pub fn staff(&mut self, at: i64, body: Body) -> Id {
        self.write(Author::Clinician(INES), NEW_YORK, at, &body)
    }

    /// A check-in begun and written at this instant.
    pub fn answered(&mut self, of: u8, form: &str, stage: Stage, at: i64, sheet: Answers) -> Id {
        self.patient(at, check_in(of, form, stage, at, sheet))
    }

    pub fn chart(&self) -> Chart {
        fold(&self.lines)
    }
}

/// A chart of lines that are all to be folded.
pub fn fold(lines: &[Line]) -> Chart {
    let mut chart = Chart::default();
    for line in lines {
        let applied = chart.apply(Class::Care, &line.entry, line.author, line.place);
        assert_eq!(applied, Applied::Folded, "{}", line.entry.kind);
    }
    chart
}

/// The clinic's own mailboxes.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub library: Library,
    pub roster: Roster,
    pub team: Team,
    written: u16,
}

impl World {
    pub fn riverbend() -> Self {
        let mut world = Self::default();
        world.library(Body::Clinic(library::Clinic {
            name: "Riverbend IOP".to_owned(),
            time_zone: NEW_YORK.to_owned(),
            phone: "+1 555 0100".to_owned(),
            hours: "Mon to Fri 8-17".to_owned(),
        }));
        world.library(Body::Track(morning()));
        for (staff, name) in [(INES, "Ines"), (TOMAS, "Tomas")] {
            world.library(Body::Staff(Staff {
                id: staff,
                name: name.to_owned(),
                title: "Therapist".to_owned(),
                role: Role::Clinician,
                certificate: String::new(),
            }));
        }
        world
    }

    fn entry(&mut self, by: Id, at: i64, body: &Body) -> (u64, Entry) {
        self.written += 1;
        let mut bytes = [77; 16];
        bytes[..2].copy_from_slice(&self.written.to_be_bytes());
        let entry = Entry::new(Id(bytes), at, NEW_YORK, by, None, body);
        (u64::from(self.written), entry)
    }

    pub fn library(&mut self, body: Body) {
        let (seq, entry) = self.entry(INES, 0, &body);
        self.library.apply(seq, &entry, body);
    }

    pub fn changed(&mut self, change: SessionChange) {
        self.library(Body::SessionChanged(TrackChange {
            track: TRACK,
            change,
        }));
    }

    pub fn roster(&mut self, body: Body) {
        let (seq, entry) = self.entry(INES, 0, &body);
        self.roster.apply(seq, &entry, body);
    }

    pub fn person(&mut self, care: u8, name: &str) {
        self.roster(Body::Person(Person {
            care: id(care),
            name: name.to_owned(),
            phone: "+1 555 0199".to_owned(),
            born: "1990-02-03".to_owned(),
        }));
    }

    pub fn came(&mut self, care: u8, day: &str, attendance: Attendance) {
        self.roster(Body::Attendance(AttendanceMarked {
            person: id(care),
            session: format!("{TRACK}:{day}"),
            attendance,
            minutes: None,
        }));
    }

    pub fn team(&mut self, by: Id, at: i64, body: Body) {
        let (seq, entry) = self.entry(by, at, &body);
        self.team.apply(seq, &entry, body);
    }

    /// Closes the flag of patient 1.
    pub fn closes(&mut self, check_in: u8, item: &str, answer: Option<i64>, at: i64) {
        self.closes_for(1, check_in, item, answer, at);
    }

    pub fn closes_for(
        &mut self,
        patient: u8,
        check_in: u8,
        item: &str,
        answer: Option<i64>,
        at: i64,
    ) {
        let disposition = Disposition {
            patient: id(patient),
            check_in: id(check_in),
            item: item.to_owned(),
            answer,
            triage: None,
            also: Vec::new(),
            outcome: Outcome::Reached,
            risk: Risk::Moderate,
            mitigation: "Call again tomorrow.".to_owned(),
        };
        self.team(TOMAS, at, Body::Disposition(disposition));
    }

    pub fn clinic(&self) -> caseload::Clinic<'_> {
        caseload::Clinic {
            roster: &self.roster,
            library: &self.library,
            team: &self.team,
        }
    }
}

pub fn clock(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("a time")
}

pub fn morning() -> Track {
    Track {
        id: TRACK,
        name: "Morning".to_owned(),
        program: id(205),
        mode: Mode::Virtual,
        schedule: Schedule {
            time_zone: NEW_YORK.to_owned(),
            start_date: date("2026-09-07"),
            weeks: 30,
            weekdays: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Thursday],
            start_time: clock(9),
            end_time: clock(12),
            also: Vec::new(),
            tzdb: None,
        },
        place: None,
    }
}
