//! Everyone who may knock, and two clinics to knock at.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use handrail_care::entry::{Body, Class, Entry};
use handrail_care::id::Id;
use handrail_care::library::Role;
use handrail_care::patient::Device;
use handrail_clinician::{Act, Joining};
use handrail_companion::Companion;
use handrail_mailbox::directory::derive_clinic_mailbox;
use handrail_story::clinic::{PASSPHRASE, TestClinic, ZONE};
use handrail_story::raw::seal::{Claim, Place, random, seal};
use handrail_story::raw::{Actor, post};
use handrail_story::{Server, folder, now};
use handrail_wire::account::CloseAccount;
use handrail_wire::id::{Digest, EntryId, GenerationId, MailboxId, SubjectId};
use handrail_wire::sync::{MailboxRequest, Offer, Outcome, SyncRequest, SyncResponse, VERSION};
use handrail_wire::{limits, path};

/// Columns of the tables, in their order.
pub const ACTORS: [&str; 12] = [
    "anonymous",
    "patient",
    "patient-2",
    "family",
    "lost-phone",
    "closed",
    "other-phone",
    "front-desk",
    "clinician",
    "administrator",
    "removed",
    "other-clinician",
];

/// A mailbox of the clinic, by the name that the tables call it.
pub struct Box {
    pub name: &'static str,
    pub id: MailboxId,
    pub class: Class,
}

/// Where a log stands, as far as somebody saw.
#[derive(Clone, Copy)]
struct Tip {
    generation: GenerationId,
    seq: u64,
    head: Digest,
}

pub struct World {
    pub server: Server,
    pub clinic: TestClinic,
    pub boxes: Vec<Box>,
    /// The phones that read: the patient's, the second patient's, the family member's.
    pub readers: Vec<(&'static str, Arc<Companion>)>,
    /// Subjects, which are their care mailboxes, too.
    pub patient: Id,
    pub closed: Id,
    pub actors: BTreeMap<&'static str, Actor>,
    tips: RefCell<BTreeMap<MailboxId, Tip>>,
    other_clinic: Server,
    folder: tempfile::TempDir,
}

impl World {
    #[expect(clippy::too_many_lines, reason = "everyone comes in by one door")]
    pub fn new() -> Self {
        let place = folder();
        let server = Server::start(&place.path().join("server"));
        let port = server.port();
        let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
        let patient = clinic.add_patient("Maren");
        let second = clinic.add_patient("Tobin");
        let closed = clinic.add_patient("Hale");
        let member = clinic
            .act(Act::AddFamilyMember {
                patient,
                name: "Ines".to_owned(),
                relation: "sister".to_owned(),
                consented_at: Some(now()),
                how: handrail_care::family::ConsentHow::Spoken,
                guardian: false,
            })
            .expect("added")
            .id
            .expect("a family member has an id");
        let imke = hire(&mut clinic, "imke", Role::Clinician);
        let remo = hire(&mut clinic, "remo", Role::Clinician);
        let desi = hire(&mut clinic, "desi", Role::FrontDesk);
        let root = clinic.clinician.root();
        let own = |class: Class| derive_clinic_mailbox(&root, class.as_str());
        let boxes = vec![
            Box::new("care", MailboxId(patient.0), Class::Care),
            Box::new("care-2", MailboxId(second.0), Class::Care),
            Box::new("care-closed", MailboxId(closed.0), Class::Care),
            Box::new("family", MailboxId(member.0), Class::Family),
            Box::new("library", own(Class::Library), Class::Library),
            Box::new("roster", own(Class::Roster), Class::Roster),
            Box::new("team", own(Class::Team), Class::Team),
        ];
        let mut world = Self {
            server,
            clinic,
            boxes,
            readers: Vec::new(),
            patient,
            closed,
            actors: BTreeMap::new(),
            tips: RefCell::default(),
            other_clinic: Server::start(&place.path().join("other")),
            folder: place,
        };

        // Two who are gone: a phone that was cut off, a colleague who left. They keep what keys they had.
        let (link, code) = world.clinic.invite(patient);
        let lost = Actor::phone(port, &link, &code);
        let rowan = Actor::staff(port, "rowan", PASSPHRASE, &world.clinic.secret);
        world.actors.insert("administrator", rowan);
        world.name_device(&lost, patient);
        let removed = Actor::staff(port, "remo", PASSPHRASE, &remo);
        world.actors.insert("lost-phone", lost);
        world.actors.insert("removed", removed);
        world.give_keys(&["administrator", "removed"]);
        world.clinic.refresh();
        let device = world.actors["lost-phone"].id();
        let act = Act::LoseDevice {
            subject: patient,
            device,
        };
        world.clinic.act(act).expect("cut off");
        let staff = world.actors["removed"].id();
        world
            .clinic
            .act(Act::RemoveStaff { staff })
            .expect("removed");

        // Everyone else comes after that, so their keys are the newest.
        for (name, subject) in [
            ("patient", patient),
            ("patient-2", second),
            ("family", member),
            ("closed", closed),
        ] {
            let (link, code) = world.clinic.invite(subject);
            world.actors.insert(name, Actor::phone(port, &link, &code));
        }
        world.name_device(&world.actors["patient"], patient);
        let (clinician, front) = (
            Actor::staff(port, "imke", PASSPHRASE, &imke),
            Actor::staff(port, "desi", PASSPHRASE, &desi),
        );
        world.actors.insert("clinician", clinician);
        world.actors.insert("front-desk", front);
        world.give_keys(&["administrator", "clinician", "front-desk"]);
        let close = CloseAccount {
            subject: SubjectId(closed.0),
            at: Some(now() - 1000),
        };
        let shows = &world.actors["administrator"].shows;
        assert_eq!(post(port, path::ACCOUNTS_CLOSE, shows, &close).status, 204);

        // Another clinic has its own server, keys and people.
        let other = &world.other_clinic;
        let mut away = TestClinic::set_up(other, other.origin(), "Lindenhof");
        let stranger = away.add_patient("Lena");
        let (link, code) = away.invite(stranger);
        let phone = Actor::phone(other.port(), &link, &code);
        let vesna = Actor::staff(other.port(), "rowan", PASSPHRASE, &away.secret);
        world.actors.insert("other-phone", phone);
        world.actors.insert("other-clinician", vesna);
        world.actors.insert("anonymous", Actor::nobody());

        for (name, subject) in [
            ("patient's phone", patient),
            ("second patient's phone", second),
            ("family phone", member),
        ] {
            let folder = world.folder.path().join(name);
            let phone = world.clinic.phone(subject, &folder);
            world.readers.push((name, phone));
        }
        world.clinic.refresh();
        world
    }

    pub fn actor(&self, name: &str) -> &Actor {
        &self.actors[name]
    }

    pub fn find(&self, name: &str) -> &Box {
        let found = self.boxes.iter().find(|one| one.name == name);
        found.expect("a mailbox of the tables")
    }

    /// Fetches key boxes and opens them, the clinic's own mailboxes first: the team's keys open the rest.
    fn give_keys(&mut self, names: &[&'static str]) {
        let team = self.find("team").id;
        let order = ["team", "roster", "library"].into_iter();
        let order = order.chain(["care", "care-2", "care-closed", "family"]);
        let order: Vec<MailboxId> = order.map(|name| self.find(name).id).collect();
        for name in names {
            let asks: Vec<_> = order.iter().map(|id| nothing(*id)).collect();
            let answer = self.sync(name, asks).expect("staff may read");
            let actor = self.actors.get_mut(name).expect("just logged in");
            for one in &answer.mailboxes.0 {
                actor.take_boxes(team, one.mailbox, &one.boxes.0);
            }
        }
    }

    /// The phone says which keys are its own, as an honest one does.
    fn name_device(&self, phone: &Actor, subject: Id) {
        let mailbox = MailboxId(subject.0);
        let device = Device {
            device: phone.id(),
            identity: handrail_mailbox::DeviceIdentity::from_bytes(&phone.seeds)
                .identity()
                .to_string(),
            name: "Phone".to_owned(),
            platform: "android".to_owned(),
        };
        let id = EntryId(random());
        let body = Body::Device(device);
        let entry = Entry::new(Id(id.0), now(), ZONE, phone.id(), None, &body);
        let ring = &phone.rings[&mailbox];
        let epoch = ring.current().expect("a key").epoch();
        let place = Place {
            secret: ring.secret(epoch).expect("its own"),
            epoch,
            mailbox,
            entry: id,
        };
        let offer = Offer {
            id,
            sealed: seal(&place, Claim::Unsigned, &entry.to_bytes()).into(),
        };
        let (stored, _) = self.offer(&phone.shows, mailbox, vec![offer]);
        assert_eq!(stored, Verdict::Write);
    }

    fn sync(&self, name: &str, asks: Vec<MailboxRequest>) -> Option<SyncResponse> {
        let request = SyncRequest {
            version: VERSION,
            mailboxes: asks.into(),
        };
        let shows = &self.actors[name].shows;
        let answer = post(self.server.port(), path::SYNC, shows, &request);
        (answer.status == 200).then(|| answer.message())
    }

    /// Offers entries to a mailbox in batches; says what the server answered, the same for all, and
    /// where and when they were stored.
    pub fn offer(
        &self,
        shows: &handrail_story::raw::Shows,
        mailbox: MailboxId,
        offers: Vec<Offer>,
    ) -> (Verdict, BTreeMap<EntryId, (u64, i64)>) {
        let mut verdicts = Vec::new();
        let mut stored = BTreeMap::new();
        let mut left = offers.into_iter().peekable();
        while left.peek().is_some() {
            let mut bytes = 0;
            let mut batch = Vec::new();
            while let Some(offer) = left.next_if(|offer| {
                batch.len() < limits::BATCH_ENTRIES
                    && bytes + offer.sealed.0.len() <= limits::BATCH_BYTES
            }) {
                bytes += offer.sealed.0.len();
                batch.push(offer);
            }
            verdicts.push(self.offer_batch(shows, mailbox, batch, &mut stored));
        }
        let first = *verdicts.first().expect("something was offered");
        assert!(verdicts.iter().all(|one| *one == first), "{verdicts:?}");
        (first, stored)
    }

    fn offer_batch(
        &self,
        shows: &handrail_story::raw::Shows,
        mailbox: MailboxId,
        batch: Vec<Offer>,
        stored: &mut BTreeMap<EntryId, (u64, i64)>,
    ) -> Verdict {
        let known = self.tips.borrow().get(&mailbox).copied();
        let request = SyncRequest {
            version: VERSION,
            mailboxes: vec![MailboxRequest {
                entries: batch.into(),
                ..known.map_or_else(|| nothing(mailbox), |tip| at(mailbox, tip))
            }]
            .into(),
        };
        let answer = post(self.server.port(), path::SYNC, shows, &request);
        if answer.status != 200 {
            return Verdict::Refused(answer.code().expect("a refusal has a code").as_str());
        }
        let mut answer: SyncResponse = answer.message();
        answer.spell_out(&request.mailboxes.0);
        let one = &answer.mailboxes.0[0];
        if let Some(problem) = &one.problem {
            assert_eq!(problem, "mailbox-unknown");
            return Verdict::None;
        }
        let tip = Tip {
            generation: one.generation,
            seq: one.seq,
            head: one.head,
        };
        self.tips.borrow_mut().insert(mailbox, tip);
        let mut verdicts = one.verdicts.0.iter().map(|verdict| match verdict.outcome {
            Outcome::Stored(seq) => {
                stored.insert(verdict.id, (seq, 0));
                Verdict::Write
            }
            Outcome::ReadOnly => Verdict::Read,
            other => panic!("an offer to a log that nobody else writes: {other:?}"),
        });
        let first = verdicts.next().expect("one verdict for each");
        assert!(verdicts.all(|verdict| verdict == first));
        for logged in &one.entries.0 {
            if let Some(place) = stored.get_mut(&logged.id) {
                place.1 = logged.at;
            }
        }
        first
    }
}

/// What the server said to an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Stored.
    Write,
    /// The caller may read the mailbox, not write it.
    Read,
    /// Not there for this caller.
    None,
    /// Refused at the door with this code.
    Refused(&'static str),
}

impl Verdict {
    /// As the tables say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::None => "none",
            Self::Refused(code) => code,
        }
    }
}

impl Box {
    fn new(name: &'static str, id: MailboxId, class: Class) -> Self {
        Self { name, id, class }
    }
}

fn hire(clinic: &mut TestClinic, login: &str, role: Role) -> String {
    let root = clinic.clinician.root();
    let joining = Joining::new(login, "Staff", login, PASSPHRASE, root).expect("keys");
    clinic
        .driver
        .admit(&mut clinic.clinician, &joining, role, now())
        .expect("admitted")
}

/// A client that has nothing.
pub fn nothing(mailbox: MailboxId) -> MailboxRequest {
    handrail_mailbox::LogState::new(mailbox).request(vec![], vec![], vec![])
}

fn at(mailbox: MailboxId, tip: Tip) -> MailboxRequest {
    MailboxRequest {
        generation: Some(tip.generation),
        seq: tip.seq,
        head: tip.head,
        ..nothing(mailbox)
    }
}
