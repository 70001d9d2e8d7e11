//! Lies about keys: boxes of strangers, boxes of other mailboxes, new epochs withheld, old ones again.

use handrail_care::id::Id;
use handrail_care::patient::Device;
use handrail_clinician::Act;
use handrail_mailbox::directory::Certificate;
use handrail_mailbox::identity::{Recipient, StaffIdentity};
use handrail_mailbox::keybox::make_box;
use handrail_mailbox::keyring::{EpochSecret, Keyring};
use handrail_mailbox::seal::seal;
use handrail_wire::id::{EntryId, Identity};
use handrail_wire::sync::KeyBox;

use crate::logs::append;
use crate::trial::Trial;

/// Public keys of the phone that is lied to, and of the clinician, as anybody at the server could know.
fn recipients(trial: &Trial) -> Vec<Recipient> {
    let device = trial.phone.core.device().expect("enrolled");
    let chart = trial
        .clinic
        .clinician
        .chart(trial.patient)
        .expect("a chart");
    let named = |device: &Device| {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(device.identity.as_bytes());
        Identity::try_from(&bytes.expect("text")[..]).expect("64 bytes")
    };
    let mut phones = chart.devices();
    let phone = phones.find(|fact| fact.value.device.to_string() == device);
    let phone = named(&phone.expect("it named itself").value);
    let me = trial.clinic.clinician.me().expect("in the library");
    let bytes = data_encoding::BASE64URL_NOPAD.decode(me.certificate.as_bytes());
    let certificate = Certificate::from_bytes(&bytes.expect("text")).expect("a certificate");
    vec![
        Recipient::of_identity(&phone),
        Recipient::of_identity(&certificate.identity),
    ]
}

#[test]
fn foreign_key_boxes() {
    let mut trial = Trial::new();
    let (care, patient) = (trial.care(), trial.patient.0);
    let stranger = StaffIdentity::make();
    let mut ring = Keyring::new(care);
    let secret = EpochSecret::make();
    let copy = EpochSecret::from_bytes(&secret.to_bytes());
    ring.insert(9, copy).expect("an epoch");
    let boxes: Vec<KeyBox> = recipients(&trial)
        .iter()
        .map(|to| make_box(care, 9, &secret, to, &stranger).expect("a box"))
        .collect();
    trial.lies(care, || {
        let boxes = boxes.clone();
        Box::new(move |_, answer| {
            answer.boxes.0.extend(boxes.iter().cloned());
            answer.boxes_seen += boxes.len() as u64;
        })
    });
    trial.neither_notices();
    // An entry that opens with that key, and what the two write now.
    trial.alters(|database| {
        let key = ring.key(9).expect("the stranger's");
        let sealed = seal(key, EntryId([9; 16]), b"{}", None, 0);
        append(database, patient, EntryId([9; 16]), 1, &sealed);
    });
    trial.neither_notices();
    assert_eq!(trial.phone_put_aside(), ["seal-unknown-epoch"]);
    assert_eq!(trial.console_put_aside(), ["seal-unknown-epoch"]);
    trial.phone_writes();
    trial.phone_looks();
    assert_eq!(
        trial.newest_epoch(),
        Some(1),
        "not under the stranger's key"
    );
    trial.clinician_writes();
    trial.console_looks();
    assert_eq!(trial.newest_epoch(), Some(1));

    // A box that staff made, for another mailbox: the phone says so, the console just leaves it.
    let mut trial = Trial::new();
    let library = library_of(&trial);
    let taken: std::sync::Arc<std::sync::Mutex<Vec<KeyBox>>> = std::sync::Arc::default();
    let device = recipients(&trial)[0].party;
    trial.lies(trial.care(), || {
        let taken = taken.clone();
        Box::new(move |_, answer| {
            let taken = taken.lock().expect("no thread panics");
            answer.boxes.0.extend(taken.iter().cloned());
            answer.boxes_seen += taken.len() as u64;
        })
    });
    let stolen = trial.alters(|database| {
        database
            .query_row(
                "SELECT epoch, signer, sealed, signature FROM key_boxes k
                 JOIN mailboxes m ON m.no = k.mailbox WHERE m.mailbox = ?1 LIMIT 1",
                [library],
                |row| {
                    Ok(KeyBox {
                        epoch: row.get(0)?,
                        recipient: device,
                        signer: handrail_wire::id::PartyId(row.get(1)?),
                        sealed: row.get::<_, Vec<u8>>(2)?.into(),
                        signature: handrail_wire::id::Signature(row.get(3)?),
                    })
                },
            )
            .expect("a box")
    });
    taken.lock().expect("no thread panics").push(stolen);
    let (_, codes) = trial.phone_looks();
    assert_eq!(codes, ["box-bad-signature"]);
    assert_eq!(trial.console_looks(), Vec::<String>::new());
    trial.honest();
}

/// The clinic's library, whose name follows from the root key.
fn library_of(trial: &Trial) -> [u8; 16] {
    let root = trial.clinic.clinician.root();
    handrail_mailbox::directory::derive_clinic_mailbox(&root, "library").0
}

/// A phone is cut off, so the mailbox has a new epoch. The server keeps its box from the phone that stays:
/// that one goes on under the old key, and nothing is lost. An old box again takes nobody back.
#[test]
fn old_epochs() {
    let mut trial = Trial::new();
    let care = trial.care();
    let device: Id = trial
        .other
        .core
        .device()
        .expect("enrolled")
        .parse()
        .expect("an id");
    trial.lies(care, || {
        Box::new(|asked, answer| {
            answer.boxes.0.clear();
            answer.boxes_seen = asked.boxes_seen;
        })
    });
    trial.desk.calm();
    let act = Act::LoseDevice {
        subject: trial.patient,
        device,
    };
    trial.clinic.act(act).expect("cut off");
    trial.phone_writes();
    let (_, codes) = trial.phone_looks();
    assert_eq!(codes, Vec::<String>::new());
    assert_eq!(trial.phone_put_aside(), ["seal-unknown-epoch"]);
    assert_eq!(trial.newest_epoch(), Some(1), "it cannot know better");
    assert_eq!(trial.console_looks(), Vec::<String>::new());
    assert_eq!(trial.console_put_aside(), Vec::<String>::new());
    let chart = trial
        .clinic
        .clinician
        .chart(trial.patient)
        .expect("a chart");
    assert_eq!(chart.check_ins().len(), 1, "what it wrote counts");

    trial.phone.proxy.calm();
    trial.phone.synchronise();
    assert_eq!(trial.phone_put_aside(), Vec::<String>::new());
    trial.phone_writes();
    trial.phone.synchronise();
    assert_eq!(trial.newest_epoch(), Some(2));

    // Every box there ever was, again and again.
    trial.lies(care, || {
        Box::new(|asked, answer| {
            answer.boxes_seen = asked.boxes_seen.max(answer.boxes_seen);
        })
    });
    trial.alters(|database| {
        // The oldest boxes come last, as if they were the newest.
        database
            .execute(
                "UPDATE key_boxes SET place = place + 1000 WHERE epoch = 1 AND mailbox = (
                     SELECT no FROM mailboxes WHERE mailbox = ?1)",
                [care.0],
            )
            .expect("moved");
        database
            .execute(
                "UPDATE mailboxes SET boxes = boxes + 1000 WHERE mailbox = ?1",
                [care.0],
            )
            .expect("counted");
    });
    trial.neither_notices();
    trial.phone_writes();
    trial.phone_looks();
    assert_eq!(trial.newest_epoch(), Some(2));
    trial.clinician_writes();
    assert_eq!(trial.console_looks(), Vec::<String>::new());
    assert_eq!(trial.newest_epoch(), Some(2));
}
