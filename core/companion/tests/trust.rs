//! What the phone does not believe: strangers, forgers, rolled-back and forked logs, and a server that
//! says "cut off" without staff.

mod support;

use handrail_care::entry::{Body, Entry, Seen};
use handrail_care::homework::Assigned;
use handrail_care::id::Id;
use handrail_care::patient::{DeviceLost, Erased};
use handrail_companion::view::{SentState, Standing, SyncOutcome};
use handrail_companion::{Companion, CompanionError};
use handrail_mailbox::directory::Role;
use handrail_mailbox::identity::{Recipient, StaffIdentity};
use handrail_mailbox::keybox::make_box;
use handrail_mailbox::keyring::{EpochSecret, Keyring};
use handrail_mailbox::seal::seal;
use handrail_wire::account::Notice;
use handrail_wire::id::{Digest, EntryId, GenerationId};
use handrail_wire::path;
use handrail_wire::problem::Code;
use handrail_wire::sync::Offer;

use support::clinic::{Clinic, copy, date, enrolled, random_id};
use support::server::Act;
use support::{NOW, PhoneHome};

fn homework(title: &str) -> Body {
    Body::HomeworkAssigned(Assigned {
        title: title.to_owned(),
        instructions: String::new(),
        due: date("2026-11-30"),
        times: 1,
        ..Assigned::default()
    })
}

/// An entry that JSON says, as it is sealed.
fn packed(json: &str) -> Vec<u8> {
    let entry: Entry = serde_json::from_str(json).expect("an entry");
    entry.to_bytes()
}

fn titles(phone: &Companion) -> Vec<String> {
    let mut titles: Vec<_> = phone
        .homework()
        .expect("homework")
        .into_iter()
        .map(|one| one.title)
        .collect();
    titles.sort();
    titles
}

fn reasons(phone: &Companion) -> Vec<String> {
    let status = phone.sync_status().expect("status");
    let mut reasons: Vec<_> = status
        .quarantined
        .into_iter()
        .map(|one| one.reason)
        .collect();
    reasons.sort();
    reasons
}

fn faults(phone: &Companion) -> Vec<String> {
    let status = phone.sync_status().expect("status");
    status.faults.into_iter().map(|one| one.code).collect()
}

fn write_offline(phone: &Companion) -> String {
    let form = phone.start_check_in("gad7").expect("a form");
    phone.submit(&form.check_in).expect("handed in").check_in
}

#[test]
fn what_may_not_be_believed_is_put_aside_and_blocks_nothing() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let stranger = StaffIdentity::make();
    let other_mailbox = {
        let mut ring = Keyring::new(handrail_wire::id::MailboxId([3; 16]));
        ring.insert(1, EpochSecret::make()).expect("an epoch");
        ring
    };
    // A patient's key writes as staff; a stranger signs; staff signs in another's name; a signature
    // under another key; no entry at all; a body that is not what its kind says; another entry's id.
    clinic.write_as(&clinic.care, &homework("forged"), None, clinic.id(), None);
    clinic.write_as(
        &clinic.care,
        &homework("stranger"),
        Some(&stranger),
        Id(stranger.party().0),
        None,
    );
    clinic.write_as(
        &clinic.care,
        &homework("other name"),
        Some(&clinic.staff),
        Id([5; 16]),
        None,
    );
    clinic.append(&clinic.care, random_id(), b"no entry", Some(&clinic.staff));
    let malformed = Entry::new(Id([42; 16]), NOW, "UTC", clinic.id(), None, &homework("x"));
    let malformed = serde_json::to_string(&malformed)
        .expect("JSON")
        .replace("\"times\":1", "\"times\":-1");
    let malformed = packed(&malformed);
    clinic.append(&clinic.care, Id([42; 16]), &malformed, Some(&clinic.staff));
    clinic.append(&clinic.care, Id([43; 16]), &malformed, Some(&clinic.staff));
    let key = other_mailbox.current().expect("an epoch");
    let foreign = seal(key, EntryId([44; 16]), b"x", None, 0);
    clinic.server.log(clinic.care.mailbox(), |log| {
        log.append(EntryId([44; 16]), NOW, foreign);
    });
    let future = r#"{"v":1,"id":"LS0tLS0tLS0tLS0tLS0tLQ","at":5,"zone":"UTC","by":"CAgICAgICAgICAgICAgICA","kind":"from-the-future","body":{"x":1}}"#;
    clinic.append(&clinic.care, Id([45; 16]), &packed(future), None);
    clinic.write(&clinic.care, &homework("real"));

    let report = phone.sync().expect("synced");
    assert_eq!(
        (report.outcome, report.received),
        (SyncOutcome::UpToDate, 9)
    );
    assert_eq!(titles(&phone), ["real"]);
    let expected = [
        "entry-body-malformed",
        "entry-id-mismatch",
        "entry-malformed",
        "entry-not-allowed",
        "entry-signer-mismatch",
        "seal-not-authentic",
        "seal-unknown-signer",
    ];
    assert_eq!(reasons(&phone), expected);
    phone.close();
    let phone = home.open();
    assert_eq!(
        (titles(&phone), reasons(&phone)),
        (
            vec!["real".to_owned()],
            expected.map(str::to_owned).to_vec()
        )
    );

    // The stranger is admitted: what they wrote is believed now.
    clinic.write(&clinic.library, &clinic.staff_body(&stranger, "Kim"));
    phone.sync().expect("synced");
    assert_eq!(titles(&phone), ["real", "stranger"]);
    assert!(!reasons(&phone).contains(&"seal-unknown-signer".to_owned()));
}

#[test]
fn a_removed_colleague_no_longer_counts_but_did_before() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let colleague = StaffIdentity::make();
    let by = Id(colleague.party().0);
    clinic.write(&clinic.library, &clinic.staff_body(&colleague, "Kim"));
    clinic.write_as(
        &clinic.care,
        &homework("before"),
        Some(&colleague),
        by,
        None,
    );
    let phone = enrolled(&clinic, &home);
    clinic.server.with(|world| world.now = NOW + 1000);
    let removal = clinic.root.remove(colleague.party());
    let removal = data_encoding::BASE64URL_NOPAD.encode(&removal.to_bytes());
    clinic.write(
        &clinic.library,
        &Body::StaffRemoved(handrail_care::library::StaffRemoved { id: by, removal }),
    );
    clinic.server.with(|world| world.now = NOW + 2000);
    clinic.write_as(&clinic.care, &homework("after"), Some(&colleague), by, None);
    let piece = handrail_care::library::Education {
        slug: "late".to_owned(),
        title: "Late".to_owned(),
        summary: String::new(),
        minutes: 1,
        family: true,
        markdown: String::new(),
    };
    clinic.write_as(
        &clinic.library,
        &Body::Education(piece),
        Some(&colleague),
        by,
        None,
    );
    phone.sync().expect("synced");
    let check = |phone: &Companion| {
        assert_eq!(titles(phone), ["before"]);
        assert_eq!(
            reasons(phone),
            ["entry-signer-removed", "entry-signer-removed"]
        );
        assert_eq!(phone.education().expect("pieces").len(), 2);
    };
    check(&phone);
    phone.close();
    check(&home.open());
}

#[test]
fn a_new_epoch_opens_what_had_to_wait_for_it() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let mut next = copy(&clinic.care);
    next.insert(2, EpochSecret::make()).expect("an epoch");
    clinic.write(&next, &homework("second epoch"));
    phone.sync().expect("synced");
    assert_eq!(reasons(&phone), ["seal-unknown-epoch"]);

    let device: EntryId = phone.device().expect("enrolled").parse().expect("an id");
    let recipient = clinic
        .opened(&clinic.care)
        .iter()
        .find_map(|entry| match entry.body() {
            Ok(Some(Body::Device(device))) => Some(device),
            _ => None,
        })
        .expect("the phone said who it is");
    assert_eq!(recipient.device.0, device.0);
    let identity = recipient.identity.parse().expect("64 bytes");
    let secret = next.secret(2).expect("there");
    // A stranger's box first: the phone must not take an epoch from anyone but staff.
    let stranger = StaffIdentity::make();
    let recipient = Recipient::of_identity(&identity);
    let forged = make_box(
        next.mailbox(),
        2,
        &EpochSecret::make(),
        &recipient,
        &stranger,
    )
    .expect("a box");
    clinic
        .server
        .log(next.mailbox(), |log| log.boxes.push(forged));
    phone.sync().expect("synced");
    assert_eq!(reasons(&phone), ["seal-unknown-epoch"]);
    let real = make_box(next.mailbox(), 2, secret, &recipient, &clinic.staff).expect("a box");
    clinic
        .server
        .log(next.mailbox(), |log| log.boxes.push(real));
    phone.sync().expect("synced");
    assert_eq!(titles(&phone), ["second epoch"]);
    assert!(reasons(&phone).is_empty());
    // New entries use it, also after a restart.
    phone.close();
    let phone = home.open();
    write_offline(&phone);
    phone.sync().expect("synced");
    assert_eq!(
        clinic.opened(&clinic.care).len(),
        2,
        "the old keys open what came before"
    );
    assert_eq!(clinic.opened(&next).len(), 4);
}

#[test]
fn a_restored_backup_is_offered_everything_again() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let before = clinic.server.log(clinic.care.mailbox(), |log| log.clone());
    let first = write_offline(&phone);
    clinic.write(&clinic.care, &homework("after the backup"));
    phone.sync().expect("synced");
    assert_eq!(titles(&phone), ["after the backup"]);

    clinic.server.log(clinic.care.mailbox(), |log| {
        *log = before;
        log.generation = GenerationId([2; 16]);
    });
    let second = write_offline(&phone);
    let report = phone.sync().expect("synced");
    assert_eq!(
        (report.outcome, report.restored),
        (SyncOutcome::UpToDate, true)
    );
    assert_eq!(phone.sync_status().expect("status").restored_at, Some(NOW));
    assert_eq!(
        titles(&phone),
        ["after the backup"],
        "the clinic's own entry went back to it, too"
    );
    let receipts = phone.check_ins(10).expect("receipts");
    assert_eq!(receipts.len(), 2);
    assert!(
        receipts
            .iter()
            .all(|one| one.sent == SentState::AtTheClinic { at: NOW })
    );
    assert!(
        [first, second]
            .iter()
            .all(|id| receipts.iter().any(|one| one.check_in == *id))
    );
    assert_eq!(clinic.opened(&clinic.care).len(), 5);
    assert!(faults(&phone).is_empty());
    assert!(!phone.sync().expect("synced").restored, "once");
}

#[test]
fn lies_about_the_log_are_noticed_and_cost_nothing() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let care = clinic.care.mailbox();
    clinic.write(&clinic.care, &homework("one"));
    // Dropped from the answer, though the head says otherwise.
    clinic.server.tamper(move |answer| {
        for mailbox in answer
            .mailboxes
            .0
            .iter_mut()
            .filter(|one| one.mailbox == care)
        {
            mailbox.entries.0.clear();
            mailbox.seq = mailbox.from;
        }
    });
    let report = phone.sync().expect("answered");
    let code = "chain-head-mismatch".to_owned();
    assert_eq!(report.outcome, SyncOutcome::Trouble { code: code.clone() });
    assert_eq!(faults(&phone), [code]);
    assert!(report.retry_after_ms.is_some());
    clinic.server.behave();
    phone.sync().expect("synced");
    assert_eq!(titles(&phone), ["one"]);
    assert!(
        faults(&phone).is_empty(),
        "over when the answer is whole again"
    );

    // Rolled back within one generation.
    let whole = clinic.server.log(care, |log| log.entries.clone());
    clinic.server.log(care, |log| log.entries.truncate(1));
    clinic.server.tamper(move |answer| {
        for mailbox in answer
            .mailboxes
            .0
            .iter_mut()
            .filter(|one| one.mailbox == care)
        {
            mailbox.common = None;
            mailbox.problem = Some(Code::SeqBeyondLog.as_str().to_owned());
        }
    });
    phone.sync().expect("answered");
    assert_eq!(faults(&phone), ["chain-rolled-back"]);
    assert_eq!(titles(&phone), ["one"]);
    clinic.server.behave();
    clinic.server.log(care, |log| log.entries = whole);

    // A colleague saw another log than this phone.
    let fork = Seen {
        g: Id([1; 16]),
        n: 1,
        h: [9; 32],
    };
    clinic.write_as(
        &clinic.care,
        &homework("forked"),
        Some(&clinic.staff),
        clinic.id(),
        Some(fork),
    );
    let honest = clinic.server.log(care, |log| Seen {
        g: Id([1; 16]),
        n: 2,
        h: log.head(care, 2).0,
    });
    clinic.write_as(
        &clinic.care,
        &homework("honest"),
        Some(&clinic.staff),
        clinic.id(),
        Some(honest),
    );
    let beyond = Seen { n: 99, ..honest };
    clinic.write_as(
        &clinic.care,
        &homework("withheld"),
        Some(&clinic.staff),
        clinic.id(),
        Some(beyond),
    );
    phone.sync().expect("synced");
    assert_eq!(titles(&phone), ["forked", "honest", "one", "withheld"]);
    let mut seen = faults(&phone);
    seen.sort();
    assert_eq!(seen, ["chain-fork", "chain-withheld"]);
}

#[test]
fn an_entry_is_gone_only_when_staff_signed_that_it_is() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let care = clinic.care.mailbox();
    let held = clinic.write(&clinic.care, &homework("held"));
    let never = clinic.write(&clinic.care, &homework("never seen"));
    clinic.server.log(care, |log| {
        let at = log
            .entries
            .iter()
            .position(|(id, ..)| id.0 == never.0)
            .expect("there");
        log.entries[at].2 = None;
    });
    phone.sync().expect("synced");
    assert_eq!(titles(&phone), ["held"]);
    assert_eq!(faults(&phone), ["entry-missing"]);
    let erase = |entry| {
        let reason = "wrong patient".to_owned();
        Body::Erase(Erased { entry, reason })
    };
    // The patient's own key cannot erase.
    clinic.write_as(&clinic.care, &erase(held), None, Id([5; 16]), None);
    phone.sync().expect("synced");
    assert_eq!(titles(&phone), ["held"]);
    clinic.write(&clinic.care, &erase(never));
    clinic.write(&clinic.care, &erase(held));
    phone.sync().expect("synced");
    assert_eq!(
        (titles(&phone), faults(&phone)),
        (Vec::<String>::new(), Vec::<String>::new())
    );
    phone.close();
    let phone = home.open();
    assert_eq!(
        (titles(&phone), faults(&phone)),
        (Vec::<String>::new(), Vec::<String>::new())
    );
    assert_eq!(phone.sync().expect("synced").outcome, SyncOutcome::UpToDate);
}

#[test]
fn a_servers_refusal_stops_sync_and_nothing_else() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    for code in [
        Code::NotAuthenticated,
        Code::NotAllowed,
        Code::DeviceRevoked,
    ] {
        clinic
            .server
            .script(move |_, path| (path == path::SYNC).then_some(Act::Refuse(code)));
        let report = phone.sync().expect("answered");
        let refused = SyncOutcome::Refused {
            code: code.as_str().to_owned(),
        };
        assert_eq!(report.outcome, refused);
        write_offline(&phone);
        phone.today().expect("today");
        phone.transition_plan().expect("the plan");
        assert_eq!(
            phone.sync_status().expect("status").refused.as_deref(),
            Some(code.as_str())
        );
    }
    clinic.server.behave();
    assert_eq!(phone.sync().expect("synced").sent, 3);
    assert_eq!(phone.sync_status().expect("status").refused, None);
}

/// Everything of the phone is gone, and help is not.
fn is_wiped(phone: &Companion, home: &PhoneHome) {
    assert_eq!(phone.standing(), Standing::CutOff);
    assert_eq!(phone.today().err(), Some(CompanionError::CutOff));
    assert_eq!(phone.sync().err(), Some(CompanionError::CutOff));
    assert_eq!(phone.help("US").contacts[0].link, "tel:988");
    assert_eq!(phone.help("US").program, None);
    assert!(!home.key_file().exists(), "the key");
    let left: Vec<_> = std::fs::read_dir(home.folder())
        .expect("the folder")
        .map(|item| {
            item.expect("an item")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert!(
        left.iter().all(|name| name == "lock" || name == "cut-off"),
        "{left:?}"
    );
}

#[test]
fn a_signed_device_lost_in_the_log_wipes_only_the_phone_it_names() {
    let clinic = Clinic::new();
    let (home, other_home) = (PhoneHome::new(), PhoneHome::new());
    let phone = enrolled(&clinic, &home);
    let other = enrolled(&clinic, &other_home);
    let device: Id = phone.device().expect("enrolled").parse().expect("an id");
    // Not signed: a stolen key of the patient, or the server itself, cannot do this.
    clinic.write_as(
        &clinic.care,
        &Body::DeviceLost(DeviceLost { device }),
        None,
        Id([5; 16]),
        None,
    );
    assert_eq!(phone.sync().expect("synced").outcome, SyncOutcome::UpToDate);
    assert_eq!(reasons(&phone), ["entry-not-allowed"]);

    clinic.write(&clinic.care, &Body::DeviceLost(DeviceLost { device }));
    assert_eq!(other.sync().expect("synced").outcome, SyncOutcome::UpToDate);
    other.today().expect("not meant");
    assert_eq!(phone.sync().expect("synced").outcome, SyncOutcome::CutOff);
    is_wiped(&phone, &home);
    phone.close();
    let phone = home.open();
    is_wiped(&phone, &home);
    // A new invite brings everything back.
    let (link, code) = clinic.invite();
    phone
        .enrol(&link, &code, "Found again", "android")
        .expect("enrolled");
    phone.sync().expect("synced");
    assert_eq!(phone.today().expect("today").week, Some(4));
    phone.close();
    home.open().today().expect("and stays");
}

#[test]
fn a_revoked_phone_believes_only_a_signed_notice() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let device: Id = phone.device().expect("enrolled").parse().expect("an id");
    let colleague = StaffIdentity::make();
    let certificate = clinic.root.certify(&colleague.identity(), Role::FrontDesk);
    let desk = Body::Staff(handrail_care::library::Staff {
        id: Id(colleague.party().0),
        name: "Sam".to_owned(),
        title: "Front desk".to_owned(),
        role: handrail_care::library::Role::FrontDesk,
        certificate: data_encoding::BASE64URL_NOPAD.encode(&certificate.to_bytes()),
    });
    clinic.write(&clinic.library, &desk);
    phone.sync().expect("synced");
    clinic
        .server
        .script(|_, path| (path == path::SYNC).then_some(Act::Refuse(Code::DeviceRevoked)));

    let notice = |device: Id, signer: Option<&StaffIdentity>| {
        let by = signer.map_or(Id([5; 16]), |signer| Id(signer.party().0));
        let body = Body::DeviceLost(DeviceLost { device });
        let entry = Entry::new(random_id(), NOW, "UTC", by, None, &body);
        let key = clinic.care.current().expect("an epoch");
        let id = EntryId(entry.id.0);
        let sealed = seal(key, id, &entry.to_bytes(), signer, 0);
        let entry = Offer {
            id,
            sealed: sealed.into(),
        };
        Some(Notice {
            mailbox: clinic.care.mailbox(),
            entry,
        })
    };
    let refused = SyncOutcome::Refused {
        code: "device-revoked".to_owned(),
    };
    let mut broken = notice(device, Some(&clinic.staff));
    if let Some(notice) = &mut broken {
        notice.entry.sealed.0[30] ^= 1;
    }
    for unconvincing in [
        None,
        notice(device, None),
        notice(device, Some(&StaffIdentity::make())),
        notice(device, Some(&colleague)),
        notice(Id([6; 16]), Some(&clinic.staff)),
        broken,
    ] {
        clinic.server.with(|world| world.notice = unconvincing);
        assert_eq!(phone.sync().expect("answered").outcome, refused);
        phone.today().expect("still here");
    }
    clinic
        .server
        .with(|world| world.notice = notice(device, Some(&clinic.staff)));
    assert_eq!(phone.sync().expect("answered").outcome, SyncOutcome::CutOff);
    is_wiped(&phone, &home);
}

#[test]
fn an_entry_whose_name_was_taken_stays_as_a_fault() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    write_offline(&phone);
    // The server already has other bytes under each name that is offered, as after a forged upload.
    clinic.server.tamper(|answer| {
        use handrail_wire::sync::Outcome;
        for mailbox in &mut answer.mailboxes.0 {
            for verdict in &mut mailbox.verdicts.0 {
                verdict.outcome = Outcome::Conflict;
            }
            if !mailbox.verdicts.0.is_empty() {
                mailbox.entries.0.clear();
                mailbox.seq = mailbox.from;
                mailbox.head = Digest([0; 32]);
            }
        }
    });
    // A head that fits nothing: not believed at all, so nothing is marked.
    phone.sync().expect("answered");
    assert_eq!(faults(&phone), ["chain-head-mismatch"]);
    assert_eq!(phone.sync_status().expect("status").pending, 1);
    clinic.server.behave();

    let care = clinic.care.mailbox();
    clinic.server.log(care, |log| log.entries.pop());
    let head = clinic
        .server
        .log(care, |log| log.head(care, log.entries.len()));
    clinic.server.tamper(move |answer| {
        use handrail_wire::sync::Outcome;
        for mailbox in answer
            .mailboxes
            .0
            .iter_mut()
            .filter(|one| one.mailbox == care)
        {
            for verdict in &mut mailbox.verdicts.0 {
                verdict.outcome = Outcome::Conflict;
            }
            mailbox.entries.0.clear();
            mailbox.seq = mailbox.from;
            mailbox.head = head;
        }
    });
    phone.sync().expect("answered");
    assert_eq!(faults(&phone), ["entry-conflict"]);
    assert_eq!(
        phone.sync_status().expect("status").pending,
        0,
        "it is not offered again"
    );
    assert_eq!(
        phone.check_ins(10).expect("receipts")[0].sent,
        SentState::OnThisPhone
    );
}
