//! Visits on a phone: counted from what staff wrote, told without a threat.

mod support;

use handrail_care::ends::{PauseReason, Paused};
use handrail_care::entry::Body;
use handrail_care::id::Id;
use handrail_care::program::{Attendance, SessionKind};
use handrail_care::visits::{Authorised, Unit, Uses, Visit};
use handrail_companion::view::VisitsView;

use support::PhoneHome;
use support::clinic::{Clinic, date, enrolled};

fn authorised(visits: u32) -> Body {
    Body::Authorised(Authorised {
        id: Id([50; 16]),
        payer: "Lindenhof Health".to_owned(),
        extends: None,
        from: date("2026-01-01"),
        until: date("2026-12-31"),
        visits,
        unit: Unit::Session,
        covers: Vec::new(),
        half_session: Uses::Half,
        late_cancel: Uses::Nothing,
        review: Some(date("2026-12-18")),
        tell_missed: true,
        withdrawn: false,
    })
}

fn visit(day: &str, minutes: Option<u32>) -> Body {
    Body::Visit(Visit {
        session: format!("a-track:{day}"),
        date: date(day),
        kind: SessionKind::Group,
        attendance: Attendance::Present,
        planned_minutes: 180,
        minutes,
    })
}

fn used_and_left(view: &VisitsView) -> (f64, f64) {
    (view.payers[0].used, view.payers[0].left)
}

#[test]
fn visits_are_counted_on_the_phone() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = enrolled(&clinic, &home);
    let before = phone.visits().expect("a patient's phone");
    assert!(before.payers.is_empty());
    assert_eq!(phone.today().expect("today").visits_left, None);

    clinic.write(&clinic.care, &authorised(2));
    clinic.write(&clinic.care, &visit("2026-11-05", None));
    clinic.write(&clinic.care, &visit("2026-11-09", Some(60)));
    phone.sync().expect("synced");
    let view = phone.visits().expect("a patient's phone");
    assert_eq!(used_and_left(&view), (1.5, 0.5));
    assert_eq!(view.next_review.as_deref(), Some("2026-12-18"));
    assert_eq!(phone.today().expect("today").visits_left, Some(0.5));
    let week = view.week.expect("a week of the program");
    assert_eq!(week.asked, 540);
    assert_eq!(week.attended + week.unmarked + week.coming, 540);

    // More used than agreed shows as all used, in the words of the shell's language.
    clinic.write(&clinic.care, &visit("2026-11-10", None));
    phone.sync().expect("synced");
    let view = phone.visits().expect("a patient's phone");
    assert_eq!(used_and_left(&view), (2.0, 0.0));
    phone.set_language("es-US");
    let spanish = phone.visits().expect("a patient's phone");
    assert_ne!(spanish.note, view.note);

    clinic.write(
        &clinic.care,
        &Body::Paused(Paused {
            from: date("2026-11-01"),
            reason: PauseReason::Inpatient,
            expected_back: None,
        }),
    );
    phone.sync().expect("synced");
    assert_eq!(phone.visits().expect("a patient's phone").week, None);
    assert!(phone.due_check_ins().expect("due").is_empty());
    assert!(phone.today().expect("today").next.is_none());
}

#[test]
fn a_family_phone_has_no_visits() {
    let clinic = Clinic::new();
    let home = PhoneHome::new();
    let phone = home.open();
    let (link, code) = clinic.family_invite();
    phone
        .enrol(&link, &code, "Tablet", "ios")
        .expect("enrolled");
    clinic.write(&clinic.care, &authorised(12));
    phone.sync().expect("synced");
    assert!(phone.visits().is_err());
}
