//! Lines with their gaps.

use super::*;
use crate::patient::Stage::{Complete, Safety};
use crate::testing::*;

const RULES: &[(&str, u32)] = &[("phq9", 7), ("daily-check-in", 1)];

fn values(trend: &Trend) -> Vec<Option<f64>> {
    trend.slots.iter().map(|slot| slot.value).collect()
}

fn noon(day: &str) -> i64 {
    at(&format!("{day}T17:00:00Z"))
}

#[test]
fn a_span_without_a_score_is_a_gap_and_never_a_zero() {
    let mut care = Care::enrolled("2026-11-02", 8, RULES);
    let mut of = 0;
    let mut sheet = |day: &str, sheet| {
        of += 1;
        care.answered(of, "phq9", Complete, noon(day), sheet);
        id(of)
    };
    sheet("2026-11-03", phq9(18, 0));
    let second = sheet("2026-11-04", phq9(15, 0));
    // Week 2: nothing. Week 3: too few answers for a total. Week 4: a real zero.
    sheet("2026-11-18", answers(&[("q1", 3)]));
    let zero = sheet("2026-11-23", phq9(0, 0));
    // Begun before the first day: not on the axis.
    sheet("2026-11-01", phq9(20, 0));
    let trend = &trends(&care.chart(), &Library::default(), date("2026-12-01"))[0];
    assert_eq!(values(trend), [Some(15.0), None, None, Some(0.0), None]);
    let slots = &trend.slots;
    assert_eq!(
        (slots[0].date, slots[4].date),
        (date("2026-11-02"), date("2026-11-30"))
    );
    assert_eq!(slots[0].check_in, Some(second));
    assert_eq!(slots[0].severity.as_deref(), Some("moderately-severe"));
    assert_eq!(
        (slots[3].check_in, slots[3].severity.as_deref()),
        (Some(zero), Some("minimal"))
    );
    assert_eq!(
        (slots[1].check_in, slots[1].severity.as_deref()),
        (None, None)
    );
}

#[test]
fn an_unscored_sheet_does_not_hide_the_score_before_it() {
    let mut care = Care::enrolled("2026-11-02", 8, RULES);
    care.answered(1, "phq9", Complete, noon("2026-11-03"), phq9(9, 0));
    care.answered(2, "phq9", Safety, noon("2026-11-05"), answers(&[("q9", 0)]));
    let trend = &trends(&care.chart(), &Library::default(), date("2026-11-05"))[0];
    assert_eq!(values(trend), [Some(9.0)]);
    assert_eq!(trend.slots[0].check_in, Some(id(1)));
}

#[test]
fn bands_cover_the_range_without_a_hole() {
    let care = Care::enrolled("2026-11-02", 8, &[("phq9", 7), ("gad7", 7)]);
    let trends = trends(&care.chart(), &Library::default(), date("2026-11-02"));
    assert_eq!(trends.len(), 2);
    for trend in &trends {
        assert_eq!(trend.bands[0].from, trend.min);
        assert_eq!(trend.bands.last().map(|band| band.to), Some(trend.max));
        for pair in trend.bands.windows(2) {
            assert_eq!(pair[0].to + 1, pair[1].from);
        }
        assert_eq!((trend.item.as_deref(), trend.every_days), (None, 7));
    }
    let bands: Vec<_> = trends[0]
        .bands
        .iter()
        .map(|band| (band.from, band.to, band.label.as_str()))
        .collect();
    assert_eq!(bands[3], (15, 19, "moderately-severe"));
    assert_eq!((trends[0].max, trends[1].max), (27, 21));
}

#[test]
fn the_daily_check_in_has_a_line_for_each_scale() {
    let mut care = Care::enrolled("2026-11-02", 8, &[("daily-check-in", 1)]);
    let day = answers(&[("mood", 7), ("urge-to-self-harm", 0)]);
    care.answered(1, "daily-check-in", Complete, noon("2026-11-03"), day);
    let trends = trends(&care.chart(), &Library::default(), date("2026-11-04"));
    let items: Vec<_> = trends
        .iter()
        .filter_map(|trend| trend.item.as_deref())
        .collect();
    assert!(
        [
            "mood",
            "anxiety",
            "urge-to-use",
            "urge-to-self-harm",
            "sleep"
        ]
        .iter()
        .all(|item| items.contains(item))
    );
    let line = |item: &str| {
        let trend = trends
            .iter()
            .find(|trend| trend.item.as_deref() == Some(item));
        trend.expect("asked")
    };
    assert_eq!(values(line("mood")), [None, Some(7.0), None]);
    // Left out: a gap, though the day has a check-in.
    assert_eq!(values(line("anxiety")), [None, None, None]);
    assert_eq!(values(line("urge-to-self-harm")), [None, Some(0.0), None]);
    assert_eq!((line("mood").min, line("mood").max), (0, 10));
    assert!(line("mood").bands.is_empty());
}

#[test]
fn the_axis_runs_from_enrolment_to_discharge_or_today() {
    let mut care = Care::enrolled("2026-11-02", 8, &[("daily-check-in", 1)]);
    let length = |care: &Care, today: &str| {
        trends(&care.chart(), &Library::default(), date(today))[0]
            .slots
            .len()
    };
    assert_eq!(length(&care, "2026-11-01"), 0);
    assert_eq!(length(&care, "2026-11-02"), 1);
    care.staff(1, discharged("2026-11-06"));
    assert_eq!(length(&care, "2026-11-04"), 3);
    assert_eq!(length(&care, "2026-12-24"), 5);
    // What comes after the discharge is not drawn.
    care.answered(
        1,
        "daily-check-in",
        Complete,
        noon("2026-11-08"),
        answers(&[("mood", 1)]),
    );
    assert!(
        values(&trends(&care.chart(), &Library::default(), date("2026-12-24"))[0])
            .iter()
            .all(Option::is_none)
    );
    assert_eq!(
        trends(
            &Care::default().chart(),
            &Library::default(),
            date("2026-11-02")
        ),
        []
    );
}

#[test]
fn a_mistyped_first_day_makes_no_endless_axis() {
    let mut care = Care::enrolled("1026-11-02", 8, &[("daily-check-in", 1), ("phq9", 7)]);
    care.answered(1, "phq9", Complete, noon("2026-11-20"), phq9(9, 0));
    let trends = trends(&care.chart(), &Library::default(), date("2026-11-21"));
    assert_eq!(trends[0].slots.len(), 729);
    assert_eq!(trends[0].slots[728].date, date("2026-11-21"));
    let weekly = trends.last().expect("PHQ-9");
    assert_eq!(weekly.slots.len(), 104);
    assert_eq!(values(weekly)[103], Some(9.0));
}
