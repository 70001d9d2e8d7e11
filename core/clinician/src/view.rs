//! What the console shows besides patients: the clinic, this clinician, invites.

use handrail_care::id::Id;
use handrail_care::library::{Clinic, Education, Staff};
use handrail_care::program::schedule::SessionChange;
use handrail_care::program::{ClosedDays, Program, Track};
use handrail_wire::invite::InviteState;
use serde::Serialize;

use crate::clinician::Clinician;

/// This clinician.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Me {
    /// Digest of the public keys.
    pub id: Id,
    /// Name, once the library is here.
    pub name: String,
    /// Title.
    pub title: String,
    /// Can admit and remove staff.
    pub administrator: bool,
}

/// A track with the changes to its sessions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct TrackView {
    /// The track.
    pub track: Track,
    /// Changes, oldest first.
    pub changes: Vec<SessionChange>,
}

/// The clinic.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ClinicView {
    /// Name, zone, phone, hours; absent until the library is here.
    pub clinic: Option<Clinic>,
    /// Programs.
    pub programs: Vec<Program>,
    /// Tracks.
    pub tracks: Vec<TrackView>,
    /// Staff at work.
    pub staff: Vec<Staff>,
    /// Education pieces.
    pub education: Vec<Education>,
    /// Days on which the clinic is closed, by first day.
    pub closed_days: Vec<ClosedDays>,
}

/// An invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct InviteView {
    /// Its id.
    pub id: Id,
    /// The care or family mailbox it is for.
    pub subject: Id,
    /// For whom, by name.
    pub name: String,
    /// `open`, `redeemed`, `used`, `expired`, `revoked`.
    pub state: &'static str,
    /// Made at, epoch milliseconds.
    pub made_at: i64,
    /// Ends at, epoch milliseconds.
    pub expires_at: i64,
}

impl Clinician {
    /// This clinician.
    pub fn me_view(&self) -> Me {
        let staff = self.me();
        Me {
            id: self.id(),
            name: staff.map_or_else(String::new, |staff| staff.name.clone()),
            title: staff.map_or_else(String::new, |staff| staff.title.clone()),
            administrator: self.is_administrator(),
        }
    }

    /// The clinic.
    pub fn clinic_view(&self) -> ClinicView {
        let library = self.library();
        ClinicView {
            clinic: library.clinic().cloned(),
            programs: library.programs().cloned().collect(),
            tracks: library
                .tracks()
                .map(|track| TrackView {
                    track: track.clone(),
                    changes: library.changes(track.id),
                })
                .collect(),
            staff: library.staff_at_work().cloned().collect(),
            education: library.education().into_iter().cloned().collect(),
            closed_days: library.closed_days().into_iter().cloned().collect(),
        }
    }

    /// Invites of the last 30 days, newest first.
    pub fn invite_views(&self) -> Vec<InviteView> {
        let mut views: Vec<_> = self
            .invites()
            .iter()
            .map(|invite| {
                let subject = Id(invite.subject.0);
                let member = self
                    .roster()
                    .family()
                    .find(|member| member.mailbox == subject);
                let name = self
                    .roster()
                    .person(subject)
                    .map(|person| person.name.clone())
                    .or_else(|| member.map(|member| member.name.clone()));
                InviteView {
                    id: Id(invite.invite.0),
                    subject,
                    name: name.unwrap_or_default(),
                    state: match invite.state {
                        InviteState::Open => "open",
                        InviteState::Redeemed => "redeemed",
                        InviteState::Used => "used",
                        InviteState::Expired => "expired",
                        InviteState::Revoked => "revoked",
                    },
                    made_at: invite.made_at,
                    expires_at: invite.expires_at,
                }
            })
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse((view.made_at, view.id)));
        views
    }
}
