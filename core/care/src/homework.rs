//! Coping-skill homework: what staff assigns and what the patient logs.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::Id;

/// Homework given. The entry's id names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Assigned {
    /// What it is called.
    pub title: String,
    /// What to do, plain text.
    pub instructions: String,
    /// The skill it practises, such as `paced-breathing`; absent when it is none of the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// Last day, patient time.
    pub due: NaiveDate,
    /// How often until then, at least once.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// Homework taken back. Logs stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeworkWithdrawn {
    /// The `homework-assigned` entry.
    pub homework: Id,
}

/// How far it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Completion {
    /// All of it.
    Done,
    /// Some of it.
    Partly,
    /// Tried, and it did not help. That counts as practice.
    TriedDidNotHelp,
    /// Not this time; the obstacle tells why.
    Not,
}

/// One try. The common log of clinical.md, section 3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// The `homework-assigned` entry; absent for practice nobody assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homework: Option<Id>,
    /// The skill practised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// How far it went.
    pub completion: Completion,
    /// Distress before, SUDS 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distress_before: Option<u8>,
    /// Distress after, SUDS 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distress_after: Option<u8>,
    /// Helpfulness 0 to 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helpfulness: Option<u8>,
    /// Minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// What got in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<String>,
    /// A note for the clinic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why a log or an assignment is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HomeworkError {
    /// Distress is 0 to 100.
    #[error("distress-out-of-range")]
    Distress,
    /// Helpfulness is 0 to 4.
    #[error("helpfulness-out-of-range")]
    Helpfulness,
    /// A text is empty where it must not be, or longer than 4,000 bytes.
    #[error("text-out-of-range")]
    Text,
    /// Times is 1 to 100, minutes at most 1,440.
    #[error("number-out-of-range")]
    Number,
}

const TEXT_MAX: usize = 4000;

impl Assigned {
    /// Checks bounds before "Saved".
    pub fn check(&self) -> Result<(), HomeworkError> {
        let title = self.title.trim();
        if title.is_empty() || title.len() > 200 || self.instructions.len() > TEXT_MAX {
            return Err(HomeworkError::Text);
        }
        if !(1..=100).contains(&self.times) {
            return Err(HomeworkError::Number);
        }
        Ok(())
    }
}

impl Logged {
    /// Checks bounds before "Saved".
    pub fn check(&self) -> Result<(), HomeworkError> {
        if [self.distress_before, self.distress_after]
            .into_iter()
            .flatten()
            .any(|distress| distress > 100)
        {
            return Err(HomeworkError::Distress);
        }
        if self.helpfulness.is_some_and(|helpfulness| helpfulness > 4) {
            return Err(HomeworkError::Helpfulness);
        }
        if self.minutes.is_some_and(|minutes| minutes > 1440) {
            return Err(HomeworkError::Number);
        }
        if [&self.obstacle, &self.note]
            .into_iter()
            .flatten()
            .any(|text| text.len() > TEXT_MAX)
        {
            return Err(HomeworkError::Text);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Spoil = fn(&mut Logged);

    fn log() -> Logged {
        Logged {
            homework: None,
            skill: None,
            completion: Completion::Partly,
            distress_before: Some(100),
            distress_after: Some(0),
            helpfulness: Some(4),
            minutes: Some(1440),
            obstacle: None,
            note: None,
        }
    }

    #[test]
    fn bounds() {
        assert_eq!(log().check(), Ok(()));
        let cases: [(Spoil, HomeworkError); 4] = [
            (|l| l.distress_after = Some(101), HomeworkError::Distress),
            (|l| l.helpfulness = Some(5), HomeworkError::Helpfulness),
            (|l| l.minutes = Some(1441), HomeworkError::Number),
            (|l| l.note = Some("x".repeat(4001)), HomeworkError::Text),
        ];
        for (spoil, error) in cases {
            let mut bad = log();
            spoil(&mut bad);
            assert_eq!(bad.check(), Err(error));
        }
        let assigned = Assigned {
            title: " ".to_owned(),
            instructions: String::new(),
            skill: None,
            due: NaiveDate::MIN,
            times: 1,
        };
        assert_eq!(assigned.check(), Err(HomeworkError::Text));
    }
}
