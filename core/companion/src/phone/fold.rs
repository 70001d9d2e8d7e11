//! From sealed bytes to facts: opening, judging the author, folding, putting aside.
//!
//! Owns the order of the checks. What will not open or may not be believed is put aside with a code and
//! blocks nothing; it is tried again when keys or certificates have come.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use handrail_care::chart::{Chart, Place};
use handrail_care::entry::{Author, Body, Class, Entry, Seen, may_write};
use handrail_care::id::Id;
use handrail_care::library::{Library, Staff, StaffRemoved};
use handrail_mailbox::directory::{Removal, Role};
use handrail_mailbox::keyring::Keyring;
use handrail_mailbox::seal::{self, OpenError, Opened};
use handrail_wire::id::{EntryId, PartyId};

use super::secret::certificate;
use super::{Mailbox, Trust};

/// The signer is not staff as far as is known.
pub(crate) const UNKNOWN_SIGNER: &str = "seal-unknown-signer";
/// The key of this epoch has not come.
pub(crate) const UNKNOWN_EPOCH: &str = "seal-unknown-epoch";
/// The bytes are not the ones that were stored: the disk has changed them.
pub(crate) const ENTRY_DAMAGED: &str = "entry-damaged";
const ID_MISMATCH: &str = "entry-id-mismatch";
const SIGNER_MISMATCH: &str = "entry-signer-mismatch";
const SIGNER_REMOVED: &str = "entry-signer-removed";
const NOT_ALLOWED: &str = "entry-not-allowed";
const BODY_MALFORMED: &str = "entry-body-malformed";
const CERTIFICATE: &str = "certificate-not-valid";

/// What else follows from an entry that was folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    None,
    /// Another entry is erased.
    Erases(Id),
    /// Staff was admitted: what was put aside for an unknown signer may be believed now.
    Admits,
    /// Staff was removed: entries received later do not count.
    Removes,
}

/// An entry that was believed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Folded {
    /// Who wrote it, by its own word.
    pub by: Id,
    /// What the author had seen.
    pub seen: Option<Seen>,
    /// What follows.
    pub effect: Effect,
}

impl Folded {
    fn of(entry: &Entry) -> Self {
        Self {
            by: entry.by,
            seen: entry.seen,
            effect: Effect::None,
        }
    }
}

/// An opened entry, its body when this build knows the kind, and who wrote it; or the code to put it
/// aside with.
pub(crate) type Read = Result<(Entry, Option<Body>, Author), String>;

/// Opens entries of one mailbox. Changes nothing, so two threads can share the work.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    class: Class,
    keyring: &'a Keyring,
    trust: &'a Trust,
}

impl Reader<'_> {
    /// Opens an entry and says who wrote it.
    pub fn read(&self, id: EntryId, sealed: Vec<u8>, place: Place) -> Read {
        let opened = seal::open(self.keyring, &self.trust.directory, id, sealed);
        self.judge(id, opened, place)
    }

    fn judge(&self, id: EntryId, opened: Result<Opened, OpenError>, place: Place) -> Read {
        let opened = opened.map_err(|error| error.to_string())?;
        let entry = Entry::parse(opened.bytes()).map_err(|error| error.to_string())?;
        if entry.id.0 != id.0 {
            return Err(ID_MISMATCH.to_owned());
        }
        let author = match opened.author() {
            // In a family mailbox the patient and the relative hold the same key; `may_write` says why
            // it does not matter here.
            seal::Author::Unsigned => Author::Patient,
            seal::Author::Signed {
                party,
                role,
                active,
            } => {
                if entry.by.0 != party.0 {
                    return Err(SIGNER_MISMATCH.to_owned());
                }
                if !active && !self.before_removal(party, place) {
                    return Err(SIGNER_REMOVED.to_owned());
                }
                match role {
                    Role::Clinician => Author::Clinician(entry.by),
                    Role::FrontDesk => Author::FrontDesk(entry.by),
                    Role::Administrator => Author::Administrator(entry.by),
                }
            }
        };
        if !may_write(self.class, author, &entry.kind) {
            return Err(NOT_ALLOWED.to_owned());
        }
        let body = entry.body().map_err(|_| BODY_MALFORMED.to_owned())?;
        Ok((entry, body, author))
    }

    /// A removed member's entries count when the clinic had them before the removal.
    fn before_removal(&self, party: PartyId, place: Place) -> bool {
        let Some((seq, received)) = self.trust.removals.get(&party) else {
            // The removal itself is what is being read, or its entry was put aside.
            return self.class == Class::Library;
        };
        if self.class == Class::Library {
            place.seq < *seq
        } else {
            place.received.is_some_and(|at| at <= *received)
        }
    }
}

/// What is so in one mailbox that is not the library: where entries that were read go.
pub(crate) struct Facts<'a> {
    class: Class,
    pub chart: &'a mut Chart,
    pub erased: &'a mut BTreeSet<Id>,
}

impl Facts<'_> {
    /// Folds what was read.
    pub fn take(&mut self, read: Read, place: Place) -> Result<Folded, String> {
        let (entry, body, author) = read?;
        let mut folded = Folded::of(&entry);
        match body {
            // A kind of a newer app.
            None => drop(self.chart.apply(self.class, &entry, author, place)),
            Some(body) => {
                if let Body::Erase(erase) = &body {
                    self.erased.insert(erase.entry);
                    folded.effect = Effect::Erases(erase.entry);
                }
                self.chart.apply_body(&entry, body, author, place);
            }
        }
        Ok(folded)
    }
}

/// Folds entries of one mailbox.
pub(crate) struct Folder<'a> {
    pub class: Class,
    pub keyring: &'a Keyring,
    pub trust: &'a mut Trust,
    pub chart: &'a mut Chart,
    pub library: &'a mut Library,
    pub erased: &'a mut BTreeSet<Id>,
}

impl Folder<'_> {
    fn reader(&self) -> Reader<'_> {
        Reader {
            class: self.class,
            keyring: self.keyring,
            trust: self.trust,
        }
    }

    /// Reading and folding apart. Not of the library: there each entry may say who is believed next.
    pub fn apart(&mut self) -> Option<(Reader<'_>, Facts<'_>)> {
        if self.class == Class::Library {
            return None;
        }
        let reader = Reader {
            class: self.class,
            keyring: self.keyring,
            trust: self.trust,
        };
        let facts = Facts {
            class: self.class,
            chart: self.chart,
            erased: self.erased,
        };
        Some((reader, facts))
    }

    /// Opens and folds one entry; the error is the code to put it aside with.
    pub fn fold(&mut self, id: EntryId, sealed: Vec<u8>, place: Place) -> Result<Folded, String> {
        if let Some((reader, mut facts)) = self.apart() {
            return facts.take(reader.read(id, sealed, place), place);
        }
        let opened = self.open(id, sealed);
        let (entry, body, _) = self.reader().judge(id, opened, place)?;
        let mut folded = Folded::of(&entry);
        // A kind of a newer app.
        let Some(body) = body else { return Ok(folded) };
        match &body {
            Body::Erase(erase) => {
                self.erased.insert(erase.entry);
                folded.effect = Effect::Erases(erase.entry);
            }
            Body::Staff(staff) => folded.effect = self.admit(staff)?,
            Body::StaffRemoved(removed) => folded.effect = self.remove(removed, place)?,
            _ => {}
        }
        self.library.apply(place.seq, &entry, body);
        Ok(folded)
    }

    /// Opens an entry of the library.
    fn open(&mut self, id: EntryId, sealed: Vec<u8>) -> Result<Opened, OpenError> {
        match seal::open(self.keyring, &self.trust.directory, id, sealed.clone()) {
            Err(OpenError::UnknownSigner) if self.introduce(id, sealed.clone()) => {
                seal::open(self.keyring, &self.trust.directory, id, sealed)
            }
            opened => opened,
        }
    }

    /// A library entry by someone unknown may be the one that brings their certificate. Only the
    /// certificate is believed here: the root signed it.
    fn introduce(&mut self, id: EntryId, sealed: Vec<u8>) -> bool {
        let staff = || {
            let plain = seal::open_unproven(self.keyring, id, sealed).ok()?;
            match Entry::parse(&plain).ok()?.body().ok()?? {
                Body::Staff(staff) => certificate(&staff.certificate),
                _ => None,
            }
        };
        let found = staff();
        found.is_some_and(|certificate| self.trust.directory.admit(&certificate).is_ok())
    }

    fn admit(&mut self, staff: &Staff) -> Result<Effect, String> {
        let certificate = certificate(&staff.certificate)
            .filter(|certificate| certificate.party().0 == staff.id.0)
            .ok_or(CERTIFICATE)?;
        match self.trust.directory.admit(&certificate) {
            Ok(_) => Ok(Effect::Admits),
            Err(_) => Err(CERTIFICATE.to_owned()),
        }
    }

    fn remove(&mut self, removed: &StaffRemoved, place: Place) -> Result<Effect, String> {
        let bytes = BASE64URL_NOPAD.decode(removed.removal.as_bytes());
        let removal = bytes
            .ok()
            .and_then(|bytes| Removal::from_bytes(&bytes).ok())
            .filter(|removal| removal.party.0 == removed.id.0)
            .ok_or(CERTIFICATE)?;
        if self.trust.directory.remove(&removal).is_err() {
            return Err(CERTIFICATE.to_owned());
        }
        let received = place.received.unwrap_or(i64::MAX);
        let slot = self
            .trust
            .removals
            .entry(removal.party)
            .or_insert((place.seq, received));
        *slot = (*slot).min((place.seq, received));
        Ok(Effect::Removes)
    }
}

impl Mailbox {
    /// Something was put aside that keys or certificates to come may open.
    pub fn waits_for(&self, reason: &str) -> bool {
        self.aside.values().any(|aside| aside == reason)
    }

    /// Log places without bytes that no signed `erase` names.
    pub fn unexplained(&self) -> impl Iterator<Item = &EntryId> {
        self.missing
            .iter()
            .filter(|id| !self.erased.contains(&Id(id.0)))
    }
}
