//! The clinic's side against a real server: set-up, colleagues, patients, restart.

use handrail_care::id::Id;
use handrail_care::library::Role;
use handrail_clinician::{Act, ActError, Joining};
use handrail_desk::driver::Driver;
use handrail_story::clinic::{PASSPHRASE, TestClinic, ZONE};
use handrail_story::{Server, folder, now};

#[test]
fn a_colleague_reads_what_the_administrator_wrote_until_removed() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let maren = clinic.add_patient("Maren");
    assert_eq!(clinic.clinician.status().pending, 0);

    let passphrase = "another long passphrase";
    let joining = Joining::new(
        "Imke",
        "Therapist",
        "imke",
        passphrase,
        clinic.clinician.root(),
    )
    .expect("keys");
    let secret = clinic
        .driver
        .admit(&mut clinic.clinician, &joining, Role::Clinician, now())
        .expect("admitted");
    let mut imke_driver = Driver::new(server.origin()).expect("loopback");
    let mut imke = imke_driver
        .log_in("imke", passphrase, &secret, ZONE, now())
        .expect("logged in");
    assert_eq!(imke.status().quarantined, []);
    assert_eq!(imke.me().map(|me| me.name.as_str()), Some("Imke"));
    let names: Vec<_> = imke
        .caseload(now())
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["Maren"]);
    assert!(
        imke.patient(maren, now())
            .is_some_and(|page| !page.sessions.is_empty())
    );
    let staff = clinic.clinician.id();
    let refused = imke.act(Act::RemoveStaff { staff }, "", now());
    assert_eq!(refused, Err(ActError::AdministratorOnly));

    // Removed: the session ends, and the account no longer lets in.
    let staff = Id(joining.party().0);
    clinic.act(Act::RemoveStaff { staff }).expect("removed");
    clinic.add_patient("Tobin");
    imke.refresh();
    let refused = imke_driver
        .pump(&mut imke, now())
        .expect_err("the session has ended");
    assert_eq!(refused.code, "not-authenticated");
    let again = Driver::new(server.origin()).expect("loopback").log_in(
        "imke",
        passphrase,
        &secret,
        ZONE,
        now(),
    );
    assert!(again.is_err());
    assert!(server.stop(), "a clean stop");
}

#[test]
fn logging_in_again_brings_everything_back_after_a_crash() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
    let maren = clinic.add_patient("Maren");
    let before = clinic.clinician.chart(maren).cloned().expect("a chart");
    let server = server.crash_and_restart();

    let mut driver = Driver::new(server.origin()).expect("loopback");
    let again = driver
        .log_in("rowan", PASSPHRASE, &clinic.secret, ZONE, now())
        .expect("logged in");
    assert_eq!(again.chart(maren), Some(&before));
    assert!(again.is_administrator());

    let wrong = Driver::new(server.origin()).expect("loopback").log_in(
        "rowan",
        "not the passphrase",
        &clinic.secret,
        ZONE,
        now(),
    );
    let code = wrong.err().map(|problem| problem.code);
    assert_eq!(code.as_deref(), Some("login-failed"));
}
