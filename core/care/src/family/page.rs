//! What staff sees of a patient's family: who has a part, by which consent, what is shared with them and
//! whether they read it. Never what the patient wrote to them: the sharing is the patient's.

use serde::Serialize;

use super::{ConsentHow, Item, is_minor};
use crate::chart::Chart;
use crate::due::date_at;
use crate::id::Id;
use crate::library::Library;
use crate::order::InOrder;
use crate::program::Session;
use crate::roster::{FamilyMember, Roster};

/// A patient's family as staff sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct FamilyPage {
    /// The patient is under 18: a guardian sees only what the patient shares. Absent when the day of birth is
    /// not known.
    pub minor: Option<bool>,
    /// Everyone who has or had a part, by name.
    pub members: Vec<MemberPage>,
}

/// One family member.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct MemberPage {
    /// Their mailbox.
    pub mailbox: Id,
    /// Name.
    pub name: String,
    /// Sister, partner.
    pub relation: String,
    /// A parent or guardian.
    pub guardian: bool,
    /// When the patient consented, epoch milliseconds.
    pub consented_at: i64,
    /// How.
    pub how: ConsentHow,
    /// When the patient took the consent back on the phone, epoch milliseconds.
    pub consent_withdrawn_at: Option<i64>,
    /// Since when they have no part any more, epoch milliseconds.
    pub ended_at: Option<i64>,
    /// What the patient shares with them now.
    pub shares: Vec<ShareLine>,
    /// Education pieces chosen for them: slugs.
    pub education: Vec<String>,
    /// Sessions they are invited to, by start; taken back ones left out.
    pub guests: Vec<GuestLine>,
    /// How many phones they have.
    pub phones: usize,
}

/// One item that is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct ShareLine {
    /// Which.
    pub item: Item,
    /// Since when, epoch milliseconds.
    pub at: i64,
    /// Until when, epoch milliseconds.
    pub until: i64,
    /// When they first opened it, epoch milliseconds.
    pub opened_at: Option<i64>,
}

/// One invitation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct GuestLine {
    /// Names the invitation.
    pub id: Id,
    /// The session as it stands.
    pub session: Session,
}

/// The page of a patient; `chart_of` gives the chart of a care or family mailbox.
pub fn family_page<'a>(
    roster: &Roster,
    library: &Library,
    patient: Id,
    chart_of: impl Fn(Id) -> Option<&'a Chart>,
    now: i64,
) -> FamilyPage {
    let care = chart_of(patient);
    let zone = library.clinic().map_or("UTC", |clinic| &clinic.time_zone);
    let born = roster.person(patient).map(|person| person.born.as_str());
    let of_patient = roster.family().filter(|member| member.of == patient);
    let mut members: Vec<_> = of_patient
        .map(|member| member_page(member, library, care, chart_of(member.mailbox), now))
        .collect();
    members.order_by(|a, b| a.name.cmp(&b.name).then(a.mailbox.cmp(&b.mailbox)));
    FamilyPage {
        minor: born.and_then(|born| is_minor(born, date_at(now, zone))),
        members,
    }
}

fn member_page(
    member: &FamilyMember,
    library: &Library,
    care: Option<&Chart>,
    family: Option<&Chart>,
    now: i64,
) -> MemberPage {
    let patients = |by| care.is_some_and(|chart| chart.names_device(by));
    let standing = care.map(|chart| chart.shared_with(member.mailbox, now));
    let shares = standing.into_iter().flatten().map(|fact| ShareLine {
        item: fact.value.item,
        at: fact.at,
        until: fact.value.until,
        opened_at: family.and_then(|chart| chart.share_opened_at(fact.id, patients)),
    });
    let guests = family.map_or_else(Vec::new, |chart| {
        let standing = chart.guests().filter(|fact| !fact.value.withdrawn);
        let mut guests: Vec<_> = standing
            .map(|fact| GuestLine {
                id: fact.value.id,
                session: super::guest::session(&fact.value, library),
            })
            .collect();
        guests.order_by_key(|guest| (guest.session.start, guest.id));
        guests
    });
    MemberPage {
        mailbox: member.mailbox,
        name: member.name.clone(),
        relation: member.relation.clone(),
        guardian: member.guardian,
        consented_at: member.consented_at,
        how: member.how,
        consent_withdrawn_at: care.and_then(|chart| chart.consent_withdrawn(member.mailbox)),
        ended_at: member.ended_at,
        shares: shares.collect(),
        education: family.map_or_else(Vec::new, |chart| chart.education_chosen().to_vec()),
        guests,
        phones: family.map_or(0, |chart| chart.devices().count()),
    }
}
