//! Synchronisation: verdicts, the chain, generations, bounds.

use std::sync::Arc;

use handrail_wire::account::Grant;
use handrail_wire::id::{Digest, EntryId, GenerationId, MailboxId, PartyId, Signature};
use handrail_wire::limits;
use handrail_wire::path;
use handrail_wire::problem::Code;
use handrail_wire::sync::{
    Body, KeyBox, MailboxRequest, MailboxResponse, Outcome, Probe, SyncRequest, SyncResponse,
};

use crate::harness::*;

fn outcomes(answer: &MailboxResponse) -> Vec<Outcome> {
    answer.verdicts.0.iter().map(|v| v.outcome).collect()
}

fn only(response: SyncResponse) -> MailboxResponse {
    assert_eq!(response.mailboxes.0.len(), 1);
    response.mailboxes.0.into_iter().next().expect("one")
}

fn push(mailbox: MailboxId, offers: Vec<handrail_wire::sync::Offer>) -> MailboxRequest {
    MailboxRequest {
        entries: offers.into(),
        ..nothing(mailbox)
    }
}

#[test]
fn entries_are_stored_once_in_order_and_the_chain_can_be_followed() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let phone = clinic.phone(mailbox);
    let first = offers(3);
    let answer = only(clinic.sync(&phone, vec![push(mailbox, first.clone())]));
    let stored = [Outcome::Stored(1), Outcome::Stored(2), Outcome::Stored(3)];
    assert_eq!(outcomes(&answer), stored);
    assert_eq!(answer.problem, None);
    assert_eq!((answer.seq, answer.from, answer.more), (3, 0, false));
    assert!(
        answer
            .entries
            .0
            .iter()
            .all(|logged| logged.body == Body::Yours)
    );

    // The same batch again, with one more: nothing twice.
    let mut again = first.clone();
    again.push(offer(10));
    let answer = only(clinic.sync(&phone, vec![push(mailbox, again.clone())]));
    let stored: Vec<Outcome> = (1..=4).map(Outcome::Stored).collect();
    assert_eq!(outcomes(&answer), stored);
    assert_eq!(answer.seq, 4);

    // Another client reads the bytes and arrives at the same head.
    let answer = only(clinic.sync(&clinic.admin, vec![nothing(mailbox)]));
    let mut head = first_head(mailbox);
    for (logged, offered) in answer.entries.0.iter().zip(&again) {
        assert_eq!(logged.id, offered.id);
        assert_eq!(logged.body, Body::Sealed(offered.sealed.clone()));
        head = next_head(head, logged.id, sha256(&offered.sealed.0));
    }
    assert_eq!(answer.entries.0.len(), 4);
    assert_eq!(answer.head, head);

    // Up to date: nothing to say.
    let have = having(mailbox, answer.generation, 4, head);
    let answer = only(clinic.sync(&phone, vec![have]));
    assert!(answer.entries.0.is_empty() && !answer.more && answer.common.is_none());
}

#[test]
fn what_was_offered_comes_back_without_its_bytes_beside_what_is_new() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let phone = clinic.phone(mailbox);
    let theirs = offers(2);
    clinic.sync(&clinic.admin, vec![push(mailbox, theirs.clone())]);
    let mine = offers(2);
    clinic.sync(&phone, vec![push(mailbox, mine.clone())]);
    // The answer was lost; the phone says the same again and has one more.
    let mut again = mine.clone();
    again.push(offer(5));
    let answer = only(clinic.sync(&phone, vec![push(mailbox, again)]));
    let bodies: Vec<Body> = answer
        .entries
        .0
        .into_iter()
        .map(|logged| logged.body)
        .collect();
    let sealed = |n: usize| Body::Sealed(theirs[n].sealed.clone());
    assert_eq!(
        bodies,
        [sealed(0), sealed(1), Body::Yours, Body::Yours, Body::Yours]
    );
}

#[test]
fn the_same_id_with_other_bytes_is_a_conflict_and_changes_nothing() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let phone = clinic.phone(mailbox);
    let mut entry = offer(100);
    clinic.sync(&phone, vec![push(mailbox, vec![entry.clone()])]);
    let before = clinic.server.dump();
    entry.sealed.0[7] ^= 1;
    let answer = only(clinic.sync(&phone, vec![push(mailbox, vec![entry.clone()])]));
    assert_eq!(outcomes(&answer), [Outcome::Conflict]);
    assert_eq!(clinic.server.dump(), before);
    // In another mailbox the id is free.
    let other = clinic.mailbox();
    let answer = only(clinic.sync(&clinic.admin, vec![push(other, vec![entry])]));
    assert_eq!(outcomes(&answer), [Outcome::Stored(1)]);
}

#[test]
fn an_erased_entry_stays_erased_and_the_chain_whole() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let entries = offers(3);
    let tip = only(clinic.sync(&clinic.admin, vec![push(mailbox, entries.clone())]));
    let changed = database(&clinic.server.data)
        .execute(
            "UPDATE entries SET sealed = NULL WHERE id = ?1",
            [entries[1].id.0],
        )
        .expect("a row");
    assert_eq!(changed, 1);
    let answer = only(clinic.sync(&clinic.admin, vec![push(mailbox, vec![entries[1].clone()])]));
    assert_eq!(outcomes(&answer), [Outcome::Erased]);
    assert_eq!(answer.head, tip.head);
    let digest = sha256(&entries[1].sealed.0);
    assert_eq!(answer.entries.0[1].body, Body::Erased(digest));
}

#[test]
fn foreign_unknown_and_read_only_mailboxes() {
    let clinic = Clinic::start();
    let (mine, foreign) = (clinic.mailbox(), clinic.mailbox());
    let unknown = MailboxId(fresh());
    let phone = clinic.phone(mine);
    let reader = clinic.phone_with(mine, false);
    let before = clinic.server.dump();
    let asks = vec![push(foreign, offers(1)), push(unknown, offers(1))];
    let answer = clinic.sync(&phone, asks);
    for one in &answer.mailboxes.0 {
        assert_eq!(one.problem.as_deref(), Some(Code::MailboxUnknown.as_str()));
        assert_eq!(one.generation, GenerationId([0; 16]));
        assert!(one.verdicts.0.is_empty());
    }
    let answer = only(clinic.sync(&reader, vec![push(mine, offers(2))]));
    assert_eq!(outcomes(&answer), [Outcome::ReadOnly, Outcome::ReadOnly]);
    assert_eq!(clinic.server.dump(), before);

    // A mailbox with a problem does not stop its neighbours.
    let asks = vec![push(foreign, offers(1)), push(mine, offers(1))];
    let answer = clinic.sync(&phone, asks);
    assert!(answer.mailboxes.0[0].problem.is_some());
    assert_eq!(outcomes(&answer.mailboxes.0[1]), [Outcome::Stored(1)]);

    // Withdrawn: gone as if it had never been there.
    let withdrawn = Grant {
        withdrawn: true,
        ..grant(phone.subject, mine, true)
    };
    clinic
        .send(&Ask::post(path::GRANTS, &withdrawn).by(&clinic.admin))
        .done();
    let answer = only(clinic.sync(&phone, vec![nothing(mine)]));
    assert_eq!(answer.problem.as_deref(), Some("mailbox-unknown"));
}

#[test]
fn a_sequence_number_beyond_the_log_is_a_problem_of_its_mailbox() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let tip = only(clinic.sync(&clinic.admin, vec![push(mailbox, offers(2))]));
    let before = clinic.server.dump();
    for seq in [3, u64::MAX, 1 << 40, (1 << 40) + 1] {
        let ask = MailboxRequest {
            entries: offers(1).into(),
            ..having(mailbox, tip.generation, seq, tip.head)
        };
        let answer = only(clinic.sync(&clinic.admin, vec![ask]));
        assert_eq!(answer.problem.as_deref(), Some("seq-beyond-log"));
    }
    assert_eq!(clinic.server.dump(), before);
}

#[test]
fn views_that_part_are_told_where() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let entries = offers(4);
    let tip = only(clinic.sync(&clinic.admin, vec![push(mailbox, entries.clone())]));
    let mut heads = vec![first_head(mailbox)];
    for entry in &entries {
        let last = heads[heads.len() - 1];
        heads.push(next_head(last, entry.id, sha256(&entry.sealed.0)));
    }
    let wrong = Digest([7; 32]);
    let probe = |seq: u64, head| Probe { seq, head };
    let right = |seq: u64| probe(seq, heads[usize::try_from(seq).expect("small")]);
    let old = GenerationId([1; 16]);
    // generation, seq, head, probes, common
    let cases = [
        (tip.generation, 4, wrong, vec![], 0),
        (
            tip.generation,
            3,
            wrong,
            vec![probe(3, wrong), right(2), right(1)],
            2,
        ),
        (tip.generation, 0, wrong, vec![], 0),
        (old, 4, heads[4], vec![], 4),
        (old, 9, wrong, vec![probe(9, wrong), right(3), right(1)], 3),
        (old, 9, wrong, vec![right(1), right(3)], 3),
        (old, 9, wrong, vec![probe(u64::MAX, wrong)], 0),
        (old, 0, heads[0], vec![], 0),
    ];
    let before = clinic.server.dump();
    for (generation, seq, head, probes, common) in cases {
        let ask = MailboxRequest {
            probes: probes.into(),
            entries: offers(2).into(),
            ..having(mailbox, generation, seq, head)
        };
        let answer = only(clinic.sync(&clinic.admin, vec![ask]));
        assert_eq!(answer.problem, None);
        assert_eq!(answer.common, Some(common), "generation, seq {seq}");
        assert_eq!(answer.generation, tip.generation);
        assert_eq!((answer.seq, answer.head), (4, tip.head));
        assert!(answer.entries.0.is_empty());
        assert_eq!(outcomes(&answer), [Outcome::NotYet, Outcome::NotYet]);
    }
    assert_eq!(clinic.server.dump(), before);
}

#[test]
fn an_answer_is_bounded_over_all_its_mailboxes() {
    let clinic = Clinic::start();
    let (many, large) = (clinic.mailbox(), clinic.mailbox());
    for _ in 0..2 {
        let more = limits::BATCH_ENTRIES / 2 + 100;
        clinic.sync(&clinic.admin, vec![push(many, offers(more))]);
    }
    for _ in 0..2 {
        let big = (0..12).map(|_| offer(limits::LIBRARY_ENTRY)).collect();
        clinic.sync(&clinic.admin, vec![push(large, big)]);
    }
    let reply = clinic.send(&sync_ask(vec![nothing(many), nothing(large)]).by(&clinic.admin));
    assert!(reply.body.len() <= limits::BODY);
    let answer: SyncResponse = reply.message();
    let taken = |n: usize| answer.mailboxes.0[n].entries.0.len();
    // Of each mailbox a batch, and of all together no more bytes than one.
    assert_eq!(taken(0), limits::BATCH_ENTRIES);
    assert!((1..16).contains(&taken(1)), "{}", taken(1));
    let logged = answer.mailboxes.0.iter().flat_map(|one| &one.entries.0);
    let sealed = logged.map(|logged| match &logged.body {
        Body::Sealed(sealed) => sealed.0.len(),
        Body::Yours | Body::Erased(_) => 0,
    });
    let sealed: usize = sealed.sum();
    assert!(sealed <= limits::BATCH_BYTES, "{sealed}");
    assert!(
        sealed + limits::LIBRARY_ENTRY > limits::BATCH_BYTES,
        "{sealed}"
    );
    assert!(answer.mailboxes.0.iter().all(|one| one.more));

    // Asking on brings everything exactly once.
    for (mailbox, count) in [(many, limits::BATCH_ENTRIES + 200), (large, 24)] {
        let mut ask = nothing(mailbox);
        let mut seen: Vec<EntryId> = Vec::new();
        loop {
            let reply = clinic.send(&sync_ask(vec![ask.clone()]).by(&clinic.admin));
            assert!(reply.body.len() <= limits::BODY);
            let answer = only(reply.message());
            for logged in &answer.entries.0 {
                seen.push(logged.id);
                let Body::Sealed(sealed) = &logged.body else {
                    panic!("not offered here");
                };
                ask.head = next_head(ask.head, logged.id, sha256(&sealed.0));
            }
            ask.generation = Some(answer.generation);
            ask.seq += answer.entries.0.len() as u64;
            if !answer.more {
                assert_eq!(ask.head, answer.head);
                break;
            }
        }
        assert_eq!(seen.len(), count);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}

#[test]
fn a_full_batch_is_answered_whole_though_there_is_news() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    clinic.sync(&clinic.admin, vec![push(mailbox, offers(2))]);
    let offered = offers(limits::BATCH_ENTRIES);
    let answer = only(clinic.sync(&clinic.admin, vec![push(mailbox, offered)]));
    assert!(!answer.more);
    let yours = |answer: &MailboxResponse| {
        let entries = answer.entries.0.iter();
        entries.filter(|logged| logged.body == Body::Yours).count()
    };
    let batch = limits::BATCH_ENTRIES;
    assert_eq!((answer.entries.0.len(), yours(&answer)), (batch + 2, batch));
    // News is still bounded by a batch, and what was offered stands behind it.
    let news = only(clinic.sync(&clinic.admin, vec![push(mailbox, offers(1))]));
    assert!(news.more);
    assert_eq!((news.entries.0.len(), yours(&news)), (batch, 0));
}

/// What was appended whole is said in one word: an answer to a check-in is small.
#[test]
fn a_batch_that_was_appended_whole_is_answered_in_a_word() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let asked = |entries: Vec<handrail_wire::sync::Offer>| {
        let reply = clinic.send(&sync_ask(vec![push(mailbox, entries)]).by(&clinic.admin));
        (reply.body.len(), only(reply.message()))
    };
    let first = offers(100);
    let (bytes, answer) = asked(first.clone());
    assert!(answer.appended.is_some() && answer.seq == 100);
    assert!(answer.verdicts.0.is_empty() && answer.entries.0.is_empty());
    assert!(bytes < 160, "{bytes}");
    // One that was there before, and everything is told again.
    let mixed = [vec![first[0].clone()], offers(1)].concat();
    let (_, answer) = asked(mixed);
    assert_eq!(answer.appended, None);
    assert_eq!(
        outcomes(&answer),
        [Outcome::Stored(1), Outcome::Stored(101)]
    );
    let (_, answer) = asked(first);
    assert_eq!((answer.appended, answer.verdicts.0.len()), (None, 100));
}

#[test]
fn key_boxes_are_added_once_and_handed_out_after_the_cursor() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    let phone = clinic.phone(mailbox);
    let key_box = |epoch| KeyBox {
        epoch,
        recipient: PartyId(fresh()),
        signer: PartyId(fresh()),
        sealed: fresh::<80>().to_vec().into(),
        signature: Signature(fresh()),
    };
    let boxes: Vec<KeyBox> = (1..=3).map(key_box).collect();
    let add = |boxes: Vec<KeyBox>| MailboxRequest {
        boxes: boxes.into(),
        ..nothing(mailbox)
    };
    let answer = only(clinic.sync(&clinic.admin, vec![add(boxes.clone())]));
    assert_eq!(answer.boxes.0, boxes);
    assert_eq!(answer.boxes_seen, 3);
    let before = clinic.server.dump();
    clinic.sync(&clinic.admin, vec![add(boxes.clone())]);
    assert_eq!(clinic.server.dump(), before, "the same boxes again");

    let seen = |cursor| MailboxRequest {
        boxes_seen: cursor,
        ..nothing(mailbox)
    };
    for (cursor, rest) in [(0, &boxes[..]), (2, &boxes[2..]), (3, &[]), (9, &boxes[..])] {
        let answer = only(clinic.sync(&phone, vec![seen(cursor)]));
        assert_eq!(answer.boxes.0, rest, "after {cursor}");
        assert_eq!(answer.boxes_seen, 3);
    }
    // A cursor of another generation counts nothing.
    let reborn = MailboxRequest {
        boxes_seen: 3,
        ..having(mailbox, GenerationId([1; 16]), 0, first_head(mailbox))
    };
    assert_eq!(only(clinic.sync(&phone, vec![reborn])).boxes.0, boxes);

    clinic.server.refuses(
        &sync_ask(vec![add(vec![key_box(4)])]).by(&phone),
        Code::NotAllowed,
    );
}

#[test]
fn more_key_boxes_than_fit_come_in_parts() {
    let clinic = Clinic::start();
    let mailbox = clinic.mailbox();
    for _ in 0..2 {
        let boxes: Vec<KeyBox> = (0..800)
            .map(|epoch| KeyBox {
                epoch,
                recipient: PartyId(fresh()),
                signer: PartyId(fresh()),
                sealed: fresh::<{ limits::BOX }>().to_vec().into(),
                signature: Signature(fresh()),
            })
            .collect();
        let add = MailboxRequest {
            boxes: boxes.into(),
            ..nothing(mailbox)
        };
        clinic.sync(&clinic.admin, vec![add]);
    }
    let mut ask = nothing(mailbox);
    let answer = only(clinic.sync(&clinic.admin, vec![ask.clone()]));
    assert!(answer.more);
    assert_eq!(answer.boxes.0.len(), limits::BOXES);
    ask.boxes_seen = answer.boxes_seen;
    let answer = only(clinic.sync(&clinic.admin, vec![ask]));
    assert!(!answer.more);
    assert_eq!(answer.boxes.0.len(), 1600 - limits::BOXES);
}

#[test]
fn requests_that_contradict_themselves_are_refused_whole() {
    let clinic = Clinic::start();
    let (a, b) = (clinic.mailbox(), clinic.mailbox());
    let by = |ask: Ask| ask.by(&clinic.admin);
    let twice = offer(10);
    let half = limits::BATCH_ENTRIES / 2;
    let too_many = vec![push(a, offers(half)), push(b, offers(half + 1))];
    let too_large = vec![push(a, (0..17).map(|_| offer(250_000)).collect())];
    let no_generation = MailboxRequest {
        seq: 1,
        ..nothing(a)
    };
    let cases = [
        (vec![push(a, offers(1)), nothing(a)], Code::MailboxTwice),
        (
            vec![push(a, vec![twice.clone(), twice.clone()])],
            Code::EntryTwice,
        ),
        (
            vec![push(a, vec![twice.clone()]), push(b, vec![twice])],
            Code::EntryTwice,
        ),
        (too_many, Code::BatchTooLarge),
        (too_large, Code::BatchTooLarge),
        (
            vec![push(a, offers(limits::BATCH_ENTRIES + 1))],
            Code::UnexpectedShape,
        ),
        (
            vec![push(a, vec![offer(limits::LIBRARY_ENTRY + 1)])],
            Code::UnexpectedShape,
        ),
        (vec![no_generation], Code::UnexpectedShape),
    ];
    for (asks, code) in cases {
        clinic.server.refuses(&by(sync_ask(asks)), code);
    }
    let other_version = SyncRequest {
        version: 2,
        mailboxes: vec![push(a, offers(1))].into(),
    };
    let ask = Ask::post(path::SYNC, &other_version);
    clinic.server.refuses(&by(ask), Code::UnknownVersion);
    // A version whose messages look otherwise: [2, "x"].
    let ask = Ask::bytes(path::SYNC, vec![0x82, 0x02, 0x61, b'x']);
    clinic.server.refuses(&by(ask), Code::UnknownVersion);
    // Version 1 must look like version 1.
    let ask = Ask::bytes(path::SYNC, vec![0x82, 0x01, 0x61, b'x']);
    clinic.server.refuses(&by(ask), Code::UnexpectedShape);
}

#[test]
fn pushes_at_once_are_all_stored_exactly_once() {
    let clinic = Arc::new(Clinic::start());
    let shared = clinic.mailbox();
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let clinic = Arc::clone(&clinic);
            let phone = clinic.phone(shared);
            std::thread::spawn(move || {
                let mut mine = Vec::new();
                for _ in 0..10 {
                    let entries = offers(3);
                    let ask = vec![push(shared, entries.clone())];
                    // Each batch is sent twice, as after a lost answer.
                    let once = only(clinic.sync(&phone, ask.clone()));
                    let twice = only(clinic.sync(&phone, ask));
                    assert_eq!(outcomes(&once), outcomes(&twice));
                    for (entry, outcome) in entries.iter().zip(outcomes(&once)) {
                        let Outcome::Stored(seq) = outcome else {
                            panic!("{outcome:?}");
                        };
                        mine.push((seq, entry.id));
                    }
                }
                mine
            })
        })
        .collect();
    let mut stored: Vec<(u64, EntryId)> = writers
        .into_iter()
        .flat_map(|writer| writer.join().expect("no writer fails"))
        .collect();
    stored.sort_unstable();
    let places: Vec<u64> = stored.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(places, (1..=240).collect::<Vec<_>>());
    let log = only(clinic.sync(&clinic.admin, vec![nothing(shared)]));
    let ids: Vec<EntryId> = log.entries.0.iter().map(|logged| logged.id).collect();
    assert_eq!(ids, stored.iter().map(|(_, id)| *id).collect::<Vec<_>>());
}
