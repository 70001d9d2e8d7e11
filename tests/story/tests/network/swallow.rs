//! The control of the storms: somebody in between says "stored" and passes nothing on. The same check that
//! is content after each storm notices it, and both the phone and whoever reads the log is told.

use handrail_mailbox::chain::{digest, next_head};
use handrail_story::agree::complaints;
use handrail_story::clinic::TestClinic;
use handrail_story::phone::Phone;
use handrail_story::proxy::{Answer, Fault};
use handrail_story::{Server, folder, now};
use handrail_wire::path;
use handrail_wire::sync::{
    Body, Logged, MailboxRequest, MailboxResponse, Outcome, SyncRequest, SyncResponse, VERSION,
    Verdict,
};

use crate::told::gad7;

/// What an honest server would say, by one that keeps nothing.
fn swallowed(asked: &MailboxRequest) -> MailboxResponse {
    let mut head = asked.head;
    let (mut entries, mut verdicts) = (Vec::new(), Vec::new());
    for (seq, offer) in (asked.seq + 1..).zip(&asked.entries.0) {
        head = next_head(head, offer.id, digest(&offer.sealed.0));
        entries.push(Logged {
            id: offer.id,
            at: now(),
            body: Body::Yours,
        });
        verdicts.push(Verdict {
            id: offer.id,
            outcome: Outcome::Stored(seq),
        });
    }
    MailboxResponse {
        mailbox: asked.mailbox,
        problem: None,
        generation: asked.generation.expect("synchronised before"),
        seq: asked.seq + entries.len() as u64,
        head,
        common: None,
        from: asked.seq,
        entries: entries.into(),
        more: false,
        verdicts: verdicts.into(),
        boxes: Vec::new().into(),
        boxes_seen: asked.boxes_seen,
        appended: None,
    }
}

#[test]
fn a_network_that_says_stored_and_keeps_nothing_is_noticed() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let folder = place.path().join("phone");
    let phone = Phone::enrolled(&mut clinic, patient, &folder, server.port());
    let mut written = phone.core.write_check_ins(&[gad7(1)]).expect("saved");
    phone.synchronise();
    clinic.refresh();
    let check = |clinic: &TestClinic, written: &[String]| {
        complaints(server.data(), clinic, patient, &[&phone], written)
    };
    assert_eq!(check(&clinic, &written), Vec::<String>::new());

    written.extend(phone.core.write_check_ins(&[gad7(2)]).expect("saved"));
    phone.proxy.plan(|request| {
        if request.path != path::SYNC {
            return Fault::Pass;
        }
        let asked: SyncRequest = handrail_wire::decode(&request.body).expect("a phone's");
        let answer = SyncResponse {
            version: VERSION,
            now: now(),
            mailboxes: asked
                .mailboxes
                .0
                .iter()
                .map(swallowed)
                .collect::<Vec<_>>()
                .into(),
        };
        let body = handrail_wire::encode(&answer);
        Fault::Instead(Answer::new(200, &[("content-type", path::CBOR)], body))
    });
    phone.synchronise();
    let pending = phone.core.sync_status().expect("open").pending;
    assert_eq!(pending, 0, "the phone was told that it is stored");
    clinic.refresh();
    let wrong = check(&clinic, &written);
    assert!(
        wrong.iter().any(|one| one.contains("is there None times")),
        "{wrong:?}"
    );

    // Over an honest network again the phone sees that the log is shorter than what it was shown.
    phone.proxy.calm();
    phone.sync();
    let faults = phone.core.sync_status().expect("open").faults;
    let codes: Vec<_> = faults.into_iter().map(|fault| fault.code).collect();
    assert_eq!(codes, ["chain-rolled-back"]);
    // And nothing is lost on the phone.
    assert_eq!(phone.core.check_ins(9).expect("open").len(), 2);
}
