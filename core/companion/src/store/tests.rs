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
    let n = store
        .write(|w| {
            let n = w.add_mailbox(mailbox, "care", b"keys")?;
            assert_eq!(w.add_mailbox(mailbox, "care", b"other keys")?, n);
            w.add_entry(n, first, digest(b"one"), b"one")?;
            w.add_entry(n, second, digest(b"two"), b"two")?;
            Ok::<_, StoreError>(n)
        })
        .expect("written");
    let waiting = |store: &Store| {
        let found = store.waiting(n, 0, |_| false, |_| true).expect("read");
        found.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(waiting(&store), [first, second]);
    let arrived = Arrived {
        seq: 1,
        id: second,
        at: 77,
        digest: digest(b"two"),
        head: next_head(first_head(mailbox), second, digest(b"two")),
        body: Arrival::Yours,
        clash: false,
    };
    let row = store.waiting(n, 0, |_| false, |_| true).expect("read")[1].n;
    store.write(|w| w.place(row, n, &arrived)).expect("placed");
    assert_eq!(waiting(&store), [first]);
    let held = Held::new();
    let own = store.own(n, &held);
    assert_eq!(own.head_at(1), Some(arrived.head));
    assert_eq!(own.head_at(2), None);
    assert_eq!(own.entry(second), None, "only what is held");
    own.finish().expect("no look-up failed");

    store.write(|w| w.restart(n, 0)).expect("restarted");
    assert_eq!(waiting(&store), [first, second]);
    store
        .write(|w| w.refuse(n, first, "entry-conflict"))
        .expect("refused");
    assert_eq!(waiting(&store), [second]);
    assert_eq!(store.count_waiting(n), Ok(1));
    let mut kept = 0;
    store.each_entry(n, |_| kept += 1).expect("read");
    assert_eq!(kept, 2, "a refused entry stays");
}
