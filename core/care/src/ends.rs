//! How care in the program ends or pauses, and what must then fall silent.
//!
//! Owns the bodies of `paused`, `resumed`, `family-notices` and `account-closing`, the spans that they come to, and the
//! one question that whoever reminds has to ask: [`Chart::reminders_stop`]. Care may end as planned, by
//! the payer, early, for more care, or by death (`iop.md`, discharge and payer); "stepped up to
//! inpatient" is a pause when the place in the program is kept. Refuses to stop help, the plans or
//! export: those stay open in every case (`design.md`, section 2, point 5).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::chart::Chart;
use crate::order::InOrder;
use crate::patient::DischargeReason;

/// Why care pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum PauseReason {
    /// In a hospital or another place with care around the clock (`iop.md`, level of care).
    Inpatient,
    /// Away for another reason, agreed with the clinic.
    Leave,
}

/// Care pauses; the patient keeps the place in the program. Body of an entry in the care mailbox.
/// Written again while the pause lasts, it replaces the first day and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// First day away, clinic time.
    pub from: NaiveDate,
    /// Why.
    pub reason: PauseReason,
    /// When the patient is thought to be back, clinic time. The pause does not end by itself then:
    /// nobody is reminded of a group while still on a ward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_back: Option<NaiveDate>,
}

/// The patient is back. Body of an entry in the care mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// First day back, clinic time.
    pub date: NaiveDate,
}

/// Whether a family member's phone may give notice of anything. Body of an entry in the family
/// mailbox, which tells no reason; the newest holds. Without one, it may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyNotices {
    /// No notice any more.
    pub stopped: bool,
    /// First silent day, clinic time; absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
}

/// The clinic closes the account of the phones of this mailbox: from that day on its server answers them
/// `account-closed`, and everything on the phone stays readable. Body of an entry in the care or family
/// mailbox; the newest holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountClosing {
    /// First day on which the server is closed to these phones, clinic time; absent: it is not closed
    /// after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
}

/// A pause as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Pause {
    /// First day away, clinic time.
    pub from: NaiveDate,
    /// First day back; absent while it lasts.
    pub back: Option<NaiveDate>,
    /// Why.
    pub reason: PauseReason,
    /// When the patient was thought to be back.
    pub expected_back: Option<NaiveDate>,
}

impl Pause {
    /// Is the patient away on this day?
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.from <= date && self.back.is_none_or(|back| date < back)
    }
}

/// Why reminders stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum StopReason {
    /// The program ended as planned.
    Planned,
    /// The payer ended benefits.
    PayerEnded,
    /// The patient left early.
    LeftEarly,
    /// No more progress here.
    NoProgress,
    /// Discharged to more care.
    SteppedUp,
    /// Away for now; the place is kept.
    Paused,
    /// The patient has died.
    Died,
    /// The clinic asked this family member's phone to be silent. It is not told why.
    FamilySilenced,
}

/// What a phone may give notice of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// A session that the patient still has: see [`crate::sessions::sessions`].
    Session,
    /// A check-in that is due.
    CheckIn,
    /// Homework and practice.
    Practice,
    /// A plan to be read.
    Plan,
    /// The program's calls at two weeks and two months, and appointments of the transition plan.
    FollowUp,
    /// Anything on a family member's phone.
    Family,
}

impl Notice {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Session,
        Self::CheckIn,
        Self::Practice,
        Self::Plan,
        Self::FollowUp,
        Self::Family,
    ];
}

impl StopReason {
    /// Does this end silence such a notice?
    ///
    /// After a discharge the check-ins and the homework of the program are over, and so is what the
    /// family was told about it; a visit that staff left standing, the transition plan and the
    /// follow-up calls go on (`iop.md`, discharge and continuity). Someone on a ward, and the phone
    /// of someone who has died, hear nothing at all.
    pub fn stops(self, notice: Notice) -> bool {
        match self {
            Self::Planned | Self::PayerEnded | Self::LeftEarly | Self::NoProgress => {
                matches!(notice, Notice::CheckIn | Notice::Practice | Notice::Family)
            }
            Self::SteppedUp | Self::Paused | Self::Died | Self::FamilySilenced => true,
        }
    }
}

impl From<DischargeReason> for StopReason {
    fn from(reason: DischargeReason) -> Self {
        match reason {
            DischargeReason::Planned => Self::Planned,
            DischargeReason::PayerEnded => Self::PayerEnded,
            DischargeReason::LeftEarly => Self::LeftEarly,
            DischargeReason::SteppedUp => Self::SteppedUp,
            DischargeReason::NoProgress => Self::NoProgress,
            DischargeReason::Died => Self::Died,
        }
    }
}

impl Chart {
    /// Why reminders stop on `date` (clinic time), or nothing when they go on. Which of them stop is
    /// [`StopReason::stops`]'s to say.
    ///
    /// - Died: on every day, as soon as the entry is here.
    /// - Discharged: from the day after the actual day, until an enrolment that came later.
    /// - Paused: from the first day away up to the day before the first day back.
    /// - A family mailbox that was silenced: from the day that staff named, or on every day.
    pub fn reminders_stop(&self, date: NaiveDate) -> Option<StopReason> {
        if self.family_silenced(date) {
            return Some(StopReason::FamilySilenced);
        }
        if let Some(discharged) = self.discharge().map(|fact| &fact.value)
            && (discharged.reason == DischargeReason::Died || discharged.date < date)
        {
            return Some(discharged.reason.into());
        }
        self.pause_on(date).map(|_| StopReason::Paused)
    }

    /// The patient has died.
    pub fn has_died(&self) -> bool {
        self.discharge()
            .is_some_and(|fact| fact.value.reason == DischargeReason::Died)
    }

    /// The pause on a day, clinic time.
    pub fn pause_on(&self, date: NaiveDate) -> Option<Pause> {
        let mut pauses = self.pauses().into_iter();
        pauses.find(|pause| pause.covers(date))
    }

    /// All pauses, oldest first. A later `resumed` without a pause corrects the end of the last one; a
    /// new enrolment ends one that still lasts.
    pub fn pauses(&self) -> Vec<Pause> {
        enum Event<'a> {
            Away(&'a Paused),
            Back(NaiveDate),
            Enrolled(NaiveDate),
        }
        if self.paused_facts().next().is_none() {
            return Vec::new();
        }
        let away = self.paused_facts();
        let back = self.resumed_facts();
        let mut events: Vec<_> = away
            .map(|fact| (fact.order(), Event::Away(&fact.value)))
            .chain(back.map(|fact| (fact.order(), Event::Back(fact.value.date))))
            .chain(
                self.enrolments()
                    .map(|fact| (fact.order(), Event::Enrolled(fact.value.start_date))),
            )
            .collect();
        events.order_by_key(|(order, _)| *order);
        let mut pauses: Vec<Pause> = Vec::new();
        for (_, event) in events {
            let last = pauses.last_mut();
            match event {
                Event::Away(away) => {
                    let pause = Pause {
                        from: away.from,
                        back: None,
                        reason: away.reason,
                        expected_back: away.expected_back,
                    };
                    match last {
                        Some(open) if open.back.is_none() => *open = pause,
                        _ => pauses.push(pause),
                    }
                }
                Event::Back(date) => {
                    if let Some(last) = last {
                        last.back = Some(date);
                    }
                }
                Event::Enrolled(date) => {
                    if let Some(open) = last.filter(|last| last.back.is_none()) {
                        open.back = Some(date);
                    }
                }
            }
        }
        pauses
    }
}

#[cfg(test)]
mod tests;
