//! Tables for a spreadsheet, by the crate `csv` (RFC 4180: commas, quotes, CRLF), in UTF-8.
//!
//! Owns the tables and their columns. A text that a spreadsheet would take for a formula gets an apostrophe
//! in front: an export must not run what somebody typed into a note. Missing values are empty cells, never
//! zeros.

use ::csv::{Terminator, WriterBuilder};

use super::{Source, day, filled, stamp};
use crate::checkin::{Answer, Total};
use crate::due;
use crate::program::{Attendance, Session, SessionKind, Status};
use crate::sessions::local_date;

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// One check-in a row, with its score.
    CheckIns,
    /// One answer a row.
    Answers,
    /// Homework given.
    Homework,
    /// Tries of homework and of skills.
    Practice,
    /// Sessions with what became of them.
    Sessions,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::CheckIns,
        Self::Answers,
        Self::Homework,
        Self::Practice,
        Self::Sessions,
    ];

    /// Its name: the file's name without `.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckIns => "check-ins",
            Self::Answers => "answers",
            Self::Homework => "homework",
            Self::Practice => "practice",
            Self::Sessions => "sessions",
        }
    }

    /// The table of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    fn head(self) -> &'static [&'static str] {
        match self {
            Self::CheckIns => &[
                "check_in", "form", "version", "started", "written", "zone", "received",
                "complete", "status", "missing", "total", "severity", "opened",
            ],
            Self::Answers => &[
                "check_in", "form", "item", "question", "value", "answer", "written",
            ],
            Self::Homework => &[
                "homework", "title", "skill", "given", "due", "times", "done",
            ],
            Self::Practice => &[
                "try",
                "homework",
                "skill",
                "at",
                "completion",
                "distress_before",
                "distress_after",
                "helpfulness",
                "minutes",
                "obstacle",
                "note",
            ],
            Self::Sessions => &[
                "session",
                "kind",
                "title",
                "status",
                "date",
                "start",
                "end",
                "zone",
                "minutes",
                "attendance",
                "minutes_there",
            ],
        }
    }

    fn rows(self, source: &Source<'_>) -> Vec<Vec<String>> {
        match self {
            Self::CheckIns => check_ins(source),
            Self::Answers => answers(source),
            Self::Homework => homework(source),
            Self::Practice => practice(source),
            Self::Sessions => of_sessions(source),
        }
    }
}

/// A table as a file.
pub fn table(source: &Source<'_>, table: Table) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    let mut write = |row: Vec<&str>| {
        let written = writer.write_record(row);
        written.expect("a row as long as the others is written to memory");
    };
    write(table.head().to_vec());
    for row in table.rows(source) {
        write(row.iter().map(String::as_str).collect());
    }
    writer
        .into_inner()
        .expect("memory takes what is left in the buffer")
}

/// Words that somebody typed, as a cell that no spreadsheet runs.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn maybe<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn check_ins(source: &Source<'_>) -> Vec<Vec<String>> {
    let rows = source.chart.check_ins().into_iter().map(|check_in| {
        let (fact, written) = (&check_in.last, &check_in.last.value);
        let result = source.library.scored(source.chart, check_in);
        let result = result
            .as_deref()
            .filter(|result| result.instrument.is_some());
        let status = result.and_then(|result| serde_json::to_value(result.status).ok());
        let opened = source.chart.opened_by(fact.id);
        let received = check_in.entries().filter_map(|fact| fact.place.received);
        vec![
            check_in.id.to_string(),
            plain(&written.form),
            plain(&written.version),
            stamp(&fact.zone, written.started),
            stamp(&fact.zone, fact.at),
            fact.zone.to_string(),
            received
                .min()
                .map_or_else(String::new, |at| stamp("UTC", at)),
            check_in.is_complete().to_string(),
            maybe(status.as_ref().and_then(|status| status.as_str())),
            maybe(result.map(|result| result.missing)),
            maybe(result.and_then(|result| result.total).map(Total::to_f64)),
            maybe(result.and_then(|result| result.severity)),
            opened.map_or_else(String::new, |(_, at)| stamp("UTC", at)),
        ]
    });
    rows.collect()
}

fn answers(source: &Source<'_>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for check_in in source.chart.check_ins() {
        for filled in filled(source.library, check_in) {
            for (link_id, answer) in &filled.answers.0 {
                let item = filled.form.and_then(|form| form.item(link_id));
                let value = match answer {
                    Answer::Value(value) => value.to_string(),
                    Answer::Decimal(value) => value.to_string(),
                    Answer::Bool(yes) => yes.to_string(),
                    Answer::Text(_) | Answer::Many(_) => String::new(),
                };
                rows.push(vec![
                    filled.key.clone(),
                    plain(filled.form_id),
                    plain(link_id),
                    item.map_or_else(String::new, |item| plain(&item.text)),
                    value,
                    plain(&item.map_or_else(|| answer.plain(), |item| item.answer_text(answer))),
                    stamp(&filled.fact.zone, filled.fact.at),
                ]);
            }
        }
    }
    rows
}

fn homework(source: &Source<'_>) -> Vec<Vec<String>> {
    let today = due::date_at(source.now, source.zone());
    let rows = due::homework(source.chart, source.library, today)
        .into_iter()
        .map(|one| {
            vec![
                one.id.to_string(),
                plain(&one.title),
                plain(&one.skill.unwrap_or_default()),
                stamp(source.zone(), one.assigned_at),
                day(one.due),
                one.times.to_string(),
                one.done.to_string(),
            ]
        });
    rows.collect()
}

fn practice(source: &Source<'_>) -> Vec<Vec<String>> {
    let text = |text: &Option<String>| plain(text.as_deref().unwrap_or_default());
    let rows = source.chart.logs(None).into_iter().map(|fact| {
        let log = &fact.value;
        let completion = serde_json::to_value(log.completion).ok();
        vec![
            fact.id.to_string(),
            maybe(log.homework),
            text(&log.skill),
            stamp(&fact.zone, fact.at),
            maybe(completion.as_ref().and_then(|word| word.as_str())),
            maybe(log.distress_before),
            maybe(log.distress_after),
            maybe(log.helpfulness),
            maybe(log.minutes),
            text(&log.obstacle),
            text(&log.note),
        ]
    });
    rows.collect()
}

/// The word of a kind of session.
pub(super) fn kind_word(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Group => "group",
        SessionKind::Individual => "individual",
        SessionKind::Medication => "medication",
        SessionKind::Family => "family",
        SessionKind::Assessment => "assessment",
    }
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Scheduled => "scheduled",
        Status::Cancelled => "cancelled",
        Status::Moved => "moved",
        Status::Added => "added",
    }
}

/// The word of a mark.
pub(super) fn attendance_word(attendance: Attendance) -> &'static str {
    match attendance {
        Attendance::Present => "present",
        Attendance::Late => "late",
        Attendance::LeftEarly => "left-early",
        Attendance::Absent => "absent",
        Attendance::Excused => "excused",
        Attendance::LateCancel => "late-cancel",
    }
}

fn of_sessions(source: &Source<'_>) -> Vec<Vec<String>> {
    let all = source.sessions();
    let visits = source.visits(&all);
    let row = |session: &Session| {
        let visit = visits.get(&session.id);
        vec![
            session.id.clone(),
            kind_word(session.kind).to_owned(),
            plain(&session.title),
            status_word(session.status).to_owned(),
            local_date(session).to_string(),
            stamp(&session.time_zone, session.start),
            stamp(&session.time_zone, session.end),
            session.time_zone.clone(),
            session.elapsed_minutes.to_string(),
            maybe(visit.map(|visit| attendance_word(visit.attendance))),
            maybe(visit.map(super::Visit::minutes_there)),
        ]
    };
    all.iter().map(row).collect()
}
