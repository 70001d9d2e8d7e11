//! A plan as headings and lines: what is shown, printed and shared, and what two revisions are held
//! against each other by.
//!
//! Owns how a line is put together. Refuses layout: paper is [`crate::document`]'s.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::history::Plan;
use super::{PlanKind, words};
use crate::document::{Block, Document};
use crate::reminder::Language;

/// One heading and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PlanSection {
    /// Names the section, the same in every language.
    pub key: String,
    /// The heading.
    pub heading: String,
    /// A question that helps to fill it in.
    pub prompt: String,
    /// What stands there; may be empty.
    pub lines: Vec<String>,
}

/// A plan to be read or printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PlanText {
    /// Which plan.
    pub kind: PlanKind,
    /// Its title.
    pub title: String,
    /// What the reader must know: that nobody watches these texts; may be empty.
    pub notice: String,
    /// All sections of this plan, empty ones too.
    pub sections: Vec<PlanSection>,
}

/// What changed in one section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct PlanChange {
    /// Names the section.
    pub key: String,
    /// The heading.
    pub heading: String,
    /// Lines that are new, in the order of the plan.
    pub added: Vec<String>,
    /// Lines that are gone, in the order of the earlier plan.
    pub removed: Vec<String>,
}

/// The words of one language, handed to a plan that becomes a document.
#[derive(Debug, Clone, Copy)]
pub struct Texts(pub Language);

impl Texts {
    /// The words of a key.
    pub(super) fn word(self, key: &str) -> String {
        words::words(self.0, key)
    }

    pub(super) fn word_or(self, key: &str, other: &str) -> String {
        let text = words::map(self.0).get(key);
        text.map_or_else(|| other.to_owned(), Clone::clone)
    }

    pub(super) fn section(self, key: &str, lines: impl IntoIterator<Item = String>) -> PlanSection {
        PlanSection {
            key: key.to_owned(),
            heading: self.word(&format!("section.{key}")),
            prompt: self.word(&format!("prompt.{key}")),
            lines: lines.into_iter().collect(),
        }
    }

    /// A day as people of this language write it.
    pub fn day(self, date: NaiveDate) -> String {
        self.word("date")
            .replace("{month}", &self.word(&format!("month.{}", date.month())))
            .replace("{day}", &date.day().to_string())
            .replace("{year}", &date.year().to_string())
    }
}

/// `name: first, second`, without what is empty.
pub(super) fn join<const N: usize>(name: &str, rest: [&str; N]) -> String {
    let rest: Vec<_> = rest
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    if rest.is_empty() {
        name.to_owned()
    } else {
        format!("{name}: {}", rest.join(", "))
    }
}

/// A plan in the words of a language.
pub fn plan_text<T: Plan>(plan: &T, language: Language) -> PlanText {
    let texts = Texts(language);
    let key = T::KIND.key();
    PlanText {
        kind: T::KIND,
        title: texts.word(&format!("title.{key}")),
        notice: texts.word(&format!("notice.{key}")),
        sections: plan.sections(texts),
    }
}

impl PlanText {
    /// The plan to print, without the sections in which nothing stands. `about`: lines under the title,
    /// whose it is and from when.
    pub fn printed(&self, about: Vec<String>, language: Language) -> Document {
        let mut page = Document::new(language, self.title.clone());
        page.about = about;
        for section in &self.sections {
            let lines = section.lines.iter().map(Block::bullet).collect();
            page.section(section.heading.clone(), lines);
        }
        if !self.notice.is_empty() {
            page.notices.push(self.notice.clone());
        }
        page
    }
}

/// What is in `after` and was not in `before`, and the other way round, section by section. A line that
/// was moved within its section is no change; one that is there twice and was there once is.
pub fn changes(before: &PlanText, after: &PlanText) -> Vec<PlanChange> {
    let lines = |document: &PlanText, key: &str| {
        let found = document.sections.iter().find(|section| section.key == key);
        found.map_or_else(Vec::new, |section| section.lines.clone())
    };
    let more = |these: &[String], than: &[String]| -> Vec<String> {
        let mut left = than.to_vec();
        let mut new = Vec::new();
        for line in these {
            match left.iter().position(|other| other == line) {
                Some(at) => drop(left.swap_remove(at)),
                None => new.push(line.clone()),
            }
        }
        new
    };
    let change = |section: &PlanSection| {
        let (old, new) = (lines(before, &section.key), lines(after, &section.key));
        PlanChange {
            key: section.key.clone(),
            heading: section.heading.clone(),
            added: more(&new, &old),
            removed: more(&old, &new),
        }
    };
    let changed = |change: &PlanChange| !change.added.is_empty() || !change.removed.is_empty();
    after.sections.iter().map(change).filter(changed).collect()
}
