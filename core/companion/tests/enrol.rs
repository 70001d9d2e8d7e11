//! Enrolment: six plain refusals, crashes anywhere, and what a failed invite never disturbs.

mod support;

use handrail_companion::view::{Standing, SyncOutcome};
use handrail_companion::{CompanionError, InviteRefusal, LossReason};
use handrail_mailbox::keyring::{EpochSecret, Keyring};
use handrail_wire::id::MailboxId;
use handrail_wire::path;
use handrail_wire::problem::Code;

use support::clinic::{Clinic, enrolled, random_id};
use support::server::Act;
use support::{PhoneHome, contains};

#[expect(clippy::unnecessary_wraps, reason = "as `err` gives it")]
fn refused(reason: InviteRefusal) -> Option<CompanionError> {
    Some(CompanionError::InviteRefused { reason })
}

/// The six digits, all of them wrong.
fn wrong(code: &str) -> String {
    code.bytes()
        .map(|digit| char::from(b'0' + (digit - b'0' + 1) % 10))
        .collect()
}

#[test]
fn each_refusal_has_its_own_answer_and_disturbs_nothing() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let before = (
        phone.standing(),
        phone.device().expect("enrolled"),
        phone.today().expect("today"),
    );

    let (link, code) = clinic.invite();
    let enrol = |link: &str, code: &str| phone.enrol(link, code, "New", "android").err();
    for bad in [
        "",
        "https://clinic.example/e",
        "https://clinic.example/e#AAAA",
        "http://clinic.example/e#x",
    ] {
        assert_eq!(
            enrol(bad, &code),
            refused(InviteRefusal::LinkMalformed),
            "{bad}"
        );
    }
    assert_eq!(enrol(&link, "12345"), refused(InviteRefusal::WrongCode));
    assert_eq!(
        enrol(&link, &wrong(&code)),
        refused(InviteRefusal::WrongCode)
    );
    for (problem, reason) in [
        (Code::InviteUsed, InviteRefusal::Used),
        (Code::InviteExpired, InviteRefusal::Expired),
        (Code::InviteRevoked, InviteRefusal::Revoked),
        (Code::InviteUnknown, InviteRefusal::WrongClinic),
        (Code::SignatureInvalid, InviteRefusal::Tampered),
    ] {
        clinic
            .server
            .script(move |_, path| (path == path::REDEEM).then_some(Act::Refuse(problem)));
        assert_eq!(enrol(&link, &code), refused(reason));
    }
    clinic.server.behave();

    // The bundle of this very invite, altered.
    clinic.server.with(|world| {
        world
            .invites
            .values_mut()
            .for_each(|invite| invite.bundle[40] ^= 1);
    });
    assert_eq!(enrol(&link, &code), refused(InviteRefusal::Tampered));

    // Another clinic's server behind this clinic's link.
    let other = Clinic::new();
    let (foreign, foreign_code) = other.invite();
    let fragment = foreign.split('#').nth(1).expect("a fragment");
    let mixed = format!("{}/e#{fragment}", clinic.server.origin);
    assert_eq!(
        enrol(&mixed, &foreign_code),
        refused(InviteRefusal::WrongClinic)
    );

    let after = (
        phone.standing(),
        phone.device().expect("enrolled"),
        phone.today().expect("today"),
    );
    assert_eq!(before, after);
    assert_eq!(phone.sync().expect("synced").outcome, SyncOutcome::UpToDate);
    assert_eq!(
        phone.enrol(&link, &code, " ", "android").err(),
        Some(CompanionError::NotValid {
            code: "device-name-out-of-range".to_owned(),
            item: None,
        })
    );
}

#[test]
fn without_a_network_an_invite_can_be_tried_again() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = home.open();
    let (link, code) = clinic.invite();
    for (act, error) in [
        (Act::Cut, CompanionError::Offline),
        (
            Act::Answer(
                200,
                vec![("content-type", "text/html".to_owned())],
                b"<html>".to_vec(),
            ),
            CompanionError::LoginWanted,
        ),
        (
            Act::Answer(429, vec![("retry-after", "7".to_owned())], Vec::new()),
            CompanionError::Busy {
                retry_after_ms: 7000,
            },
        ),
    ] {
        clinic.server.script(move |_, _| Some(act.clone()));
        assert_eq!(
            phone.enrol(&link, &code, "Pixel", "android").err(),
            Some(error)
        );
        assert_eq!(phone.standing(), Standing::NotEnrolled);
        assert_eq!(phone.today().err(), Some(CompanionError::NotEnrolled));
    }
    clinic.server.behave();
    phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("enrolled");
}

#[test]
fn a_crash_after_the_server_redeemed_is_gone_on_from_with_the_same_keys() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let (link, code) = clinic.invite();
    let phone = home.open();
    // The server has bound the invite to the phone's keys; the phone never heard of it.
    clinic.server.script(|_, _| Some(Act::DoAndCut));
    assert_eq!(
        phone.enrol(&link, &code, "Pixel", "android").err(),
        Some(CompanionError::Offline)
    );
    phone.close();
    drop(phone);

    clinic.server.behave();
    let phone = home.open();
    phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("the same keys may ask again");
    // Another phone may not.
    let stranger = PhoneHome::new();
    let other = stranger.open();
    let used = other.enrol(&link, &code, "Other", "android").err();
    assert_eq!(used, refused(InviteRefusal::Used));
}

#[test]
fn a_confirmation_that_did_not_get_through_is_sent_by_the_first_sync() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let (link, code) = clinic.invite();
    let phone = home.open();
    clinic
        .server
        .script(|_, path| (path == path::REDEEM_CONFIRM).then_some(Act::Cut));
    phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("saved, so enrolled");
    assert!(
        clinic
            .server
            .with(|world| world.invites.values().all(|invite| !invite.confirmed))
    );
    phone.close();
    clinic.server.behave();
    let phone = home.open();
    phone.sync().expect("synced");
    assert!(
        clinic
            .server
            .with(|world| world.invites.values().all(|invite| invite.confirmed))
    );
    let before = clinic.server.requests();
    phone.sync().expect("synced");
    assert_eq!(clinic.server.requests(), before + 1, "confirmed once");
}

#[test]
fn a_new_invite_for_the_same_person_keeps_what_is_here() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let form = phone.start_check_in("gad7").expect("a form");
    phone.submit(&form.check_in).expect("written offline");
    let device = phone.device().expect("enrolled");
    let (link, code) = clinic.invite();
    phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("enrolled again");
    assert_ne!(phone.device().expect("enrolled"), device, "new keys");
    assert_eq!(phone.check_ins(10).expect("receipts").len(), 1);
    phone.sync().expect("synced");
    assert_eq!(
        clinic.kinds(&clinic.care),
        ["enrolled", "device", "check-in", "device"]
    );
}

#[test]
fn an_invite_for_someone_else_starts_afresh_and_sets_the_old_store_aside() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let mut other = Keyring::new(MailboxId(random_id().0));
    other.insert(1, EpochSecret::make()).expect("an epoch");
    let (link, code) = clinic.other_invite(&other);
    phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("enrolled");
    assert!(
        phone.today().expect("today").week.is_none(),
        "nothing of the first patient"
    );
    phone.sync().expect("synced");
    assert_eq!(clinic.kinds(&other), ["device"]);
    let aside = std::fs::read_dir(home.folder()).expect("the folder");
    let names = aside.map(|item| {
        item.expect("an item")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    assert!(
        names.into_iter().any(|name| name.starts_with("set-aside-")),
        "kept, not deleted"
    );
    phone.close();
    assert!(home.open().today().expect("today").week.is_none());
}

#[test]
fn a_lost_or_wrong_key_and_a_damaged_store_ask_for_a_new_invite() {
    type Spoil = fn(&PhoneHome);
    let cases: [(Spoil, LossReason); 5] = [
        (
            |home| std::fs::remove_file(home.key_file()).expect("the key"),
            LossReason::KeyMissing,
        ),
        (
            |home| std::fs::write(home.key_file(), [7; 32]).expect("another key"),
            LossReason::KeyWrong,
        ),
        (
            |home| std::fs::write(home.key_file(), [7; 5]).expect("no key"),
            LossReason::KeyWrong,
        ),
        (
            |home| std::fs::write(home.folder().join("phone.sqlite"), [7; 8192]).expect("rubbish"),
            LossReason::StoreDamaged,
        ),
        (
            |home| {
                let path = home.folder().join("phone.sqlite");
                let mut bytes = std::fs::read(&path).expect("the store");
                bytes[4096..].fill(0x5a);
                std::fs::write(path, bytes).expect("damaged pages");
            },
            LossReason::StoreDamaged,
        ),
    ];
    for (spoil, reason) in cases {
        let clinic = Clinic::new();
        let home = PhoneHome::new();
        enrolled(&clinic, &home).close();
        let damaged = std::fs::read(home.folder().join("phone.sqlite")).expect("the store");
        spoil(&home);
        let phone = home.open();
        assert_eq!(phone.standing(), Standing::NeedsInvite { reason });
        assert_eq!(
            phone.today().err(),
            Some(CompanionError::NeedsInvite { reason })
        );
        assert_eq!(
            phone.sync().err(),
            Some(CompanionError::NeedsInvite { reason })
        );
        assert_eq!(phone.help("US").contacts[0].link, "tel:988");
        // A code that is wrong to begin with leaves even this as it is.
        let (link, code) = clinic.invite();
        assert_eq!(
            phone.enrol(&link, "1", "Pixel", "android").err(),
            refused(InviteRefusal::WrongCode)
        );
        assert_eq!(phone.standing(), Standing::NeedsInvite { reason });

        phone
            .enrol(&link, &code, "Pixel", "android")
            .expect("enrolled again");
        phone.sync().expect("synced");
        assert_eq!(
            phone.today().expect("today").week,
            Some(4),
            "the history is back"
        );
        if reason != LossReason::StoreDamaged {
            let kept = support::all_bytes(&home.folder());
            assert!(contains(&kept, &damaged[..64]), "set aside, not deleted");
        }
        phone.close();
        home.open().today().expect("and stays");
    }
}

#[test]
fn one_process_opens_the_store() {
    let home = PhoneHome::new();
    let phone = home.open();
    assert_eq!(home.try_open().err(), Some(CompanionError::AlreadyOpen));
    phone.close();
    let again = home.open();
    drop(again);
    home.open();
    let zone = handrail_companion::Companion::open_with(
        &home.dir.path().join("other"),
        home.keys(),
        home.clock.clone(),
        "Mars/Base",
    );
    assert!(matches!(zone.err(), Some(CompanionError::NotValid { .. })));
}

#[test]
fn a_crash_between_the_keys_and_the_phones_first_entry_is_made_good() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = home.open();
    let (link, code) = clinic.invite();
    phone
        .enrol(&link, &code, "Pixel", "android")
        .expect("enrolled");
    phone.close();
    let db = rusqlite::Connection::open(home.folder().join("phone.sqlite")).expect("the store");
    let waits = "DELETE FROM entry WHERE NOT EXISTS
                 (SELECT 1 FROM place WHERE place.n <= entry.n AND entry.n < place.n + count)";
    let gone = db.execute(waits, []);
    assert_eq!(gone, Ok(1), "the entry that the crash took");
    drop(db);
    let phone = home.open();
    phone.sync().expect("synced");
    phone.sync().expect("synced");
    assert_eq!(clinic.kinds(&clinic.care), ["enrolled", "device"]);
}
