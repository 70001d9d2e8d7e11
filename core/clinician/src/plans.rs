//! Acts about plans: writing them, standing behind them, going through them, and what follows from them.
//!
//! Owns the refusal of a revision whose parent is no longer the plan: somebody changed it while this
//! clinician wrote, and must not be overwritten unseen.

use chrono::NaiveDate;
use handrail_care::caseload;
use handrail_care::chart::{Chart, PlanHistory};
use handrail_care::entry::Body;
use handrail_care::id::Id;
use handrail_care::patient::Opened;
use handrail_care::plan::goals::GoalRated;
use handrail_care::plan::page::{PlansPage, Reader, plans_page};
use handrail_care::plan::{
    FollowUpCalled, HandOffMarked, PartOne, PartTwo, Plan, PlanAgreed, PlanKind, PlanReviewed,
    SafetyPlan, TransitionPlan,
};
use handrail_care::program;
use handrail_care::reminder::Language;

use crate::act::{ActError, Done};
use crate::clinician::{Clinician, mailbox_of, new_id};

/// The revision names the plan that holds.
fn follows<T: Plan>(history: &PlanHistory<'_, T>, plan: &T) -> Result<(), ActError> {
    if history.current.map(|fact| fact.id) == plan.parent() {
        Ok(())
    } else {
        Err(ActError::PlanChanged)
    }
}

impl Clinician {
    fn care(&self, patient: Id) -> Result<&Chart, ActError> {
        self.charts.get(&patient).ok_or(ActError::PatientUnknown)
    }

    /// All plans of a patient. What this clinician looked at last is the newest revision that they wrote
    /// or said to have opened.
    pub fn plans(&self, patient: Id, now: i64) -> Option<PlansPage> {
        fn looked<T: Plan>(chart: &Chart, history: &PlanHistory<'_, T>, me: Id) -> Option<Id> {
            let seen = |id| chart.has_opened(id, me);
            history.newest(|fact| fact.staff == Some(me) || seen(fact.id))
        }
        let chart = self.charts.get(&patient)?;
        let me = self.id();
        let reader = Reader {
            library: &self.library,
            language: Language::English,
        };
        let looked = |kind| match kind {
            PlanKind::PartOne => looked(chart, &chart.part_one(), me),
            PlanKind::PartTwo => looked(chart, &chart.part_two(), me),
            PlanKind::Safety => looked(chart, &chart.safety_plan(), me),
            PlanKind::Transition => looked(chart, &chart.transition_plan(), me),
        };
        let today = caseload::clinic_date(&self.library, now);
        Some(plans_page(chart, reader, looked, today))
    }

    /// Part one, taken down with the patient. Goals without an id are new.
    pub(crate) fn write_part_one(
        &mut self,
        patient: Id,
        mut plan: PartOne,
        now: i64,
    ) -> Result<Done, ActError> {
        for goal in plan
            .goals
            .iter_mut()
            .filter(|goal| goal.id == Id::default())
        {
            goal.id = new_id();
        }
        let history = self.care(patient)?.part_one();
        let before = history.current.map(|fact| &fact.value);
        plan.check(before).map_err(|_| ActError::OutOfRange)?;
        follows(&history, &plan)?;
        self.put(mailbox_of(patient), &Body::PartOne(plan), now)
    }

    /// Part two.
    pub(crate) fn write_part_two(
        &mut self,
        patient: Id,
        plan: PartTwo,
        now: i64,
    ) -> Result<Done, ActError> {
        plan.check().map_err(|_| ActError::OutOfRange)?;
        let chart = self.care(patient)?;
        follows(&chart.part_two(), &plan)?;
        let one = chart.part_one();
        let known = |id: Id| one.revisions.iter().any(|one| one.fact.id == id);
        if plan.part_one.is_some_and(|one| !known(one)) {
            return Err(ActError::NotFound);
        }
        self.put(mailbox_of(patient), &Body::PartTwo(plan), now)
    }

    /// The safety plan, written with the patient.
    pub(crate) fn write_safety_plan(
        &mut self,
        patient: Id,
        plan: SafetyPlan,
        now: i64,
    ) -> Result<Done, ActError> {
        plan.check().map_err(|_| ActError::OutOfRange)?;
        follows(&self.care(patient)?.safety_plan(), &plan)?;
        self.put(mailbox_of(patient), &Body::SafetyPlan(plan), now)
    }

    /// The transition plan. Hand-offs without an id are new. One whose parent no longer holds becomes a
    /// proposal, as it does when two consoles write at once.
    pub(crate) fn revise_plan(
        &mut self,
        patient: Id,
        mut plan: TransitionPlan,
        now: i64,
    ) -> Result<Done, ActError> {
        for one in plan
            .hand_offs
            .iter_mut()
            .filter(|one| one.id == Id::default())
        {
            one.id = new_id();
        }
        plan.check().map_err(|_| ActError::OutOfRange)?;
        self.put(mailbox_of(patient), &Body::TransitionPlan(plan), now)
    }

    /// This clinician stands behind the plan that holds.
    pub(crate) fn agree_plan(
        &mut self,
        patient: Id,
        agreed: PlanAgreed,
        now: i64,
    ) -> Result<Done, ActError> {
        let chart = self.care(patient)?;
        let two = chart.part_two().current.map(|fact| fact.id);
        let holds = [two, chart.safety_plan_now(), chart.transition_plan_now()];
        if !holds.contains(&Some(agreed.plan)) {
            let known = chart.plan_kind(agreed.plan);
            return Err(known.map_or(ActError::NotFound, |_| ActError::PlanChanged));
        }
        self.put(mailbox_of(patient), &Body::PlanAgreed(agreed), now)
    }

    /// A plan was gone through and stays.
    pub(crate) fn review_plan(
        &mut self,
        patient: Id,
        reviewed: PlanReviewed,
        now: i64,
    ) -> Result<Done, ActError> {
        self.care(patient)?
            .plan_kind(reviewed.plan)
            .ok_or(ActError::NotFound)?;
        self.put(mailbox_of(patient), &Body::PlanReviewed(reviewed), now)
    }

    /// Says that this clinician has opened these revisions; those that they opened before are left out.
    pub(crate) fn open_plans(
        &mut self,
        patient: Id,
        plans: &[Id],
        now: i64,
    ) -> Result<Done, ActError> {
        let chart = self.care(patient)?;
        let me = self.id();
        let entries: Vec<_> = (plans.iter().copied())
            .filter(|plan| chart.plan_kind(*plan).is_some() && !chart.has_opened(*plan, me))
            .collect();
        if entries.is_empty() {
            return Ok(Done::default());
        }
        self.put(mailbox_of(patient), &Body::Opened(Opened { entries }), now)
    }

    /// A rating of a goal, given together.
    pub(crate) fn rate_goal(
        &mut self,
        patient: Id,
        rated: GoalRated,
        now: i64,
    ) -> Result<Done, ActError> {
        rated.check().map_err(|_| ActError::OutOfRange)?;
        let goals = handrail_care::plan::goals::goals(self.care(patient)?);
        if !goals.iter().any(|one| one.goal.id == rated.goal) {
            return Err(ActError::NotFound);
        }
        self.put(mailbox_of(patient), &Body::GoalRated(rated), now)
    }

    /// What became of a hand-off.
    pub(crate) fn mark_hand_off(
        &mut self,
        patient: Id,
        marked: HandOffMarked,
        now: i64,
    ) -> Result<Done, ActError> {
        marked.check().map_err(|_| ActError::OutOfRange)?;
        let plan = self.care(patient)?.transition_plan().current;
        let known = |plan: &TransitionPlan| {
            let mut hand_offs = plan.hand_offs.iter();
            hand_offs.any(|one| one.id == marked.hand_off)
        };
        if !plan.is_some_and(|fact| known(&fact.value)) {
            return Err(ActError::NotFound);
        }
        self.put(mailbox_of(patient), &Body::HandOffMarked(marked), now)
    }

    /// One of the program's calls after discharge.
    pub(crate) fn note_follow_up(
        &mut self,
        patient: Id,
        called: FollowUpCalled,
        now: i64,
    ) -> Result<Done, ActError> {
        let discharge = self.care(patient)?.discharge();
        let day = discharge.ok_or(ActError::NotFound)?.value.date;
        let planned: [NaiveDate; 2] = program::follow_ups(day).map_err(|_| ActError::OutOfRange)?;
        if !planned.contains(&called.planned) {
            return Err(ActError::NotFound);
        }
        self.put(mailbox_of(patient), &Body::FollowUpCalled(called), now)
    }
}

#[cfg(test)]
mod tests;
