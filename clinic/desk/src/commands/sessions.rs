//! `handrail-desk sessions`: a weekly pattern and its changes in, every session out.
//!
//! Owns the input and output shapes of `design.md` section 9; the arithmetic is
//! `handrail_care::program`. Unlike a phone, which leaves out a change that does not fit, this
//! command refuses the line: a planner must see the mistake.
//!
//! Input: `time_zone`, `start_date`, `weeks` (1 to 104), `weekdays` (`MO`..`SU`, each once),
//! `start_time`, `end_time` (`HH:MM` or `HH:MM:00`), and optionally
//! - `cancelled`: dates, or objects with `original_date`;
//! - `moved`: objects with `original_date`, `new_date`, `new_start`, `new_end`;
//! - `device_time_zone`: then every session also has `device_start_local` and `device_end_local`,
//!   RFC 3339 with that zone's offset;
//! - `reminders`: ISO 8601 durations before the start, at most 16 (default `PT24H`, `PT1H`);
//! - `case`: echoed.
//!
//! Other keys are ignored. Output: `sessions` in the order of their original dates; instants are
//! RFC 3339 in UTC with `Z`.

use chrono::{NaiveDate, NaiveTime};
use handrail_care::calendar;
use handrail_care::program::clock;
use handrail_care::program::contract;
use handrail_care::program::lead::Lead;
use handrail_care::program::schedule::{
    MAX_PATTERNS, MAX_WEEKS, Problem, Schedule, ScheduleError, SessionChange, Weekday, occurrences,
};
use serde_json::{Map, Value};

use super::Failure;

/// Most cancelled and moved sessions together.
const MAX_CHANGES: usize = 2000;

/// Most reminders of one session.
const MAX_LEADS: usize = 16;

/// One input line to one output line.
///
/// # Errors
/// `missing-field`, `wrong-type`, `bad-date`, `bad-time`, `bad-weekday`, `bad-duration`,
/// `duplicate-reminder`, `too-many`, `conflicting-changes`, `no-session-on-date`, and those of
/// [`ScheduleError`]: `bad-weeks`, `no-weekday`, `duplicate-weekday`, `unknown-time-zone`,
/// `date-out-of-range`. The detail names the field, never its value.
pub fn line(input: &Value) -> Result<Value, Failure> {
    let schedule = schedule(input)?;
    let (changes, places) = changes(input)?;
    let leads = leads(input)?;
    let device = optional(input, "device_time_zone")
        .map(|zone| text(zone, "device_time_zone"))
        .transpose()?;
    if let Some(zone) = device {
        calendar::check_zone(zone)
            .map_err(|error| refuse(ScheduleError::Calendar(error), "device_time_zone"))?;
    }
    let mut planned = occurrences(&schedule, &changes).map_err(|error| {
        let field = match error {
            ScheduleError::Weeks => "weeks",
            ScheduleError::NoWeekday | ScheduleError::DuplicateWeekday => "weekdays",
            ScheduleError::TooManyPatterns => "also",
            ScheduleError::Calendar(calendar::CalendarError::UnknownZone) => "time_zone",
            ScheduleError::Calendar(calendar::CalendarError::OutOfRange) => "start_date",
        };
        refuse(error, field)
    })?;
    if let Some(left_out) = planned.problems.first() {
        let place = &places[left_out.change];
        return Err(match left_out.problem {
            Problem::DateOutOfRange => Failure::new(
                Problem::DateOutOfRange.code(),
                format!("{place}: the new date is outside the years 1900 to 2200"),
            ),
            other => Failure::new(
                other.code(),
                format!("{place}: the pattern has no session on the original date"),
            ),
        });
    }
    planned
        .occurrences
        .sort_by_key(|occurrence| occurrence.original_date);
    let rows: Vec<Value> = planned
        .occurrences
        .iter()
        .map(|occurrence| contract::row(occurrence, &leads, device))
        .collect::<Result<_, _>>()
        .map_err(|(field, error)| refuse(ScheduleError::Calendar(error), field))?;
    let mut output = Map::new();
    if let Some(case) = super::case_of(input) {
        output.insert("case".into(), case);
    }
    output.insert("sessions".into(), Value::Array(rows));
    Ok(Value::Object(output))
}

fn schedule(input: &Value) -> Result<Schedule, Failure> {
    let weeks = required(input, "weeks", "weeks")?
        .as_u64()
        .and_then(|weeks| u32::try_from(weeks).ok())
        .ok_or_else(|| refuse(ScheduleError::Weeks, "weeks"))?;
    let mut weekdays = Vec::new();
    for word in list(
        required(input, "weekdays", "weekdays")?,
        "weekdays",
        Weekday::ALL.len(),
    )? {
        let day = Weekday::from_word(text(word, "weekdays")?)
            .ok_or_else(|| Failure::new("bad-weekday", "weekdays: MO, TU, WE, TH, FR, SA or SU"))?;
        weekdays.push(day);
    }
    Ok(Schedule {
        time_zone: text(required(input, "time_zone", "time_zone")?, "time_zone")?.to_owned(),
        start_date: date(input, "start_date", "start_date")?,
        weeks,
        weekdays,
        start_time: time(input, "start_time", "start_time")?,
        end_time: time(input, "end_time", "end_time")?,
        also: Vec::new(),
        tzdb: None,
    })
}

/// The changes, and for each the place in the input it came from.
fn changes(input: &Value) -> Result<(Vec<SessionChange>, Vec<String>), Failure> {
    let lists = |field| -> Result<&[Value], Failure> {
        optional(input, field).map_or(Ok(&[]), |value| list(value, field, MAX_CHANGES))
    };
    let (cancelled, moved) = (lists("cancelled")?, lists("moved")?);
    if cancelled.len() + moved.len() > MAX_CHANGES {
        return Err(too_many("cancelled and moved", MAX_CHANGES));
    }
    let (mut changes, mut places) = (Vec::new(), Vec::new());
    let mut dates = std::collections::BTreeSet::new();
    let mut add = |original_date: NaiveDate, change: SessionChange, place: String| {
        if !dates.insert(original_date) {
            let detail = format!("{place}: that date is already cancelled or moved");
            return Err(Failure::new("conflicting-changes", detail));
        }
        changes.push(change);
        places.push(place);
        Ok(())
    };
    for (at, value) in cancelled.iter().enumerate() {
        let place = format!("cancelled[{at}]");
        let original_date = match value {
            Value::String(text) => parse_date(text, &place)?,
            Value::Object(_) => date(value, "original_date", &format!("{place}.original_date"))?,
            _ => return Err(wrong_type(&place, "a date or an object")),
        };
        let change = SessionChange::Cancelled {
            original_date,
            original_start: None,
            reason: None,
        };
        add(original_date, change, place)?;
    }
    for (at, value) in moved.iter().enumerate() {
        let place = format!("moved[{at}]");
        if !value.is_object() {
            return Err(wrong_type(&place, "an object"));
        }
        let original_date = date(value, "original_date", &format!("{place}.original_date"))?;
        let change = SessionChange::Moved {
            original_date,
            original_start: None,
            new_date: date(value, "new_date", &format!("{place}.new_date"))?,
            new_start: time(value, "new_start", &format!("{place}.new_start"))?,
            new_end: time(value, "new_end", &format!("{place}.new_end"))?,
        };
        add(original_date, change, place)?;
    }
    Ok((changes, places))
}

fn leads(input: &Value) -> Result<Vec<Lead>, Failure> {
    let Some(value) = optional(input, "reminders") else {
        return Ok(Lead::defaults());
    };
    let mut leads: Vec<Lead> = Vec::new();
    for value in list(value, "reminders", MAX_LEADS)? {
        let lead = Lead::parse(text(value, "reminders")?).map_err(|_| {
            let detail = "reminders: ISO 8601 in weeks, days, hours and minutes, up to 31 days";
            Failure::new("bad-duration", detail)
        })?;
        if leads.iter().any(|known| known.elapsed() == lead.elapsed()) {
            let detail = "reminders: two of the same length";
            return Err(Failure::new("duplicate-reminder", detail));
        }
        leads.push(lead);
    }
    Ok(leads)
}

/// A field that may be absent; null counts as absent.
fn optional<'a>(object: &'a Value, field: &str) -> Option<&'a Value> {
    object.get(field).filter(|value| !value.is_null())
}

fn required<'a>(object: &'a Value, field: &str, place: &str) -> Result<&'a Value, Failure> {
    optional(object, field)
        .ok_or_else(|| Failure::new("missing-field", format!("{place} is needed")))
}

fn text<'a>(value: &'a Value, place: &str) -> Result<&'a str, Failure> {
    value.as_str().ok_or_else(|| wrong_type(place, "text"))
}

fn list<'a>(value: &'a Value, place: &str, most: usize) -> Result<&'a [Value], Failure> {
    let values = value
        .as_array()
        .ok_or_else(|| wrong_type(place, "a list"))?;
    if values.len() > most {
        return Err(too_many(place, most));
    }
    Ok(values)
}

fn date(object: &Value, field: &str, place: &str) -> Result<NaiveDate, Failure> {
    parse_date(text(required(object, field, place)?, place)?, place)
}

fn time(object: &Value, field: &str, place: &str) -> Result<NaiveTime, Failure> {
    let text = text(required(object, field, place)?, place)?;
    clock::parse(text)
        .ok_or_else(|| Failure::new("bad-time", format!("{place}: HH:MM or HH:MM:00")))
}

fn parse_date(text: &str, place: &str) -> Result<NaiveDate, Failure> {
    // Written again it must be the same: the reader alone would take `2026-1-5`.
    text.parse::<NaiveDate>()
        .ok()
        .filter(|date| date.to_string() == text)
        .ok_or_else(|| Failure::new("bad-date", format!("{place}: a date as YYYY-MM-DD")))
}

fn wrong_type(place: &str, wanted: &str) -> Failure {
    Failure::new("wrong-type", format!("{place}: {wanted} is needed"))
}

fn too_many(place: &str, most: usize) -> Failure {
    Failure::new("too-many", format!("{place}: at most {most}"))
}

fn refuse(error: ScheduleError, place: &str) -> Failure {
    use calendar::CalendarError::{OutOfRange, UnknownZone};
    let (code, rule) = match error {
        ScheduleError::Weeks => ("bad-weeks", format!("a whole number from 1 to {MAX_WEEKS}")),
        ScheduleError::NoWeekday => ("no-weekday", "at least one".to_owned()),
        ScheduleError::TooManyPatterns => ("too-many-patterns", format!("at most {MAX_PATTERNS}")),
        ScheduleError::DuplicateWeekday => ("duplicate-weekday", "each at most once".to_owned()),
        ScheduleError::Calendar(UnknownZone) => (
            "unknown-time-zone",
            format!("not a name of zone table {}", calendar::tzdb_version()),
        ),
        ScheduleError::Calendar(OutOfRange) => (
            "date-out-of-range",
            "outside the years 1900 to 2200".to_owned(),
        ),
    };
    Failure::new(code, format!("{place}: {rule}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A week in New York; each test changes what it is about.
    fn week() -> Value {
        json!({
            "time_zone": "America/New_York",
            "start_date": "2026-11-23",
            "weeks": 1,
            "weekdays": ["MO", "TU", "TH"],
            "start_time": "09:00",
            "end_time": "12:00",
        })
    }

    fn with(changes: &Value) -> Value {
        let mut input = week();
        for (key, value) in changes.as_object().expect("an object") {
            input[key] = value.clone();
        }
        input
    }

    fn answer(input: &Value) -> Value {
        line(input).unwrap_or_else(|failure| json!({"error": failure.to_json()}))
    }

    fn vectors() -> std::path::PathBuf {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/sessions.json")
    }

    fn read_vectors() -> Vec<Value> {
        let text = std::fs::read_to_string(vectors()).expect("committed vectors");
        serde_json::from_str(&text).expect("a list of vectors")
    }

    #[test]
    fn vectors_hold() {
        let vectors = read_vectors();
        assert!(vectors.len() >= 12);
        for vector in vectors {
            assert_eq!(
                answer(&vector["input"]),
                vector["output"],
                "{}",
                vector["name"]
            );
        }
    }

    #[test]
    #[ignore = "regenerates tests/vectors/sessions.json"]
    fn regenerate_vectors() {
        // Inputs are edited in the file; only the outputs are written anew, one vector a line.
        let rows: Vec<String> = read_vectors()
            .into_iter()
            .map(|mut vector| {
                vector["output"] = answer(&vector["input"]);
                vector.to_string()
            })
            .collect();
        let text = format!("[\n{}\n]\n", rows.join(",\n"));
        std::fs::write(vectors(), text).expect("the vectors folder");
    }

    #[test]
    fn one_line_by_hand() {
        let output = answer(&with(&json!({
            "weekdays": ["MO", "TU"],
            "cancelled": ["2026-11-24"],
            "moved": [{"original_date": "2026-11-23", "new_date": "2026-12-02",
                "new_start": "10:00", "new_end": "11:30"}],
            "reminders": ["PT24H"],
            "device_time_zone": "America/Vancouver",
        })));
        let expected = json!({"sessions": [
            {
                "original_local_date": "2026-11-23",
                "status": "moved",
                "start_utc": "2026-12-02T15:00:00Z",
                "end_utc": "2026-12-02T16:30:00Z",
                "start_resolution": "normal",
                "end_resolution": "normal",
                "elapsed_minutes": 90,
                "reminders": [{"before": "PT24H", "fire_utc": "2026-12-01T15:00:00Z"}],
                "device_start_local": "2026-12-02T08:00:00-07:00",
                "device_end_local": "2026-12-02T09:30:00-07:00",
            },
            {
                "original_local_date": "2026-11-24",
                "status": "cancelled",
                "start_utc": "2026-11-24T14:00:00Z",
                "end_utc": "2026-11-24T17:00:00Z",
                "start_resolution": "normal",
                "end_resolution": "normal",
                "elapsed_minutes": 180,
                "reminders": [],
                "device_start_local": "2026-11-24T07:00:00-07:00",
                "device_end_local": "2026-11-24T10:00:00-07:00",
            },
        ]});
        assert_eq!(output, expected);
    }

    #[test]
    fn bad_lines_by_table() {
        let many = vec!["2026-11-23"; MAX_CHANGES + 1];
        let moved = |key: &str, value: Value| {
            let mut change = json!({"original_date": "2026-11-23", "new_date": "2026-11-25",
                "new_start": "10:00", "new_end": "11:00"});
            change[key] = value;
            json!({"moved": [change]})
        };
        let cases = [
            (json!({"time_zone": null}), "missing-field"),
            (json!({"time_zone": 5}), "wrong-type"),
            (json!({"time_zone": "secret words"}), "unknown-time-zone"),
            (
                json!({"device_time_zone": "secret words"}),
                "unknown-time-zone",
            ),
            (json!({"device_time_zone": ["UTC"]}), "wrong-type"),
            (json!({"start_date": "2026-02-30"}), "bad-date"),
            (json!({"start_date": "2026-2-3"}), "bad-date"),
            (json!({"start_date": "secret words"}), "bad-date"),
            (json!({"start_date": "1800-01-01"}), "date-out-of-range"),
            (json!({"start_date": "9999-12-31"}), "date-out-of-range"),
            (json!({"weeks": 0}), "bad-weeks"),
            (json!({"weeks": 105}), "bad-weeks"),
            (json!({"weeks": -1}), "bad-weeks"),
            (json!({"weeks": 1.5}), "bad-weeks"),
            (json!({"weeks": "1"}), "bad-weeks"),
            (json!({"weeks": 4_294_967_297_u64}), "bad-weeks"),
            (json!({"weekdays": "MO"}), "wrong-type"),
            (json!({"weekdays": []}), "no-weekday"),
            (json!({"weekdays": ["MO", "MO"]}), "duplicate-weekday"),
            (json!({"weekdays": ["Mo"]}), "bad-weekday"),
            (json!({"weekdays": ["secret words"]}), "bad-weekday"),
            (
                json!({"weekdays": ["MO", "TU", "WE", "TH", "FR", "SA", "SU", "MO"]}),
                "too-many",
            ),
            (json!({"start_time": "9:00"}), "bad-time"),
            (json!({"start_time": "24:00"}), "bad-time"),
            (json!({"end_time": "12:00:30"}), "bad-time"),
            (json!({"end_time": "secret words"}), "bad-time"),
            (json!({"cancelled": "2026-11-23"}), "wrong-type"),
            (json!({"cancelled": [7]}), "wrong-type"),
            (json!({"cancelled": [{}]}), "missing-field"),
            (json!({"cancelled": ["secret words"]}), "bad-date"),
            (json!({"cancelled": ["2026-11-25"]}), "no-session-on-date"),
            (json!({"cancelled": ["2026-11-30"]}), "no-session-on-date"),
            (
                json!({"cancelled": ["2026-11-23", "2026-11-23"]}),
                "conflicting-changes",
            ),
            (json!({"cancelled": many}), "too-many"),
            (json!({"moved": ["2026-11-23"]}), "wrong-type"),
            (moved("new_end", Value::Null), "missing-field"),
            (moved("new_date", json!("2300-01-01")), "date-out-of-range"),
            (
                moved("original_date", json!("2026-11-25")),
                "no-session-on-date",
            ),
            (json!({"reminders": ["24H"]}), "bad-duration"),
            (json!({"reminders": ["secret words"]}), "bad-duration"),
            (json!({"reminders": ["PT24H", "P1D"]}), "duplicate-reminder"),
            (json!({"reminders": [24]}), "wrong-type"),
            (json!({"reminders": vec!["PT1H"; 17]}), "too-many"),
        ];
        for (change, code) in cases {
            let failure = line(&with(&change)).expect_err(code);
            assert_eq!(failure.code, code, "{change}");
            assert!(!failure.detail.contains("secret"), "{change}");
        }
        let mut both = moved("new_date", json!("2026-11-25"));
        both["cancelled"] = json!(["2026-11-23"]);
        let failure = line(&with(&both)).expect_err("two changes of one session");
        assert_eq!(failure.code, "conflicting-changes");
        assert_eq!(
            failure.detail,
            "moved[0]: that date is already cancelled or moved"
        );
    }
}
