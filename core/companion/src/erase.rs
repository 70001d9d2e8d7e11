//! The patient erases everything on this phone.
//!
//! Owns the two steps and what the screen must say between them: first what is shared with family is taken
//! back and a sync may carry that out, then keys and files go. The clinic's record stays for its legal
//! term, and the notice says so. Refuses to lose entries that the clinic does not have, unless the patient
//! was told and says so.

use handrail_care::chart::Chart;
use handrail_care::entry::Body;
use handrail_care::family::SharingEnded;
use handrail_care::id::Id;
use handrail_care::progress::words::{filled, words};
use handrail_care::reminder::Language;

use crate::error::CompanionError;
use crate::inner::Inner;
use crate::phone::Phone;
use crate::view::DeleteNotice;

/// Entries are only on this phone.
pub(crate) const UNSENT: &str = "entries-unsent";

/// Everything that the patient shares, whatever its end date: it is taken back also where a family phone's
/// clock runs behind.
fn standing(chart: &Chart) -> Vec<Id> {
    chart
        .sharings()
        .filter(|fact| chart.sharing_ended_at(fact.id).is_none())
        .map(|fact| fact.id)
        .collect()
}

impl Phone {
    /// Empty on a family phone: nothing there is its owner's to take back.
    fn shares_to_take_back(&self) -> Vec<Id> {
        self.chart().map(standing).unwrap_or_default()
    }

    /// What will go, and what will not.
    pub fn delete_notice(&self) -> DeleteNotice {
        let language = Language::of(&self.language);
        let say = |key: &str| words(language, key);
        let unsent = self.unsent();
        let shares = self.shares_to_take_back().len();
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
        let ended: Vec<_> = (self.shares_to_take_back().into_iter())
            .map(|sharing| Body::SharingEnded(SharingEnded { sharing }))
            .collect();
        if !ended.is_empty() {
            let care = self.care()?;
            self.save(care, now, ended, |_, _| Ok(()))?;
            self.bring_copies_in_step(now)?;
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
