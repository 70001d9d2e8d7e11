//! The patient erases everything on this phone.
//!
//! Owns the two steps and what the screen must say between them: first what is shared with family is taken
//! back and a sync may carry that out, then keys and files go. The clinic's record stays for its legal
//! term, and the notice says so. Refuses to lose entries that the clinic does not have, unless the patient
//! was told and says so.

use handrail_care::chart::Chart;
use handrail_care::entry::{Body, Class};
use handrail_care::family::SharedWithdrawn;
use handrail_care::id::Id;
use handrail_care::progress::words::{filled, words};
use handrail_care::reminder::Language;

use crate::error::CompanionError;
use crate::inner::Inner;
use crate::phone::Phone;
use crate::view::{DeleteNotice, PhoneRole};

/// Entries are only on this phone.
pub(crate) const UNSENT: &str = "entries-unsent";

fn items(chart: &Chart) -> Vec<Id> {
    // Whatever its end date: an item is taken back also where a family phone's clock runs behind.
    chart
        .shared(i64::MIN)
        .into_iter()
        .map(|fact| fact.id)
        .collect()
}

impl Phone {
    /// Mailboxes of family members that this patient's phone shares into.
    fn family_mailboxes(&self) -> Vec<usize> {
        let patient = self
            .enrolment
            .as_ref()
            .is_some_and(|one| one.record.role() == PhoneRole::Patient);
        let all = self.mailboxes.iter().enumerate();
        all.filter(|(_, mailbox)| patient && mailbox.class == Class::Family)
            .map(|(at, _)| at)
            .collect()
    }

    /// What will go, and what will not.
    pub fn delete_notice(&self) -> DeleteNotice {
        let language = Language::of(&self.language);
        let say = |key: &str| words(language, key);
        let unsent = self.unsent();
        let boxes = self.family_mailboxes().into_iter();
        let shares: usize = boxes.map(|at| items(&self.mailboxes[at].chart).len()).sum();
        let mut lines = vec![say("delete.what"), say("delete.clinic")];
        if unsent > 0 {
            let count = unsent.to_string();
            lines.push(filled(language, "delete.unsent", &[("count", &count)]));
        }
        if shares > 0 {
            lines.push(say("delete.shares"));
        }
        lines.push(say("delete.help"));
        DeleteNotice {
            title: say("delete.title"),
            lines,
            unsent,
            shares: u32::try_from(shares).unwrap_or(u32::MAX),
        }
    }

    /// Takes back what is shared; saved when this returns. A second time writes nothing.
    pub fn take_back_shares(&mut self, now: i64) -> Result<DeleteNotice, CompanionError> {
        for at in self.family_mailboxes() {
            let bodies: Vec<_> = items(&self.mailboxes[at].chart)
                .into_iter()
                .map(|share| Body::SharedWithdrawn(SharedWithdrawn { share }))
                .collect();
            if !bodies.is_empty() {
                self.save(at, now, bodies, |_| Ok(()))?;
            }
        }
        Ok(self.delete_notice())
    }
}

/// Erases keys and files. The phone is then as new; help goes on.
pub(crate) fn erase(inner: &Inner, even_if_unsent: bool) -> Result<(), CompanionError> {
    // A sync must not write into what is being erased.
    let _turn = inner.lane.take();
    let unsent = match inner.with(|phone, _| Ok(phone.unsent())) {
        // What cannot be opened cannot be sent either.
        Err(CompanionError::NeedsInvite { .. } | CompanionError::CutOff) => 0,
        other => other?,
    };
    if unsent > 0 && !even_if_unsent {
        return Err(CompanionError::not_valid(UNSENT));
    }
    inner.erase()
}
