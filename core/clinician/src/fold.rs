//! From sealed bytes to charts: takes keys, admits staff, opens, checks who may write, folds.

use handrail_care::chart::{Applied, Chart, Place};
use handrail_care::entry::{Author, Body, Class, Entry, may_write};
use handrail_care::id::Id;
use handrail_care::library::Library;
use handrail_care::roster::Roster;
use handrail_care::team::Team;
use handrail_mailbox::directory::{Certificate, Removal, Role};
use handrail_mailbox::keybox::open_box_unproven;
use handrail_mailbox::keyring::Keyring;
use handrail_mailbox::seal::{self, Author as Proven, OpenError};
use handrail_wire::id::{EntryId, MailboxId};

use crate::clinician::{Clinician, id_of, mailbox_of};
use crate::replica::Replica;

/// Roles whose key boxes count, by mailbox.
fn box_signers(class: Class) -> &'static [Role] {
    match class {
        Class::Library | Class::Roster => Role::ALL,
        Class::Team | Class::Care | Class::Family => Role::CLINICAL,
    }
}

impl Clinician {
    /// Takes everything new: keys, then staff, then entries, until nothing more opens. Returns
    /// whether anything was folded.
    pub(crate) fn fold(&mut self) -> bool {
        let mut changed = false;
        loop {
            let keys = self.take_boxes();
            let staff = self.admit_staff();
            let retried = (keys || staff) && self.retry_quarantine();
            let folded = self.fold_new();
            // A phone that named itself in care after it wrote to a family mailbox is the patient's after
            // all.
            let retried = retried | (folded && self.family_waits() && self.retry_quarantine());
            let found = self.find_mailboxes();
            changed |= folded | retried;
            if !(keys || staff || folded || found) {
                return changed;
            }
        }
    }

    fn take_boxes(&mut self) -> bool {
        let Some(team) = self.replicas.get(&self.own.team) else {
            return false;
        };
        let team_keys: Vec<_> = team
            .keyring
            .epochs()
            .filter_map(|epoch| team.keyring.derive_team_key(epoch))
            .collect();
        let keys: Vec<_> = team_keys.iter().chain([self.me.box_key()]).collect();
        let mut taken = false;
        for replica in self.replicas.values_mut() {
            let signers = box_signers(replica.class);
            // Newest epoch first: what present staff vouches for, then history.
            replica
                .boxes
                .sort_by_key(|key_box| std::cmp::Reverse(key_box.epoch));
            let mut left = Vec::new();
            for key_box in std::mem::take(&mut replica.boxes) {
                let key = keys
                    .iter()
                    .find(|key| key.recipient().party == key_box.recipient);
                let Some(key) = key else {
                    left.push(key_box);
                    continue;
                };
                match replica
                    .keyring
                    .admit_box(&self.directory, signers, key, &key_box)
                {
                    Ok(new) => taken |= new,
                    Err(_) => left.push(key_box),
                }
            }
            replica.boxes = left;
        }
        taken
    }

    /// Certificates and removals carry the root's own signature, so they are read before their
    /// bearers are known.
    fn admit_staff(&mut self) -> bool {
        let Some(library) = self.replicas.get(&self.own.library) else {
            return false;
        };
        let mut admitted = false;
        // At a colleague's first login even the box's signer is unknown: see `open_box_unproven`.
        let unproven = library.boxes.iter().filter_map(|key_box| {
            let secret = open_box_unproven(library.mailbox(), self.me.box_key(), key_box).ok()?;
            let mut keyring = Keyring::new(library.mailbox());
            keyring.insert(key_box.epoch, secret).ok()?;
            Some(keyring)
        });
        let unproven: Vec<_> = unproven.collect();
        let from = if unproven.is_empty() {
            library.folded
        } else {
            0
        };
        for held in library.log_from(from) {
            let Some(sealed) = &held.sealed else { continue };
            let opened = std::iter::once(&library.keyring)
                .chain(&unproven)
                .find_map(|keyring| seal::open_unproven(keyring, held.id, sealed.clone()).ok());
            let Some(bytes) = opened else { continue };
            let Ok(entry) = Entry::parse(&bytes) else {
                continue;
            };
            match entry.body() {
                Ok(Some(Body::Staff(staff))) => {
                    let Some(certificate) = unbase64(&staff.certificate)
                        .and_then(|bytes| Certificate::from_bytes(&bytes).ok())
                    else {
                        continue;
                    };
                    let known = self
                        .directory
                        .member(certificate.party())
                        .map(|member| member.role);
                    if known != Some(certificate.role) {
                        admitted |= self.directory.admit(&certificate).is_ok();
                    }
                }
                Ok(Some(Body::StaffRemoved(removed))) => {
                    let Some(removal) = unbase64(&removed.removal)
                        .and_then(|bytes| Removal::from_bytes(&bytes).ok())
                    else {
                        continue;
                    };
                    if self
                        .directory
                        .member(removal.party)
                        .is_some_and(|member| member.active)
                    {
                        admitted |= self.directory.remove(&removal).is_ok();
                    }
                    self.removed.entry(removal.party).or_insert(held.received);
                }
                _ => {}
            }
        }
        admitted
    }

    /// Something in a family mailbox was put aside.
    fn family_waits(&self) -> bool {
        let mut aside = self.quarantine.keys();
        aside.any(|(mailbox, _)| {
            let replica = self.replicas.get(mailbox);
            replica.is_some_and(|replica| replica.class == Class::Family)
        })
    }

    fn fold_new(&mut self) -> bool {
        let mut folded = false;
        let mut mailboxes: Vec<_> = self.replicas.keys().copied().collect();
        // Care first: it says whose phones wrote into the family mailboxes.
        mailboxes.sort_by_key(|mailbox| {
            let replica = self.replicas.get(mailbox);
            replica.is_some_and(|replica| replica.class == Class::Family)
        });
        for mailbox in mailboxes {
            let Some(replica) = self.replicas.get(&mailbox) else {
                continue;
            };
            let from = replica.folded;
            if replica.keyring.current().is_none() || replica.log_from(from).is_empty() {
                continue;
            }
            let count = replica.log_from(from).len() as u64;
            for seq in from + 1..=from + count {
                match self.fold_one(mailbox, seq) {
                    Ok(()) => {
                        self.quarantine.remove(&(mailbox, seq));
                    }
                    Err((id, reason)) => {
                        self.quarantine.insert((mailbox, seq), (id, reason));
                    }
                }
            }
            if let Some(replica) = self.replicas.get_mut(&mailbox) {
                replica.folded = from + count;
            }
            folded = true;
        }
        folded
    }

    fn retry_quarantine(&mut self) -> bool {
        let waiting: Vec<_> = self.quarantine.keys().copied().collect();
        let mut opened = false;
        for (mailbox, seq) in waiting {
            match self.fold_one(mailbox, seq) {
                Ok(()) => {
                    self.quarantine.remove(&(mailbox, seq));
                    opened = true;
                }
                Err((id, reason)) => {
                    self.quarantine.insert((mailbox, seq), (id, reason));
                }
            }
        }
        opened
    }

    fn fold_one(&mut self, mailbox: MailboxId, seq: u64) -> Result<(), (EntryId, String)> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let folded = self.fold_in(&mut buffer, mailbox, seq);
        self.buffer = buffer;
        folded
    }

    /// Opens in a buffer that is used again: the sealed bytes stay as they are.
    fn fold_in(
        &mut self,
        buffer: &mut Vec<u8>,
        mailbox: MailboxId,
        seq: u64,
    ) -> Result<(), (EntryId, String)> {
        let Some(replica) = self.replicas.get(&mailbox) else {
            return Ok(());
        };
        let Some(held) = replica.log_from(seq - 1).first() else {
            return Ok(());
        };
        let (id, received) = (held.id, held.received);
        let bad = |reason: &str| (id, reason.to_owned());
        let Some(sealed) = &held.sealed else {
            let entry = Id(id.0);
            let erased = match replica.class {
                Class::Library => self.library.is_erased(entry),
                Class::Roster => self.roster.is_erased(entry),
                Class::Team => self.team.is_erased(entry),
                Class::Care | Class::Family => self
                    .chart_of(mailbox)
                    .is_some_and(|chart| chart.is_erased(entry)),
            };
            return if erased {
                Ok(())
            } else {
                Err(bad("erased-without-word"))
            };
        };
        let epoch = seal::epoch_of(sealed).unwrap_or(0);
        buffer.clear();
        buffer.extend_from_slice(sealed);
        let (bytes, proven) = seal::open_in_place(&replica.keyring, &self.directory, id, buffer)
            .map_err(|error: OpenError| bad(&error.to_string()))?;
        let entry = Entry::parse(bytes).map_err(|error| bad(&error.to_string()))?;
        if entry.id.0 != id.0 {
            return Err(bad("entry-id-mismatch"));
        }
        let class = replica.class;
        if let Some(code) = entry.seen.and_then(|seen| replica.differs(seen, seq)) {
            self.forks.insert(mailbox, code);
        }
        let author = self
            .author(mailbox, class, &entry, received, proven)
            .map_err(bad)?;
        if let Some(replica) = self.replicas.get_mut(&mailbox) {
            if author.staff().is_some() {
                replica.staff_epoch = replica.staff_epoch.max(epoch);
            } else if epoch < replica.staff_epoch {
                replica.late.insert(id);
            }
        }
        self.take(mailbox, class, &entry, author, Place::at(seq, received))
            .map_err(bad)
    }

    /// Who wrote it, as care sees them.
    fn author(
        &self,
        mailbox: MailboxId,
        class: Class,
        entry: &Entry,
        received: i64,
        proven: Proven,
    ) -> Result<Author, &'static str> {
        match proven {
            Proven::Unsigned if class == Class::Family => {
                let patient = self.roster.family_member(id_of(mailbox));
                let theirs = patient
                    .and_then(|member| self.charts.get(&member.of))
                    .is_some_and(|chart| chart.names_device(entry.by));
                Ok(if theirs {
                    Author::Patient
                } else {
                    Author::Family
                })
            }
            Proven::Unsigned => Ok(Author::Patient),
            Proven::Signed {
                party,
                role,
                active,
            } => {
                let id = Id(party.0);
                if entry.by != id {
                    return Err("author-mismatch");
                }
                let late = self.removed.get(&party).is_some_and(|at| received > *at);
                if !active && late {
                    return Err("signer-removed");
                }
                Ok(match role {
                    Role::Clinician => Author::Clinician(id),
                    Role::FrontDesk => Author::FrontDesk(id),
                    Role::Administrator => Author::Administrator(id),
                })
            }
        }
    }

    fn take(
        &mut self,
        mailbox: MailboxId,
        class: Class,
        entry: &Entry,
        author: Author,
        place: Place,
    ) -> Result<(), &'static str> {
        if matches!(class, Class::Care | Class::Family) {
            let chart = self.charts.entry(id_of(mailbox)).or_default();
            return match chart.apply(class, entry, author, place) {
                Applied::Folded | Applied::Unknown => Ok(()),
                Applied::NotAllowed => Err("author-not-allowed"),
                Applied::Malformed => Err("entry-body-malformed"),
            };
        }
        // Unsigned entries of the clinic's own mailboxes are nobody's.
        if !may_write(class, author, &entry.kind) || author == Author::Patient {
            return Err("author-not-allowed");
        }
        match entry.body() {
            Ok(Some(body)) => match class {
                Class::Library => self.library.apply(place.seq, entry, body),
                Class::Roster => self.roster.apply(place.seq, entry, body),
                _ => self.team.apply(place.seq, entry, body),
            },
            Ok(None) => {}
            Err(_) => return Err("entry-body-malformed"),
        }
        Ok(())
    }

    /// Shows what this clinician just wrote; it has no place yet.
    pub(crate) fn fold_own(&mut self, mailbox: MailboxId, entry: &Entry) {
        let Some(class) = self.replicas.get(&mailbox).map(|replica| replica.class) else {
            return;
        };
        let id = self.id();
        let author = if self.is_administrator() {
            Author::Administrator(id)
        } else {
            Author::Clinician(id)
        };
        // Refusals cannot happen to acts; an entry that did not fit would be quarantined on arrival.
        let _ = self.take(mailbox, class, entry, author, Place::UNSENT);
    }

    fn chart_of(&self, mailbox: MailboxId) -> Option<&handrail_care::chart::Chart> {
        self.charts.get(&id_of(mailbox))
    }

    /// After a restore places are others: the mailbox is folded anew, with what waits to be sent.
    pub(crate) fn forget(&mut self, mailbox: MailboxId) {
        let Some(replica) = self.replicas.get_mut(&mailbox) else {
            return;
        };
        replica.folded = 0;
        match replica.class {
            Class::Library => self.library = Library::default(),
            Class::Roster => self.roster = Roster::default(),
            Class::Team => self.team = Team::default(),
            Class::Care | Class::Family => {
                self.charts.insert(id_of(mailbox), Chart::default());
            }
        }
        self.quarantine.retain(|(of, _), _| *of != mailbox);
        self.fold_waiting(mailbox);
    }

    /// Shows what waits to be sent; it has no place yet.
    pub(crate) fn fold_waiting(&mut self, mailbox: MailboxId) {
        let Some(replica) = self.replicas.get(&mailbox) else {
            return;
        };
        let class = replica.class;
        for (id, sealed) in replica.waiting() {
            let Some(replica) = self.replicas.get(&mailbox) else {
                return;
            };
            let Ok(opened) = seal::open(&replica.keyring, &self.directory, id, sealed) else {
                continue;
            };
            let Ok(entry) = Entry::parse(opened.bytes()) else {
                continue;
            };
            if let Ok(author) = self.author(mailbox, class, &entry, i64::MIN, opened.author()) {
                // What is refused here will be quarantined when it has its place again.
                let _ = self.take(mailbox, class, &entry, author, Place::UNSENT);
            }
        }
    }

    /// Mailboxes that the roster names and we do not have yet.
    fn find_mailboxes(&mut self) -> bool {
        let care = self
            .roster
            .people()
            .into_iter()
            .map(|person| (mailbox_of(person.care), Class::Care));
        let family = self
            .roster
            .family()
            .map(|member| (mailbox_of(member.mailbox), Class::Family));
        let new: Vec<_> = care
            .chain(family)
            .filter(|(mailbox, _)| !self.replicas.contains_key(mailbox))
            .collect();
        for (mailbox, class) in &new {
            self.replicas
                .insert(*mailbox, Replica::new(*mailbox, *class));
            self.charts.entry(id_of(*mailbox)).or_default();
            self.unasked.push_back(*mailbox);
        }
        !new.is_empty()
    }
}

pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}
