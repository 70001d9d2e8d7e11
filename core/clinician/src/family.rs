//! Acts about a patient's family, and looking after the keys of family mailboxes.
//!
//! Owns who may have the key of a family mailbox at a time. Nobody shares here: that is the patient's
//! (`handrail_care::family`). Refuses to add anyone without recorded consent, a guardian too, and to give a
//! key to someone with whom nothing is shared any more (docs/adr/0013).

use handrail_care::education::{self, GroupTheme};
use handrail_care::entry::{Body, Class};
use handrail_care::family::page::{FamilyPage, family_page};
use handrail_care::family::{EducationChosen, GuestInvited};
use handrail_care::id::Id;
use handrail_care::patient::EpochBegan;
use handrail_care::program::{Session, SessionKind};
use handrail_care::roster::FamilyMember;
use handrail_care::sessions::sessions;
use handrail_mailbox::identity::Recipient;
use handrail_wire::invite::{InviteState, RevokeInvite};
use handrail_wire::path;

use crate::act::{ActError, Done};
use crate::clinician::{Clinician, id_of, mailbox_of, new_id};
use crate::outgoing::Outgoing;

/// The most education pieces that are chosen for one person.
const PIECES_MAX: usize = 50;

fn made(id: Id) -> Done {
    Done {
        id: Some(id),
        ..Done::default()
    }
}

impl Clinician {
    /// A patient's family: consents, what is shared, whether it was opened.
    pub fn family_page(&self, patient: Id, now: i64) -> Option<FamilyPage> {
        self.roster.person(patient)?;
        let chart_of = |mailbox| self.charts.get(&mailbox);
        Some(family_page(
            &self.roster,
            &self.library,
            patient,
            chart_of,
            now,
        ))
    }

    /// A family member with a part in this patient's care.
    fn member(&self, mailbox: Id) -> Result<FamilyMember, ActError> {
        let member = self.roster.family_member(mailbox);
        let member = member.filter(|member| member.ended_at.is_none());
        member.cloned().ok_or(ActError::NotFound)
    }

    pub(crate) fn add_family_member(
        &mut self,
        member: FamilyMember,
        now: i64,
    ) -> Result<Done, ActError> {
        self.roster
            .person(member.of)
            .ok_or(ActError::PatientUnknown)?;
        let phones = self.phones(member.of);
        let (mailbox, patient) = (member.mailbox, member.of);
        self.make_mailbox(mailbox_of(mailbox), Class::Family, &phones)?;
        self.grant(patient, mailbox_of(mailbox), true);
        self.write(self.own.roster, &Body::FamilyMember(member.clone()), now)?;
        self.write(mailbox_of(patient), &Body::FamilyMember(member), now)?;
        // Somebody who joins while the patient is away or gone is to be silent too.
        self.silence_like_patient(patient, mailbox, now)?;
        Ok(made(mailbox))
    }

    /// Ends a family member's part: the phones are cut off, open invites are revoked, and the mailbox gets
    /// a key that none of them has. What the patient wrote stays in the patient's own record.
    pub(crate) fn end_family_member(&mut self, mailbox: Id, now: i64) -> Result<Done, ActError> {
        let mut member = self.member(mailbox)?;
        member.ended_at = Some(now);
        let phones: Vec<Id> = self.charts.get(&mailbox).map_or_else(Vec::new, |chart| {
            chart.devices().map(|fact| fact.value.device).collect()
        });
        for phone in phones {
            self.cut_off(mailbox, phone, now)?;
        }
        for invite in &self.invites {
            if invite.subject.0 == mailbox.0 && invite.state == InviteState::Open {
                let revoke = RevokeInvite {
                    invite: invite.invite,
                };
                self.requests
                    .push_back(Outgoing::post(path::INVITES_REVOKE, &revoke));
            }
        }
        let patient = member.of;
        self.write(self.own.roster, &Body::FamilyMember(member.clone()), now)?;
        self.write(mailbox_of(patient), &Body::FamilyMember(member), now)?;
        self.renew(mailbox, now)?;
        Ok(made(mailbox))
    }

    /// Chooses what this person finds first among the education pieces; replaces the choice before.
    pub(crate) fn choose_education(
        &mut self,
        mailbox: Id,
        pieces: Vec<String>,
        now: i64,
    ) -> Result<Done, ActError> {
        self.member(mailbox)?;
        let known = |slug: &String| {
            let mut all = self.library.education().into_iter();
            all.any(|piece| piece.slug == *slug && piece.family)
        };
        if pieces.len() > PIECES_MAX {
            return Err(ActError::OutOfRange);
        }
        if !pieces.iter().all(known) {
            return Err(ActError::NotFound);
        }
        let chosen = Body::EducationChosen(EducationChosen { pieces });
        self.put(mailbox_of(mailbox), &chosen, now)
    }

    /// Publishes pieces that ship, all of them when none is named.
    pub(crate) fn publish_shipped(&mut self, slugs: &[String], now: i64) -> Result<Done, ActError> {
        let shipped = education::shipped();
        let known = |slug: &String| shipped.iter().any(|piece| piece.slug == *slug);
        if !slugs.iter().all(known) {
            return Err(ActError::NotFound);
        }
        for piece in &shipped {
            if slugs.is_empty() || slugs.contains(&piece.slug) {
                self.write(self.own.library, &Body::Education(piece.clone()), now)?;
            }
        }
        Ok(Done::default())
    }

    /// Says what the groups are about; without an id it is a new theme.
    pub(crate) fn set_theme(&mut self, mut theme: GroupTheme, now: i64) -> Result<Done, ActError> {
        if !theme.is_valid() {
            return Err(ActError::OutOfRange);
        }
        let pieces = self.library.education();
        let piece = |slug: &String| pieces.iter().any(|piece| piece.slug == *slug);
        let track = |track: &Id| self.library.track(*track).is_some();
        if !theme.tracks.iter().all(track) || !theme.pieces.iter().all(piece) {
            return Err(ActError::NotFound);
        }
        if theme.id == Id::default() {
            theme.id = new_id();
        }
        let id = theme.id;
        self.put(self.own.library, &Body::GroupTheme(theme), now)?;
        Ok(made(id))
    }

    /// Invites a family member to one coming session of the patient: a group, or one with the family.
    pub(crate) fn invite_guest(
        &mut self,
        mailbox: Id,
        session: &str,
        join_link: Option<String>,
        now: i64,
    ) -> Result<Done, ActError> {
        let member = self.member(mailbox)?;
        let chart = self
            .charts
            .get(&member.of)
            .ok_or(ActError::PatientUnknown)?;
        let found = sessions(chart, &self.library, now, i64::MAX)
            .into_iter()
            .find(|one| one.id == session && one.rings())
            .filter(|one| matches!(one.kind, SessionKind::Group | SessionKind::Family));
        let Session {
            id: session,
            title,
            start,
            end,
            time_zone,
            mode,
            place,
            join_link: own_link,
            ..
        } = found.ok_or(ActError::NotFound)?;
        let own = chart.own_sessions();
        let is_own = own
            .into_iter()
            .any(|own| own.value.id.to_string() == session);
        let enrolled = chart.enrolment().map(|fact| fact.value.track);
        let guest = GuestInvited {
            id: new_id(),
            member: mailbox,
            session,
            track: enrolled.filter(|_| !is_own),
            title,
            start,
            end,
            time_zone,
            mode,
            place,
            // The group's own link stays with its members; a family session has one for all who come.
            join_link: join_link.or(own_link.filter(|_| is_own)),
            withdrawn: false,
        };
        self.write_guest(&member, guest, now)
    }

    /// Takes an invitation back.
    pub(crate) fn withdraw_guest(
        &mut self,
        mailbox: Id,
        invitation: Id,
        now: i64,
    ) -> Result<Done, ActError> {
        let member = self.member(mailbox)?;
        let chart = self.charts.get(&mailbox).ok_or(ActError::PatientUnknown)?;
        let known = chart.guests().find(|fact| fact.value.id == invitation);
        let mut guest = known.ok_or(ActError::NotFound)?.value.clone();
        guest.withdrawn = true;
        self.write_guest(&member, guest, now)
    }

    /// In both mailboxes: the patient's phone shows who comes (docs/adr/0009).
    fn write_guest(
        &mut self,
        member: &FamilyMember,
        guest: GuestInvited,
        now: i64,
    ) -> Result<Done, ActError> {
        let id = guest.id;
        let body = Body::GuestInvited(guest);
        self.write(mailbox_of(member.mailbox), &body, now)?;
        self.write(mailbox_of(member.of), &body, now)?;
        Ok(made(id))
    }

    /// The phones that may have the next key of a family mailbox: none when the person's part has ended
    /// or the patient has taken back the last thing that was shared. Of a care mailbox: all.
    pub(crate) fn readers(&self, subject: Id, now: i64) -> Vec<Recipient> {
        let Some(member) = self.roster.family_member(subject) else {
            return self.phones(subject);
        };
        let mut readers = self.phones(member.of);
        if self.may_read(member, now) {
            readers.extend(self.phones(subject));
        }
        readers
    }

    fn may_read(&self, member: &FamilyMember, now: i64) -> bool {
        let Some(care) = self.charts.get(&member.of) else {
            return false;
        };
        if member.ended_at.is_some() || care.consent_withdrawn(member.mailbox).is_some() {
            return false;
        }
        let family = self.charts.get(&member.mailbox);
        let nothing_taken_back = family.is_none_or(|chart| chart.withdrawals().next().is_none());
        nothing_taken_back || care.shared_with(member.mailbox, now).next().is_some()
    }

    /// Does what patients' decisions ask for and only staff's keys can do: a new key for each family
    /// mailbox in which something was taken back, without the person's phones when nothing is shared any
    /// more; that key for a person with whom the patient shares again; the end of a part whose consent was
    /// taken back. Done whenever a synchronisation has brought something, by whoever is there; colleagues who
    /// do the same at the same time make the same keys. Returns how many mailboxes it touched; an error
    /// when the team's own key is not here yet.
    pub(crate) fn look_after_families(&mut self, now: i64) -> Result<usize, ActError> {
        let members: Vec<FamilyMember> = self
            .roster
            .family()
            .filter(|member| member.ended_at.is_none())
            .cloned()
            .collect();
        let mut touched = 0;
        for member in members {
            let mailbox = member.mailbox;
            let care = self.charts.get(&member.of);
            if care.is_some_and(|chart| chart.consent_withdrawn(mailbox).is_some()) {
                self.end_family_member(mailbox, now)?;
            } else if self.was_taken_back(mailbox) {
                self.renew_derived(mailbox, now)?;
            } else if !self.pass_key_on(&member, now) {
                continue;
            }
            touched += 1;
        }
        Ok(touched)
    }

    /// Something was taken back under the key that holds.
    fn was_taken_back(&self, mailbox: Id) -> bool {
        let replica = self.replicas.get(&mailbox_of(mailbox));
        let chart = self.charts.get(&mailbox);
        let Some((replica, chart)) = replica.zip(chart) else {
            return false;
        };
        let current = replica.keyring.epochs().max();
        let mut marks = chart.withdrawals();
        marks.any(|mark| current.is_some() && replica.epoch_at(mark.place.seq) == current)
    }

    /// Gives the key that holds to phones that were not given it: the patient's, and those of a person
    /// with whom something is shared. False when there is none.
    fn pass_key_on(&mut self, member: &FamilyMember, now: i64) -> bool {
        let mailbox = mailbox_of(member.mailbox);
        let Some(replica) = self.replicas.get(&mailbox) else {
            return false;
        };
        let Some(current) = replica.keyring.epochs().max() else {
            return false;
        };
        let shares = self
            .charts
            .get(&member.of)
            .is_some_and(|chart| chart.shared_with(member.mailbox, now).next().is_some());
        let mut phones = self.phones(member.of);
        if shares && self.may_read(member, now) {
            phones.extend(self.phones(member.mailbox));
        }
        phones.retain(|phone| !replica.was_boxed(current, phone.party));
        for phone in &phones {
            self.box_epoch(mailbox, current, phone);
        }
        !phones.is_empty()
    }

    /// A new epoch whose secret every clinician derives alike.
    fn renew_derived(&mut self, mailbox: Id, now: i64) -> Result<(), ActError> {
        let team = self.team_recipient().ok_or(ActError::PatientUnknown)?;
        let mut recipients = vec![team];
        recipients.extend(self.readers(mailbox, now));
        let family = mailbox_of(mailbox);
        let last = self
            .replicas
            .get(&family)
            .and_then(|replica| replica.keyring.epochs().max());
        let epoch = last.ok_or(ActError::PatientUnknown)? + 1;
        let team = self.replicas.get(&self.own.team);
        let secret = team.and_then(|team| team.keyring.derive_epoch(family, epoch));
        let secret = secret.ok_or(ActError::PatientUnknown)?;
        self.begin_epoch(family, epoch, secret, &recipients);
        let began = Body::EpochBegan(EpochBegan { epoch });
        self.write(family, &began, now)?;
        Ok(())
    }
}

/// Whether a mailbox is a family member's who has no part any more: no invite is made for it.
pub(crate) fn has_ended(clinician: &Clinician, mailbox: handrail_wire::id::MailboxId) -> bool {
    let member = clinician.roster.family_member(id_of(mailbox));
    member.is_some_and(|member| member.ended_at.is_some())
}

#[cfg(test)]
mod tests;
