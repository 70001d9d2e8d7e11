//! Ten and a hundred times as much: does anything cost more than in proportion?
//!
//! The exponent is the slope of a straight line through the logarithms of amount and time: 1 is in
//! proportion, less is better.

use std::path::Path;
use std::time::{Duration, Instant};

use handrail_clinician::Outgoing;
use handrail_story::clinic::TestClinic;
use handrail_wire::account::NewMailboxes;
use handrail_wire::id::{Digest, EntryId, MailboxId};
use handrail_wire::path;
use handrail_wire::sync::{MailboxRequest, Offer, SyncRequest, SyncResponse, VERSION};

use crate::{ms, road};

const TIMES: [usize; 3] = [1, 10, 100];

/// Prints the table.
pub fn table(clinic: &mut TestClinic, place: &Path) {
    println!();
    println!("| growth | 1x | 10x | 100x | exponent |");
    println!("|---|---|---|---|---|");
    let mut pushes = Vec::new();
    let mut pulls = Vec::new();
    for times in TIMES {
        let sheets = road::sheets(100 * times);
        let patient = clinic.add_patient("Maren");
        let writer = clinic.phone(patient, &place.join(format!("writer-{times}")));
        let reader = clinic.phone(patient, &place.join(format!("reader-{times}")));
        pushes.push(road::push(&writer, &sheets));
        pulls.push(road::pull(&reader, sheets.len()));
    }
    row("push of 100 check-ins, 1,000, 10,000", &pushes);
    row("pull of the same", &pulls);
    let mailboxes = TIMES.map(|times| push_to_each(clinic, 10 * times));
    row("a push to each of 10 mailboxes, 100, 1,000", &mailboxes);
}

fn row(work: &str, times: &[Duration]) {
    let exponent = exponent(times);
    let told: Vec<_> = times
        .iter()
        .map(|time| format!("{:.1} ms", ms(*time)))
        .collect();
    println!("| {work} | {} | {exponent:.2} |", told.join(" | "));
}

/// Least squares through the points (log10 of the amount, log10 of the time).
fn exponent(times: &[Duration]) -> f64 {
    let points: Vec<(f64, f64)> = (TIMES.iter().zip(times))
        .map(|(amount, time)| {
            (
                f64::from(u32::try_from(*amount).expect("small")).log10(),
                ms(*time).log10(),
            )
        })
        .collect();
    let count = f64::from(u32::try_from(points.len()).expect("three"));
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let own: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    both / own
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("random numbers");
    bytes
}

fn send(clinic: &mut TestClinic, path: &'static str, body: Vec<u8>) -> Vec<u8> {
    let outgoing = Outgoing {
        method: "POST",
        path,
        body: Some(body),
    };
    let (status, body) = clinic.driver.send(&outgoing).expect("the server answers");
    assert!((200..300).contains(&status), "{status}");
    body
}

/// New mailboxes, and one durable push to each.
fn push_to_each(clinic: &mut TestClinic, count: usize) -> Duration {
    let mailboxes: Vec<_> = (0..count).map(|_| MailboxId(random())).collect();
    let made = NewMailboxes {
        mailboxes: mailboxes.clone().into(),
    };
    send(clinic, path::MAILBOXES, handrail_wire::encode(&made));
    let begun = Instant::now();
    for mailbox in mailboxes {
        let offer = Offer {
            id: EntryId(random()),
            sealed: vec![1; 289].into(),
        };
        let ask = MailboxRequest {
            mailbox,
            generation: None,
            seq: 0,
            head: Digest([0; 32]),
            probes: Vec::new().into(),
            entries: vec![offer].into(),
            boxes_seen: 0,
            boxes: Vec::new().into(),
        };
        let request = SyncRequest {
            version: VERSION,
            mailboxes: vec![ask].into(),
        };
        let answer = send(clinic, path::SYNC, handrail_wire::encode(&request));
        let answer: SyncResponse = handrail_wire::decode(&answer).expect("an answer");
        assert_eq!(answer.mailboxes.0[0].seq, 1);
    }
    begun.elapsed()
}
