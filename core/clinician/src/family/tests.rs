//! Acts about a family without a server; keys and phones are proven in `tests/story`.

use chrono::NaiveDate;
use handrail_care::chart::Place;
use handrail_care::education::shipped;
use handrail_care::ends::{PauseReason, StopReason};
use handrail_care::entry::{Author, Entry};
use handrail_care::family::{ConsentHow, ConsentWithdrawn, Item, Sharing};
use handrail_care::library::Clinic;
use handrail_care::program::{Mode, Schedule, Track, Weekday};
use handrail_mailbox::directory::{Directory, RootKey};
use handrail_mailbox::identity::StaffIdentity;

use super::*;
use crate::act::Act;

const DAY: i64 = 24 * 3_600_000;
/// Monday 2026-11-02, 13:00 UTC: eight in the morning in New York.
const MONDAY: i64 = 1_793_624_400_000;
const NEW_YORK: &str = "America/New_York";

type Spoil = fn(&mut GroupTheme);

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

struct Practice {
    clinician: Clinician,
    track: Id,
    patient: Id,
    /// Acts so far: each comes a second after the one before.
    acts: i64,
}

impl Practice {
    /// A clinic with one track, the shipped pieces and one patient, 17 years old.
    fn new() -> Self {
        let directory = Directory::new(RootKey::make().public());
        let mut clinician = Clinician::new(StaffIdentity::make(), None, directory, NEW_YORK);
        for mailbox in [
            clinician.own.team,
            clinician.own.library,
            clinician.own.roster,
        ] {
            clinician.new_epoch(mailbox, &[]);
        }
        let mut practice = Self {
            clinician,
            track: Id::default(),
            patient: Id::default(),
            acts: 0,
        };
        practice.does(Act::DescribeClinic {
            clinic: Clinic {
                name: "Riverbend IOP".to_owned(),
                time_zone: NEW_YORK.to_owned(),
                phone: String::new(),
                hours: String::new(),
            },
        });
        practice.does(Act::PublishShipped { slugs: Vec::new() });
        let clock = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
        let track = practice.does(Act::SetTrack {
            track: Track {
                id: Id::default(),
                name: "Morning".to_owned(),
                program: Id([1; 16]),
                mode: Mode::Virtual,
                schedule: Schedule {
                    time_zone: NEW_YORK.to_owned(),
                    start_date: date("2026-11-02"),
                    weeks: 12,
                    weekdays: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Thursday],
                    start_time: clock(9),
                    end_time: clock(12),
                    also: Vec::new(),
                    tzdb: None,
                },
                place: None,
            },
        });
        practice.track = track.id.expect("made");
        let patient = practice.does(Act::AddPatient {
            name: "Mara".to_owned(),
            phone: String::new(),
            born: "2009-05-06".to_owned(),
            track: practice.track,
            start_date: date("2026-11-02"),
            weeks: 8,
            join_link: Some("https://video.example/group".to_owned()),
            check_ins: None,
        });
        practice.patient = patient.id.expect("made");
        practice
    }

    fn act(&mut self, act: Act) -> Result<Done, ActError> {
        let now = self.later();
        self.clinician.act(act, "", now)
    }

    fn later(&mut self) -> i64 {
        self.acts += 1;
        MONDAY + self.acts * 1000
    }

    fn does(&mut self, act: Act) -> Done {
        self.act(act).expect("a good act")
    }

    fn adds(&mut self, name: &str, guardian: bool) -> Id {
        let done = self.does(Act::AddFamilyMember {
            patient: self.patient,
            name: name.to_owned(),
            relation: "parent".to_owned(),
            consented_at: Some(MONDAY),
            how: ConsentHow::Written,
            guardian,
        });
        done.id.expect("made")
    }

    fn page(&self) -> FamilyPage {
        let page = self.clinician.family_page(self.patient, MONDAY);
        page.expect("in the roster")
    }

    /// As if the patient's phone had written it.
    fn patient_writes(&mut self, body: &Body) {
        let entry = Entry::new(new_id(), MONDAY, "UTC", Id([9; 16]), None, body);
        let chart = self.clinician.charts.entry(self.patient).or_default();
        chart.apply(Class::Care, &entry, Author::Patient, Place::at(900, MONDAY));
    }
}

#[test]
fn nobody_is_added_without_consent_and_a_guardian_gets_nothing_by_it() {
    let mut practice = Practice::new();
    let without = Act::AddFamilyMember {
        patient: practice.patient,
        name: "Ilse".to_owned(),
        relation: "mother".to_owned(),
        consented_at: None,
        how: ConsentHow::Spoken,
        guardian: true,
    };
    assert_eq!(practice.act(without), Err(ActError::ConsentMissing));
    assert!(practice.page().members.is_empty());

    let mother = practice.adds("Ilse", true);
    let page = practice.page();
    assert_eq!(page.minor, Some(true));
    let member = &page.members[0];
    assert!(member.guardian && member.shares.is_empty() && member.guests.is_empty());
    assert_eq!(
        (member.how, member.consented_at),
        (ConsentHow::Written, MONDAY)
    );
    let chart = practice.clinician.chart(mother).expect("a mailbox");
    assert!(chart.shown(MONDAY).is_empty());
    // What the patient decides is seen, and what it says is not.
    practice.patient_writes(&Body::Sharing(Sharing {
        mailbox: mother,
        item: Item::HowToHelp,
        until: MONDAY + DAY,
        note: "Come for a walk.".to_owned(),
    }));
    let page = practice.page();
    assert_eq!(page.members[0].shares[0].item, Item::HowToHelp);
    assert!(!serde_json::to_string(&page).expect("JSON").contains("walk"));
}

#[test]
fn a_part_ends_by_staff_or_when_consent_is_taken_back() {
    let mut practice = Practice::new();
    let (first, second) = (practice.adds("Ilse", false), practice.adds("Jonas", false));
    practice.does(Act::EndFamilyMember { member: first });
    let again = Act::EndFamilyMember { member: first };
    assert_eq!(practice.act(again), Err(ActError::NotFound));
    let invite = |subject| Act::Invite {
        subject,
        on_screen: true,
    };
    assert_eq!(practice.act(invite(first)), Err(ActError::PatientUnknown));
    let ended = |practice: &Practice| -> Vec<bool> {
        let members = practice.page().members.into_iter();
        members.map(|member| member.ended_at.is_some()).collect()
    };
    assert_eq!(ended(&practice), [true, false]);
    let tend = |practice: &mut Practice| {
        let now = practice.later();
        practice.clinician.look_after_families(now)
    };
    assert_eq!(tend(&mut practice), Ok(0));
    practice.patient_writes(&Body::ConsentWithdrawn(ConsentWithdrawn {
        mailbox: second,
    }));
    assert_eq!(tend(&mut practice), Ok(1));
    assert_eq!(ended(&practice), [true, true]);
    assert_eq!(tend(&mut practice), Ok(0));
}

#[test]
fn one_session_with_its_own_link() {
    let mut practice = Practice::new();
    let member = practice.adds("Ilse", false);
    let session = format!("{}:2026-11-03", practice.track);
    let invite = |session: &str, link: Option<&str>| Act::InviteToSession {
        member,
        session: session.to_owned(),
        join_link: link.map(str::to_owned),
    };
    let guest = practice.does(invite(&session, None)).id.expect("made");
    let line = practice.page().members[0].guests[0].clone();
    assert_eq!(
        (line.id, line.session.id.as_str()),
        (guest, session.as_str())
    );
    assert_eq!(line.session.join_link, None, "the group's link stays there");
    let care = practice.clinician.chart(practice.patient).expect("a chart");
    assert_eq!(care.guests().count(), 1, "the patient sees who comes");
    for bad in [
        format!("{}:2026-11-04", practice.track),
        format!("{}:2026-10-27", practice.track),
        String::new(),
    ] {
        assert_eq!(practice.act(invite(&bad, None)), Err(ActError::NotFound));
    }
    practice.does(Act::WithdrawGuest {
        member,
        invitation: guest,
    });
    assert!(practice.page().members[0].guests.is_empty());
    practice.does(invite(&session, Some("https://video.example/guest")));
    let page = practice.page();
    assert_eq!(
        page.members[0].guests[0].session.join_link.as_deref(),
        Some("https://video.example/guest")
    );
}

#[test]
fn education_and_themes_name_what_is_there() {
    let mut practice = Practice::new();
    let member = practice.adds("Ilse", false);
    let choose = |slugs: &[&str]| Act::ChooseEducation {
        member,
        pieces: slugs.iter().map(|&slug| slug.to_owned()).collect(),
    };
    practice.does(choose(&["how-to-help", "in-a-crisis"]));
    assert_eq!(practice.page().members[0].education.len(), 2);
    let not_theirs = shipped().into_iter().find(|piece| !piece.family);
    let not_theirs = not_theirs.expect("some are for patients").slug;
    for bad in [not_theirs.as_str(), "nowhere"] {
        assert_eq!(practice.act(choose(&[bad])), Err(ActError::NotFound));
    }
    practice.does(choose(&[]));
    assert!(practice.page().members[0].education.is_empty());
    let unknown = Act::PublishShipped {
        slugs: vec!["nowhere".to_owned()],
    };
    assert_eq!(practice.act(unknown), Err(ActError::NotFound));

    let theme = GroupTheme {
        id: Id::default(),
        tracks: vec![practice.track],
        from: date("2026-11-02"),
        until: date("2026-11-08"),
        title: "Saying no".to_owned(),
        about: String::new(),
        skill: None,
        pieces: vec!["how-to-help".to_owned()],
        withdrawn: false,
    };
    let set = |change: Spoil| {
        let mut theme = theme.clone();
        change(&mut theme);
        Act::SetTheme { theme }
    };
    let bad: [(Spoil, ActError); 3] = [
        (|theme| theme.title.clear(), ActError::OutOfRange),
        (|theme| theme.tracks.push(Id([8; 16])), ActError::NotFound),
        (
            |theme| theme.pieces.push("nowhere".to_owned()),
            ActError::NotFound,
        ),
    ];
    for (change, error) in bad {
        assert_eq!(practice.act(set(change)), Err(error));
    }
    practice.does(set(|_| ()));
    let library = practice.clinician.library();
    let on = |day, track| library.themes_on(date(day), track).len();
    assert_eq!(on("2026-11-08", Some(practice.track)), 1);
    assert_eq!(on("2026-11-09", Some(practice.track)), 0);
}

#[test]
fn who_joins_during_a_pause_is_silent_too() {
    let mut practice = Practice::new();
    let before = practice.adds("Ilse", false);
    practice.does(Act::Pause {
        patient: practice.patient,
        from: date("2026-11-02"),
        reason: PauseReason::Inpatient,
        expected_back: None,
    });
    let during = practice.adds("Jonas", false);
    let stop = |practice: &Practice, of: Id| {
        let chart = practice.clinician.chart(of).expect("open");
        chart.reminders_stop(date("2026-11-02"))
    };
    for member in [before, during] {
        assert_eq!(stop(&practice, member), Some(StopReason::FamilySilenced));
    }
    practice.does(Act::Resume {
        patient: practice.patient,
        date: date("2026-11-03"),
    });
    assert_eq!(stop(&practice, during), None);
    let after = practice.adds("Klara", false);
    assert_eq!(stop(&practice, after), None);
}
