//! The sessions that a family member is invited to, as they stand now.
//!
//! A group moves and is cancelled in the library, which a family phone reads: the invitation follows it.
//! Any other session is as it was when it was written; staff writes it again when it changes.

use super::GuestInvited;
use crate::calendar::Resolution;
use crate::chart::Chart;
use crate::library::Library;
use crate::program::{self, Session, SessionKind, Status};
use crate::today::SessionCard;

/// Sessions of this mailbox's invitations that end after `now`, by start; taken back ones are left out,
/// cancelled ones stay, so that nobody goes there.
pub fn sessions(chart: &Chart, library: &Library, now: i64, zone: &str) -> Vec<SessionCard> {
    let guests = chart.guests().map(|fact| &fact.value);
    let mut list: Vec<_> = guests
        .filter(|guest| !guest.withdrawn)
        .map(|guest| session(guest, library))
        .filter(|session| session.end > now)
        .collect();
    program::sort(&mut list);
    list.into_iter()
        .map(|session| SessionCard::new(session, zone))
        .collect()
}

/// The session of an invitation as it stands.
pub fn session(guest: &GuestInvited, library: &Library) -> Session {
    let track = guest.track.and_then(|track| library.track(track));
    let followed = track.and_then(|track| {
        let all = program::sessions(track, &library.changes(track.id), None).ok()?;
        let mut sessions = all.sessions.into_iter();
        sessions.find(|session| session.id == guest.session)
    });
    match followed {
        Some(session) => Session {
            title: guest.title.clone(),
            join_link: guest.join_link.clone(),
            ..session
        },
        None => written(guest),
    }
}

fn written(guest: &GuestInvited) -> Session {
    let date = crate::due::date_at(guest.start, &guest.time_zone);
    Session {
        id: guest.session.clone(),
        kind: if guest.track.is_some() {
            SessionKind::Group
        } else {
            SessionKind::Family
        },
        title: guest.title.clone(),
        original_local_date: date,
        status: Status::Scheduled,
        start: guest.start,
        end: guest.end,
        start_resolution: Resolution::Normal,
        end_resolution: Resolution::Normal,
        elapsed_minutes: (guest.end - guest.start) / 60_000,
        time_zone: guest.time_zone.clone(),
        mode: guest.mode,
        place: guest.place.clone(),
        join_link: guest.join_link.clone(),
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Place;
    use crate::entry::{Author, Body, Class, Entry};
    use crate::program::{Mode, SessionChange};
    use crate::testing::{INES, NEW_YORK, TRACK, World, at, date, id};

    fn invited(withdrawn: bool, track: bool) -> Body {
        Body::GuestInvited(GuestInvited {
            id: id(1),
            member: id(2),
            session: format!("{TRACK}:2026-11-24"),
            track: track.then_some(TRACK),
            title: "Group".to_owned(),
            start: at("2026-11-24T14:00:00Z"),
            end: at("2026-11-24T17:00:00Z"),
            time_zone: NEW_YORK.to_owned(),
            mode: Mode::Virtual,
            place: None,
            join_link: Some("https://video.example/guest".to_owned()),
            withdrawn,
        })
    }

    fn chart(bodies: &[Body]) -> Chart {
        let mut chart = Chart::default();
        for (number, body) in (1u8..).zip(bodies) {
            let entry = Entry::new(id(number), 0, "UTC", INES, None, body);
            let place = Place::at(u64::from(number), 0);
            chart.apply(Class::Family, &entry, Author::Clinician(INES), place);
        }
        chart
    }

    #[test]
    fn an_invitation_to_group_follows_the_schedule() {
        let mut world = World::riverbend();
        let now = at("2026-11-23T12:00:00Z");
        let chart = self::chart(&[invited(false, true)]);
        let shown = |world: &World| sessions(&chart, &world.library, now, NEW_YORK);
        let cards = shown(&world);
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].session.start, at("2026-11-24T14:00:00Z"));
        assert_eq!(
            cards[0].session.join_link.as_deref(),
            Some("https://video.example/guest")
        );
        world.changed(SessionChange::Cancelled {
            original_date: date("2026-11-24"),
            original_start: None,
            reason: Some("Snow".to_owned()),
        });
        let cards = shown(&world);
        assert_eq!(cards[0].session.status, Status::Cancelled);
        assert_eq!(cards[0].session.reason.as_deref(), Some("Snow"));
    }

    #[test]
    fn over_or_taken_back_it_is_gone() {
        let world = World::riverbend();
        let cards = |bodies: &[Body], now: &str| {
            sessions(&chart(bodies), &world.library, at(now), NEW_YORK).len()
        };
        assert_eq!(cards(&[invited(false, true)], "2026-11-24T16:59:59Z"), 1);
        assert_eq!(cards(&[invited(false, true)], "2026-11-24T17:00:00Z"), 0);
        let back = [invited(false, true), invited(true, true)];
        assert_eq!(cards(&back, "2026-11-23T12:00:00Z"), 0);
        // No group of a track: as it was written.
        assert_eq!(cards(&[invited(false, false)], "2026-11-23T12:00:00Z"), 1);
    }
}
