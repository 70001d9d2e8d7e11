//! Progress on the patient's phone: the same page as at the weekly review, without what is staff's.

use handrail_care::export::Source;
use handrail_care::family::words::part_two_notice;
use handrail_care::id::Id;
use handrail_care::progress::{own_page, print};
use handrail_care::reminder::Language;

use crate::error::CompanionError;
use crate::phone::Phone;
use crate::view::ProgressPage;

impl Phone {
    /// The patient's own page.
    pub fn progress(&self, now: i64) -> Result<ProgressPage, CompanionError> {
        let page = own_page(self.chart()?, &self.library, now);
        Ok(ProgressPage::new(page, Language::of(&self.language)))
    }

    /// The same as HTML, to print or to keep.
    pub fn progress_print(&self, now: i64) -> Result<String, CompanionError> {
        let chart = self.chart()?;
        let language = Language::of(&self.language);
        let patient = Id(self.mailboxes[self.care()?].log.mailbox.0);
        let part_2 = Source::own(patient, chart, &self.library, now).is_part_2();
        let notices = part_2.then(|| part_two_notice(language)).into_iter();
        let page = own_page(chart, &self.library, now);
        Ok(print::document(&page, language, notices.collect()).to_html())
    }
}
