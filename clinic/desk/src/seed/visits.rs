//! What payers authorised for the patients of the demo, invented like everything in it.

use handrail_care::due::date_at;
use handrail_care::id::Id;
use handrail_care::visits::{Authorised, Unit, Uses};
use handrail_clinician::{Act, Clinician};

use super::clinic::{Seat, at, plus};
use super::{SeedError, ZONE};

/// Visits of one authorisation: four weeks of three groups and one individual visit.
const BLOCK: u32 = 16;

/// A first block at admission, and after the third week another one that extends it. Sunniva's payer
/// wants word of missed sessions; Tobin has a second payer beside the first.
pub(super) fn authorise(rowan: &mut Clinician, seat: &Seat, now: i64) -> Result<(), SeedError> {
    let today = date_at(now, ZONE);
    let end = plus(seat.start, u64::from(seat.patient.weeks) * 7 - 1)?;
    let name = seat.patient.name;
    let first = Authorised {
        id: Id::default(),
        payer: "Lindenhof Health".to_owned(),
        extends: None,
        from: seat.start,
        until: end,
        visits: BLOCK,
        unit: Unit::Day,
        covers: Vec::new(),
        half_session: Uses::Half,
        late_cancel: Uses::Nothing,
        review: None,
        tell_missed: name == "Sunniva",
        withdrawn: false,
    };
    let keep = |rowan: &mut Clinician, authorisation: Authorised, at: i64| {
        let act = Act::Authorise {
            patient: seat.care,
            authorisation,
        };
        let done = rowan.act(act, "", at.min(now))?;
        done.id.ok_or(SeedError::Date)
    };
    let admitted = at(seat.start, 8, 30)?;
    let mut more = Authorised {
        review: Some(plus(today, 5)?),
        ..first.clone()
    };
    if seat.patient.week <= 3 {
        keep(rowan, more, admitted)?;
    } else {
        more.extends = Some(keep(rowan, first.clone(), admitted)?);
        more.visits = BLOCK * (seat.patient.weeks / 4 - 1);
        keep(rowan, more, at(plus(seat.start, 21)?, 10, 0)?)?;
    }
    if name == "Tobin" {
        let beside = Authorised {
            payer: "Harbor Mutual".to_owned(),
            visits: 3 * BLOCK,
            unit: Unit::Session,
            ..first
        };
        keep(rowan, beside, admitted)?;
    }
    Ok(())
}
