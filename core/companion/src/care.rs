//! Today, sessions, the transition plan, education and shared items of an open phone.

use handrail_care::chart::Fact;
use handrail_care::education::in_language;
use handrail_care::entry::Body;
use handrail_care::help::HelpAsked;
use handrail_care::id::Id;
use handrail_care::library::Education;
use handrail_care::plan::Acknowledged;
use handrail_care::reminder::Language;
use handrail_care::today;
use handrail_care::visits::Visits;
use handrail_care::visits::page::own_visits;

use crate::error::CompanionError;
use crate::help::program_phone;
use crate::phone::Phone;
use crate::view::{
    EducationItem, EducationPiece, PhoneRole, PlanPage, PlanToRead, SafetyNotice, Saved,
    SessionView, TodayView, VisitsView,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(crate) fn id(text: &str) -> Result<Id, CompanionError> {
    text.parse().map_err(|_| CompanionError::NotFound)
}

/// A piece in a list.
pub(crate) fn education_item(piece: &Education) -> EducationItem {
    EducationItem {
        slug: piece.slug.clone(),
        title: piece.title.clone(),
        summary: piece.summary.clone(),
        minutes: piece.minutes,
        chosen: false,
    }
}

impl Phone {
    /// The home screen of a patient's phone.
    pub fn today(&self, now: i64) -> Result<TodayView, CompanionError> {
        let mut today = today::today(self.chart()?, &self.library, now, &self.zone);
        today.check_ins = self.library.offered(today.check_ins, &self.language);
        Ok(TodayView {
            date: today.date.to_string(),
            sessions: today.sessions.into_iter().map(Into::into).collect(),
            next: today.next.map(Into::into),
            check_ins: today.check_ins.into_iter().map(Into::into).collect(),
            homework: self.homework_views(today.homework),
            plan_to_read: today.plan_to_read.map(|plan| plan.to_string()),
            plans_to_read: (today.plans_to_read.into_iter())
                .map(|waits| PlanToRead {
                    kind: waits.kind,
                    plan: waits.plan.to_string(),
                })
                .collect(),
            week: today.week,
            weeks: today.weeks,
            unsent: self.unsent(),
            visits_left: today.visits_left.map(Visits::to_f64),
            other_zone: today.other_zone,
            zone: self.zone.clone(),
        })
    }

    /// Visits used and left, and the hours of this week, as the clinic's days count them.
    pub fn visits(&self, now: i64) -> Result<VisitsView, CompanionError> {
        let chart = self.chart()?;
        let zone = today::clinic_zone_or(chart, &self.library, &self.zone);
        let own = own_visits(chart, &self.library, now, zone);
        Ok(VisitsView::new(own, Language::of(&self.language)))
    }

    /// Sessions from now on, for so many days.
    pub fn sessions(&self, days: u16, now: i64) -> Result<Vec<SessionView>, CompanionError> {
        let to = now.saturating_add(i64::from(days) * DAY_MS);
        let cards = today::cards(self.chart()?, &self.library, now, to, &self.zone);
        Ok(cards.into_iter().map(Into::into).collect())
    }

    /// Tells the clinic that the patient needs help now. Within ten minutes it is told once.
    pub fn ask_for_help(&mut self, now: i64) -> Result<SafetyNotice, CompanionError> {
        const ONCE_MS: i64 = 10 * 60 * 1000;
        let home = self.care()?;
        let told = |fact: &&Fact<HelpAsked>| (0..ONCE_MS).contains(&(now - fact.at));
        if !self.chart()?.help_asked().iter().any(told) {
            self.save_one(home, now, Body::HelpAsked(HelpAsked {}))?;
        }
        let newest = self.chart()?.help_asked();
        Ok(SafetyNotice::new(
            &self.language,
            Vec::new(),
            program_phone(self, &self.library),
            newest.last().map(|fact| self.sent(fact)).transpose()?,
        ))
    }

    /// The transition plan with its history.
    pub fn plan(&self) -> Result<PlanPage, CompanionError> {
        Ok(PlanPage::new(self.chart()?, &self.library))
    }

    /// Says that the patient has read a plan. A second time changes nothing.
    pub fn acknowledge_plan(&mut self, plan: &str, now: i64) -> Result<Saved, CompanionError> {
        let home = self.care()?;
        let plan = id(plan)?;
        let chart = self.chart()?;
        chart.plan_kind(plan).ok_or(CompanionError::NotFound)?;
        if chart.acknowledged(plan).is_some() {
            return Ok(Saved {
                receipt: plan.to_string(),
            });
        }
        self.save_one(home, now, Body::PlanAcknowledged(Acknowledged { plan }))
    }

    pub(crate) fn save_one(
        &mut self,
        home: usize,
        now: i64,
        body: Body,
    ) -> Result<Saved, CompanionError> {
        let ids = self.save(home, now, vec![body], |_, _| Ok(()))?;
        Ok(Saved {
            receipt: ids[0].to_string(),
        })
    }

    /// The pieces that this phone shows, in its language: a family phone those for families only.
    fn pieces(&self) -> Result<Vec<&Education>, CompanionError> {
        let family = self.enrolled()?.record.role() == PhoneRole::Family;
        let language = Language::of(&self.language);
        let pieces = self.library.education().into_iter();
        Ok(pieces
            .filter(|piece| piece.family || !family)
            .map(|piece| in_language(piece, language))
            .collect())
    }

    /// Education pieces in the clinic's order.
    pub fn education(&self) -> Result<Vec<EducationItem>, CompanionError> {
        let chosen = self.mailboxes[self.home()?].chart.education_chosen();
        let pieces = self.pieces()?.into_iter().map(|piece| EducationItem {
            chosen: chosen.contains(&piece.slug),
            ..education_item(piece)
        });
        Ok(pieces.collect())
    }

    /// One education piece.
    pub fn education_piece(&self, slug: &str) -> Result<EducationPiece, CompanionError> {
        let found = self.pieces()?.into_iter().find(|piece| piece.slug == slug);
        let piece = found.ok_or(CompanionError::NotFound)?;
        Ok(EducationPiece {
            slug: piece.slug.clone(),
            title: piece.title.clone(),
            markdown: piece.markdown.clone(),
        })
    }
}
