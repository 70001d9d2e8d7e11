//! A patient's record on its way out, and the one page of the weekly review.
//!
//! Owns nothing but the way from this clinician's charts to `care`'s exports: console and desk make the same
//! bytes. Refuses a patient whom this clinician cannot open.

use handrail_care::caseload::Clinic;
use handrail_care::document::Document;
use handrail_care::export::csv::{self, Table};
use handrail_care::export::ics::{self, Words};
use handrail_care::export::{Source, fhir, plans};
use handrail_care::family::words::part_two_notice;
use handrail_care::id::Id;
use handrail_care::plan::PlanKind;
use handrail_care::progress::one_page::{self, OnePage};
use handrail_care::progress::print;
use handrail_care::reminder::Language;

use crate::clinician::Clinician;

impl Clinician {
    fn source(&self, patient: Id, now: i64) -> Option<Source<'_>> {
        let clinic = Clinic {
            roster: &self.roster,
            library: &self.library,
            team: &self.team,
        };
        Source::of_clinic(clinic, patient, self.charts.get(&patient)?, now)
    }

    /// The page of the weekly team review.
    pub fn one_page(&self, patient: Id, now: i64) -> Option<OnePage> {
        let clinic = Clinic {
            roster: &self.roster,
            library: &self.library,
            team: &self.team,
        };
        one_page::one_page(clinic, patient, self.charts.get(&patient)?, now)
    }

    /// The same as a page to print, with the notice of 42 CFR Part 2 where it applies.
    pub fn one_page_document(&self, patient: Id, language: Language, now: i64) -> Option<Document> {
        let page = self.one_page(patient, now)?;
        let part_2 = self.source(patient, now)?.is_part_2();
        let notices = part_2.then(|| part_two_notice(language));
        Some(print::document(
            &page,
            language,
            notices.into_iter().collect(),
        ))
    }

    /// A plan that holds as a page to print, with the same notice.
    pub fn plan_document(
        &self,
        patient: Id,
        kind: PlanKind,
        language: Language,
        now: i64,
    ) -> Option<Document> {
        let source = self.source(patient, now)?;
        let name = source.person.map(|person| person.name.clone());
        let text = plans::text(source.chart, kind, language)?;
        let mut page = text.printed(name.into_iter().collect(), language);
        if source.is_part_2() {
            page.notices.push(part_two_notice(language));
        }
        Some(page)
    }

    /// The record as a FHIR R4 transaction Bundle: JSON text.
    pub fn export_fhir(&self, patient: Id, now: i64) -> Option<String> {
        Some(fhir::bundle(&self.source(patient, now)?).to_string())
    }

    /// The sessions as iCalendar, with their titles.
    pub fn export_calendar(&self, patient: Id, now: i64) -> Option<String> {
        Some(ics::calendar(&self.source(patient, now)?, Words::Full))
    }

    /// One table as CSV.
    pub fn export_table(&self, patient: Id, table: Table, now: i64) -> Option<Vec<u8>> {
        Some(csv::table(&self.source(patient, now)?, table))
    }
}
