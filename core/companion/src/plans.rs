//! The treatment plan, the safety plan and the way out of the program on an open phone.
//!
//! Owns what this phone looked at last, which never leaves it. Refuses a revision of a plan that changed
//! since it was on the screen.

use std::collections::BTreeMap;

use handrail_care::chart::PlanHistory;
use handrail_care::due::date_at;
use handrail_care::entry::Body;
use handrail_care::id::Id;
use handrail_care::plan::bridge;
use handrail_care::plan::goals::{self, GoalRated};
use handrail_care::plan::page::{PlanCard, Reader, card, part_two_card};
use handrail_care::plan::{Plan, PlanKind, TransitionPlan};
use handrail_care::reminder::Language;
use handrail_care::today;

use crate::error::CompanionError;
use crate::phone::Phone;
use crate::phone::save::make_id;
use crate::phone::secret::{set_setting, setting};
use crate::view::{
    BridgeView, GoalView, HandOffMark, PartOneDraft, PlanCardView, SafetyPlanDraft, SafetyPlanPage,
    Saved, TransitionPlanDraft, TreatmentPage, calls_of, goal_levels, problem_options,
};

/// Which revision of each plan was looked at last: a setting of this phone.
const LOOKED: &str = "plans-looked";

fn id(text: &str) -> Result<Id, CompanionError> {
    text.parse().map_err(|_| CompanionError::NotFound)
}

/// What is written changes the plan that holds.
fn follows<T: Plan>(history: &PlanHistory<'_, T>, plan: &T) -> Result<(), CompanionError> {
    if history.current.map(|fact| fact.id) == plan.parent() {
        Ok(())
    } else {
        Err(CompanionError::not_valid("plan-changed"))
    }
}

impl Phone {
    fn speaks(&self) -> Language {
        Language::of(&self.language)
    }

    fn looked(&self) -> Result<BTreeMap<String, Id>, CompanionError> {
        let stored = setting(&self.store, &self.key, LOOKED)?;
        let read = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
        Ok(stored.map_or_else(BTreeMap::new, |bytes| read(&bytes)))
    }

    fn card(&self, kind: PlanKind) -> Result<PlanCard, CompanionError> {
        let chart = self.chart()?;
        let looked = self.looked()?.get(kind.key()).copied();
        let reader = Reader {
            library: &self.library,
            language: self.speaks(),
        };
        Ok(match kind {
            PlanKind::PartOne => card(chart, &chart.part_one(), looked, reader),
            PlanKind::PartTwo => part_two_card(chart, looked, reader),
            PlanKind::Safety => card(chart, &chart.safety_plan(), looked, reader),
            PlanKind::Transition => card(chart, &chart.transition_plan(), looked, reader),
        })
    }

    /// A plan with its history and what changed since it was looked at.
    pub fn plan_card(&self, kind: PlanKind) -> Result<PlanCardView, CompanionError> {
        Ok(PlanCardView::new(self.card(kind)?, self.speaks()))
    }

    /// Says that the plan as it stands was on the screen. Kept on this phone alone.
    pub fn looked_at_plan(&mut self, kind: PlanKind) -> Result<(), CompanionError> {
        let Some(current) = self.card(kind)?.current else {
            return Ok(());
        };
        let mut looked = self.looked()?;
        if looked.insert(kind.key().to_owned(), current) == Some(current) {
            return Ok(());
        }
        let bytes = serde_json::to_vec(&looked).expect("text keys and ids");
        set_setting(&mut self.store, &self.key, LOOKED, &bytes)
    }

    /// A plan as a page to print: HTML that stands alone.
    pub fn plan_to_print(&self, kind: PlanKind) -> Result<String, CompanionError> {
        let text = self.card(kind)?.document;
        Ok(text.printed(Vec::new(), self.speaks()).to_html())
    }

    /// The treatment plan in both parts, with goals.
    pub fn treatment_plan(&self) -> Result<TreatmentPage, CompanionError> {
        let chart = self.chart()?;
        let goals = goals::goals(chart).into_iter();
        let language = self.speaks();
        Ok(TreatmentPage {
            part_one: self.plan_card(PlanKind::PartOne)?,
            draft: PartOneDraft::of(&chart.part_one()),
            part_two: self.plan_card(PlanKind::PartTwo)?,
            goals: goals
                .map(|goal| GoalView::new(goal, |staff| self.library.staff_name(staff)))
                .collect(),
            problems: problem_options(language),
            levels: goal_levels(language),
        })
    }

    /// Writes part one.
    pub fn write_part_one(
        &mut self,
        draft: PartOneDraft,
        now: i64,
    ) -> Result<Saved, CompanionError> {
        let home = self.care()?;
        let plan = draft.plan(make_id)?;
        let history = self.chart()?.part_one();
        let before = history.current.map(|fact| &fact.value);
        plan.check(before).map_err(CompanionError::not_valid)?;
        follows(&history, &plan)?;
        self.save_one(home, now, Body::PartOne(plan))
    }

    /// Rates a goal of part one.
    pub fn rate_goal(
        &mut self,
        goal: &str,
        level: i8,
        note: String,
        now: i64,
    ) -> Result<Saved, CompanionError> {
        let home = self.care()?;
        let goal = id(goal)?;
        let rated = GoalRated { goal, level, note };
        rated.check().map_err(CompanionError::not_valid)?;
        let goals = goals::goals(self.chart()?);
        if !goals.iter().any(|one| one.goal.id == goal) {
            return Err(CompanionError::NotFound);
        }
        self.save_one(home, now, Body::GoalRated(rated))
    }

    /// The safety plan.
    pub fn safety_plan(&self) -> Result<SafetyPlanPage, CompanionError> {
        let history = self.chart()?.safety_plan();
        let now = history.current.map(|fact| &fact.value);
        Ok(SafetyPlanPage {
            card: self.plan_card(PlanKind::Safety)?,
            contacts: now.map(calls_of).unwrap_or_default(),
            draft: SafetyPlanDraft::of(&history),
        })
    }

    /// Writes the safety plan; the clinic sees that it changed.
    pub fn write_safety_plan(
        &mut self,
        draft: SafetyPlanDraft,
        now: i64,
    ) -> Result<Saved, CompanionError> {
        let home = self.care()?;
        let plan = draft.plan()?;
        plan.check().map_err(CompanionError::not_valid)?;
        follows(&self.chart()?.safety_plan(), &plan)?;
        self.save_one(home, now, Body::SafetyPlan(plan))
    }

    /// Proposes a transition plan to the clinic.
    pub fn propose_transition_plan(
        &mut self,
        draft: TransitionPlanDraft,
        now: i64,
    ) -> Result<Saved, CompanionError> {
        let home = self.care()?;
        let plan = draft.plan(make_id)?;
        plan.check().map_err(CompanionError::not_valid)?;
        follows(&self.chart()?.transition_plan(), &plan)?;
        self.save_one(home, now, Body::TransitionPlan(plan))
    }

    /// The way out of the program; nothing before an enrolment.
    pub fn bridge(&self, now: i64) -> Result<Option<BridgeView>, CompanionError> {
        let chart = self.chart()?;
        let zone = today::clinic_zone_or(chart, &self.library, &self.zone);
        let bridge = bridge::bridge(chart, date_at(now, zone));
        Ok(bridge.map(|bridge| BridgeView::new(bridge, self.speaks())))
    }

    /// Says what became of a hand-off.
    pub fn mark_hand_off(&mut self, mark: HandOffMark, now: i64) -> Result<Saved, CompanionError> {
        let home = self.care()?;
        let marked = mark.marked()?;
        marked.check().map_err(CompanionError::not_valid)?;
        let plan = self.chart()?.transition_plan().current;
        let known = |plan: &TransitionPlan| {
            let mut hand_offs = plan.hand_offs.iter();
            hand_offs.any(|one| one.id == marked.hand_off)
        };
        if !plan.is_some_and(|fact| known(&fact.value)) {
            return Err(CompanionError::NotFound);
        }
        self.save_one(home, now, Body::HandOffMarked(marked))
    }
}
