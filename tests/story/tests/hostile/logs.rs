//! Lies about a log: drop, swap, alter, replay, roll back, fork, withhold.

use std::sync::{Arc, Mutex};

use handrail_care::checkin::{Answer, Answers};
use handrail_companion::WholeCheckIn;
use handrail_companion::view::SyncOutcome;
use handrail_mailbox::chain::{digest, next_head};
use handrail_story::Server;
use handrail_story::proxy::{Answer as Message, Fault, Request};
use handrail_wire::id::{Digest, EntryId};
use handrail_wire::path;
use handrail_wire::sync::{Body, MailboxRequest, MailboxResponse};
use rusqlite::{Connection, params};

use crate::trial::{Lie, Trial};

pub fn gad7() -> WholeCheckIn {
    let mut answers = Answers::default();
    for item in 1..=7 {
        answers.set(format!("q{item}"), Answer::Value(1));
    }
    WholeCheckIn {
        form: "gad7".to_owned(),
        answers,
    }
}

/// Two new entries are lied about so; phone and console notice, believe none of them, and have both when
/// the server is honest again.
fn noticed(lie: fn(&MailboxRequest, &mut MailboxResponse), code: &str) {
    let mut trial = Trial::new();
    trial.other_writes(2);
    trial.lies(trial.care(), || {
        let both: Lie = Box::new(move |asked, answer| {
            if answer.entries.0.len() == 2 {
                lie(asked, answer);
            }
        });
        both
    });
    trial.both_notice(code);
    let shown = trial.phone.core.check_ins(9).expect("open").len();
    let chart = trial
        .clinic
        .clinician
        .chart(trial.patient)
        .expect("a chart");
    assert_eq!((shown, chart.check_ins().len()), (0, 0));
    trial.honest();
}

/// Left out, with the places as they were; and as if it had never been.
#[test]
fn drop() {
    noticed(
        |_, answer| {
            answer.entries.0.remove(0);
        },
        "chain-sequence",
    );
    noticed(
        |_, answer| {
            answer.entries.0.remove(0);
            answer.seq -= 1;
        },
        "chain-head-mismatch",
    );
}

#[test]
fn swap() {
    noticed(
        |_, answer| answer.entries.0.swap(0, 1),
        "chain-head-mismatch",
    );
}

#[test]
fn alter() {
    noticed(
        |_, answer| {
            if let Body::Sealed(sealed) = &mut answer.entries.0[0].body {
                sealed.0[40] ^= 1;
            }
        },
        "chain-head-mismatch",
    );
    // With a head to match, from the first look on: the log fits together, and the seal does not.
    let mut trial = Trial::new();
    trial.other_writes(1);
    let care = trial.care();
    trial.lies(care, || {
        Box::new(|asked, answer| {
            if let Some(Body::Sealed(sealed)) =
                answer.entries.0.first_mut().map(|logged| &mut logged.body)
            {
                sealed.0[40] ^= 1;
                chain_anew(asked, answer);
            }
        })
    });
    trial.neither_notices();
    assert_eq!(trial.phone_put_aside(), ["seal-not-authentic"]);
    assert_eq!(trial.console_put_aside(), ["seal-not-authentic"]);
    // And with the honest log again, both see that it is another than the one they were shown.
    trial.desk.calm();
    trial.phone.proxy.calm();
    trial.both_notice("chain-head-mismatch");
}

/// Heads and places as if the entries of an answer were all there is.
fn chain_anew(asked: &MailboxRequest, answer: &mut MailboxResponse) {
    let mut head = asked.head;
    for logged in &answer.entries.0 {
        let digest = match &logged.body {
            Body::Sealed(sealed) => digest(&sealed.0),
            Body::Erased(digest) => *digest,
            Body::Yours => continue,
        };
        head = next_head(head, logged.id, digest);
    }
    answer.seq = asked.seq + answer.entries.0.len() as u64;
    answer.head = head;
}

/// An entry twice; an entry under another name; earlier answers and earlier requests.
#[test]
fn replay() {
    noticed(
        |_, answer| {
            let again = answer.entries.0[0].clone();
            answer.entries.0.push(again);
            answer.seq += 1;
        },
        "chain-repeated",
    );

    let mut trial = Trial::new();
    let old: Arc<Mutex<Option<Message>>> = Arc::default();
    for proxy in [&trial.phone.proxy, &trial.desk] {
        let old = old.clone();
        proxy.plan(move |request| {
            let old = old.clone();
            Fault::Change(Arc::new(move |_: &Request, answer: &mut Message| {
                let mut old = old.lock().expect("no thread panics");
                old.get_or_insert_with(|| answer.clone());
            }))
            .only(request.path == path::SYNC)
        });
    }
    trial.other_writes(1);
    trial.phone.synchronise();
    let first = old.lock().expect("no thread panics").take();
    let first = first.expect("an answer with one entry");
    // What the phone was told before, when it asks what is new.
    trial.phone.proxy.plan(move |request| {
        let old = first.clone();
        Fault::Instead(old).only(request.path == path::SYNC)
    });
    let (report, codes) = trial.phone_looks();
    assert!(matches!(report.outcome, SyncOutcome::Trouble { .. }));
    assert!(codes.iter().all(|code| code == "chain-sequence") && !codes.is_empty());
    // The same for the console.
    trial.desk.calm();
    trial.console_looks();
    trial
        .desk
        .plan(|request| Fault::OldAnswer.only(request.path == path::SYNC));
    trial.other_writes(1);
    let codes = trial.console_looks();
    assert!(
        codes.iter().all(|code| code.starts_with("chain-")),
        "{codes:?}"
    );
    let chart = trial
        .clinic
        .clinician
        .chart(trial.patient)
        .expect("a chart");
    assert_eq!(chart.check_ins().len(), 1, "what it was told again it had");
    trial.honest();
    // Earlier requests delivered again change nothing at the server.
    trial.phone_writes();
    trial.clinician_writes();
    for proxy in [&trial.phone.proxy, &trial.desk] {
        proxy.plan(|_| Fault::Again);
    }
    trial.neither_notices();
    trial.honest();

    // Sealed bytes under another name, in the server's own database.
    let mailbox = trial.patient.0;
    trial.alters(|database| {
        let sealed: Vec<u8> = database
            .query_row(
                "SELECT sealed FROM entries e JOIN mailboxes m ON m.no = e.mailbox
                 WHERE m.mailbox = ?1 ORDER BY place DESC LIMIT 1",
                [mailbox],
                |row| row.get(0),
            )
            .expect("an entry");
        append(database, mailbox, EntryId([77; 16]), 1, &sealed);
    });
    trial.neither_notices();
    assert_eq!(trial.phone_put_aside(), ["seal-not-authentic"]);
    assert_eq!(trial.console_put_aside(), ["seal-not-authentic"]);
}

/// Appends to a log in the server's database as the server would.
pub fn append(database: &Connection, mailbox: [u8; 16], id: EntryId, at: i64, sealed: &[u8]) {
    let (no, seq, head): (i64, i64, [u8; 32]) = database
        .query_row(
            "SELECT no, seq, head FROM mailboxes WHERE mailbox = ?1",
            [mailbox],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .expect("a mailbox");
    let digest = digest(sealed);
    let head = next_head(Digest(head), id, digest);
    let place = (no << 40) | (seq + 1);
    let insert = "INSERT INTO entries (place, mailbox, id, at, digest, head, sealed)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    database
        .execute(
            insert,
            params![place, no, id.0, at, digest.0, head.0, sealed],
        )
        .expect("inserted");
    let update = "UPDATE mailboxes SET seq = ?2, head = ?3 WHERE no = ?1";
    database
        .execute(update, params![no, seq + 1, head.0])
        .expect("updated");
}

/// The newest entry is taken out of the server's database.
#[test]
fn roll_back() {
    let mut trial = Trial::new();
    trial.other_writes(1);
    trial.honest();
    let mailbox = trial.patient.0;
    let (id, at, sealed): ([u8; 16], i64, Vec<u8>) = trial.alters(|database| {
        let newest = database
            .query_row(
                "SELECT id, at, sealed FROM entries e JOIN mailboxes m ON m.no = e.mailbox
                 WHERE m.mailbox = ?1 ORDER BY place DESC LIMIT 1",
                [mailbox],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .expect("an entry");
        database
            .execute(
                "DELETE FROM entries WHERE place = (SELECT max(place) FROM entries e
                 JOIN mailboxes m ON m.no = e.mailbox WHERE m.mailbox = ?1)",
                [mailbox],
            )
            .expect("deleted");
        database
            .execute(
                "UPDATE mailboxes SET seq = seq - 1, head = (SELECT head FROM entries e
                 WHERE e.mailbox = mailboxes.no ORDER BY place DESC LIMIT 1) WHERE mailbox = ?1",
                [mailbox],
            )
            .expect("updated");
        newest
    });
    trial.both_notice("chain-rolled-back");
    // Nobody forgets what they have.
    assert_eq!(trial.phone.core.check_ins(9).expect("open").len(), 1);
    let chart = trial
        .clinic
        .clinician
        .chart(trial.patient)
        .expect("a chart");
    assert_eq!(chart.check_ins().len(), 1);
    // SECURITY.md, limit 2: a console that begins now has nothing to compare with, and sees a log that
    // fits together.
    let fresh = trial.fresh_console();
    assert_eq!(fresh.status().faults, Vec::<String>::new());
    assert!(
        fresh
            .chart(trial.patient)
            .expect("a chart")
            .check_ins()
            .is_empty()
    );
    trial.alters(|database| append(database, mailbox, EntryId(id), at, &sealed));
    trial.honest();
}

/// Every entry of the second database that the first does not have, in its order.
fn smuggle(from: &Connection, to: &Connection, mailbox: [u8; 16]) {
    let mut all = from
        .prepare(
            "SELECT id, at, sealed FROM entries e JOIN mailboxes m ON m.no = e.mailbox
             WHERE m.mailbox = ?1 ORDER BY place",
        )
        .expect("a statement");
    let rows = all.query_map([mailbox], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?))
    });
    for row in rows.expect("rows") {
        let (id, at, sealed): ([u8; 16], i64, Vec<u8>) = row.expect("a row");
        let known: i64 = to
            .query_row(
                "SELECT count(*) FROM entries e JOIN mailboxes m ON m.no = e.mailbox
                 WHERE m.mailbox = ?1 AND id = ?2",
                params![mailbox, id],
                |row| row.get(0),
            )
            .expect("a count");
        if known == 0 {
            append(to, mailbox, EntryId(id), at, &sealed);
        }
    }
}

/// The phone is shown one history and the console another: two servers on copies of one database.
#[test]
fn fork() {
    let mut trial = Trial::new();
    let mailbox = trial.patient.0;
    let copy = trial.place.path().join("forked");
    std::fs::create_dir_all(&copy).expect("a folder");
    let data = trial.server().data().to_owned();
    trial.alters(|_| {
        let name = "handrail.sqlite";
        std::fs::copy(data.join(name), copy.join(name)).expect("copied");
    });
    let second = Server::start(&copy);
    trial.desk.lead_to(second.port());
    for _ in 0..2 {
        trial.phone_writes();
        trial.clinician_writes();
        // As long as nothing crosses, each sees a quiet clinic.
        trial.neither_notices();
    }
    // What each wrote is shown to the other: it says what its author had seen.
    assert!(second.stop(), "a clean stop");
    let open = |folder: &std::path::Path| {
        Connection::open(folder.join("handrail.sqlite")).expect("a database")
    };
    trial.alters(|first| {
        let second = open(&copy);
        smuggle(&second, first, mailbox);
        smuggle(first, &second, mailbox);
    });
    let second = Server::start(&copy);
    trial.desk.lead_to(second.port());
    let (_, codes) = trial.phone_looks();
    assert_eq!(codes, ["chain-fork"]);
    assert_eq!(trial.console_looks(), ["chain-fork"]);
    // Both have both: nothing is lost by it.
    let homework = trial.phone.core.homework().expect("open").len();
    let chart = trial
        .clinic
        .clinician
        .chart(trial.patient)
        .expect("a chart");
    assert_eq!((homework, chart.check_ins().len()), (2, 2));
}

/// The newest entries are not shown. A quiet clinic looks the same; what shows is since when there is no
/// news. Once somebody who saw them writes, it is noticed.
#[test]
fn withhold() {
    let mut trial = Trial::new();
    trial.other_writes(2);
    let care = trial.care();
    trial.lies(care, || {
        Box::new(|asked, answer| {
            answer.entries.0.clear();
            answer.seq = asked.seq;
            answer.head = asked.head;
        })
    });
    trial.neither_notices();
    assert_eq!(trial.phone.core.check_ins(9).expect("open").len(), 0);

    // Another who saw it writes; that is shown, and what it saw is not.
    trial.desk.calm();
    trial.phone.proxy.calm();
    trial.other_writes(1);
    trial.lies(care, || {
        Box::new(|asked, answer| {
            if answer.entries.0.len() == 3 {
                answer.entries.0.drain(..2);
                chain_anew(asked, answer);
            }
        })
    });
    let (_, codes) = trial.phone_looks();
    assert_eq!(codes, ["chain-withheld"]);
    assert_eq!(trial.console_looks(), ["chain-withheld"]);
}
