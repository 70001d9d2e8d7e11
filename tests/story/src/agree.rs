//! Whether all sides have the same: server, phones, clinician.
//!
//! Owns the one check that the stories of networks, restores and long absences end with. It says what is
//! wrong and does not panic, so that positive controls can ask it, too.

use std::collections::BTreeMap;
use std::path::Path;

use handrail_care::chart::Chart;
use handrail_care::id::Id;
use rusqlite::Connection;

use crate::clinic::TestClinic;
use crate::phone::Phone;

/// What is said of a phone that has all facts, and other times of receipt.
pub const TIMES: &str = "was told other times of receipt";

/// The end of a log: generation, how many entries, head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    generation: Vec<u8>,
    seq: i64,
    head: Vec<u8>,
}

/// What is wrong after everybody has synchronised; empty when all is well. `written` are the check-ins of
/// the patient that a phone said it saved.
///
/// # Panics
///
/// When a store cannot be read, or the patient is unknown.
pub fn complaints(
    server: &Path,
    clinic: &TestClinic,
    patient: Id,
    phones: &[&Phone],
    written: &[String],
) -> Vec<String> {
    let mut wrong = Vec::new();
    let status = clinic.clinician.status();
    if (status.pending, &status.faults[..]) != (0, &[]) || !status.quarantined.is_empty() {
        wrong.push(format!("clinician: {status:?}"));
    }
    let Some(chart) = clinic.clinician.chart(patient) else {
        return vec!["the clinician has no such chart".to_owned()];
    };
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for check_in in chart.check_ins().iter().filter(|one| one.is_complete()) {
        *times.entry(check_in.id.to_string()).or_default() += 1;
    }
    for id in written.iter().filter(|id| times.get(*id) != Some(&1)) {
        wrong.push(format!("check-in {id} is there {:?} times", times.get(id)));
    }
    if times.len() != written.len() {
        let counts = (times.len(), written.len());
        wrong.push(format!("check-ins at the clinic, written: {counts:?}"));
    }
    let here = server_tips(server);
    let theirs = here.get(&patient.0[..]);
    let mine = clinic.clinician.seen(patient).map(|seen| Tip {
        generation: seen.g.0.to_vec(),
        seq: i64::try_from(seen.n).expect("a small log"),
        head: seen.h.to_vec(),
    });
    if mine.as_ref() != theirs {
        wrong.push(format!("clinician {mine:?}, server {theirs:?}"));
    }
    for (number, phone) in phones.iter().enumerate() {
        let status = phone.core.sync_status().expect("an enrolled phone");
        let clean = status.pending == 0 && status.faults.is_empty();
        if !clean || !status.quarantined.is_empty() || status.refused.is_some() {
            wrong.push(format!("phone {number}: {status:?}"));
        }
        let theirs = phone.core.chart().expect("an enrolled phone");
        if !same_facts(&theirs, chart) {
            wrong.push(format!("phone {number} folds to another chart"));
        } else if theirs != *chart {
            wrong.push(format!("phone {number} {TIMES}"));
        }
        for (mailbox, tip) in phone_tips(phone) {
            if here.get(&mailbox) != Some(&tip) {
                let at_server = here.get(&mailbox);
                wrong.push(format!("phone {number} {tip:?}, server {at_server:?}"));
            }
        }
    }
    wrong.extend(server_doubles(server));
    wrong
}

/// The same charts but for when the server says it received something. After a restore that differs: who
/// still had the entry keeps the first time, who reads the log anew is told the second.
pub fn same_facts(one: &Chart, other: &Chart) -> bool {
    let facts = |chart: &Chart| {
        let mut text = String::new();
        for part in format!("{chart:?}").split("received: Some(") {
            let rest = part.split_once(')').map_or(part, |(_, rest)| rest);
            text.push_str(if text.is_empty() { part } else { rest });
        }
        text
    };
    facts(one) == facts(other)
}

fn database(file: &Path) -> Connection {
    Connection::open(file).expect("a database")
}

fn tips(database: &Connection, query: &str) -> BTreeMap<Vec<u8>, Tip> {
    let mut statement = database.prepare(query).expect("a statement");
    let rows = statement.query_map([], |row| {
        let tip = Tip {
            generation: row.get::<_, Option<Vec<u8>>>(1)?.unwrap_or_default(),
            seq: row.get(2)?,
            head: row.get(3)?,
        };
        Ok((row.get(0)?, tip))
    });
    let rows = rows.expect("rows");
    rows.collect::<Result<_, _>>().expect("rows of this form")
}

/// Where the server's logs end, by mailbox.
///
/// # Panics
///
/// When its database cannot be read.
pub fn server_tips(folder: &Path) -> BTreeMap<Vec<u8>, Tip> {
    let database = database(&folder.join("handrail.sqlite"));
    tips(
        &database,
        "SELECT mailbox, generation, seq, head FROM mailboxes",
    )
}

/// Where a phone's logs end, by mailbox. Read from a copy: an open phone shares its database with nobody.
///
/// # Panics
///
/// When its store cannot be read.
pub fn phone_tips(phone: &Phone) -> BTreeMap<Vec<u8>, Tip> {
    let copy = crate::folder();
    for file in ["phone.sqlite", "phone.sqlite-wal"] {
        let from = phone.store().join(file);
        if from.exists() {
            std::fs::copy(from, copy.path().join(file)).expect("copied");
        }
    }
    let database = database(&copy.path().join("phone.sqlite"));
    tips(&database, "SELECT id, generation, seq, head FROM mailbox")
}

/// Logs that do not have as many entries as they say, or the same entry twice.
fn server_doubles(folder: &Path) -> Vec<String> {
    let database = database(&folder.join("handrail.sqlite"));
    let wrong: i64 = database
        .query_row(
            "SELECT count(*) FROM mailboxes m WHERE seq <> (
                 SELECT count(DISTINCT id) FROM entries e WHERE e.mailbox = m.no
             ) OR seq <> (SELECT count(*) FROM entries e WHERE e.mailbox = m.no)",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    if wrong == 0 {
        Vec::new()
    } else {
        vec![format!("{wrong} logs of the server do not add up")]
    }
}
