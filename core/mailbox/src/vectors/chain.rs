//! `chain.json`: heads of a log.

use handrail_wire::id::{EntryId, MailboxId};
use serde::{Deserialize, Serialize};

use super::{bytes, fixed, hex, same};
use crate::chain;

#[derive(Serialize, Deserialize)]
pub(super) struct File {
    format: String,
    note: String,
    logs: Vec<Log>,
}

#[derive(Serialize, Deserialize)]
struct Log {
    mailbox: String,
    first_head: String,
    entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    id: String,
    sealed: String,
    digest: String,
    head: String,
}

pub(super) fn check(file: &File) -> Result<usize, String> {
    let mut cases = 0;
    for log in &file.logs {
        let mut head = chain::first_head(MailboxId(fixed(&log.mailbox)?));
        same("log", "first head", &log.first_head, hex(head.0))?;
        for entry in &log.entries {
            let digest = chain::digest(&bytes(&entry.sealed)?);
            same(&entry.id, "digest", &entry.digest, hex(digest.0))?;
            head = chain::next_head(head, EntryId(fixed(&entry.id)?), digest);
            same(&entry.id, "head", &entry.head, hex(head.0))?;
            cases += 1;
        }
    }
    Ok(cases)
}

#[cfg(test)]
pub(super) fn generate() -> File {
    use super::tests::made;
    let log = |name: &str, count: u8| {
        let mailbox = MailboxId(made(name));
        let first = chain::first_head(mailbox);
        let mut head = first;
        let entries = (0..count).map(|number| {
            let id = EntryId(made(&format!("{name} id {number}")));
            let sealed: [u8; 48] = made(&format!("{name} sealed {number}"));
            let digest = chain::digest(&sealed);
            head = chain::next_head(head, id, digest);
            Entry {
                id: hex(id.0),
                sealed: hex(sealed),
                digest: hex(digest.0),
                head: hex(head.0),
            }
        });
        Log {
            mailbox: hex(mailbox.0),
            first_head: hex(first.0),
            entries: entries.collect(),
        }
    };
    File {
        format: "chain".into(),
        note:
            "docs/formats.md, Chain. The sealed bytes are arbitrary: the chain does not open them."
                .into(),
        logs: vec![log("care", 4), log("family", 1)],
    }
}
