//! A session as the command-line contract shows it (design, section 9): what `handrail-desk sessions`
//! prints and `tests/vectors/sessions.json` freezes.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::lead::Lead;
use super::schedule::{Occurrence, Status};
use crate::calendar::{self, CalendarError};

/// A row cannot be shown: which input it is about, and why.
pub type RowError = (&'static str, CalendarError);

/// One row: instants RFC 3339 in UTC, `reminders` for each of `leads` unless cancelled, and with a
/// `device_time_zone` (IANA) the same instants on that zone's clock.
///
/// # Errors
/// `reminders` or `device_time_zone` with its [`CalendarError`].
pub fn row(
    one: &Occurrence,
    leads: &[Lead],
    device_time_zone: Option<&str>,
) -> Result<Value, RowError> {
    let span = &one.span;
    let mut reminders = Vec::new();
    if one.status() != Status::Cancelled {
        for lead in leads {
            let fire = lead
                .fire(span.start)
                .map_err(|error| ("reminders", error))?;
            reminders.push(json!({"before": lead.text(), "fire_utc": utc(fire)}));
        }
    }
    let mut row = json!({
        "original_local_date": one.original_date.to_string(),
        "status": one.status().word(),
        "start_utc": utc(span.start),
        "end_utc": utc(span.end),
        "start_resolution": span.start_resolution.word(),
        "end_resolution": span.end_resolution.word(),
        "elapsed_minutes": span.elapsed_minutes(),
        "reminders": reminders,
    });
    if let Some(zone) = device_time_zone {
        let local = |at| local(zone, at).map_err(|error| ("device_time_zone", error));
        row["device_start_local"] = json!(local(span.start)?);
        row["device_end_local"] = json!(local(span.end)?);
    }
    Ok(row)
}

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn local(zone: &str, at: DateTime<Utc>) -> Result<String, CalendarError> {
    let shown = calendar::local(zone, at)?;
    let offset = FixedOffset::east_opt(shown.offset_seconds).ok_or(CalendarError::OutOfRange)?;
    Ok(at
        .with_timezone(&offset)
        .to_rfc3339_opts(SecondsFormat::Secs, false))
}
