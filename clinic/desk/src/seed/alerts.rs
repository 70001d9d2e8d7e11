//! Whom safety flags are told to in the demo, and who was told.

use handrail_care::alert::{AlertPolicy, AlertStep, AlertTold, Via};
use handrail_care::id::Id;
use handrail_clinician::{Act, Clinician};

use super::SeedError;
use super::clinic::Seat;

const MINUTE: i64 = 60_000;

/// Imke at once, Rowan after half an hour, both again after two; what was left out to Imke after four hours.
pub(super) fn list(rowan: &mut Clinician, imke: Id, at: i64) -> Result<(), SeedError> {
    let step = |after_minutes, tell: &[Id]| AlertStep {
        after_minutes,
        tell: tell.to_vec(),
    };
    let me = rowan.id();
    let policy = AlertPolicy {
        positive: vec![step(0, &[imke]), step(30, &[me]), step(120, &[imke, me])],
        unanswered: vec![step(240, &[imke])],
    };
    rowan.act(Act::SetAlertPolicy { policy }, "", at)?;
    Ok(())
}

/// The log of who was told of each flag: of an old one a minute after it was answered, of one that is open
/// when it reached the clinic.
pub(super) fn tell(
    rowan: &mut Clinician,
    seat: &Seat,
    imke: Id,
    now: i64,
) -> Result<(), SeedError> {
    let flags = rowan.patient(seat.care, now).map(|page| page.flags);
    for flag in flags.unwrap_or_default() {
        let open = flag.is_open();
        let due_at = if open {
            flag.received.unwrap_or(flag.at)
        } else {
            flag.at
        };
        let told = AlertTold {
            patient: seat.care,
            check_in: flag.check_in,
            item: flag.item,
            answer: flag.answer,
            triage: flag.triage,
            step: 1,
            due_at,
            tell: vec![imke],
            via: Via::Program,
        };
        let written = if open { now } else { flag.at + MINUTE };
        rowan.act(Act::NoteAlert { told }, "", written)?;
    }
    Ok(())
}
