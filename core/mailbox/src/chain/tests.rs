use proptest::prelude::*;

use super::fakes::{BOX, Client, Server, bytes, id, offer};
use super::*;

/// The honest answer to a client that has 1..=4 of a log 1..=9.
fn answer() -> (Client, MailboxRequest, MailboxResponse) {
    let mut server = Server::new(1..=4);
    let client = Client::synced(&mut server);
    server.log.extend((5..=9).map(offer));
    let request = client.request(false);
    let response = server.answer(&request);
    (client, request, response)
}

/// The head that a liar would have to state for the entries as they are.
fn fitting_head(client: &Client, response: &MailboxResponse) -> Digest {
    let entries = response.entries.0.iter();
    entries.fold(client.state.head, |head, entry| match &entry.body {
        Body::Sealed(sealed) => next_head(head, entry.id, digest(&sealed.0)),
        Body::Erased(digest) => next_head(head, entry.id, *digest),
        Body::Yours => panic!("nothing was offered"),
    })
}

#[test]
fn an_honest_chain_passes() {
    let (mut client, request, response) = answer();
    let absorbed = client.absorb(&request, &response).expect("honest");
    let Absorbed::Advanced { entries, more } = absorbed else {
        panic!("it went on");
    };
    let seqs: Vec<u64> = entries.iter().map(|new| new.seq).collect();
    assert_eq!((seqs, more), (vec![5, 6, 7, 8, 9], false));
    assert_eq!((client.state.seq, client.state.head), (9, response.head));
}

type Change = fn(&mut MailboxResponse);

/// Each manipulation is noticed; and with the stated head made to fit, the same manipulation is
/// absorbed. So it is the head comparison that notices, not something beside it.
#[test]
fn dropped_swapped_and_forged_entries_are_noticed_by_the_head() {
    let manipulations: [(&str, Change); 5] = [
        ("dropped", |response| {
            response.entries.0.remove(2);
            response.seq -= 1;
        }),
        ("tail dropped", |response| {
            response.entries.0.pop();
            response.seq -= 1;
        }),
        ("swapped", |response| response.entries.0.swap(1, 3)),
        ("forged bytes", |response| {
            response.entries.0[2].body = Body::Sealed(bytes(77).into());
        }),
        ("forged entry", |response| {
            let mut forged = response.entries.0[0].clone();
            forged.id = id(99);
            response.entries.0.push(forged);
            response.seq += 1;
        }),
    ];
    for (name, change) in manipulations {
        let (mut client, request, mut response) = answer();
        change(&mut response);
        assert_eq!(
            client.absorb(&request, &response),
            Err(ChainFault::HeadMismatch),
            "{name}"
        );
        response.head = fitting_head(&client, &response);
        let control = client.absorb(&request, &response);
        assert!(matches!(control, Ok(Absorbed::Advanced { .. })), "{name}");
        // A liar who tells each phone a fitting head is found when two phones meet. (A withheld tail
        // is only staleness: the longer log contains the shorter.)
        let (mut other, request, response) = answer();
        other.absorb(&request, &response).expect("honest");
        let verdict = other
            .state
            .check_seen(&client.state.seen().expect("has one"), &other);
        match name {
            "tail dropped" => assert_eq!(verdict, SeenVerdict::Agrees),
            "forged entry" => assert_eq!(verdict, SeenVerdict::Ahead),
            _ => assert_eq!(verdict, SeenVerdict::Fork, "{name}"),
        }
    }
}

#[test]
fn a_repeated_entry_is_noticed_even_under_a_fitting_head() {
    let repeats: [Change; 2] = [
        |response| {
            let again = response.entries.0[1].clone();
            response.entries.0[3] = again;
        },
        // An entry that the client has had since the beginning.
        |response| response.entries.0[1].id = id(2),
    ];
    for change in repeats {
        let (mut client, request, mut response) = answer();
        change(&mut response);
        response.head = fitting_head(&client, &response);
        assert_eq!(
            client.absorb(&request, &response),
            Err(ChainFault::Repeated)
        );
    }
}

#[test]
fn places_that_do_not_add_up_are_noticed() {
    let changes: [(Change, ChainFault); 10] = [
        (|response| response.seq = 3, ChainFault::RolledBack),
        (|response| response.seq = 10, ChainFault::Sequence),
        (|response| response.seq = 8, ChainFault::Sequence),
        (|response| response.from = 3, ChainFault::Sequence),
        (
            |response| {
                response.more = true;
                response.seq = 8;
            },
            ChainFault::Sequence,
        ),
        (|response| response.seq = u64::MAX, ChainFault::Sequence),
        (
            |response| response.common = Some(4),
            ChainFault::HeadMismatch,
        ),
        (
            |response| response.mailbox = MailboxId([0; 16]),
            ChainFault::WrongMailbox,
        ),
        (
            |response| response.generation = GenerationId([2; 16]),
            ChainFault::Generation,
        ),
        (
            |response| response.problem = Some("seq-beyond-log".into()),
            ChainFault::RolledBack,
        ),
    ];
    for (at, (change, fault)) in changes.into_iter().enumerate() {
        let (mut client, request, mut response) = answer();
        change(&mut response);
        assert_eq!(client.absorb(&request, &response), Err(fault), "case {at}");
    }
    let (mut client, request, mut response) = answer();
    response.problem = Some("mailbox-unknown".into());
    assert_eq!(
        client.absorb(&request, &response),
        Ok(Absorbed::Refused("mailbox-unknown".into()))
    );
}

/// A server that once gave a cursor too far ahead was not believed any more, also when it was honest again.
#[test]
fn a_cursor_for_key_boxes_that_goes_back_is_followed() {
    let (mut client, request, response) = answer();
    client.state.boxes_seen = 5;
    let absorbed = client.absorb(&request, &response);
    assert!(matches!(absorbed, Ok(Absorbed::Advanced { .. })));
    assert_eq!(client.state.boxes_seen, response.boxes_seen);
}

/// `more` may be for key boxes alone; the head is compared all the same.
#[test]
fn more_key_boxes_hide_no_manipulation() {
    let (client, request, mut response) = answer();
    response.more = true;
    assert!(client.clone().absorb(&request, &response).is_ok());
    response.entries.0.swap(0, 1);
    assert_eq!(
        client.clone().absorb(&request, &response),
        Err(ChainFault::HeadMismatch)
    );
}

#[test]
fn a_log_rolled_back_under_its_generation_is_noticed() {
    let mut server = Server::new(1..=9);
    let mut client = Client::synced(&mut server);
    // Cut, and cut then grown again by others: an honest answer of a tampered store.
    for grown in [vec![], vec![20, 21, 22, 23, 24, 25]] {
        let mut rolled = server.clone();
        rolled.log.truncate(5);
        rolled.log.extend(grown.into_iter().map(offer));
        let request = client.request(false);
        let response = rolled.answer(&request);
        assert_eq!(
            client.absorb(&request, &response),
            Err(ChainFault::HeadMismatch)
        );
    }
    // A server that hides the disagreement.
    let request = client.request(false);
    let mut response = server.answer(&request);
    response.seq = 5;
    assert_eq!(
        client.absorb(&request, &response),
        Err(ChainFault::RolledBack)
    );
}

#[test]
fn a_restored_backup_loses_nothing() {
    for (before, backup, others) in [
        (9, 9, 2),
        (9, 5, 0),
        (9, 5, 3),
        (40, 0, 2),
        (1, 1, 0),
        (30, 29, 60),
    ] {
        let mut server = Server::new(1..=before);
        server.page = 7;
        let mut client = Client::synced(&mut server);
        client.write(200);
        server.log.truncate(backup);
        server.log.extend((100..100 + others).map(offer));
        server.generation = GenerationId([2; 16]);
        let common = client.sync(&mut server).expect("a restart is told");
        assert!(common <= backup as u64);
        // Everything is back at the server, once, and the client has it all.
        let mut ids: Vec<u8> = server.log.iter().map(|entry| entry.id.0[0]).collect();
        ids.sort_unstable();
        let mut expected: Vec<u8> = (1..=before).chain(100..100 + others).collect();
        expected.push(200);
        assert_eq!(ids, expected);
        assert_eq!(client.state.seq, server.tip());
        assert_eq!(
            client.state.head,
            server.head_at(server.tip()).expect("tip")
        );
        assert!(client.entries.values().all(|(seq, _)| seq.is_some()));
    }
}

#[test]
fn a_restart_must_part_where_we_were() {
    let mut server = Server::new(1..=9);
    let mut client = Client::synced(&mut server);
    server.generation = GenerationId([2; 16]);
    server.log.truncate(5);
    client.state.boxes_seen = 5;
    client.write(50);
    let request = client.request(true);
    let good = server.answer(&request);
    let changes: [(Change, ChainFault); 4] = [
        // Nothing can have been stored in a log that we do not agree on.
        (
            |response| response.verdicts.0[0].outcome = Outcome::Stored(6),
            ChainFault::Verdicts,
        ),
        (|response| response.common = Some(3), ChainFault::Generation),
        (|response| response.common = Some(9), ChainFault::Sequence),
        (|response| response.common = None, ChainFault::Generation),
    ];
    for (change, fault) in changes {
        let mut response = good.clone();
        change(&mut response);
        let absorbed = client.clone().absorb(&request, &response);
        assert_eq!(absorbed, Err(fault));
    }
    assert_eq!(
        client.absorb(&request, &good),
        Ok(Absorbed::Restarted { common: 5 })
    );
    assert_eq!((client.state.seq, client.state.boxes_seen), (5, 0));
}

#[test]
fn verdicts_must_fit_offers_and_log() {
    let mut server = Server::new(1..=4);
    let mut client = Client::synced(&mut server);
    client.write(50);
    client.write(51);
    let request = client.request(false);
    let good = server.answer(&request);
    let verdicts = [Outcome::Stored(5), Outcome::Stored(6)];
    let told: Vec<Outcome> = good.verdicts.0.iter().map(|one| one.outcome).collect();
    assert_eq!(told, verdicts);
    let changes: [(Change, ChainFault); 9] = [
        (
            |response| response.verdicts.0.truncate(1),
            ChainFault::Verdicts,
        ),
        (
            |response| response.verdicts.0.swap(0, 1),
            ChainFault::Verdicts,
        ),
        (
            |response| response.verdicts.0[0].outcome = Outcome::Stored(6),
            ChainFault::Verdicts,
        ),
        (
            |response| response.verdicts.0[0].outcome = Outcome::Stored(0),
            ChainFault::Verdicts,
        ),
        (
            |response| response.verdicts.0[0].outcome = Outcome::Stored(3),
            ChainFault::Verdicts,
        ),
        (
            |response| response.verdicts.0[0].outcome = Outcome::Stored(7),
            ChainFault::Verdicts,
        ),
        (
            |response| response.verdicts.0[0].outcome = Outcome::Conflict,
            ChainFault::Verdicts,
        ),
        (
            |response| response.verdicts.0[0].outcome = Outcome::NotYet,
            ChainFault::Verdicts,
        ),
        // Said to be stored, but other bytes lie in its place.
        (
            |response| response.entries.0[0].body = Body::Sealed(bytes(9).into()),
            ChainFault::Altered,
        ),
    ];
    for (at, (change, fault)) in changes.into_iter().enumerate() {
        let mut response = good.clone();
        change(&mut response);
        let absorbed = client.clone().absorb(&request, &response);
        assert_eq!(absorbed, Err(fault), "case {at}");
    }
    let not_offered = |response: &mut MailboxResponse| response.entries.0[0].id = id(60);
    let mut response = good.clone();
    not_offered(&mut response);
    assert_eq!(
        client.clone().absorb(&request, &response),
        Err(ChainFault::Verdicts)
    );
    assert!(client.absorb(&request, &good).is_ok());
    assert!(client.request(false).entries.0.is_empty());
}

#[test]
fn another_writers_entry_under_our_id_is_told_and_does_not_block() {
    let mut server = Server::new(1..=2);
    let mut client = Client::synced(&mut server);
    client.write(50);
    server.log.push(Offer {
        id: id(50),
        sealed: bytes(9).into(),
    });
    let request = client.request(false);
    let response = server.answer(&request);
    let Ok(Absorbed::Advanced { entries, .. }) =
        client.state.absorb(&request, &response, &client.clone())
    else {
        panic!("not blocked");
    };
    assert!(entries[0].clash);
    assert_eq!(response.verdicts.0[0].outcome, Outcome::Conflict);
}

#[test]
fn an_erased_entry_keeps_the_chain() {
    let (mut client, request, mut response) = answer();
    let Body::Sealed(sealed) = &response.entries.0[2].body else {
        panic!("sealed");
    };
    response.entries.0[2].body = Body::Erased(digest(&sealed.0));
    let Ok(Absorbed::Advanced { entries, .. }) =
        client.state.absorb(&request, &response, &client.clone())
    else {
        panic!("the chain is whole");
    };
    assert_eq!((entries[2].id, entries[2].body), (id(7), Arrival::Erased));
    response.entries.0[2].body = Body::Erased(Digest([0; 32]));
    let absorbed = client.absorb(&request, &response);
    assert!(absorbed.is_err());
}

#[test]
fn a_fork_between_two_phones_is_noticed() {
    let mut server = Server::new(1..=6);
    let honest = Client::synced(&mut server);
    let mut forked = Server::new([1, 2, 3, 44, 5, 6]);
    let other = Client::synced(&mut forked);
    let seen = |client: &Client| client.state.seen().expect("synced");
    assert_eq!(
        honest.state.check_seen(&seen(&other), &honest),
        SeenVerdict::Fork
    );
    assert_eq!(
        other.state.check_seen(&seen(&honest), &other),
        SeenVerdict::Fork
    );
    // The control: two phones of one log, at different places, agree.
    server.log.extend([7, 8].map(offer));
    let further = Client::synced(&mut server);
    assert_eq!(
        further.state.check_seen(&seen(&honest), &further),
        SeenVerdict::Agrees
    );
    assert_eq!(
        honest.state.check_seen(&seen(&further), &honest),
        SeenVerdict::Ahead
    );
    let mut restored = seen(&other);
    restored.generation = GenerationId([9; 16]);
    assert_eq!(
        honest.state.check_seen(&restored, &honest),
        SeenVerdict::OtherGeneration
    );
    assert!(Client::new().state.seen().is_none());
}

/// The tip, low places and zero are always there, and the list is bounded.
#[test]
fn probes_reach_from_the_tip_to_the_beginning() {
    struct All;
    impl Own for All {
        fn head_at(&self, _: u64) -> Option<Digest> {
            Some(Digest([0; 32]))
        }
        fn entry(&self, _: EntryId) -> Option<OwnEntry> {
            None
        }
    }
    for seq in [0, 1, 2, 5, 8, 9, 1000, 1 << 40, u64::MAX] {
        let mut state = LogState::new(BOX);
        state.seq = seq;
        let places: Vec<u64> = state.probes(&All).iter().map(|probe| probe.seq).collect();
        assert_eq!(places.first(), Some(&seq));
        assert_eq!(places.last(), Some(&0));
        assert!(places.len() <= limits::PROBES);
        assert!(places.is_sorted_by(|a, b| a > b), "{places:?}");
    }
    let mut state = LogState::new(BOX);
    state.seq = 20;
    let places: Vec<u64> = state.probes(&All).iter().map(|probe| probe.seq).collect();
    assert_eq!(places, [20, 19, 18, 16, 12, 8, 4, 2, 1, 0]);
}

proptest! {
    /// Two phones write and sync against one server in any order and page size; both end with one log.
    #[test]
    fn honest_histories_always_pass(
        steps in proptest::collection::vec((any::<bool>(), 0..5_u8), 1..30), page in 1..9_usize,
    ) {
        let mut server = Server::new([]);
        server.page = page;
        let mut phones = [Client::new(), Client::new()];
        let mut number = 0;
        for (which, writes) in steps {
            let phone = &mut phones[usize::from(which)];
            for _ in 0..writes {
                number += 1;
                phone.write(number);
            }
            prop_assert_eq!(phone.sync(&mut server), None);
        }
        for phone in &mut phones {
            phone.sync(&mut server);
            prop_assert_eq!(phone.state.seq, u64::from(number));
        }
        prop_assert_eq!(phones[0].state.head, phones[1].state.head);
    }

    /// Any single change of id, bytes or order in an answer is noticed.
    #[test]
    fn any_change_of_an_answer_is_noticed(at in 0..5_usize, with in 0..5_usize, byte in 0..40_usize, bit in 0..8_u8) {
        let (mut client, request, good) = answer();
        let mut flipped = good.clone();
        if let Body::Sealed(sealed) = &mut flipped.entries.0[at].body {
            sealed.0[byte] ^= 1 << bit;
        }
        prop_assert_eq!(client.absorb(&request, &flipped), Err(ChainFault::HeadMismatch));
        let mut named = good.clone();
        named.entries.0[at].id.0[byte % 16] ^= 1 << bit;
        prop_assert!(client.absorb(&request, &named).is_err());
        if at != with {
            let mut swapped = good.clone();
            swapped.entries.0.swap(at, with);
            prop_assert_eq!(client.absorb(&request, &swapped), Err(ChainFault::HeadMismatch));
        }
        prop_assert!(client.absorb(&request, &good).is_ok());
    }
}
