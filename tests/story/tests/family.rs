//! A patient and two relatives, on real phones with a real server: shared, opened, changed, taken back,
//! gone at the next sync; and what is written later opens with no key that the relative's phone has.

use std::path::Path;
use std::sync::Arc;

use handrail_care::entry::Entry;
use handrail_care::family::ConsentHow;
use handrail_care::id::Id;
use handrail_care::patient::Device;
use handrail_care::plan::TransitionPlan;
use handrail_clinician::Act;
use handrail_companion::view::{
    FamilyMemberView, ShareNow, ShareProgress, SharedItemKind, SyncOutcome,
};
use handrail_companion::{Companion, CompanionError};
use handrail_mailbox::chain::LogState;
use handrail_mailbox::directory::Directory;
use handrail_mailbox::identity::DeviceIdentity;
use handrail_mailbox::invite::{AccessToken, open_bundle, parse_link, redeem_request};
use handrail_mailbox::keyring::Keyring;
use handrail_mailbox::seal;
use handrail_story::clinic::{TestClinic, synchronise};
use handrail_story::{Server, folder, now};
use handrail_wire::id::{EntryId, MailboxId};
use handrail_wire::sync::{
    Body, KeyBox, MailboxRequest, MailboxResponse, Offer, SyncRequest, SyncResponse, VERSION,
};

const HOUR_MS: i64 = 3_600_000;

struct Story {
    clinic: TestClinic,
    patient: Id,
    phone: Arc<Companion>,
}

impl Story {
    /// A patient with a phone that was enrolled before there was any relative.
    fn begin(server: &Server, place: &Path) -> Self {
        let mut clinic = TestClinic::set_up(server, server.origin(), "Riverbend IOP");
        let patient = clinic.add_patient("Maren");
        let phone = clinic.phone(patient, &place.join("maren"));
        clinic.refresh();
        Self {
            clinic,
            patient,
            phone,
        }
    }

    fn adds(&mut self, name: &str) -> Id {
        let act = Act::AddFamilyMember {
            patient: self.patient,
            name: name.to_owned(),
            relation: "sister".to_owned(),
            consented_at: Some(now()),
            how: ConsentHow::Spoken,
            guardian: false,
        };
        self.clinic.act(act).expect("added").id.expect("an id")
    }

    fn member(&self, name: &str) -> FamilyMemberView {
        let family = self.phone.family().expect("open").into_iter();
        let mut named = family.filter(|member| member.name == name);
        named.next().expect("a member")
    }

    fn shared(&self, name: &str, kind: SharedItemKind) -> Option<ShareNow> {
        let items = self.member(name).items.into_iter();
        let mut found = items.filter(|item| item.kind == kind);
        found.next().expect("every item is listed").shared
    }

    fn shares(&self, name: &str, kind: SharedItemKind, note: &str) -> String {
        let member = self.member(name).id;
        let until = now() + 24 * HOUR_MS;
        let saved = self.phone.share_item(&member, kind, until, note);
        let receipt = saved.expect("shared").receipt;
        synchronise(&self.phone);
        receipt
    }

    fn writes_plan(&mut self, parent: Option<Id>, line: &str) -> Id {
        let act = Act::RevisePlan {
            patient: self.patient,
            plan: TransitionPlan {
                parent,
                what_helps: vec![line.to_owned()],
                ..TransitionPlan::default()
            },
        };
        let done = self.clinic.act(act).expect("written");
        synchronise(&self.phone);
        done.id.expect("an id")
    }

    /// A clinician's console synchronises, and looks after the keys by that.
    fn clinic_comes_by(&mut self) {
        self.clinic.refresh();
    }

    /// The highest epoch of a family mailbox that the team has a box of.
    fn epoch(&mut self, member: Id) -> u32 {
        let (_, boxes) = dump(&mut self.clinic, MailboxId(member.0));
        boxes.iter().map(|one| one.epoch).max().unwrap_or(0)
    }
}

fn texts(phone: &Companion) -> Vec<String> {
    synchronise(phone);
    let items = phone.shared_items().expect("open").into_iter();
    items.map(|item| item.text).collect()
}

#[test]
fn shared_opened_changed_taken_back_gone() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut story = Story::begin(&server, place.path());
    let (ilse, jonas) = (story.adds("Ilse"), story.adds("Jonas"));
    // The patient's phone learns of both, though it was enrolled before.
    synchronise(&story.phone);
    assert_eq!(story.phone.family().expect("open").len(), 2);
    let sister = story.clinic.phone(ilse, &place.path().join("ilse"));
    let brother = story.clinic.phone(jonas, &place.path().join("jonas"));
    assert!(texts(&sister).is_empty() && texts(&brother).is_empty());
    let plan = SharedItemKind::TransitionPlan;
    let member = story.member("Ilse").id;
    let nothing = story.phone.share_item(&member, plan, now() + HOUR_MS, "");
    assert!(
        matches!(nothing, Err(CompanionError::NotValid { code, .. }) if code == "share-nothing-there")
    );

    // Shared with both, read as it stands.
    let first = story.writes_plan(None, "walk before breakfast");
    story.shares("Jonas", plan, "");
    let sharing = story.shares("Ilse", plan, "");
    let note = story.shares("Ilse", SharedItemKind::HowToHelp, "Just sit with me.");
    assert!(texts(&sister).concat().contains("walk before breakfast"));
    assert_eq!(texts(&brother).len(), 1);
    let waiting = story.shared("Ilse", plan).expect("shared");
    assert!(matches!(
        waiting.progress,
        ShareProgress::AtTheClinic { .. }
    ));

    // Seen when opened, and not before.
    let items = sister.shared_items().expect("open");
    let item = items.iter().find(|item| item.kind == plan).expect("there");
    assert_eq!(item.opened_at, None);
    sister.open_shared(&item.id).expect("shown");
    synchronise(&sister);
    synchronise(&story.phone);
    let opened = |story: &Story, name| {
        let shared = story.shared(name, plan).expect("shared");
        matches!(shared.progress, ShareProgress::Opened { .. })
    };
    assert!(opened(&story, "Ilse") && !opened(&story, "Jonas"));

    // While it is shared a change is copied by itself.
    let second = story.writes_plan(Some(first), "call Ilse on Sundays");
    let text = texts(&sister).concat();
    assert!(text.contains("call Ilse") && !text.contains("walk before"));

    // Taken back: gone at her next sync, the note stays, and her brother's is untouched.
    story.phone.withdraw_share(&sharing).expect("taken back");
    assert_eq!(story.shared("Ilse", plan), None);
    synchronise(&story.phone);
    assert_eq!(texts(&sister), ["Just sit with me."]);
    assert_eq!(texts(&brother).len(), 1);
    let id = story.writes_plan(Some(second), "sleep by eleven");
    assert_eq!(texts(&sister), ["Just sit with me."]);
    assert!(texts(&brother).concat().contains("sleep by eleven"));
    assert_eq!(
        sister.open_shared(&item.id).err(),
        Some(CompanionError::NotFound)
    );

    // The clinic renews the keys; her phone still has those for what is left.
    story.clinic_comes_by();
    assert_eq!((story.epoch(ilse), story.epoch(jonas)), (2, 1));
    story.clinic_comes_by();
    assert_eq!(story.epoch(ilse), 2, "once is enough");
    synchronise(&story.phone);
    assert_eq!(texts(&sister), ["Just sit with me."]);

    // The last one goes too: nothing telling is left on her phone.
    story.phone.withdraw_share(&note).expect("taken back");
    synchronise(&story.phone);
    assert!(texts(&sister).is_empty());
    story.clinic_comes_by();
    assert_eq!(story.epoch(ilse), 3);
    story.writes_plan(Some(id), "one more change");
    assert!(texts(&sister).is_empty());
    let status = sister.sync_status().expect("open");
    assert!(status.quarantined.is_empty() && status.faults.is_empty());
    let home = sister.family_home().expect("a family phone");
    assert!(home.items.is_empty() && home.guests.is_empty());
    assert!(texts(&brother).concat().contains("one more change"));

    // Shared again: it waits for the clinic, then she reads it.
    let again = story.shares("Ilse", SharedItemKind::HowToHelp, "Ask me again.");
    assert!(texts(&sister).is_empty());
    story.clinic_comes_by();
    assert_eq!(story.epoch(ilse), 3, "the key that holds, passed on");
    assert_eq!(texts(&sister), ["Ask me again."]);
    let shared = story.shared("Ilse", SharedItemKind::HowToHelp);
    assert_eq!(shared.expect("shared").id, again);
    assert_eq!(story.clinic.clinician.status().quarantined, []);
}

#[test]
fn an_end_date_and_a_consent_taken_back() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut story = Story::begin(&server, place.path());
    let ilse = story.adds("Ilse");
    synchronise(&story.phone);
    let sister = story.clinic.phone(ilse, &place.path().join("ilse"));
    let member = story.member("Ilse").id;
    let until = now() + 2500;
    let kind = SharedItemKind::HowToHelp;
    let share = |story: &Story, until| {
        story
            .phone
            .share_item(&member, kind, until, "Walk with me.")
    };
    share(&story, until).expect("shared");
    synchronise(&story.phone);
    assert_eq!(texts(&sister).len(), 1);
    while now() <= until {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    // Without any sync.
    assert!(sister.shared_items().expect("open").is_empty());
    assert_eq!(story.shared("Ilse", kind), None);

    share(&story, now() + HOUR_MS).expect("shared");
    synchronise(&story.phone);
    assert_eq!(texts(&sister).len(), 1);
    story.phone.withdraw_consent(&member).expect("taken back");
    assert!(story.member("Ilse").leaving);
    assert_eq!(
        share(&story, now() + HOUR_MS).err(),
        Some(CompanionError::NotFound)
    );
    synchronise(&story.phone);
    assert!(texts(&sister).is_empty());
    story.clinic_comes_by();
    let report = sister.sync().expect("it was enrolled until now");
    assert_eq!(report.outcome, SyncOutcome::CutOff);
    assert!(!sister.help("US").contacts.is_empty(), "help stays");
    synchronise(&story.phone);
    assert!(story.phone.family().expect("open").is_empty());
    let invite = Act::Invite {
        subject: ilse,
        on_screen: true,
    };
    assert!(story.clinic.act(invite).is_err());
}

/// Asks the server about one mailbox; its database is in the same hands.
fn send(clinic: &mut TestClinic, request: MailboxRequest) -> MailboxResponse {
    let outgoing = handrail_clinician::Outgoing {
        method: "POST",
        path: handrail_wire::path::SYNC,
        body: Some(handrail_wire::encode(&SyncRequest {
            version: VERSION,
            mailboxes: vec![request].into(),
        })),
    };
    let (status, body) = clinic.driver.send(&outgoing).expect("the server answers");
    assert_eq!(status, 200);
    let answer: SyncResponse = handrail_wire::decode(&body).expect("an answer");
    answer
        .mailboxes
        .0
        .into_iter()
        .next()
        .expect("one was asked")
}

/// Everything of a mailbox as the server has it.
fn dump(clinic: &mut TestClinic, mailbox: MailboxId) -> (Vec<Dumped>, Vec<KeyBox>) {
    let answer = send(
        clinic,
        LogState::new(mailbox).request(vec![], vec![], vec![]),
    );
    assert!(!answer.more, "a small mailbox");
    let mut entries = Vec::new();
    for logged in &answer.entries.0 {
        if let Body::Sealed(sealed) = &logged.body {
            entries.push((logged.id, sealed.0.clone()));
        }
    }
    (entries, answer.boxes.0)
}

type Dumped = (EntryId, Vec<u8>);

/// A relative's phone enrolled by hand, so that the test holds its keys.
struct Relative {
    device: DeviceIdentity,
    keys: Keyring,
    directory: Directory,
}

impl Relative {
    fn enrol(clinic: &mut TestClinic, member: Id) -> Self {
        let (link, code) = clinic.invite(member);
        let link = parse_link(&link).expect("our link");
        let (device, token) = (DeviceIdentity::make(), AccessToken::make());
        let redeem = redeem_request(&link, &code, &device, &token).expect("our code");
        let outgoing = handrail_clinician::Outgoing {
            method: "POST",
            path: handrail_wire::path::REDEEM,
            body: Some(handrail_wire::encode(&redeem)),
        };
        let (status, body) = clinic.driver.send(&outgoing).expect("an answer");
        assert_eq!(status, 200);
        let answer: handrail_wire::invite::RedeemResponse =
            handrail_wire::decode(&body).expect("a bundle");
        let Ok(bundle) = open_bundle(&link, &code, &answer.bundle.0) else {
            panic!("our own bundle");
        };
        let mut directory = Directory::new(bundle.clinic_root);
        for certificate in &bundle.certificates {
            directory.admit(certificate).expect("the root signed it");
        }
        let mailbox = bundle.mailboxes.into_iter();
        let mut family = mailbox.filter(|mailbox| mailbox.class == "family");
        let relative = Self {
            device,
            keys: family.next().expect("its own mailbox").keys,
            directory,
        };
        relative.names_itself(clinic, MailboxId(member.0));
        relative
    }

    /// As a phone does, so that staff gives it the keys that it may have.
    fn names_itself(&self, clinic: &mut TestClinic, mailbox: MailboxId) {
        let party = Id(self.device.party().0);
        let device = handrail_care::entry::Body::Device(Device {
            device: party,
            identity: data_encoding::BASE64URL_NOPAD.encode(&self.device.identity().0),
            name: "Phone".to_owned(),
            platform: "android".to_owned(),
        });
        let entry = Entry::new(party, now(), "UTC", party, None, &device);
        let key = self.keys.current().expect("a key");
        let id = EntryId(party.0);
        let sealed = seal::seal(key, id, &entry.to_bytes(), None, 0);
        let log = send(
            clinic,
            LogState::new(mailbox).request(vec![], vec![], vec![]),
        );
        let at_tip = LogState {
            mailbox,
            generation: Some(log.generation),
            seq: log.seq,
            head: log.head,
            boxes_seen: log.boxes_seen,
        };
        let offer = Offer {
            id,
            sealed: sealed.into(),
        };
        send(clinic, at_tip.request(vec![offer], vec![], vec![]));
    }

    /// Takes every box that is for this phone.
    fn takes(&mut self, boxes: &[KeyBox]) {
        for key_box in boxes {
            let key = self.device.box_key();
            let signers = handrail_mailbox::directory::Role::CLINICAL;
            let _ = self.keys.admit_box(&self.directory, signers, key, key_box);
        }
    }

    /// Texts that its keys open, of copies and of everything else.
    fn reads(&self, entries: &[Dumped]) -> String {
        let mut text = String::new();
        for (id, sealed) in entries {
            if let Ok(opened) = seal::open(&self.keys, &self.directory, *id, sealed.clone()) {
                let entry = Entry::parse(opened.bytes()).expect("an entry");
                text += &serde_json::to_string(&entry.body).expect("a body is JSON");
                text.push('\n');
            }
        }
        text
    }
}

#[test]
fn nothing_later_opens_with_the_keys_of_somebody_from_whom_all_was_taken_back() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut story = Story::begin(&server, place.path());
    let (ilse, jonas) = (story.adds("Ilse"), story.adds("Jonas"));
    synchronise(&story.phone);
    let mut gone = Relative::enrol(&mut story.clinic, ilse);
    let mut stays = Relative::enrol(&mut story.clinic, jonas);
    let kind = SharedItemKind::HowToHelp;
    let everything = |story: &mut Story| {
        let mut all = (Vec::new(), Vec::new());
        for mailbox in [ilse, jonas, story.patient] {
            let (entries, boxes) = dump(&mut story.clinic, MailboxId(mailbox.0));
            all.0.extend(entries);
            all.1.extend(boxes);
        }
        all
    };

    let shared = story.shares("Ilse", kind, "words of the first day");
    story.shares("Jonas", kind, "words of the first day");
    let times = story.shares("Jonas", SharedItemKind::SessionTimes, "");
    let (entries, boxes) = everything(&mut story);
    gone.takes(&boxes);
    assert!(gone.reads(&entries).contains("words of the first day"));

    // All is taken back from her, and one of two things from him. What is shared with him from now on is
    // nothing to her keys.
    for share in [&shared, &times] {
        story.phone.withdraw_share(share).expect("taken back");
    }
    synchronise(&story.phone);
    story.shares("Jonas", kind, "words of the second day");
    // Before the clinic has made a new key the phone writes nothing into her mailbox, whatever is decided.
    let third = story.shares("Ilse", kind, "words of the third day");
    let (entries, boxes) = everything(&mut story);
    for relative in [&mut gone, &mut stays] {
        relative.takes(&boxes);
    }
    assert!(stays.reads(&entries).contains("words of the second day"));
    let read = gone.reads(&entries);
    assert!(!read.contains("second day") && !read.contains("third day"));
    let waits = story.shared("Ilse", kind).expect("decided");
    assert_eq!(waits.progress, ShareProgress::WaitsForClinic);

    // She changed her mind again before the clinic came: the new key is given to him, and not to her.
    story.phone.withdraw_share(&third).expect("taken back");
    synchronise(&story.phone);
    story.clinic_comes_by();
    synchronise(&story.phone);
    let has_key = |story: &mut Story, member: Id, relative: &Relative| {
        let (_, boxes) = dump(&mut story.clinic, MailboxId(member.0));
        assert!(boxes.iter().any(|one| one.epoch == 2), "a new key");
        let theirs = boxes.into_iter();
        let mut theirs = theirs.filter(|one| one.recipient == relative.device.party());
        theirs.any(|one| one.epoch == 2)
    };
    assert!(has_key(&mut story, jonas, &stays));
    assert!(!has_key(&mut story, ilse, &gone));

    // What is written under the new keys opens with his, and with none that she has or finds.
    story.shares("Jonas", kind, "words of the fourth day");
    for member in [ilse, jonas] {
        let choose = Act::ChooseEducation {
            member,
            pieces: Vec::new(),
        };
        story.clinic.act(choose).expect("written");
    }
    let (entries, boxes) = everything(&mut story);
    for relative in [&mut gone, &mut stays] {
        relative.takes(&boxes);
    }
    assert_eq!(gone.keys.epochs().collect::<Vec<_>>(), [1]);
    assert_eq!(stays.keys.epochs().collect::<Vec<_>>(), [1, 2]);
    let (hers, his) = (gone.reads(&entries), stays.reads(&entries));
    assert!(his.contains("words of the fourth day") && his.contains("\"pieces\""));
    assert!(!hers.contains("fourth day") && !hers.contains("\"pieces\""));

    // The patient's own phone reads all of it.
    synchronise(&story.phone);
    let status = story.phone.sync_status().expect("open");
    assert!(status.quarantined.is_empty() && status.faults.is_empty());
}
