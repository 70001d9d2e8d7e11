//! A cut-off phone that still has old keys and a server that helps it: it cannot name a phone that
//! would be given the next keys.

use handrail_care::entry::{Body, Entry};
use handrail_care::id::Id;
use handrail_care::patient::Device;
use handrail_clinician::Act;
use handrail_mailbox::chain::LogState;
use handrail_mailbox::identity::DeviceIdentity;
use handrail_mailbox::invite::{AccessToken, open_bundle, parse_link, redeem_request};
use handrail_mailbox::seal::seal;
use handrail_story::clinic::{TestClinic, ZONE, synchronise};
use handrail_story::{Server, folder, now};
use handrail_wire::id::{EntryId, MailboxId};
use handrail_wire::sync::{MailboxRequest, Offer, SyncRequest, SyncResponse, VERSION};

/// Sends one mailbox request as this clinician (the helping server lets anything through).
fn send(clinic: &mut TestClinic, request: MailboxRequest) -> SyncResponse {
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
    handrail_wire::decode(&body).expect("an answer")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a story is told in one go")]
fn a_cut_off_phone_cannot_name_its_successor() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let mailbox = MailboxId(patient.0);

    // The attacker's phone: enrolled by hand, so that the test holds its keys.
    let (link, code) = clinic.invite(patient);
    let link = parse_link(&link).expect("our link");
    let (thief, token) = (DeviceIdentity::make(), AccessToken::make());
    let redeem = redeem_request(&link, &code, &thief, &token).expect("our code");
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
    let care = &bundle.mailboxes[0];
    assert_eq!(care.class, "care");
    let write = |clinic: &mut TestClinic, number: u8, phone: &DeviceIdentity| {
        let device = Device {
            device: Id(phone.party().0),
            identity: data_encoding::BASE64URL_NOPAD.encode(&phone.identity().0),
            name: "Phone".to_owned(),
            platform: "android".to_owned(),
        };
        let id = Id([number; 16]);
        let by = Id(thief.party().0);
        let entry = Entry::new(id, now(), ZONE, by, None, &Body::Device(device));
        let key = care.keys.key(1).expect("the first epoch");
        let sealed = seal(key, EntryId(id.0), &entry.to_bytes(), None, 0);
        let log = send(
            clinic,
            LogState::new(mailbox).request(vec![], vec![], vec![]),
        );
        let log = &log.mailboxes.0[0];
        let at_tip = LogState {
            mailbox,
            generation: Some(log.generation),
            seq: log.seq,
            head: log.head,
            boxes_seen: log.boxes_seen,
        };
        let offer = Offer {
            id: EntryId(id.0),
            sealed: sealed.into(),
        };
        send(clinic, at_tip.request(vec![offer], vec![], vec![]));
    };
    write(&mut clinic, 1, &thief);
    clinic.refresh();
    let boxed = |clinic: &mut TestClinic, phone: &DeviceIdentity| {
        let answer = send(
            clinic,
            LogState::new(mailbox).request(vec![], vec![], vec![]),
        );
        let boxes = answer.mailboxes.0[0].boxes.0.iter();
        boxes
            .filter(|key_box| key_box.recipient == phone.party())
            .map(|key_box| key_box.epoch)
            .max()
    };

    // An honest phone gets the new epoch when the thief is cut off; the thief does not.
    let honest = clinic.phone(patient, &place.path().join("honest"));
    clinic.refresh();
    let device = Id(thief.party().0);
    let act = Act::LoseDevice {
        subject: patient,
        device,
    };
    clinic.act(act).expect("cut off");
    assert_eq!(boxed(&mut clinic, &thief), None);
    synchronise(&honest);

    // With its old key and the server's help it names another phone; the next epoch is not for it.
    let successor = DeviceIdentity::make();
    write(&mut clinic, 2, &successor);
    let extra = clinic.phone(patient, &place.path().join("extra"));
    clinic.refresh();
    let act = Act::LoseDevice {
        subject: patient,
        device: extra.device().expect("enrolled").parse().expect("an id"),
    };
    clinic.act(act).expect("cut off");
    assert_eq!(boxed(&mut clinic, &successor), None);

    // The honest phone was boxed both times: the test would see a box.
    let chart = clinic.clinician.chart(patient).expect("a chart");
    let party = honest.device().expect("enrolled");
    assert!(
        chart
            .devices()
            .any(|fact| fact.value.device.to_string() == party)
    );
    let answer = send(
        &mut clinic,
        LogState::new(mailbox).request(vec![], vec![], vec![]),
    );
    let epochs: Vec<_> = answer.mailboxes.0[0]
        .boxes
        .0
        .iter()
        .filter(|key_box| key_box.recipient.to_string() == party)
        .map(|key_box| key_box.epoch)
        .collect();
    assert_eq!(epochs, [2, 3]);
    synchronise(&honest);
    assert!(honest.sync_status().expect("open").faults.is_empty());
}
