//! Folding a mailbox again from the store: at every start of the app, and when facts went away.
//!
//! Owns who does what. Reading rows asks the disk, opening and reading entries asks the keys, folding asks the
//! chart: one thread reads rows and, when enough of them wait, opens some itself; the other opens and folds.
//! An entry takes the same way as in `fold.rs`, whoever opens it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, scope};

use handrail_care::chart::{Chart, Place};
use handrail_care::entry::Class;
use handrail_care::library::Library;
use handrail_care::order::InOrder;
use handrail_mailbox::chain::digest;
use handrail_wire::id::EntryId;

use super::Phone;
use super::fold::{ENTRY_DAMAGED, Facts, Folder, Read, Reader};
use crate::error::CompanionError;
use crate::store::{Held, Store, StoreError, StoredEntry};

/// Entries that are handed over at once.
const SHARE: usize = 32;
/// Shares that may wait before who reads rows helps opening: bounds what lies in memory twice.
const WAITING: usize = 64;
/// Entries from which a second thread is worth its start.
const ENOUGH: u64 = 256;

/// What folding leaves beside the chart.
#[derive(Default)]
struct Left {
    /// Put aside, with the reason.
    aside: BTreeMap<EntryId, String>,
    /// Places in the log without bytes.
    missing: BTreeSet<EntryId>,
}

impl Left {
    fn keep<T>(&mut self, id: EntryId, folded: Result<T, String>) {
        if let Err(reason) = folded {
            self.aside.insert(id, reason);
        }
    }
}

fn place(stored: &StoredEntry) -> Place {
    stored
        .place
        .map_or(Place::UNSENT, |(seq, at)| Place::at(seq, at))
}

/// A sealed entry on its way, and one that was read.
type Sealed = (EntryId, Place, Vec<u8>);
type Opened = (EntryId, Place, Read);

/// What lies between the two threads.
#[derive(Default)]
struct Between {
    sealed: VecDeque<Vec<Sealed>>,
    opened: Vec<Vec<Opened>>,
    /// Nothing more comes.
    closed: bool,
}

#[derive(Default)]
struct Desk {
    between: Mutex<Between>,
    news: Condvar,
}

/// What the folding thread does next.
enum Next {
    Open(Vec<Sealed>),
    Fold(Vec<Opened>),
}

impl Desk {
    fn between(&self) -> MutexGuard<'_, Between> {
        self.between.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a share over; gives one back, to be opened here, when too many wait.
    fn hand_over(&self, share: Vec<Sealed>) -> Option<Vec<Sealed>> {
        let mut between = self.between();
        between.sealed.push_back(share);
        let full = between.sealed.len() > WAITING;
        let back = full.then(|| between.sealed.pop_back()).flatten();
        drop(between);
        self.news.notify_one();
        back
    }

    /// A share that waits, from the end.
    fn take_last(&self) -> Option<Vec<Sealed>> {
        self.between().sealed.pop_back()
    }

    fn give(&self, opened: Vec<Opened>) {
        self.between().opened.push(opened);
        self.news.notify_one();
    }

    /// Waits for work; `None` when nothing more comes.
    fn next(&self) -> Option<Next> {
        let mut between = self.between();
        loop {
            if let Some(opened) = between.opened.pop() {
                return Some(Next::Fold(opened));
            }
            if let Some(share) = between.sealed.pop_front() {
                return Some(Next::Open(share));
            }
            if between.closed {
                return None;
            }
            between = self
                .news
                .wait(between)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Says that nothing more comes, also when reading failed or panicked: the other thread must not wait.
struct Close<'a>(&'a Desk);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        self.0.between().closed = true;
        self.0.news.notify_one();
    }
}

fn open(reader: Reader<'_>, share: Vec<Sealed>) -> Vec<Opened> {
    let each = share.into_iter();
    each.map(|(id, place, sealed)| (id, place, reader.read(id, sealed, place)))
        .collect()
}

/// Opens and folds what comes until nothing more does.
fn fold_all(desk: &Desk, reader: Reader<'_>, facts: &mut Facts<'_>) -> BTreeMap<EntryId, String> {
    let mut left = Left::default();
    while let Some(next) = desk.next() {
        match next {
            Next::Fold(opened) => {
                for (id, place, read) in opened {
                    left.keep(id, facts.take(read, place));
                }
            }
            Next::Open(share) => {
                for (id, place, sealed) in share {
                    left.keep(id, facts.take(reader.read(id, sealed, place), place));
                }
            }
        }
    }
    left.aside
}

/// Reads with `rows`, which hands each entry to what it is given, and folds on a second thread. What cannot be
/// folded comes back with its reason; `None` when the system has no thread to give, and nothing was read.
fn fold_beside(
    reader: Reader<'_>,
    mut facts: Facts<'_>,
    rows: impl FnOnce(&mut dyn FnMut(Sealed)) -> Result<(), StoreError>,
) -> Option<Result<BTreeMap<EntryId, String>, StoreError>> {
    let desk = Desk::default();
    scope(|scope| {
        let folding = Builder::new().spawn_scoped(scope, || fold_all(&desk, reader, &mut facts));
        let folding = folding.ok()?;
        let read = {
            let _close = Close(&desk);
            let mut share = Vec::with_capacity(SHARE);
            let read = rows(&mut |sealed| {
                share.push(sealed);
                if share.len() == SHARE {
                    let full = mem::replace(&mut share, Vec::with_capacity(SHARE));
                    if let Some(back) = desk.hand_over(full) {
                        desk.give(open(reader, back));
                    }
                }
            });
            let mut last = desk.hand_over(share);
            while let Some(share) = last.or_else(|| desk.take_last()) {
                desk.give(open(reader, share));
                last = None;
            }
            read
        };
        match folding.join() {
            Ok(aside) => Some(read.map(|()| aside)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Of what could not be folded: whether the bytes are still those that were stored. They are read once more,
/// which is rare, so that none has to be kept while it is opened.
fn tell_damaged(
    store: &Store,
    mailbox: i64,
    aside: &mut BTreeMap<EntryId, String>,
) -> Result<(), StoreError> {
    if aside.is_empty() {
        return Ok(());
    }
    store.each_entry(mailbox, |stored| {
        let (Some(reason), Some(sealed)) = (aside.get_mut(&stored.id), &stored.sealed) else {
            return;
        };
        if stored.place.is_some() && digest(sealed) != stored.digest {
            ENTRY_DAMAGED.clone_into(reason);
        }
    })
}

impl Phone {
    /// Folds one mailbox again from the store.
    pub fn refold(&mut self, index: usize, now: i64) -> Result<(), CompanionError> {
        let mailbox = &mut self.mailboxes[index];
        let mut chart = Chart::default();
        let mut erased = BTreeSet::new();
        let mut left = Left::default();
        let mut held = Held::new(mailbox.log.mailbox);
        if mailbox.class == Class::Library {
            self.library = Library::default();
            self.trust.removals.clear();
        }
        let mut folder = Folder {
            class: mailbox.class,
            keyring: &mailbox.keyring,
            trust: &mut self.trust,
            chart: &mut chart,
            library: &mut self.library,
            erased: &mut erased,
        };
        let mut index_of = Vec::new();
        let store = &self.store;
        let missing = &mut left.missing;
        let mut rows = |each: &mut dyn FnMut(Sealed)| {
            store.each_entry(mailbox.n, |mut stored| {
                if let (None, Some(sealed)) = (stored.place, &stored.sealed) {
                    // What the clinic will make of the bytes, whatever the disk made of the digest.
                    stored.digest = digest(sealed);
                }
                index_of.push((&stored).into());
                let place = place(&stored);
                match stored.sealed {
                    Some(sealed) => each((stored.id, place, sealed)),
                    None => drop(missing.insert(stored.id)),
                }
            })
        };
        let beside = match folder.apart() {
            Some((reader, facts)) if mailbox.log.seq >= ENOUGH => {
                fold_beside(reader, facts, &mut rows)
            }
            _ => None,
        };
        if let Some(aside) = beside {
            left.aside = aside?;
        } else {
            // A chart is the same whatever order its facts come in. The library says who is believed, so
            // its order counts; after a restore it may not be the one in which entries came here.
            let mut all = Vec::new();
            rows(&mut |sealed| all.push(sealed))?;
            if mailbox.class == Class::Library {
                all.order_by_key(|(_, place, _)| place.seq);
            }
            for (id, place, sealed) in all {
                left.keep(id, folder.fold(id, sealed, place));
            }
        }
        tell_damaged(store, mailbox.n, &mut left.aside)?;
        held.fill(index_of);
        mailbox.held = held;
        mailbox.chart = chart;
        mailbox.erased = erased;
        mailbox.missing = left.missing;
        let before = mem::replace(&mut mailbox.aside, left.aside);
        self.note_aside(index, &before, now);
        Ok(())
    }

    /// Brings the quarantine table in step. It is a copy of what the fold finds, so a disk that does not
    /// take it now loses nothing.
    fn note_aside(&mut self, index: usize, before: &BTreeMap<EntryId, String>, now: i64) {
        let mailbox = &self.mailboxes[index];
        let Ok(stored) = self.store.quarantined() else {
            return;
        };
        let stored: BTreeMap<EntryId, String> = stored
            .into_iter()
            .filter(|noted| noted.mailbox == mailbox.n)
            .filter_map(|noted| Some((noted.entry?, noted.code)))
            .collect();
        if stored == mailbox.aside && before.keys().all(|id| stored.contains_key(id)) {
            return;
        }
        let _ = self.store.write(|w| {
            for (id, reason) in &mailbox.aside {
                w.quarantine(mailbox.n, *id, reason, now)?;
            }
            for id in stored.keys().filter(|id| !mailbox.aside.contains_key(*id)) {
                w.release(mailbox.n, *id)?;
            }
            Ok::<_, CompanionError>(())
        });
    }
}
