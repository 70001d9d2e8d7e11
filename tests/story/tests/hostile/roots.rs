//! Lies about who is who: altered invites, other roots, other people's wrapped keys.

use handrail_care::entry::{Body, Entry};
use handrail_care::homework::Assigned;
use handrail_care::id::Id;
use handrail_care::library::{Role as CareRole, Staff};
use handrail_companion::view::Standing;
use handrail_companion::{CompanionError, InviteRefusal};
use handrail_desk::driver::Driver;
use handrail_mailbox::directory::{Role, RootKey};
use handrail_mailbox::identity::{DeviceIdentity, StaffIdentity};
use handrail_mailbox::invite::{AccessToken, Bundle, open_bundle, parse_link, redeem_request};
use handrail_mailbox::keyring::Keyring;
use handrail_mailbox::seal::seal;
use handrail_story::clinic::{PASSPHRASE, ZONE};
use handrail_story::now;
use handrail_story::phone::Phone;
use handrail_story::proxy::{Answer, Fault, Proxy, Request};
use handrail_wire::account::{LoginParams, LoginResponse};
use handrail_wire::id::EntryId;
use handrail_wire::invite::RedeemResponse;
use handrail_wire::path;

use crate::logs::append;
use crate::trial::Trial;

/// Changes answers on one path.
fn alters<T>(proxy: &Proxy, on: &'static str, change: fn(&mut T))
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + 'static,
{
    let change = move |_: &Request, answer: &mut Answer| {
        if let Ok(mut message) = handrail_wire::decode::<T>(&answer.body) {
            change(&mut message);
            answer.body = handrail_wire::encode(&message);
        }
    };
    let change = std::sync::Arc::new(change);
    proxy.plan(move |request| Fault::Change(change.clone()).only(request.path == on));
}

/// The bundle of an invite is not what the console made: the phone takes nothing of it, and the same
/// invite is good when the server is honest. A phone that is enrolled is not disturbed.
#[test]
fn altered_invites() {
    let mut trial = Trial::new();
    let port = trial.server().port();
    let fresh = Phone::new(&trial.place.path().join("fresh"), port);
    let tampered = CompanionError::InviteRefused {
        reason: InviteRefusal::Tampered,
    };
    // Another patient's bundle: the server has that, too.
    let other = trial.clinic.add_patient("Noor");
    let (link, code) = fresh.invite(&mut trial.clinic, other);
    let taken = std::sync::Arc::new(std::sync::Mutex::new(None));
    let keeps = taken.clone();
    fresh.proxy.plan(move |request| {
        let keeps = keeps.clone();
        Fault::Change(std::sync::Arc::new(
            move |_: &Request, answer: &mut Answer| {
                *keeps.lock().expect("no thread panics") = Some(answer.clone());
                answer.body.truncate(10);
            },
        ))
        .only(request.path == path::REDEEM)
    });
    assert_eq!(
        fresh.core.enrol(&link, &code, "P", "ios").err(),
        Some(tampered.clone())
    );
    let taken = taken.lock().expect("no thread panics").take();

    let (link, code) = fresh.invite(&mut trial.clinic, trial.patient);
    let enrol = |phone: &Phone| phone.core.enrol(&link, &code, "P", "ios");
    fresh
        .proxy
        .always(Fault::Instead(taken.expect("Noor's bundle")));
    assert_eq!(enrol(&fresh).err(), Some(tampered.clone()));
    let changes: [fn(&mut RedeemResponse); 4] = [
        |answer| answer.bundle.0[50] ^= 1,
        |answer| answer.bundle.0[0] ^= 1,
        |answer| answer.bundle.0.clear(),
        |answer| {
            answer.bundle.0.pop();
        },
    ];
    for change in changes {
        alters(&fresh.proxy, path::REDEEM, change);
        assert_eq!(enrol(&fresh).err(), Some(tampered.clone()));
        assert_eq!(fresh.core.standing(), Standing::NotEnrolled);
    }
    fresh.proxy.calm();
    enrol(&fresh).expect("enrolled");
    fresh.synchronise();

    let (link, code) = trial.phone.invite(&mut trial.clinic, trial.patient);
    alters(&trial.phone.proxy, path::REDEEM, changes[0]);
    let again = trial.phone.core.enrol(&link, &code, "P", "ios");
    assert_eq!(again.err(), Some(tampered));
    trial.phone_writes();
    trial.honest();
}

/// The keys that any patient of the clinic has.
fn patients_keys(trial: &mut Trial) -> Bundle {
    let (link, code) = trial.clinic.invite(trial.patient);
    let link = parse_link(&link).expect("our link");
    let (device, token) = (DeviceIdentity::make(), AccessToken::make());
    let redeem = redeem_request(&link, &code, &device, &token).expect("our code");
    let outgoing = handrail_clinician::Outgoing {
        method: "POST",
        path: path::REDEEM,
        body: Some(handrail_wire::encode(&redeem)),
    };
    let (status, body) = trial.clinic.driver.send(&outgoing).expect("an answer");
    assert_eq!(status, 200);
    let answer: RedeemResponse = handrail_wire::decode(&body).expect("a bundle");
    let Ok(bundle) = open_bundle(&link, &code, &answer.bundle.0) else {
        panic!("our own bundle");
    };
    bundle
}

fn ring<'a>(bundle: &'a Bundle, class: &str) -> &'a Keyring {
    let mut mailboxes = bundle.mailboxes.iter();
    let found = mailboxes.find(|mailbox| mailbox.class == class);
    &found.expect("in every patient's bundle").keys
}

fn sealed(ring: &Keyring, body: &Body, by: &StaffIdentity) -> (EntryId, Vec<u8>) {
    let id = Id([88; 16]);
    let author = Id(by.party().0);
    let entry = Entry::new(id, now(), ZONE, author, None, body);
    let key = ring.current().expect("an epoch");
    let id = EntryId(id.0);
    (id, seal(key, id, &entry.to_bytes(), Some(by), 0))
}

/// A server with a patient's keys admits staff under a root of its own, and lets them write.
#[test]
fn wrong_roots() {
    let mut trial = Trial::new();
    let bundle = patients_keys(&mut trial);
    let root = RootKey::make();
    let stranger = StaffIdentity::make();
    let certificate = root.certify(&stranger.identity(), Role::Administrator);
    let admitted = Body::Staff(Staff {
        id: Id(stranger.party().0),
        name: "Sam".to_owned(),
        title: "Group therapist".to_owned(),
        role: CareRole::Administrator,
        certificate: data_encoding::BASE64URL_NOPAD.encode(&certificate.to_bytes()),
    });
    let forged = Body::HomeworkAssigned(Assigned {
        title: "Stop your medicine".to_owned(),
        due: handrail_care::due::date_at(now(), "UTC"),
        times: 1,
        ..Assigned::default()
    });
    let library = ring(&bundle, "library");
    let care = ring(&bundle, "care");
    trial.alters(|database| {
        for (ring, body) in [(library, &admitted), (care, &forged)] {
            let (id, bytes) = sealed(ring, body, &stranger);
            append(database, ring.mailbox().0, id, now(), &bytes);
        }
    });
    trial.neither_notices();
    let unknown = "seal-unknown-signer";
    assert_eq!(trial.phone_put_aside(), [unknown, unknown]);
    assert_eq!(trial.console_put_aside(), [unknown, unknown]);
    assert!(trial.phone.core.homework().expect("open").is_empty());
    let clinician = &trial.clinic.clinician;
    assert_eq!(clinician.library().staff(Id(stranger.party().0)), None);
    let chart = clinician.chart(trial.patient).expect("a chart");
    assert!(chart.homework().is_empty());

    // What staff of this clinic write shows in the same places.
    trial.clinician_writes();
    trial.console_looks();
    trial.phone.synchronise();
    assert_eq!(trial.phone.core.homework().expect("open").len(), 1);
    let chart = trial
        .clinic
        .clinician
        .chart(trial.patient)
        .expect("a chart");
    assert_eq!(chart.homework().len(), 1);

    // Somebody else's wrapped keys, or an easy way to guess the passphrase, at login.
    let login = |trial: &Trial| {
        let mut driver = Driver::new(trial.desk.origin()).expect("loopback");
        let entered = driver.enter("rowan", PASSPHRASE, &trial.clinic.secret, ZONE);
        entered.err().map(|problem| problem.code)
    };
    alters::<LoginResponse>(&trial.desk, path::LOGIN, |answer| {
        answer.wrapped.0[60] ^= 1;
    });
    assert!(login(&trial).is_some());
    alters::<LoginParams>(&trial.desk, path::LOGIN_START, |answer| {
        answer.params.memory_kib = 8;
        answer.params.passes = 1;
    });
    assert!(login(&trial).is_some_and(|code| code.contains("weak")));
    trial.desk.calm();
    assert_eq!(login(&trial), None);
}
