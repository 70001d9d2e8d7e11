//! The plans that hold, as pages to print: one each, and all on one page.
//!
//! Owns nothing but the order; words are `plan`'s. Refuses proposals: what is printed is the plan.

use crate::chart::Chart;
use crate::document::{Block, Document};
use crate::plan::PlanKind;
use crate::plan::text::{PlanText, plan_text};
use crate::reminder::Language;

/// The text of a plan that holds; absent when there is none.
pub fn text(chart: &Chart, kind: PlanKind, language: Language) -> Option<PlanText> {
    Some(match kind {
        PlanKind::PartOne => plan_text(&chart.part_one().current?.value, language),
        PlanKind::PartTwo => plan_text(&chart.part_two().current?.value, language),
        PlanKind::Safety => plan_text(&chart.safety_plan().current?.value, language),
        PlanKind::Transition => plan_text(&chart.transition_plan().current?.value, language),
    })
}

/// All plans that hold on one page, under `title`.
pub fn all(chart: &Chart, language: Language, title: String, notices: Vec<String>) -> Document {
    let mut page = Document::new(language, title);
    let plans = PlanKind::ALL.into_iter();
    for plan in plans.filter_map(|kind| text(chart, kind, language)) {
        let printed = plan.printed(Vec::new(), language);
        let notes = printed.notices.into_iter().map(Block::text);
        // A plan with nothing in it is a plan too: its title says so.
        let mut heading: Vec<_> = notes.collect();
        if heading.is_empty() {
            heading.push(Block::text("\u{2014}"));
        }
        page.section(printed.title, heading);
        page.sections.extend(printed.sections);
    }
    page.notices = notices;
    page
}
