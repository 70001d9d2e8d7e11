//! A patient's record as files: what `handrail-desk export` writes.
//!
//! Owns which file a call asks for and the finding of the patient. The bytes are the core's, but for PDF,
//! which is laid out here. Refuses a name that two patients share: the id says which.

use handrail_care::document::Document;
use handrail_care::export::csv::Table;
use handrail_care::id::Id;
use handrail_care::plan::PlanKind;
use handrail_care::reminder::Language;
use handrail_clinician::Clinician;

use crate::pdf;

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A FHIR R4 transaction Bundle.
    Fhir,
    /// One table.
    Csv(Table),
    /// Sessions for a calendar.
    Ics,
    /// A page to print.
    Pdf(Page, Language),
    /// The same as HTML.
    Html(Page, Language),
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The weekly review.
    Review,
    /// A plan that holds.
    Plan(PlanKind),
}

impl Page {
    /// `review`, or a plan: `part-one`, `part-two`, `safety`, `transition`.
    pub fn parse(name: &str) -> Option<Self> {
        let plan = PlanKind::ALL.into_iter().find(|kind| kind.key() == name);
        match plan {
            Some(kind) => Some(Self::Plan(kind)),
            None => (name == "review").then_some(Self::Review),
        }
    }
}

/// Why nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Nobody of this clinic that this account can open.
    #[error("patient-unknown")]
    Unknown,
    /// Several patients have this name: use the id.
    #[error("patient-name-not-unique")]
    NotUnique,
    /// The patient has no such plan.
    #[error("no-such-plan")]
    NoPlan,
    /// The PDF could not be laid out.
    #[error("{0}")]
    Pdf(#[from] pdf::PdfError),
}

/// The patient of an id or of a whole name.
pub fn find(clinician: &Clinician, named: &str) -> Result<Id, ExportError> {
    if let Ok(id) = named.parse::<Id>()
        && clinician.roster().person(id).is_some()
    {
        return Ok(id);
    }
    let people = clinician.roster().people();
    let mut same = people.iter().filter(|person| person.name == named);
    match (same.next(), same.next()) {
        (Some(person), None) => Ok(person.care),
        (Some(_), Some(_)) => Err(ExportError::NotUnique),
        (None, _) => Err(ExportError::Unknown),
    }
}

/// The file's bytes.
pub fn export(
    clinician: &Clinician,
    patient: Id,
    format: Format,
    now: i64,
) -> Result<Vec<u8>, ExportError> {
    let bytes = match format {
        Format::Fhir => clinician
            .export_fhir(patient, now)
            .map(|text| (text + "\n").into_bytes()),
        Format::Csv(table) => clinician.export_table(patient, table, now),
        Format::Ics => clinician
            .export_calendar(patient, now)
            .map(String::into_bytes),
        Format::Html(which, language) => {
            let page = page(clinician, patient, which, language, now)?;
            return Ok(page.to_html().into_bytes());
        }
        Format::Pdf(which, language) => {
            let page = page(clinician, patient, which, language, now)?;
            return Ok(pdf::render(&page)?);
        }
    };
    bytes.ok_or(ExportError::Unknown)
}

fn page(
    clinician: &Clinician,
    patient: Id,
    which: Page,
    language: Language,
    now: i64,
) -> Result<Document, ExportError> {
    match which {
        Page::Review => clinician
            .one_page_document(patient, language, now)
            .ok_or(ExportError::Unknown),
        Page::Plan(kind) => clinician
            .plan_document(patient, kind, language, now)
            .ok_or(ExportError::NoPlan),
    }
}
