use std::path::PathBuf;

use handrail_mailbox::chain::{Arrival, Arrived, Own, digest, first_head, next_head};
use handrail_wire::id::{EntryId, MailboxId};

use super::*;

fn fresh() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(dir.path()).expect("a new store");
    (dir, store)
}

/// The first database that was released. Made by `tests/fixture.rs`, never changed after release.
fn first_database() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1.sqlite")
}

#[test]
fn a_migrated_store_has_the_schema_of_a_fresh_one() {
    let (_dir, fresh) = fresh();
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::copy(first_database(), Store::path(dir.path())).expect("the fixture");
    let migrated = Store::open(dir.path()).expect("an old store opens");
    assert_eq!(
        migrated.schema().expect("schema"),
        fresh.schema().expect("schema")
    );
    assert_eq!(migrated.mailboxes().expect("read").len(), 2);
}

#[test]
fn it_is_durable_and_wal() {
    let (_dir, store) = fresh();
    let text = |pragma| {
        store
            .db
            .pragma_query_value(None, pragma, |row| row.get::<_, rusqlite::types::Value>(0))
            .expect("a pragma")
    };
    assert_eq!(text("journal_mode"), "wal".to_owned().into());
    assert_eq!(text("synchronous"), 2.into());
    assert_eq!(text("fullfsync"), 1.into());
    assert_eq!(text("foreign_keys"), 1.into());
}

#[test]
fn what_is_not_ours_is_not_opened() {
    let spoil = |work: &dyn Fn(&Connection)| {
        let (dir, store) = fresh();
        work(&store.db);
        drop(store);
        Store::open(dir.path()).err()
    };
    let newer = spoil(&|db| db.pragma_update(None, "user_version", 99).expect("set"));
    assert_eq!(newer, Some(StoreError::TooNew));
    let other = spoil(&|db| db.pragma_update(None, "application_id", 7).expect("set"));
    assert_eq!(other, Some(StoreError::Damaged));
    let negative = spoil(&|db| db.pragma_update(None, "user_version", -1).expect("set"));
    assert_eq!(negative, Some(StoreError::Damaged));
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(Store::path(dir.path()), b"not a database, not at all").expect("written");
    assert_eq!(Store::open(dir.path()).err(), Some(StoreError::Damaged));
}

#[test]
fn a_transaction_that_fails_changes_nothing() {
    let (_dir, mut store) = fresh();
    let failed = store.write(|w| {
        w.set("sync", b"x")?;
        w.put_draft([1; 16], b"y")?;
        Err::<(), _>(StoreError::Full)
    });
    assert_eq!(failed, Err(StoreError::Full));
    assert_eq!(store.setting("sync"), Ok(None));
    assert_eq!(store.drafts(), Ok(Vec::new()));
}

#[test]
fn a_full_disk_is_told_as_such_and_keeps_what_was_there() {
    let (_dir, mut store) = fresh();
    store.write(|w| w.set("sync", b"before")).expect("written");
    let pages: u32 = store
        .db
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .expect("a number");
    store
        .db
        .pragma_update(None, "max_page_count", pages)
        .expect("no more room");
    let full = store.write(|w| w.put_draft([1; 16], &vec![0; 100_000]));
    assert_eq!(full, Err(StoreError::Full));
    assert_eq!(store.setting("sync"), Ok(Some(b"before".to_vec())));
    assert_eq!(store.drafts(), Ok(Vec::new()));
}

#[test]
fn the_log_and_the_outbox() {
    let (_dir, mut store) = fresh();
    let mailbox = MailboxId([1; 16]);
    let [first, second] = [EntryId([2; 16]), EntryId([3; 16])];
    let (n, [one, two]) = store
        .write(|w| {
            let n = w.add_mailbox(mailbox, "care", b"keys")?;
            assert_eq!(w.add_mailbox(mailbox, "care", b"other keys")?, n);
            let one = w.entries(n)?.add(first, digest(b"one"), b"one")?;
            let two = w.entries(n)?.add(second, digest(b"two"), b"two")?;
            Ok::<_, StoreError>((n, [one, two]))
        })
        .expect("written");
    let held = |store: &Store| {
        let mut stored = Vec::new();
        store
            .each_entry(n, |entry| stored.push((&entry).into()))
            .expect("read");
        let mut held = Held::new(mailbox);
        held.fill(stored);
        held
    };
    let waiting = |store: &Store| {
        let found = store
            .waiting(&held(store), 0, |_| false, |_| true)
            .expect("read");
        found
            .into_iter()
            .map(|one| (one.id, one.sealed))
            .collect::<Vec<_>>()
    };
    let (entry_one, entry_two) = ((first, b"one".to_vec()), (second, b"two".to_vec()));
    assert_eq!(waiting(&store), [entry_one.clone(), entry_two.clone()]);
    let arrived = Arrived {
        seq: 1,
        id: second,
        at: 77,
        digest: digest(b"two"),
        head: next_head(first_head(mailbox), second, digest(b"two")),
        body: Arrival::Yours,
        clash: false,
    };
    store
        .write(|w| {
            let mut entries = w.entries(n)?;
            entries.place(two, &arrived)?;
            entries.finish()
        })
        .expect("placed");
    assert_eq!(waiting(&store), std::slice::from_ref(&entry_one));
    let own = held(&store);
    assert_eq!(own.head_at(0), Some(first_head(mailbox)));
    assert_eq!(own.head_at(1), Some(arrived.head));
    assert_eq!(own.head_at(2), None);
    assert_eq!(own.entry(second).map(|own| own.seq), Some(Some(1)));
    assert_eq!(own.entry(first).map(|own| own.seq), Some(None));
    assert_eq!((own.row(first), own.count_waiting()), (Some(one), 1));

    store.write(|w| w.restart(n, 0)).expect("restarted");
    assert_eq!(waiting(&store), [entry_one, entry_two.clone()]);
    store
        .write(|w| w.refuse(one, "entry-conflict"))
        .expect("refused");
    assert_eq!(waiting(&store), [entry_two]);
    let mut kept = 0;
    store.each_entry(n, |_| kept += 1).expect("read");
    assert_eq!(kept, 2, "a refused entry stays");
}

/// What is kept in memory and what would be read again are one thing, whatever happens in between.
#[test]
fn what_is_held_is_what_is_stored() {
    let (_dir, mut store) = fresh();
    let mailbox = MailboxId([1; 16]);
    let ids: Vec<_> = (0..6).map(|byte| EntryId([byte; 16])).collect();
    let n = store
        .write(|w| w.add_mailbox(mailbox, "care", b"keys"))
        .expect("written");
    let mut held = Held::new(mailbox);
    let mut tip = first_head(mailbox);
    let mut arrived = |seq: u64, id: EntryId| {
        tip = next_head(tip, id, digest(&id.0));
        Arrived {
            seq,
            id,
            at: 5,
            digest: digest(&id.0),
            head: tip,
            body: Arrival::Sealed,
            clash: false,
        }
    };
    store
        .write(|w| {
            for id in &ids[..3] {
                let row = w.entries(n)?.add(*id, digest(&id.0), &id.0)?;
                held.wait(row, *id, digest(&id.0));
            }
            // Another phone's entry first, then two of the three that wait; one of them is refused.
            for (seq, id) in [(1, ids[3]), (2, ids[0]), (3, ids[1])] {
                let new = arrived(seq, id);
                let mut entries = w.entries(n)?;
                let row = entries.arrive(held.row(id), &new, Some(&id.0))?;
                entries.finish()?;
                held.place(row, &new);
            }
            let row = held.row(ids[2]).expect("it waits");
            w.refuse(row, "entry-too-large")?;
            held.withdraw(ids[2]);
            // Erased at the clinic before it came: identifier and digest only.
            let new = arrived(4, ids[4]);
            let mut entries = w.entries(n)?;
            let row = entries.arrive(None, &new, None)?;
            entries.finish()?;
            held.place(row, &new);
            Ok::<_, StoreError>(())
        })
        .expect("written");
    let mut stored = Vec::new();
    store
        .each_entry(n, |entry| stored.push((&entry).into()))
        .expect("read");
    let mut again = Held::new(mailbox);
    again.fill(stored);
    for id in &ids {
        assert_eq!(held.entry(*id), again.entry(*id), "{id}");
        assert_eq!(held.row(*id), again.row(*id), "{id}");
    }
    for seq in 0..6 {
        assert_eq!(held.head_at(seq), again.head_at(seq), "{seq}");
    }
    assert_eq!(held.head_at(4), Some(tip));
    assert_eq!((held.count_waiting(), again.count_waiting()), (0, 0));
}

/// Entries that came together have one row for their places; they can be parted again.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one log, from its first run to its last"
)]
fn places_of_a_run_are_told_apart() {
    let (_dir, mut store) = fresh();
    let [mailbox, other] = [MailboxId([1; 16]), MailboxId([2; 16])];
    let mut tip = first_head(mailbox);
    let mut arrived = |seq: u64, at: i64| {
        let id = EntryId([u8::try_from(seq).expect("small"); 16]);
        tip = next_head(tip, id, digest(&id.0));
        Arrived {
            seq,
            id,
            at,
            digest: digest(&id.0),
            head: tip,
            body: Arrival::Sealed,
            clash: false,
        }
    };
    let (n, m) = store
        .write(|w| {
            let n = w.add_mailbox(mailbox, "care", b"keys")?;
            let m = w.add_mailbox(other, "library", b"keys")?;
            // Rows 1 to 3 of one time, 4 and 5 of another, 6 without bytes.
            let mut entries = w.entries(n)?;
            for (seq, at) in [(1, 50), (2, 50), (3, 50), (4, 60), (5, 60), (6, 60)] {
                let new = arrived(seq, at);
                let bytes = (seq < 6).then_some(&new.id.0[..]);
                entries.arrive(None, &new, bytes)?;
            }
            entries.finish()?;
            let mut entries = w.entries(m)?;
            entries.arrive(None, &arrived(7, 60), Some(b"x"))?;
            entries.finish()?;
            w.entries(n)?
                .add(EntryId([8; 16]), digest(b"mine"), b"mine")?;
            Ok::<_, StoreError>((n, m))
        })
        .expect("written");
    let places = |store: &Store, mailbox| {
        let mut places = Vec::new();
        store
            .each_entry(mailbox, |entry| {
                places.push((entry.n, entry.place, entry.refused));
            })
            .expect("read");
        places
    };
    let count = |store: &Store| {
        let sql = "SELECT count(*) FROM place";
        store.db.query_row(sql, [], |row| row.get::<_, i64>(0))
    };
    let all = [
        (1, Some((1, 50)), false),
        (2, Some((2, 50)), false),
        (3, Some((3, 50)), false),
        (4, Some((4, 60)), false),
        (5, Some((5, 60)), false),
        (6, Some((6, 60)), false),
        (8, None, false),
    ];
    assert_eq!(places(&store, n), all);
    assert_eq!(places(&store, m), [(7, Some((7, 60)), false)]);
    assert_eq!(count(&store), Ok(3));
    assert_eq!(store.count(), Ok((8, 7)), "rows, and how many have a place");

    // Who stands in the log, in the middle of a run too, is not refused; who waits is.
    store
        .write(|w| {
            [2, 6, 8]
                .iter()
                .try_for_each(|row| w.refuse(*row, "entry-conflict"))
        })
        .expect("refused");
    let refused = |store: &Store| {
        let all = places(store, n).into_iter();
        all.filter(|one| one.2).map(|one| one.0).collect::<Vec<_>>()
    };
    assert_eq!(refused(&store), [8]);

    // A log that is read again says the same, in pieces; nothing is said twice.
    store
        .write(|w| {
            for (seq, row) in [(2, 2), (3, 3), (4, 4), (6, 6)] {
                let mut entries = w.entries(n)?;
                let at = if seq < 4 { 50 } else { 60 };
                entries.place(row, &arrived(seq, at))?;
                entries.finish()?;
            }
            Ok::<_, StoreError>(())
        })
        .expect("read again");
    let before: Vec<_> = all[..6].iter().map(|one| (one.0, one.1)).collect();
    let after: Vec<_> = places(&store, n).iter().map(|one| (one.0, one.1)).collect();
    assert_eq!(after[..6], before);
    assert_eq!(store.count(), Ok((8, 7)));

    // A backup came back that ends in the middle of a run: what lies above waits, the other mailbox stays.
    store.write(|w| w.restart(n, 2)).expect("restarted");
    assert_eq!(
        places(&store, n),
        [
            (1, Some((1, 50)), false),
            (2, Some((2, 50)), false),
            (3, None, false),
            (4, None, false),
            (5, None, false),
            (8, None, true),
        ]
    );
    assert_eq!(places(&store, m), [(7, Some((7, 60)), false)]);
    assert_eq!(store.count(), Ok((7, 3)));
}

/// What the server would tell again is written whole, and the store is as durable as before afterwards.
#[test]
fn what_is_written_soon_is_there_and_full_durability_returns() {
    let (dir, mut store) = fresh();
    let mode = |store: &Store| {
        store
            .db
            .pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0))
    };
    assert_eq!(mode(&store), Ok(2), "FULL");
    store
        .write_soon(|w| {
            w.set("sync", b"x")?;
            assert_eq!(mode_inside(w), 1, "NORMAL");
            Ok::<_, StoreError>(())
        })
        .expect("written");
    assert_eq!(mode(&store), Ok(2), "FULL");
    let failed = store.write_soon(|w| {
        w.set("sync", b"y")?;
        Err::<(), _>(StoreError::Full)
    });
    assert_eq!((failed, mode(&store)), (Err(StoreError::Full), Ok(2)));
    drop(store);
    let store = Store::open(dir.path()).expect("opens");
    assert_eq!(store.setting("sync"), Ok(Some(b"x".to_vec())));
}

fn mode_inside(w: &Writer<'_>) -> i64 {
    w.0.pragma_query_value(None, "synchronous", |row| row.get(0))
        .expect("a number")
}
