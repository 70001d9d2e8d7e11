//! Tables for a spreadsheet, by the crate `csv` (RFC 4180: commas, quotes, CRLF), in UTF-8.
//!
//! Owns the tables and their columns. A cell that a spreadsheet would take for a formula gets an apostrophe
//! in front: an export must not run what somebody typed into a note. Missing values are empty cells, never
//! zeros.

use ::csv::{Terminator, WriterBuilder};

use super::{Source, day, filled, stamp};
use crate::chart::Fact;
use crate::checkin::{Answer, Total};
use crate::due;
use crate::family::words::part_two_notice;
use crate::homework::Logged;
use crate::program::{Attendance, Session, SessionKind, Status};
use crate::reminder::Language;
use crate::sessions::local_date;
use crate::skill::Values;
use crate::skill::values::cells;

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
    /// What was filled into worksheets and the fields of skills, one value a row.
    Worksheets,
    /// Sessions with what became of them.
    Sessions,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::CheckIns,
        Self::Answers,
        Self::Homework,
        Self::Practice,
        Self::Worksheets,
        Self::Sessions,
    ];

    /// Its name: the file's name without `.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckIns => "check-ins",
            Self::Answers => "answers",
            Self::Homework => "homework",
            Self::Practice => "practice",
            Self::Worksheets => "worksheets",
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
                "homework",
                "title",
                "instructions",
                "skill",
                "reading",
                "given",
                "due",
                "times",
                "done",
            ],
            Self::Practice => &[
                "try",
                "homework",
                "skill",
                "practised",
                "logged",
                "prompt",
                "trigger",
                "completion",
                "distress_before",
                "distress_after",
                "urge_before",
                "urge_after",
                "helpfulness",
                "minutes",
                "obstacle",
                "note",
            ],
            Self::Worksheets => &[
                "try",
                "homework",
                "skill",
                "practised",
                "row",
                "field",
                "question",
                "value",
                "answer",
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
            Self::Worksheets => worksheets(source),
            Self::Sessions => of_sessions(source),
        }
    }
}

/// A table as a file. Of a program that treats substance use each row ends with the notice of 42 CFR 2.32:
/// a table has no other room for it, and rows travel.
pub fn table(source: &Source<'_>, table: Table) -> Vec<u8> {
    let notice = source
        .is_part_2()
        .then(|| part_two_notice(Language::English));
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    let last = notice.as_deref();
    let mut write = |row: &[&str], last: Option<&str>| {
        let written = writer.write_record(row.iter().copied().chain(last));
        written.expect("a row as long as the others is written to memory");
    };
    write(table.head(), last.map(|_| "notice"));
    for row in table.rows(source) {
        let row: Vec<_> = row.into_iter().map(harmless).collect();
        write(&row.iter().map(String::as_str).collect::<Vec<_>>(), last);
    }
    writer
        .into_inner()
        .expect("memory takes what is left in the buffer")
}

/// A cell that no spreadsheet runs: words that somebody typed, and ids, of which one in 64 begins with a minus.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
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
            written.form.clone(),
            written.version.clone(),
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
                    filled.form_id.to_owned(),
                    link_id.to_string(),
                    item.map_or_else(String::new, |item| item.text.clone()),
                    value,
                    item.map_or_else(|| answer.plain(), |item| item.answer_text(answer)),
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
                one.title.clone(),
                one.instructions.clone(),
                one.skill.unwrap_or_default(),
                one.reading.unwrap_or_default(),
                stamp(source.zone(), one.assigned_at),
                day(one.due),
                one.times.to_string(),
                one.done.to_string(),
            ]
        });
    rows.collect()
}

/// The word that an entry has for it.
fn word(value: impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    maybe(value.as_ref().and_then(|word| word.as_str()))
}

fn practised(fact: &Fact<Logged>) -> String {
    stamp(&fact.zone, fact.value.practised_at.unwrap_or(fact.at))
}

fn practice(source: &Source<'_>) -> Vec<Vec<String>> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let rows = source.chart.logs(None).into_iter().map(|fact| {
        let log = &fact.value;
        vec![
            fact.id.to_string(),
            maybe(log.homework),
            text(&log.skill),
            practised(fact),
            stamp(&fact.zone, fact.at),
            log.prompt.map_or_else(String::new, word),
            text(&log.trigger),
            word(log.completion),
            maybe(log.distress_before),
            maybe(log.distress_after),
            maybe(log.urge_before),
            maybe(log.urge_after),
            maybe(log.helpfulness),
            maybe(log.minutes),
            text(&log.obstacle),
            text(&log.note),
        ]
    });
    rows.collect()
}

/// First what the clinician filled in beforehand, with no try beside it, then each try.
fn worksheets(source: &Source<'_>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut add = |head: [String; 4], skill: &Option<String>, values: &Values| {
        let known = skill
            .as_deref()
            .and_then(|id| source.library.skill(id, Language::English));
        for cell in cells(known, values, Language::English) {
            let mut row = head.to_vec();
            row.extend([
                maybe(cell.row),
                cell.field,
                cell.label,
                cell.value,
                cell.text,
            ]);
            rows.push(row);
        }
    };
    let skill = |skill: &Option<String>| skill.clone().unwrap_or_default();
    for fact in source.chart.homework() {
        let given = &fact.value;
        let head = [
            String::new(),
            fact.id.to_string(),
            skill(&given.skill),
            String::new(),
        ];
        add(head, &given.skill, &given.given);
    }
    for fact in source.chart.logs(None) {
        let log = &fact.value;
        let head = [
            fact.id.to_string(),
            maybe(log.homework),
            skill(&log.skill),
            practised(fact),
        ];
        add(head, &log.skill, &log.values);
    }
    rows
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
            session.title.clone(),
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
