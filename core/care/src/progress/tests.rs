use super::*;
use crate::checkin::Answers;
use crate::ends::{PauseReason, Paused, Resumed};
use crate::entry::Body;
use crate::homework::{Assigned, Completion, Logged};
use crate::patient::{Opened, Stage};
use crate::program::Attendance;
use crate::reminder::Language;
use crate::team::StaffNote;
use crate::testing::*;
use crate::visits::Visit;

const HOUR: i64 = 3_600_000;

fn noon(day: &str) -> i64 {
    at(&format!("{day}T17:00:00Z"))
}

fn sheet(total: i64, difficulty: Option<i64>) -> Answers {
    let mut sheet = phq9(total, 0);
    if let Some(value) = difficulty {
        sheet.set("difficulty", Answer::Value(value));
    }
    sheet
}

fn told(chart: &Chart, now: i64) -> Progress {
    progress(chart, &World::riverbend().library, Marks::Told, now)
}

#[test]
fn symptoms_go_from_the_baseline_of_this_enrolment_and_gaps_stay_gaps() {
    let mut care = Care::enrolled("2026-05-25", 8, &[("phq9", 7)]);
    let day = noon("2026-06-01");
    care.answered(1, "phq9", Stage::Complete, day, sheet(24, None));
    care.staff(noon("2026-07-20"), discharged("2026-07-20"));
    care.staff(
        noon("2026-10-30"),
        enrolled("2026-11-02", 8, &[("phq9", 7)]),
    );
    // From an earlier stay; then the admission sheet, a week, and none in the third.
    for (of, day, total) in [(2, "2026-10-28", 20), (3, "2026-11-20", 12)] {
        care.answered(of, "phq9", Stage::Complete, noon(day), sheet(total, None));
    }
    let progress = told(&care.chart(), noon("2026-11-21"));
    let [phq9] = progress.symptoms.as_slice() else {
        panic!("one measure");
    };
    assert_eq!((phq9.title.as_str(), phq9.min, phq9.max), ("PHQ-9", 0, 27));
    let dates: Vec<_> = phq9.points.iter().map(|point| point.date).collect();
    let expected = ["2026-06-01", "2026-10-28", "2026-11-20"].map(date);
    assert_eq!(dates, expected, "no value is made up for other days");
    assert_eq!(phq9.baseline.as_ref().map(|p| p.check_in), Some(id(2)));
    assert_eq!(
        phq9.newest.as_ref().map(|p| (p.value, p.check_in)),
        Some((12.0, id(3)))
    );
    let change = phq9.change.expect("two values");
    assert!((change.improvement - 8.0).abs() < f64::EPSILON);
    assert!(change.improved && change.reliable && !change.response && !change.worse);
    assert!(progress.function.is_empty(), "no difficulty was answered");
}

#[test]
fn function_follows_the_difficulty_question_by_its_loinc_code() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    for (of, day, value) in [
        (1, "2026-11-03", Some(3)),
        (2, "2026-11-10", None),
        (3, "2026-11-17", Some(1)),
    ] {
        care.answered(of, "phq9", Stage::Complete, noon(day), sheet(10, value));
    }
    let progress = told(&care.chart(), noon("2026-11-21"));
    let [difficulty] = progress.function.as_slice() else {
        panic!("one measure");
    };
    assert_eq!(difficulty.item.as_deref(), Some("difficulty"));
    let values: Vec<_> = difficulty
        .points
        .iter()
        .map(|p| (p.check_in, p.value))
        .collect();
    assert_eq!(values, [(id(1), 3.0), (id(3), 1.0)]);
    let change = difficulty.change.expect("two values");
    assert!((change.improvement - 2.0).abs() < f64::EPSILON && !change.improved);
}

#[test]
fn one_value_is_a_baseline_and_no_change() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    care.answered(
        1,
        "phq9",
        Stage::Complete,
        noon("2026-11-03"),
        sheet(10, None),
    );
    let progress = told(&care.chart(), noon("2026-11-04"));
    let phq9 = &progress.symptoms[0];
    assert!(phq9.baseline.is_some() && phq9.newest.is_none() && phq9.change.is_none());
    assert_eq!(phq9.now().map(|point| point.value), Some(10.0));
}

fn visit(care: &mut Care, day: &str, attendance: Attendance) {
    care.staff(
        noon(day),
        Body::Visit(Visit {
            session: format!("{TRACK}:{day}"),
            date: date(day),
            kind: crate::program::SessionKind::Group,
            attendance,
            planned_minutes: 180,
            minutes: None,
        }),
    );
}

#[test]
fn sessions_nobody_marked_are_unknown_and_cancelled_ones_are_none() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    // Mon 2, Tue 3, Thu 5, Mon 9 (cancelled), Tue 10 (not marked).
    visit(&mut care, "2026-11-02", Attendance::Present);
    visit(&mut care, "2026-11-03", Attendance::Excused);
    visit(&mut care, "2026-11-05", Attendance::Late);
    let mut world = World::riverbend();
    world.changed(crate::program::SessionChange::Cancelled {
        original_date: date("2026-11-09"),
        original_start: None,
        reason: None,
    });
    let chart = care.chart();
    let now = noon("2026-11-10");
    let share = progress(&chart, &world.library, Marks::Told, now)
        .adherence
        .sessions;
    assert_eq!((share.done, share.of, share.unknown), (2, 3, 1));
    assert_eq!(share.missed_links, [format!("{TRACK}:2026-11-03")]);
    assert_eq!(share.done_links.len(), 2);
    // The roster knows more than the phone.
    world.person(1, "Ada");
    world.came(1, "2026-11-10", Attendance::Present);
    let marks = Marks::Roster(&world.roster, id(1));
    let share = progress(&chart, &world.library, marks, now)
        .adherence
        .sessions;
    assert_eq!((share.done, share.of, share.unknown), (3, 4, 0));
}

#[test]
fn check_ins_count_whole_spans_and_none_of_a_pause() {
    let mut care = Care::enrolled("2026-11-02", 8, &[("daily-check-in", 1), ("phq9", 7)]);
    for (of, day) in [(1, "2026-11-02"), (2, "2026-11-04"), (3, "2026-11-10")] {
        let mood = answers(&[("mood", 5)]);
        care.answered(of, "daily-check-in", Stage::Complete, noon(day), mood);
    }
    care.answered(
        9,
        "phq9",
        Stage::Complete,
        noon("2026-11-10"),
        sheet(9, None),
    );
    care.staff(
        noon("2026-11-05"),
        Body::Paused(Paused {
            from: date("2026-11-05"),
            reason: PauseReason::Leave,
            expected_back: None,
        }),
    );
    care.staff(
        noon("2026-11-08"),
        Body::Resumed(Resumed {
            date: date("2026-11-08"),
        }),
    );
    let adherence = told(&care.chart(), noon("2026-11-10")).adherence;
    let counts: Vec<_> = adherence
        .forms
        .iter()
        .map(|of| (of.form.as_str(), of.share.done, of.share.of))
        .collect();
    // Daily: 2, 3, 4, then 8, 9 and today's. PHQ-9: the first week had a pause in it; the second is not
    // over and done.
    assert_eq!(counts, [("daily-check-in", 3, 6), ("phq9", 1, 1)]);
    assert_eq!((adherence.check_ins.done, adherence.check_ins.of), (4, 7));
    let missed = &adherence.forms[0].share.missed_links;
    assert_eq!(missed, &["2026-11-03", "2026-11-08", "2026-11-09"]);
}

fn log(homework: Option<Id>, completion: Completion, obstacle: Option<&str>) -> Body {
    Body::HomeworkLogged(Logged {
        homework,
        obstacle: obstacle.map(str::to_owned),
        ..Logged::of(completion)
    })
}

fn given(care: &mut Care, title: &str, due: &str, times: u32) -> Id {
    care.staff(
        noon("2026-11-03"),
        Body::HomeworkAssigned(Assigned {
            title: title.to_owned(),
            due: date(due),
            times,
            ..Assigned::default()
        }),
    )
}

#[test]
fn homework_counts_tries_in_time_and_never_more_than_asked() {
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let breathing = given(&mut care, "Breathing", "2026-11-06", 2);
    let later = given(&mut care, "Later", "2026-12-06", 5);
    for (day, of, completion) in [
        ("2026-11-04", breathing, Completion::Done),
        ("2026-11-04", breathing, Completion::Not),
        ("2026-11-05", breathing, Completion::TriedDidNotHelp),
        ("2026-11-06", breathing, Completion::Done),
        ("2026-11-06", later, Completion::Done),
    ] {
        care.patient(noon(day), log(Some(of), completion, None));
    }
    let share = told(&care.chart(), noon("2026-11-10")).adherence.homework;
    assert_eq!((share.done, share.of), (2, 2));
    let mut care = Care::enrolled("2026-11-02", 8, &[]);
    let late = given(&mut care, "Walk", "2026-11-06", 1);
    care.patient(noon("2026-11-08"), log(Some(late), Completion::Done, None));
    let share = told(&care.chart(), noon("2026-11-10")).adherence.homework;
    assert_eq!((share.done, share.of), (0, 1));
    assert_eq!(share.missed_links, [late.to_string()]);
}

/// A week with a flag, a note, an obstacle and one opened check-in.
fn week() -> (World, Care) {
    let mut world = World::riverbend();
    world.person(1, "Ada");
    let mut care = Care::enrolled("2026-11-02", 8, &[("daily-check-in", 1)]);
    care.answered(1, "phq9", Stage::Complete, noon("2026-11-03"), phq9(18, 0));
    let flagged = care.answered(2, "phq9", Stage::Complete, noon("2026-11-19"), phq9(12, 1));
    let mut mood = answers(&[("mood", 5), ("urge-to-self-harm", 0)]);
    mood.set("note", Answer::Text("Slept at last.".to_owned()));
    care.answered(
        3,
        "daily-check-in",
        Stage::Complete,
        noon("2026-11-18"),
        mood,
    );
    care.patient(
        noon("2026-11-17"),
        log(None, Completion::Not, Some("No quiet room")),
    );
    care.staff(
        noon("2026-11-19") + 2 * HOUR,
        Body::Opened(Opened {
            entries: vec![flagged],
        }),
    );
    world.closes(2, "q9", Some(1), noon("2026-11-19") + 3 * HOUR);
    for (day, text) in [
        ("2026-11-18", "Ask about sleep."),
        ("2026-10-01", "Before."),
    ] {
        let note = StaffNote {
            patient: id(1),
            text: text.to_owned(),
        };
        world.team(INES, noon(day), Body::StaffNote(note));
    }
    (world, care)
}

#[test]
fn the_one_page_has_the_week_and_how_soon_people_answered() {
    let (world, care) = week();
    let chart = care.chart();
    let page = one_page(world.clinic(), id(1), &chart, noon("2026-11-20")).expect("in the roster");
    assert_eq!(page.name.as_deref(), Some("Ada"));
    assert_eq!((page.week, page.weeks), (Some(3), Some(8)));
    assert_eq!(
        page.period,
        Period {
            from: date("2026-11-14"),
            to: date("2026-11-20")
        }
    );
    let staff = page.staff.as_ref().expect("staff's page");
    let [flag] = staff.flags.as_slice() else {
        panic!("one flag");
    };
    // It arrived a second after it was written.
    assert_eq!(
        (flag.opened_minutes, flag.closed_minutes),
        (Some(119), Some(179))
    );
    assert_eq!(staff.notes.len(), 1, "of this week only");
    assert_eq!((page.opening.opened, page.opening.arrived), (1, 2));
    assert_eq!(page.opening.median_minutes, Some(119));
    assert_eq!(page.opening.waiting, [id(3)]);
    let said: Vec<_> = page.said.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(said, ["Slept at last.", "No quiet room"]);
    let without: Vec<_> = page.days_without.iter().map(ToString::to_string).collect();
    assert_eq!(
        without,
        ["2026-11-14", "2026-11-15", "2026-11-16", "2026-11-17"]
    );
    assert_eq!(page.this_week.check_ins.done, 1);
    assert!(
        one_page(world.clinic(), id(2), &chart, 0).is_none(),
        "nobody of the roster"
    );
}

#[test]
fn the_patient_reads_the_same_without_what_is_staffs() {
    let (mut world, care) = week();
    let chart = care.chart();
    let now = noon("2026-11-20");
    let own = own_page(&chart, &world.library, now);
    let staffs = one_page(world.clinic(), id(1), &chart, now).expect("in the roster");
    assert_eq!(own.staff, None);
    assert_eq!(own.said, staffs.said);
    assert_eq!(own.progress.adherence, staffs.progress.adherence);
    let severities = |page: &OnePage| {
        let points = page.progress.symptoms.iter().flat_map(|one| &one.points);
        points.filter(|point| point.severity.is_some()).count()
    };
    assert_eq!((severities(&own), severities(&staffs)), (0, 2));
    let policy = crate::forms::CheckInPolicy {
        show_severity: true,
        ..Default::default()
    };
    world.library(Body::CheckInPolicy(policy));
    assert_eq!(
        severities(&own_page(&chart, &world.library, now)),
        2,
        "the clinic shows them"
    );
}

#[test]
fn both_pages_can_be_printed_and_only_staffs_has_notes() {
    let (world, care) = week();
    let chart = care.chart();
    let now = noon("2026-11-20");
    let staffs = one_page(world.clinic(), id(1), &chart, now).expect("in the roster");
    let own = own_page(&chart, &world.library, now);
    for language in Language::ALL {
        let notice = crate::family::words::part_two_notice(language);
        let theirs = print::document(&staffs, language, vec![notice.clone()]).to_html();
        let mine = print::document(&own, language, Vec::new()).to_html();
        assert!(theirs.contains("Ask about sleep.") && !mine.contains("Ask about sleep."));
        assert!(
            theirs.contains("Tomas") && !mine.contains("Tomas"),
            "who closed a flag"
        );
        assert!(theirs.contains("Slept at last.") && mine.contains("Slept at last."));
        assert!(theirs.contains(&notice) && !mine.contains(&notice));
        assert!(theirs.contains("18") && mine.contains("18"), "the baseline");
        for html in [&theirs, &mine] {
            // A key without words, or a gap that nobody filled, would show as itself.
            let body = html.split("</style>").nth(1).expect("a body");
            for sign in ["{", "}", "page.", "measure.", "therapy.", "share.", "plan."] {
                assert!(!body.contains(sign), "{sign} in {language:?}");
            }
        }
    }
}

/// Was a page that never came: each day since then was counted, a hundred million of them.
#[test]
fn a_first_day_of_another_age_does_not_stop_the_page() {
    for day in ["-262143-01-01", "0206-11-02"] {
        let mut care = Care::default();
        care.staff(
            noon("2026-11-02"),
            enrolled(day, 8, &[("daily-check-in", 1)]),
        );
        let mood = answers(&[("mood", 5)]);
        let written = noon("2026-11-10");
        care.answered(1, "daily-check-in", Stage::Complete, written, mood);
        let progress = told(&care.chart(), noon("2026-11-12"));
        let check_ins = &progress.adherence.check_ins;
        assert_eq!(check_ins.done, 1, "{day}");
        assert!(check_ins.of <= 104 * 7 + 1, "{day}: {}", check_ins.of);
    }
    // An old stay that is over is counted as it was.
    let mut care = Care::enrolled("2021-11-01", 8, &[("daily-check-in", 1)]);
    care.staff(noon("2021-11-10"), discharged("2021-11-10"));
    let progress = told(&care.chart(), noon("2026-11-12"));
    assert_eq!(progress.adherence.check_ins.of, 10);
}
