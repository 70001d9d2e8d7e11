//! A connection that breaks at every byte of a request and of an answer, for a phone and for a console.
//!
//! With `HANDRAIL_STORMS` set: at each byte. Otherwise at each of the first and last, and at each seventh.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use handrail_care::homework::Assigned;
use handrail_care::id::Id;
use handrail_clinician::Act;
use handrail_companion::view::SyncOutcome;
use handrail_story::agree::complaints;
use handrail_story::clinic::TestClinic;
use handrail_story::phone::Phone;
use handrail_story::proxy::{Fault, Proxy};
use handrail_story::{Server, folder, now};
use handrail_wire::path;

use crate::told::gad7;

/// Bytes at either end of a message that are tried one by one.
const ENDS: usize = 24;

/// The places at which a message of an unknown length breaks.
fn places() -> impl Iterator<Item = usize> {
    let every = std::env::var_os("HANDRAIL_STORMS").is_some();
    (0..20_000).filter(move |place| every || *place < ENDS || place % 7 == 0)
}

/// Breaks requests after `0, 1, 2, ...` bytes, up to a whole one that nobody answers; how many broke.
fn asking_breaks(proxy: &Proxy, mut tries: impl FnMut()) -> usize {
    let size = Arc::new(AtomicUsize::new(usize::MAX));
    let mut broken = 0;
    for bytes in places() {
        let seen = size.clone();
        proxy.plan(move |request| {
            if request.path != path::SYNC {
                return Fault::Pass;
            }
            seen.store(request.to_bytes().len(), Ordering::SeqCst);
            Fault::CutAsking(bytes)
        });
        tries();
        broken += 1;
        if bytes > size.load(Ordering::SeqCst) {
            break;
        }
    }
    broken
}

/// Breaks answers after `0, 1, 2, ...` bytes until all come through whole; how many broke. `tries` says
/// whether they did.
fn answers_break(proxy: &Proxy, mut tries: impl FnMut() -> bool) -> usize {
    for (broken, bytes) in places().enumerate() {
        proxy.plan(move |request| {
            if request.path == path::SYNC {
                Fault::CutAnswer(bytes)
            } else {
                Fault::Pass
            }
        });
        if tries() {
            return broken;
        }
    }
    panic!("no message of this test is so long");
}

fn homework(patient: Id) -> Act {
    Act::AssignHomework {
        patient,
        homework: Assigned {
            title: "Walk".to_owned(),
            due: handrail_care::due::date_at(now(), "UTC") + chrono::Days::new(9),
            times: 1,
            ..Assigned::default()
        },
    }
}

/// The answer is whole only when the proxy has sent all of it: then the client has it.
#[test]
fn a_connection_that_breaks_at_any_byte_loses_and_doubles_nothing() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let desk = Proxy::before(server.port());
    let mut clinic = TestClinic::set_up(&server, desk.origin(), "Riverbend IOP");
    let patient = clinic.add_patient("Maren");
    let folder = place.path().join("phone");
    let phone = Phone::enrolled(&mut clinic, patient, &folder, server.port());
    let mut written = phone.core.write_check_ins(&[gad7(1)]).expect("saved");

    // Requests: none arrives but the last, which nobody answers.
    let broken = asking_breaks(&phone.proxy, || {
        assert_eq!(phone.sync().outcome, SyncOutcome::Offline);
        assert_eq!(phone.core.sync_status().expect("open").pending, 1);
    });
    assert!(broken > 100, "{broken}");
    written.extend(phone.core.write_check_ins(&[gad7(2)]).expect("saved"));
    // Answers: done by the first try, and the phone knows it by the last.
    let broken = answers_break(&phone.proxy, || {
        phone.sync().outcome == SyncOutcome::UpToDate
    });
    assert!(broken > ENDS, "{broken}");

    let gives = |clinic: &mut TestClinic| {
        let act = homework(patient);
        let done = clinic.clinician.act(act, clinic.driver.origin(), now());
        done.expect("an act needs no network");
    };
    let gets_through = |clinic: &mut TestClinic| {
        let ended = clinic.driver.pump(&mut clinic.clinician, now());
        ended.is_ok()
    };
    gives(&mut clinic);
    let broken = asking_breaks(&desk, || assert!(!gets_through(&mut clinic), "no answer"));
    assert!(broken > 100, "{broken}");
    gives(&mut clinic);
    let broken = answers_break(&desk, || gets_through(&mut clinic));
    assert!(broken > ENDS, "{broken}");

    desk.calm();
    phone.proxy.calm();
    phone.synchronise();
    clinic.refresh();
    phone.synchronise();
    let chart = clinic.clinician.chart(patient).expect("a chart");
    assert_eq!(chart.homework().len(), 2);
    let wrong = complaints(server.data(), &clinic, patient, &[&phone], &written);
    assert_eq!(wrong, Vec::<String>::new());
}
