//! Families in the demo: who is told, what is shared and taken back, who is invited to a group.

use std::path::Path;
use std::sync::Arc;

use handrail_care::family::ConsentHow;
use handrail_care::id::Id;
use handrail_clinician::{Act, Clinician};
use handrail_companion::view::SharedItemKind;
use handrail_companion::{Companion, SetClock};

use super::clinic::{Invitation, Seat, at, plus};
use super::homework::next_group;
use super::people::FAMILY;
use super::phones::{open, synchronise};
use super::{SeedError, phone_folder};

const MONTH: i64 = 30 * 24 * 3_600_000;
const NOTE: &str = "Ask me to come for a walk.\nOn group days I like a quiet hour first.";

fn seat_of<'a>(seats: &'a [Seat], name: &str) -> Result<&'a Seat, SeedError> {
    let found = seats.iter().find(|seat| seat.patient.name == name);
    found.ok_or(SeedError::Date)
}

/// Adds every family member, with the patient's consent, and what the clinic chose for them to read.
pub(super) fn add(
    rowan: &mut Clinician,
    seats: &[Seat],
    now: i64,
) -> Result<[Id; FAMILY.len()], SeedError> {
    let mut members = [Id::default(); FAMILY.len()];
    for (member, (of, name, relation)) in members.iter_mut().zip(FAMILY) {
        let seat = seat_of(seats, of)?;
        let written = at(plus(seat.start, 3)?, 12, 30)?.min(now);
        let act = Act::AddFamilyMember {
            patient: seat.care,
            name: name.to_owned(),
            relation: relation.to_owned(),
            consented_at: Some(written),
            how: ConsentHow::Spoken,
            guardian: false,
        };
        *member = rowan.act(act, "", written)?.id.ok_or(SeedError::Date)?;
        let pieces = ["what-is-an-iop", "how-to-help", "family-sessions"];
        let act = Act::ChooseEducation {
            member: *member,
            pieces: pieces.map(str::to_owned).into(),
        };
        rowan.act(act, "", written + 60_000)?;
    }
    Ok(members)
}

/// The first of the family is invited to the patient's next group.
pub(super) fn invite_to_group(
    rowan: &mut Clinician,
    seats: &[Seat],
    members: [Id; FAMILY.len()],
    now: i64,
) -> Result<(), SeedError> {
    let seat = seat_of(seats, FAMILY[0].0)?;
    if let Some(session) = next_group(rowan, seat.care, now) {
        let act = Act::InviteToSession {
            member: members[0],
            session,
            join_link: None,
        };
        rowan.act(act, "", now)?;
    }
    Ok(())
}

/// Enrols the phone of each family member.
pub(super) fn enrol(folder: &Path, invites: &[Invitation], now: i64) -> Result<(), SeedError> {
    for ((_, name, _), invite) in FAMILY.into_iter().zip(invites) {
        let clock = Arc::new(SetClock::at(now));
        let core = open(&phone_folder(folder, name), &clock, "en")?;
        core.enrol(&invite.link, &invite.code, "Phone", "desktop")?;
        synchronise(&core)?;
        core.close();
    }
    Ok(())
}

fn on_phone(
    folder: &Path,
    name: &str,
    now: i64,
    act: impl FnOnce(&Companion) -> Result<(), SeedError>,
) -> Result<(), SeedError> {
    let clock = Arc::new(SetClock::at(now));
    let core = open(&phone_folder(folder, name), &clock, "en")?;
    synchronise(&core)?;
    act(&core)?;
    synchronise(&core)?;
    core.close();
    Ok(())
}

/// Both patients share for a month; what is shared first is opened, and one thing is taken back.
pub(super) fn share(folder: &Path, now: i64) -> Result<(), SeedError> {
    use SharedItemKind::{HowToHelp, SafetyPlan, SessionTimes, TransitionPlan};
    let items: [&[SharedItemKind]; FAMILY.len()] = [
        &[HowToHelp, SessionTimes, SafetyPlan],
        &[TransitionPlan, HowToHelp],
    ];
    for ((of, name, _), items) in FAMILY.into_iter().zip(items) {
        on_phone(folder, of, now, |core| {
            for member in core.family()? {
                for kind in items {
                    let note = if *kind == HowToHelp { NOTE } else { "" };
                    core.share_item(&member.id, *kind, now + MONTH, note)?;
                }
            }
            Ok(())
        })?;
        on_phone(folder, name, now, |core| {
            if let Some(first) = core.shared_items()?.first() {
                core.open_shared(&first.id)?;
            }
            Ok(())
        })?;
    }
    let (of, name, _) = FAMILY[0];
    on_phone(folder, of, now, |core| {
        let family = core.family()?;
        let shared = family.iter().flat_map(|member| &member.items);
        let safety = shared.filter(|item| item.kind == SafetyPlan);
        for taken_back in safety.filter_map(|item| item.shared.as_ref()) {
            core.withdraw_share(&taken_back.id)?;
        }
        Ok(())
    })?;
    on_phone(folder, name, now, |_| Ok(()))
}
