//! `reminders.json`: a chart, settings and what rang already in, the next reminders and what is left out, out.
//!
//! Owns the shape of a case. Instants are RFC 3339, ids of entries count from one where a case names none.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::chart::{Applied, Chart, Place};
use crate::entry::{Author, Body, Class, Entry, may_write};
use crate::id::Id;
use crate::library::Library;
use crate::reminder::{self, About, Asked, Language, Means, Past, Settings};

/// Staff of the cases.
const STAFF: Id = Id([201; 16]);
/// The patient's phone.
const PHONE: Id = Id([203; 16]);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    now: String,
    /// The phone's.
    zone: String,
    /// BCP 47.
    language: String,
    means: Means,
    #[serde(default)]
    settings: Settings,
    days: i64,
    /// Absent: never.
    #[serde(default)]
    synced_at: Option<String>,
    entries: Vec<Line>,
    #[serde(default)]
    past: Vec<Before>,
    /// When something rang lately.
    #[serde(default)]
    rang: Vec<String>,
}

/// One entry. Staff's unless it says otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: String,
    at: String,
    #[serde(default)]
    id: Option<Id>,
    #[serde(default)]
    by_patient: bool,
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    about: About,
    #[serde(default)]
    rang: bool,
    #[serde(default)]
    put_off_to: Option<String>,
    #[serde(default)]
    held_for: Option<String>,
}

fn instant(text: &str) -> Result<i64, String> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| format!("{text}: not an instant"))?;
    Ok(at.timestamp_millis())
}

fn text(at: i64) -> String {
    let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Folds one entry; what no clinic and no phone may write is an error of the file.
fn fold(number: u8, line: &Line, chart: &mut Chart, library: &mut Library) -> Result<(), String> {
    let at = instant(&line.at)?;
    let (by, author) = if line.by_patient {
        (PHONE, Author::Patient)
    } else {
        (STAFF, Author::Clinician(STAFF))
    };
    let entry = json!({
        "v": 1, "id": line.id.unwrap_or(Id([number; 16])), "at": at, "zone": "UTC", "by": by,
        "kind": line.kind, "body": line.body,
    });
    let entry: Entry = serde_json::from_value(entry).map_err(|error| error.to_string())?;
    let seq = u64::from(number);
    if !line.by_patient && may_write(Class::Library, author, &entry.kind) {
        let body: Option<Body> = entry.body().map_err(|error| error.to_string())?;
        let body = body.ok_or_else(|| format!("{}: not a kind", entry.kind))?;
        library.apply(seq, &entry, body);
        return Ok(());
    }
    match chart.apply(Class::Care, &entry, author, Place::at(seq, at)) {
        Applied::Folded => Ok(()),
        other => Err(format!("{}: {other:?}", entry.kind)),
    }
}

/// The planner's answer to a case.
pub(super) fn planned(input: &Value) -> Result<Value, String> {
    let input: Input = serde_json::from_value(input.clone()).map_err(|error| error.to_string())?;
    input.settings.check().map_err(|error| error.to_string())?;
    let (mut chart, mut library) = (Chart::default(), Library::default());
    for (line, number) in input.entries.into_iter().zip(1..) {
        fold(number, &line, &mut chart, &mut library)?;
    }
    let mut past = BTreeMap::new();
    for before in input.past {
        let what = match (before.put_off_to, before.held_for) {
            (Some(at), _) => Past::Snoozed(instant(&at)?),
            (None, Some(at)) => Past::Held(instant(&at)?),
            (None, None) if before.rang => Past::Rang,
            (None, None) => return Err("past: nothing said".to_owned()),
        };
        past.insert(before.about, what);
    }
    let rang = input.rang.iter().map(|at| instant(at));
    let rang: Vec<i64> = rang.collect::<Result<_, _>>()?;
    let synced_at = input.synced_at.as_deref().map(instant);
    let plan = reminder::plan(&Asked {
        chart: &chart,
        library: &library,
        settings: &input.settings,
        language: Language::of(&input.language),
        means: input.means,
        now: instant(&input.now)?,
        zone: &input.zone,
        past: &past,
        rang: &rang,
        synced_at: synced_at.transpose()?,
        days: input.days,
    });
    let rings = plan.rings.iter().map(|ring| {
        let mut out = json!({"at": text(ring.at), "text": ring.text, "about": ring.about});
        if let Some(local) = ring.local {
            out["local"] = json!(local.format("%Y-%m-%dT%H:%M").to_string());
        }
        out
    });
    let left_out = plan
        .left_out
        .iter()
        .map(|left| json!({"about": left.about, "at": text(left.at), "why": left.why}));
    Ok(json!({
        "rings": rings.collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
    }))
}
