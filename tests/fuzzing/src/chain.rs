//! What a server answers to a client that recomputes the chain: nothing is dropped, swapped or added
//! unseen.
//!
//! Input: entries the client has, entries it offers, entries others wrote, entries lost in a restore (one
//! byte each), one byte that picks (even: patches over the honest answer; odd: any answer as CBOR).

use handrail_mailbox::chain::{Own, OwnEntry, digest, first_head, next_head};
use handrail_mailbox::{Absorbed, Arrival, ChainFault, LogState};
use handrail_wire::id::{Digest, EntryId, GenerationId};
use handrail_wire::sync::{Body, Logged, MailboxRequest, MailboxResponse, Offer, Outcome, Verdict};
use handrail_wire::{decode, encode};

use crate::input::{Input, patched};
use crate::outside::sha256;
use crate::world::CARE;

fn offer(number: u8) -> Offer {
    Offer {
        id: EntryId([number; 16]),
        sealed: vec![number; 20].into(),
    }
}

/// The client: entries 1 to `have` of the log, and an outbox.
struct Client {
    log: Vec<Offer>,
    outbox: Vec<Offer>,
}

impl Own for Client {
    fn head_at(&self, seq: u64) -> Option<Digest> {
        let seq = usize::try_from(seq).ok()?;
        let entries = self.log.get(..seq)?.iter();
        Some(entries.fold(first_head(CARE), |head, entry| {
            next_head(head, entry.id, digest(&entry.sealed.0))
        }))
    }

    fn entry(&self, id: EntryId) -> Option<OwnEntry> {
        let logged = self.log.iter().zip(1..);
        let logged = logged.map(|(entry, seq)| (entry, Some(seq)));
        let waiting = self.outbox.iter().map(|entry| (entry, None));
        let mut all = logged.chain(waiting);
        let (entry, seq) = all.find(|(entry, _)| entry.id == id)?;
        Some(OwnEntry {
            seq,
            digest: digest(&entry.sealed.0),
        })
    }
}

/// See the module.
pub fn chain(input: &[u8]) {
    let mut input = Input::new(input);
    let have = input.byte() % 8;
    let offered = input.byte() % 5;
    let others = input.byte() % 5;
    let lost = (input.byte() % 8).min(have);
    let client = Client {
        log: (1..=have).map(offer).collect(),
        outbox: (0..offered).map(|number| offer(100 + number)).collect(),
    };
    let mut state = LogState::new(CARE);
    state.generation = (have > 0).then_some(GenerationId([1; 16]));
    state.seq = u64::from(have);
    state.head = client.head_at(state.seq).expect("its own log");

    let probes = state.probes(&client);
    let request = state.request(client.outbox.clone(), Vec::new(), probes);
    let (honest, restored) = answer(&request, &client, others, lost);
    let patch = input.byte().is_multiple_of(2);
    let bytes = if patch {
        patched(&encode(&honest), input)
    } else {
        input.rest().to_vec()
    };
    let Ok(response) = decode::<MailboxResponse>(&bytes) else {
        return;
    };

    let before = state;
    let absorbed = state.absorb(&request, &response, &client);
    if response == honest {
        match &absorbed {
            Ok(Absorbed::Restarted { common }) => {
                assert!(restored && Some(*common) == honest.common);
            }
            Ok(Absorbed::Advanced { entries, .. }) => {
                assert!(!restored && entries.len() == usize::from(others + offered));
            }
            other => panic!("an honest server is not believed: {other:?}"),
        }
    }
    believed(&before, &state, &response, absorbed, &client);
}

/// An honest server: the client's log without the last `lost` entries, what others wrote, then the offers.
fn answer(
    request: &MailboxRequest,
    client: &Client,
    others: u8,
    lost: u8,
) -> (MailboxResponse, bool) {
    let restored = lost > 0;
    let kept = client.log.len() - usize::from(lost);
    let mut log = client.log[..kept].to_vec();
    log.extend((0..others).map(|number| offer(200 + number)));
    if !restored {
        log.extend(client.outbox.iter().cloned());
    }
    // The highest place that both have and that the client told its head of.
    let told = request.probes.0.iter().map(|probe| probe.seq);
    let common = told.filter(|seq| *seq <= kept as u64).max().unwrap_or(0);
    let head = log.iter().fold(first_head(CARE), |head, entry| {
        next_head(head, entry.id, digest(&entry.sealed.0))
    });
    let place = |id| (1..).zip(&log).find(|(_, entry)| entry.id == id);
    let verdicts: Vec<_> = client
        .outbox
        .iter()
        .map(|entry| Verdict {
            id: entry.id,
            outcome: place(entry.id).map_or(Outcome::NotYet, |(seq, _)| Outcome::Stored(seq)),
        })
        .collect();
    let new = log.iter().skip(if restored { log.len() } else { kept });
    let entries: Vec<_> = new
        .map(|entry| Logged {
            id: entry.id,
            at: 5,
            body: if client.outbox.contains(entry) {
                Body::Yours
            } else {
                Body::Sealed(entry.sealed.0.clone().into())
            },
        })
        .collect();
    let response = MailboxResponse {
        mailbox: CARE,
        problem: None,
        generation: GenerationId([if restored { 2 } else { 1 }; 16]),
        seq: log.len() as u64,
        head,
        common: restored.then_some(common),
        from: request.seq,
        entries: entries.into(),
        more: false,
        verdicts: verdicts.into(),
        boxes: Vec::new().into(),
        boxes_seen: 0,
        appended: None,
    };
    (response, restored)
}

/// Whatever is believed follows from what the client has and from the bytes that came.
fn believed(
    before: &LogState,
    after: &LogState,
    response: &MailboxResponse,
    absorbed: Result<Absorbed, ChainFault>,
    client: &Client,
) {
    match absorbed {
        Err(_) | Ok(Absorbed::ProbesWanted | Absorbed::Refused(_)) => {
            assert_eq!(before, after, "a fault changed the state");
        }
        Ok(Absorbed::Restarted { common }) => {
            assert!(common <= before.seq);
            assert_eq!(after.seq, common);
            assert_eq!(Some(after.head), client.head_at(common));
            assert_ne!(before.generation, after.generation);
        }
        Ok(Absorbed::Advanced { entries, more }) => {
            assert_eq!(entries.len(), response.entries.0.len());
            let mut head = before.head;
            for ((entry, logged), seq) in entries
                .iter()
                .zip(&response.entries.0)
                .zip(before.seq + 1..)
            {
                let bytes = match &logged.body {
                    Body::Sealed(sealed) => sha256(&[&sealed.0]),
                    Body::Erased(digest) => digest.0,
                    Body::Yours => {
                        assert_eq!(entry.body, Arrival::Yours);
                        client.entry(logged.id).expect("offered").digest.0
                    }
                };
                head = Digest(sha256(&[&head.0, &logged.id.0, &bytes]));
                assert_eq!((entry.seq, entry.id, entry.head), (seq, logged.id, head));
                let known = client.entry(logged.id).and_then(|known| known.seq);
                assert_eq!(known, None, "an entry of the log came twice");
            }
            assert_eq!(after.head, head);
            assert_eq!(after.seq, before.seq + entries.len() as u64);
            assert!(more || (after.seq == response.seq && after.head == response.head));
            if before.generation.is_some() {
                assert_eq!(after.generation, before.generation);
            }
        }
    }
}
