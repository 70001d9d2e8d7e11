//! Phones without a phone: enrolled at a real server, they speak the protocol over a bare connection.
//!
//! What a server does for many at once is not to be hidden behind what so many phones do for themselves.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use handrail_mailbox::identity::DeviceIdentity;
use handrail_mailbox::invite::{AccessToken, open_bundle, parse_link, redeem_request};
use handrail_wire::id::{Digest, EntryId, GenerationId, MailboxId};
use handrail_wire::invite::RedeemResponse;
use handrail_wire::path;
use handrail_wire::sync::{MailboxRequest, Offer, SyncRequest, SyncResponse, VERSION};

use crate::line::Line;

/// Bytes of a sealed entry of a PHQ-9.
const SEALED: usize = 256 + 33;

/// One enrolled phone.
pub struct Client {
    line: Line,
    fields: String,
    mailbox: MailboxId,
    generation: Option<GenerationId>,
    seq: u64,
    head: Digest,
}

fn post(line: &mut Line, path: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    line.ask(&format!("POST {path} HTTP/1.1"), fields, body)
}

impl Client {
    /// Redeems an invite.
    pub fn enrol(server: SocketAddr, invite: &str, code: &str) -> Self {
        let mut line = Line::to(server);
        let host = format!("host: {server}\r\ncontent-type: {}\r\n", path::CBOR);
        let invite = parse_link(invite).expect("the clinic's link");
        let token = AccessToken::make();
        let request = redeem_request(&invite, code, &DeviceIdentity::make(), &token);
        let request = handrail_wire::encode(&request.expect("six digits"));
        let answer = post(&mut line, path::REDEEM, &host, &request);
        let answer: RedeemResponse = handrail_wire::decode(&answer).expect("redeemed");
        let bundle = open_bundle(&invite, code, &answer.bundle.0).expect("our bundle");
        let mut mailboxes = bundle.mailboxes.iter();
        let care = mailboxes.find(|mailbox| mailbox.class == "care");
        let mailbox = care.expect("a patient has one").keys.mailbox();
        let fields = format!(
            "{host}authorization: Bearer {}\r\n",
            token.bearer().as_str()
        );
        post(&mut line, path::REDEEM_CONFIRM, &fields, &[]);
        let mut client = Self {
            line,
            fields,
            mailbox,
            generation: None,
            seq: 0,
            head: Digest([0; 32]),
        };
        // Where its mailbox stands.
        client.exchange(Vec::new());
        client
    }

    fn exchange(&mut self, offers: Vec<Offer>) {
        let count = offers.len() as u64;
        let request = SyncRequest {
            version: VERSION,
            mailboxes: vec![MailboxRequest {
                mailbox: self.mailbox,
                generation: self.generation,
                seq: self.seq,
                head: self.head,
                probes: Vec::new().into(),
                entries: offers.into(),
                boxes_seen: 1 << 20,
                boxes: Vec::new().into(),
            }]
            .into(),
        };
        let body = handrail_wire::encode(&request);
        let answer = post(&mut self.line, path::SYNC, &self.fields, &body);
        let answer: SyncResponse = handrail_wire::decode(&answer).expect("an answer");
        let answer = &answer.mailboxes.0[0];
        assert_eq!(answer.problem, None);
        assert!(count == 0 || (answer.appended.is_some() && answer.seq == self.seq + count));
        self.generation = Some(answer.generation);
        self.seq = answer.seq;
        self.head = answer.head;
    }
}

fn check_in() -> Vec<Offer> {
    let offer = || {
        let mut id = [0; 16];
        getrandom::fill(&mut id).expect("random numbers");
        Offer {
            id: EntryId(id),
            sealed: vec![1; SEALED].into(),
        }
    };
    vec![offer(), offer()]
}

/// Each client sends `each` check-ins one by one, all clients at once.
pub fn push_by_many(clients: &mut [Client], each: usize) -> Duration {
    let ready = Barrier::new(clients.len() + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|client| {
                let check_ins: Vec<_> = (0..each).map(|_| check_in()).collect();
                let ready = &ready;
                scope.spawn(move || {
                    ready.wait();
                    for check_in in check_ins {
                        client.exchange(check_in);
                    }
                })
            })
            .collect();
        ready.wait();
        let begun = Instant::now();
        for thread in threads {
            thread.join().expect("no client panics");
        }
        begun.elapsed()
    })
}
