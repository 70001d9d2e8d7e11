//! A clinic's keys and its one clinician, writing sealed entries straight into the server's logs.

use chrono::{NaiveDate, NaiveTime};
use data_encoding::BASE64URL_NOPAD;
use handrail_care::entry::{Body, Class, Entry, Seen};
use handrail_care::id::Id;
use handrail_care::library::{Clinic as ClinicBody, Education, Role as CareRole, Staff};
use handrail_care::patient::Enrolled;
use handrail_care::program::{Mode, Program, ProgramKind, Schedule, Track, Weekday};
use handrail_mailbox::directory::{Role, RootKey};
use handrail_mailbox::identity::StaffIdentity;
use handrail_mailbox::invite::{Bundle, BundleMailbox, BundleRole, make_invite};
use handrail_mailbox::keyring::{EpochSecret, Keyring};
use handrail_mailbox::seal::{open_unproven, seal};
use handrail_wire::id::{EntryId, MailboxId, SubjectId};

use super::server::{Invite, Server};
use super::{DAY, NOW};

pub const TRACK: Id = Id([70; 16]);

pub struct Clinic {
    pub server: Server,
    pub root: RootKey,
    pub staff: StaffIdentity,
    pub library: Keyring,
    pub care: Keyring,
    pub family: Keyring,
}

pub fn random_id() -> Id {
    let mut id = Id::default();
    getrandom::fill(&mut id.0).expect("random numbers");
    id
}

fn ring() -> Keyring {
    let mut ring = Keyring::new(MailboxId(random_id().0));
    ring.insert(1, EpochSecret::make())
        .expect("the first epoch");
    ring
}

pub fn copy(ring: &Keyring) -> Keyring {
    Keyring::from_bytes(&ring.to_bytes()).expect("our own bytes")
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

impl Clinic {
    /// A clinic with a library and one patient who is enrolled since 2026-11-02.
    pub fn new() -> Self {
        let clinic = Self {
            server: Server::start(),
            root: RootKey::make(),
            staff: StaffIdentity::make(),
            library: ring(),
            care: ring(),
            family: ring(),
        };
        clinic.publish();
        clinic.write(
            &clinic.care,
            &Body::Enrolled(Enrolled {
                track: TRACK,
                start_date: date("2026-11-02"),
                weeks: 8,
                join_link: Some("https://meet.example/room".to_owned()),
                check_ins: Enrolled::usual_check_ins(),
            }),
        );
        clinic
    }

    pub fn id(&self) -> Id {
        Id(self.staff.party().0)
    }

    pub fn staff_body(&self, staff: &StaffIdentity, name: &str) -> Body {
        let certificate = self.root.certify(&staff.identity(), Role::Administrator);
        Body::Staff(Staff {
            id: Id(staff.party().0),
            name: name.to_owned(),
            title: "Group therapist".to_owned(),
            role: CareRole::Administrator,
            certificate: BASE64URL_NOPAD.encode(&certificate.to_bytes()),
        })
    }

    fn publish(&self) {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
        let piece = |slug: &str, family| Education {
            slug: slug.to_owned(),
            title: format!("About {slug}"),
            summary: "One sentence.".to_owned(),
            minutes: 3,
            family,
            markdown: format!("# {slug}\n\nText."),
        };
        let zone = super::ZONE.to_owned();
        for body in [
            self.staff_body(&self.staff, "Robin"),
            Body::Clinic(ClinicBody {
                name: "Riverbend IOP".to_owned(),
                time_zone: zone.clone(),
                phone: "555-0100".to_owned(),
                hours: "weekdays 8 to 5".to_owned(),
            }),
            Body::Program(Program {
                id: Id([71; 16]),
                name: "Riverbend".to_owned(),
                kind: ProgramKind::MentalHealth,
                time_zone: zone.clone(),
                phone: "555-0101".to_owned(),
                hours: "9 to 4".to_owned(),
                weekly_minimum: None,
            }),
            Body::Track(Track {
                id: TRACK,
                name: "Morning".to_owned(),
                program: Id([71; 16]),
                mode: Mode::Virtual,
                schedule: Schedule {
                    time_zone: zone,
                    start_date: date("2026-09-07"),
                    weeks: 30,
                    weekdays: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Thursday],
                    start_time: time(9),
                    end_time: time(12),
                    also: Vec::new(),
                    tzdb: None,
                },
                place: None,
            }),
            Body::Education(piece("skills", false)),
            Body::Education(piece("supporting", true)),
        ] {
            self.write(&self.library, &body);
        }
    }

    /// Writes a staff-signed entry.
    pub fn write(&self, ring: &Keyring, body: &Body) -> Id {
        self.write_as(ring, body, Some(&self.staff), self.id(), None)
    }

    /// Writes an entry signed by whoever, or by nobody.
    pub fn write_as(
        &self,
        ring: &Keyring,
        body: &Body,
        signer: Option<&StaffIdentity>,
        by: Id,
        seen: Option<Seen>,
    ) -> Id {
        let at = self.server.with(|world| world.now);
        let entry = Entry::new(random_id(), at, "UTC", by, seen, body);
        self.append(ring, entry.id, &entry.to_bytes(), signer);
        entry.id
    }

    /// Seals any bytes into a log.
    pub fn append(&self, ring: &Keyring, id: Id, bytes: &[u8], signer: Option<&StaffIdentity>) {
        let key = ring.current().expect("an epoch");
        let sealed = seal(key, EntryId(id.0), bytes, signer, 0);
        let at = self.server.with(|world| world.now);
        self.server
            .log(ring.mailbox(), |log| log.append(EntryId(id.0), at, sealed));
    }

    fn bundle(&self, role: BundleRole, rings: &[(Class, &Keyring)]) -> Bundle {
        Bundle {
            clinic_root: self.root.public(),
            clinic_name: "Riverbend IOP".to_owned(),
            origin: self.server.origin.clone(),
            subject: SubjectId(rings[0].1.mailbox().0),
            role,
            mailboxes: rings
                .iter()
                .map(|(class, ring)| BundleMailbox {
                    class: class.as_str().to_owned(),
                    keys: copy(ring),
                })
                .collect(),
            certificates: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Link and code of an invite for the patient.
    pub fn invite(&self) -> (String, String) {
        let rings = [(Class::Care, &self.care), (Class::Library, &self.library)];
        self.offer(&self.bundle(BundleRole::Patient, &rings))
    }

    /// Link and code of an invite for the patient, with the mailbox of a family member.
    pub fn invite_with_family(&self) -> (String, String) {
        let rings = [
            (Class::Care, &self.care),
            (Class::Family, &self.family),
            (Class::Library, &self.library),
        ];
        self.offer(&self.bundle(BundleRole::Patient, &rings))
    }

    /// Link and code of an invite for a family member.
    pub fn family_invite(&self) -> (String, String) {
        let rings = [
            (Class::Family, &self.family),
            (Class::Library, &self.library),
        ];
        self.offer(&self.bundle(BundleRole::Family, &rings))
    }

    /// Link and code of an invite for another patient of this clinic.
    pub fn other_invite(&self, care: &Keyring) -> (String, String) {
        let rings = [(Class::Care, care), (Class::Library, &self.library)];
        self.offer(&self.bundle(BundleRole::Patient, &rings))
    }

    fn offer(&self, bundle: &Bundle) -> (String, String) {
        let made = make_invite(bundle, NOW + DAY, Vec::new()).expect("an invite");
        self.server.with(|world| {
            world.invites.insert(
                made.new.invite,
                Invite {
                    proof_digest: made.new.proof_digest,
                    bundle: made.new.bundle.0.clone(),
                    bound: None,
                    confirmed: false,
                },
            )
        });
        (made.link.to_string(), made.code.to_string())
    }

    /// What stands in a log, opened.
    pub fn opened(&self, ring: &Keyring) -> Vec<Entry> {
        let entries = self.server.log(ring.mailbox(), |log| log.entries.clone());
        let sealed = entries
            .into_iter()
            .filter_map(|(id, _, sealed, _)| Some((id, sealed?)));
        sealed
            .filter_map(|(id, sealed)| {
                let plain = open_unproven(ring, id, sealed).ok()?;
                Entry::parse(&plain).ok()
            })
            .collect()
    }

    pub fn kinds(&self, ring: &Keyring) -> Vec<String> {
        self.opened(ring)
            .into_iter()
            .map(|entry| entry.kind.to_string())
            .collect()
    }
}

/// A phone of the patient, enrolled and synced.
pub fn enrolled(
    clinic: &Clinic,
    home: &super::PhoneHome,
) -> std::sync::Arc<handrail_companion::Companion> {
    let phone = home.open();
    let (link, code) = clinic.invite();
    phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("enrolled");
    let report = phone.sync().expect("synced");
    assert_eq!(
        report.outcome,
        handrail_companion::view::SyncOutcome::UpToDate
    );
    phone
}
