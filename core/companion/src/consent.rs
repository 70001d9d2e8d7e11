//! The text that a patient reads before anything is written, and the word that it was read.

use handrail_care::consent::{self, Consented};
use handrail_care::entry::Body;

use crate::error::CompanionError;
use crate::help::program_phone;
use crate::phone::Phone;
use crate::view::{ConsentView, Saved, not_watched};

impl Phone {
    /// The text that holds now, in the phone's language, and when it was read.
    pub fn consent(&self) -> Result<ConsentView, CompanionError> {
        let text = consent::text(&self.language);
        let to = program_phone(self, &self.library);
        let lines = text.lines.iter().map(|line| (*line).to_owned());
        // When someone reads, in the clinic's own words; the text itself says the rest.
        let mut hours = not_watched(&self.language, to.as_ref());
        hours.pop();
        Ok(ConsentView {
            version: consent::VERSION.to_owned(),
            title: text.title.to_owned(),
            lines: lines.chain(hours).collect(),
            acknowledged_at: (self.chart()?.consented(consent::VERSION)).map(|fact| fact.at),
        })
    }

    /// Writes that the patient has read it. Refused for another version than the one that holds.
    pub fn acknowledge_consent(
        &mut self,
        version: &str,
        now: i64,
    ) -> Result<Saved, CompanionError> {
        let home = self.care()?;
        if version != consent::VERSION {
            return Err(CompanionError::NotFound);
        }
        if let Some(read) = self.chart()?.consented(version) {
            return Ok(Saved {
                receipt: read.id.to_string(),
            });
        }
        let read = Consented {
            version: version.to_owned(),
            language: consent::text(&self.language).language.to_owned(),
        };
        self.save_one(home, now, Body::Consented(read))
    }
}
