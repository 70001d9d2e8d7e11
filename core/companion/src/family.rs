//! Sharing with family: the patient's side and the family member's.
//!
//! Owns the order of a sharing: the decision is saved in the care mailbox first, copies follow in the
//! family mailbox and are made again from the decisions whenever the two differ, so that a crash in between
//! loses nothing and a copy never outlives its decision. Refuses to write a copy under an epoch that the
//! patient closed by taking everything back (docs/adr/0013): it waits for the clinic's next key.

use handrail_care::chart::{Chart, Fact};
use handrail_care::due::date_at;
use handrail_care::education::in_language;
use handrail_care::ends::Notice;
use handrail_care::entry::{Body, Class};
use handrail_care::family::copy::Source;
use handrail_care::family::share::Share;
use handrail_care::family::{
    ConsentWithdrawn, Item, Shared, SharedOpened, SharedWithdrawn, Sharing, SharingEnded, guest,
    words,
};
use handrail_care::id::Id;
use handrail_care::order::InOrder;
use handrail_care::reminder::Language;
use handrail_care::roster::FamilyMember;
use handrail_care::today::clinic_zone_or;
use handrail_mailbox::keyring::{Keyring, SealKey};
use handrail_mailbox::local::seal_local;
use handrail_wire::id::MailboxId;

use crate::care::{education_item, id};
use crate::error::CompanionError;
use crate::phone::{Mailbox, Phone, keyring_label};
use crate::view::{
    FamilyHome, FamilyMemberView, PhoneRole, Saved, ShareNow, SharePreview, ShareProgress,
    ShareView, SharedItem, SharedItemKind, ThemeView, shared_item, shared_sessions,
};

fn is_family(mailbox: &Mailbox) -> bool {
    mailbox.class == Class::Family
}

fn name_of(mailbox: &Mailbox) -> Id {
    Id(mailbox.log.mailbox.0)
}

/// What of a copy the reader would notice.
fn content(copy: &Shared) -> impl PartialEq {
    let Shared {
        text,
        until,
        sessions,
        part_two,
        ..
    } = copy.clone();
    (text, until, sessions, part_two)
}

impl Phone {
    pub(crate) fn language(&self) -> Language {
        Language::of(&self.language)
    }

    fn source(&self) -> Result<Source<'_>, CompanionError> {
        Ok(Source {
            chart: self.chart()?,
            library: &self.library,
            language: self.language(),
        })
    }

    fn family_mailbox(&self, member: Id) -> Option<usize> {
        let mut mailboxes = self.mailboxes.iter();
        mailboxes.position(|mailbox| is_family(mailbox) && name_of(mailbox) == member)
    }

    /// Family members with a part, by name.
    fn members(&self) -> Result<Vec<&FamilyMember>, CompanionError> {
        let all = self.chart()?.family().map(|fact| &fact.value);
        let mut members: Vec<_> = all.filter(|member| member.ended_at.is_none()).collect();
        members.order_by(|a, b| a.name.cmp(&b.name).then(a.mailbox.cmp(&b.mailbox)));
        Ok(members)
    }

    /// A family member with whom this patient may share.
    fn member(&self, text: &str) -> Result<Id, CompanionError> {
        let mailbox = id(text)?;
        let found = self.members()?.iter().any(|one| one.mailbox == mailbox);
        let open = self.chart()?.consent_withdrawn(mailbox).is_none();
        if found && open {
            Ok(mailbox)
        } else {
            Err(CompanionError::NotFound)
        }
    }

    /// The patient's sharing screen.
    pub fn family(&self, now: i64) -> Result<Vec<FamilyMemberView>, CompanionError> {
        let members = self.members()?.into_iter();
        members
            .map(|member| self.member_view(member, now))
            .collect()
    }

    fn member_view(
        &self,
        member: &FamilyMember,
        now: i64,
    ) -> Result<FamilyMemberView, CompanionError> {
        let care = self.chart()?;
        let source = self.source()?;
        let language = self.language();
        let item = |item: Item| {
            let standing = care
                .shared_with(member.mailbox, now)
                .find(|fact| fact.value.item == item);
            ShareView {
                kind: item.into(),
                title: words::title(item, language),
                before: words::before_sharing(item, language),
                available: !item.is_copied() || source.preview(item, "").is_ok(),
                shared: standing.map(|fact| self.share_now(care, fact)),
            }
        };
        let guests = guest::sessions(care, &self.library, now, &self.zone).into_iter();
        let theirs = |session: &str| {
            let mut guests = care.guests().map(|fact| &fact.value);
            guests
                .any(|one| one.member == member.mailbox && !one.withdrawn && one.session == session)
        };
        Ok(FamilyMemberView {
            id: member.mailbox.to_string(),
            name: member.name.clone(),
            relation: member.relation.clone(),
            guardian: member.guardian,
            consented_at: member.consented_at,
            leaving: care.consent_withdrawn(member.mailbox).is_some(),
            items: Item::ALL.map(item).into(),
            guests: guests
                .filter(|card| theirs(&card.session.id))
                .map(Into::into)
                .collect(),
        })
    }

    fn share_now(&self, care: &Chart, fact: &Fact<Sharing>) -> ShareNow {
        let sharing = &fact.value;
        let patients = |by| care.names_device(by);
        let mailbox = self.family_mailbox(sharing.mailbox);
        let mailbox = mailbox.map(|index| &self.mailboxes[index]);
        let copy = mailbox.and_then(|one| one.chart.last_copy(fact.id, patients));
        let opened_at = mailbox.and_then(|one| one.chart.share_opened_at(fact.id, patients));
        let progress = match (copy, opened_at) {
            (_, Some(at)) => ShareProgress::Opened { at },
            (None, None) if mailbox.is_none_or(|one| open_epoch(one, patients).is_none()) => {
                ShareProgress::WaitsForClinic
            }
            (None, None) => ShareProgress::NothingYet,
            (Some(copy), None) => match copy.place.received {
                Some(at) => ShareProgress::AtTheClinic { at },
                None => ShareProgress::OnThisPhone,
            },
        };
        ShareNow {
            id: fact.id.to_string(),
            at: fact.at,
            until: sharing.until,
            note: Some(sharing.note.clone()).filter(|note| !note.is_empty()),
            copied_at: copy.map(|copy| copy.at),
            progress,
        }
    }

    /// What a person would read if this were shared now.
    pub fn share_preview(
        &self,
        kind: SharedItemKind,
        note: &str,
    ) -> Result<SharePreview, CompanionError> {
        let item = kind.into();
        let preview = self.source()?.preview(item, note);
        let copy = preview.map_err(CompanionError::not_valid)?;
        let language = self.language();
        Ok(SharePreview {
            title: words::title(item, language),
            before: words::before_sharing(item, language),
            prompts: if item.is_copied() {
                Vec::new()
            } else {
                words::prompts(language)
            },
            notice: copy.part_two.then(|| words::part_two_notice(language)),
            sessions: shared_sessions(&copy.sessions, &self.zone),
            text: crate::view::share_text(&copy),
        })
    }

    /// Shares an item with a family member until then; what was shared of it before is replaced.
    pub fn share_item(
        &mut self,
        member: &str,
        kind: SharedItemKind,
        until: i64,
        note: &str,
        now: i64,
    ) -> Result<Saved, CompanionError> {
        let sharing = Sharing {
            mailbox: self.member(member)?,
            item: kind.into(),
            until,
            note: note.trim().to_owned(),
        };
        sharing.check(now).map_err(CompanionError::not_valid)?;
        if sharing.item.is_copied() {
            let preview = self.source()?.preview(sharing.item, "");
            preview.map_err(CompanionError::not_valid)?;
        }
        let home = self.care()?;
        let ids = self.save(home, now, vec![Body::Sharing(sharing)], |_, _| Ok(()))?;
        self.bring_copies_in_step(now)?;
        Ok(Saved {
            receipt: ids[0].to_string(),
        })
    }

    /// Takes a sharing back. A second time changes nothing.
    pub fn withdraw_share(&mut self, share: &str, now: i64) -> Result<Saved, CompanionError> {
        let sharing = id(share)?;
        let chart = self.chart()?;
        if !chart.sharings().any(|fact| fact.id == sharing) {
            return Err(CompanionError::NotFound);
        }
        if chart.sharing_ended_at(sharing).is_none() {
            let home = self.care()?;
            let ended = Body::SharingEnded(SharingEnded { sharing });
            self.save(home, now, vec![ended], |_, _| Ok(()))?;
            self.bring_copies_in_step(now)?;
        }
        Ok(Saved {
            receipt: share.to_owned(),
        })
    }

    /// Takes everything back that is shared with a person, and the consent to tell them: the clinic then
    /// cuts their phones off. A second time changes nothing.
    pub fn withdraw_consent(&mut self, member: &str, now: i64) -> Result<Saved, CompanionError> {
        let mailbox = id(member)?;
        let care = self.chart()?;
        if !self.members()?.iter().any(|one| one.mailbox == mailbox) {
            return Err(CompanionError::NotFound);
        }
        if care.consent_withdrawn(mailbox).is_none() {
            let mut bodies: Vec<_> = care
                .shared_with(mailbox, now)
                .map(|fact| Body::SharingEnded(SharingEnded { sharing: fact.id }))
                .collect();
            bodies.push(Body::ConsentWithdrawn(ConsentWithdrawn { mailbox }));
            let home = self.care()?;
            self.save(home, now, bodies, |_, _| Ok(()))?;
            self.bring_copies_in_step(now)?;
        }
        Ok(Saved {
            receipt: member.to_owned(),
        })
    }

    /// Writes what the family mailboxes lack: copies of what stands, and the end of what was taken back.
    /// Nothing on a family phone. Returns how many entries it wrote.
    pub fn bring_copies_in_step(&mut self, now: i64) -> Result<usize, CompanionError> {
        if self.enrolled()?.record.role() != PhoneRole::Patient {
            return Ok(0);
        }
        let mut written = 0;
        for index in 0..self.mailboxes.len() {
            if is_family(&self.mailboxes[index]) {
                let bodies = self.lacking(index, now)?;
                written += bodies.len();
                if !bodies.is_empty() {
                    self.save(index, now, bodies, |_, _| Ok(()))?;
                }
            }
        }
        Ok(written)
    }

    fn lacking(&self, index: usize, now: i64) -> Result<Vec<Body>, CompanionError> {
        let care = self.chart()?;
        let patients = |by| care.names_device(by);
        let mailbox = &self.mailboxes[index];
        let name = name_of(mailbox);
        let Some(epoch) = mailbox.keyring.current().map(SealKey::epoch) else {
            return Ok(Vec::new());
        };
        let standing: Vec<_> = care.shared_with(name, now).collect();
        let closes = standing.is_empty().then_some(epoch);
        let mut bodies: Vec<_> = ended(care, mailbox, name)
            .into_iter()
            .map(|sharing| Body::SharedWithdrawn(SharedWithdrawn { sharing, closes }))
            .collect();
        let has_part = self.members()?.iter().any(|one| one.mailbox == name);
        if !has_part || open_epoch(mailbox, patients).is_none() {
            return Ok(bodies);
        }
        let source = self.source()?;
        for fact in standing {
            let Ok(copy) = source.copy(fact) else {
                continue;
            };
            let last = mailbox.chart.last_copy(fact.id, patients);
            if last.is_none_or(|last| content(&last.value) != content(&copy)) {
                bodies.push(Body::Shared(copy));
            }
        }
        Ok(bodies)
    }

    /// Mailboxes of family members that staff added since this phone was enrolled: their keys come with
    /// the next answer. True when there were some.
    pub fn adopt_family(&mut self, now: i64) -> Result<bool, CompanionError> {
        if self.enrolled()?.record.role() != PhoneRole::Patient {
            return Ok(false);
        }
        let new: Vec<MailboxId> = self
            .members()?
            .iter()
            .filter(|member| self.family_mailbox(member.mailbox).is_none())
            .map(|member| MailboxId(member.mailbox.0))
            .collect();
        if new.is_empty() {
            return Ok(false);
        }
        let key = &self.key;
        self.store.write(|w| {
            for mailbox in &new {
                let ring = Keyring::new(*mailbox).to_bytes();
                let sealed = seal_local(key, &keyring_label(*mailbox), &ring);
                w.add_mailbox(*mailbox, Class::Family.as_str(), &sealed)?;
            }
            Ok::<_, CompanionError>(())
        })?;
        self.reload(now)?;
        Ok(true)
    }

    fn on_family_phone(&self) -> Result<&Chart, CompanionError> {
        match self.enrolled()?.record.role() {
            PhoneRole::Family => Ok(&self.mailboxes[self.home()?].chart),
            PhoneRole::Patient => Err(CompanionError::NotFound),
        }
    }

    /// Everything a family member's phone shows at first.
    pub fn family_home(&self, now: i64) -> Result<FamilyHome, CompanionError> {
        let chart = self.on_family_phone()?;
        let zone = clinic_zone_or(chart, &self.library, &self.zone);
        let stop = chart.reminders_stop(date_at(now, zone));
        let chosen = chart.education_chosen().iter().filter_map(|slug| {
            let pieces = self.library.education();
            let piece = pieces
                .into_iter()
                .find(|piece| piece.slug == *slug && piece.family)?;
            Some(education_item(in_language(piece, self.language())))
        });
        let guests = guest::sessions(chart, &self.library, now, &self.zone);
        Ok(FamilyHome {
            items: self.shared(now)?,
            guests: guests.into_iter().map(Into::into).collect(),
            themes: self.themes(now)?,
            chosen: chosen.collect(),
            quiet: stop.is_some_and(|stop| stop.stops(Notice::Family)),
        })
    }

    /// What the groups are about now: of the patient's track, on a family phone of any.
    pub fn themes(&self, now: i64) -> Result<Vec<ThemeView>, CompanionError> {
        let family = self.enrolled()?.record.role() == PhoneRole::Family;
        let chart = &self.mailboxes[self.home()?].chart;
        let zone = clinic_zone_or(chart, &self.library, &self.zone);
        let track = chart.enrolment().map(|fact| fact.value.track);
        if track.is_none() && !family {
            return Ok(Vec::new());
        }
        let shown = self.library.education();
        let language = self.language();
        let themes = self.library.themes_on(date_at(now, zone), track);
        let views = themes.into_iter().map(|theme| ThemeView {
            title: theme.title.clone(),
            about: theme.about.clone(),
            skill: theme.skill.clone(),
            from: theme.from.to_string(),
            until: theme.until.to_string(),
            pieces: (theme.pieces.iter())
                .filter_map(|slug| shown.iter().copied().find(|piece| piece.slug == *slug))
                .filter(|piece| piece.family || !family)
                .map(|piece| education_item(in_language(piece, language)))
                .collect(),
        });
        Ok(views.collect())
    }

    /// What the patient shares with this family member now; nothing on a patient's phone.
    pub fn shared(&self, now: i64) -> Result<Vec<SharedItem>, CompanionError> {
        if self.enrolled()?.record.role() != PhoneRole::Family {
            return Ok(Vec::new());
        }
        let chart = self.on_family_phone()?;
        let shown = chart.shown(now).into_iter();
        Ok(shown.map(|share| self.item(chart, &share)).collect())
    }

    fn item(&self, chart: &Chart, share: &Share<'_>) -> SharedItem {
        let opened = chart.copy_opened_at(share.newest.id, |_| false);
        shared_item(share, opened, self.language(), &self.zone)
    }

    /// Shows one item, and tells the patient that it was opened.
    pub fn open_shared(&mut self, item: &str, now: i64) -> Result<SharedItem, CompanionError> {
        let copy = id(item)?;
        let chart = self.on_family_phone()?;
        let found = chart.shown(now);
        let share = found.iter().find(|share| share.newest.id == copy);
        let view = self.item(chart, share.ok_or(CompanionError::NotFound)?);
        if view.opened_at.is_none() {
            let home = self.home()?;
            let opened = Body::SharedOpened(SharedOpened { share: copy });
            self.save(home, now, vec![opened], |_, _| Ok(()))?;
        }
        Ok(view)
    }
}

/// Sharings whose copies stand in the mailbox though the patient took the item back.
fn ended(care: &Chart, mailbox: &Mailbox, name: Id) -> Vec<Id> {
    let taken_back = |item: Item| {
        care.sharings()
            .filter(|fact| fact.value.mailbox == name && fact.value.item == item)
            .any(|fact| care.sharing_ended_at(fact.id).is_some())
    };
    let mut ended: Vec<Id> = mailbox
        .chart
        .copies()
        .filter(|copy| care.names_device(copy.by) && taken_back(copy.value.item))
        .map(|copy| copy.value.sharing)
        .filter(|sharing| !mailbox.chart.is_withdrawn(*sharing))
        .collect();
    ended.order();
    ended.dedup();
    ended
}

/// The epoch that copies are written under; none without a key, or after everything was taken back under
/// the one that is here.
fn open_epoch(mailbox: &Mailbox, patients: impl Fn(Id) -> bool) -> Option<u32> {
    let current = mailbox.keyring.current().map(SealKey::epoch)?;
    let closed = mailbox
        .chart
        .withdrawals()
        .any(|mark| mark.value == Some(current) && patients(mark.by));
    (!closed).then_some(current)
}
