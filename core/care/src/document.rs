//! A page to print: headings and lines, without a layout.
//!
//! Owns the structure that plans and the one page of progress are written in, and its HTML, which a
//! phone and a browser print. The PDF of the same structure is made where its library lives
//! (docs/adr/0012). Refuses markup from outside: every text is plain and is escaped here.

mod html;

use serde::Serialize;

use crate::reminder::Language;

/// A page to print.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Document {
    /// The language of the words, BCP 47: `en` or `es`.
    pub language: String,
    /// What it is.
    pub title: String,
    /// Lines under the title: whose, from when.
    pub about: Vec<String>,
    /// The parts, in order.
    pub sections: Vec<Section>,
    /// Small print at the end, such as the notice of 42 CFR Part 2.
    pub notices: Vec<String>,
}

/// A part with a heading.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// What stands under it.
    pub blocks: Vec<Block>,
}

/// One thing on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub enum Block {
    /// A paragraph.
    Text {
        /// Plain text.
        text: String,
    },
    /// A line of a list.
    Bullet {
        /// Plain text.
        text: String,
    },
    /// A name and what belongs to it.
    Pair {
        /// The name.
        label: String,
        /// What belongs to it.
        text: String,
    },
    /// Rows and columns.
    Table {
        /// Names of the columns.
        head: Vec<String>,
        /// Rows, each as long as the head.
        rows: Vec<Vec<String>>,
    },
}

impl Document {
    /// An empty page.
    pub fn new(language: Language, title: impl Into<String>) -> Self {
        Self {
            language: language.tag().to_owned(),
            title: title.into(),
            ..Self::default()
        }
    }

    /// Adds a part, unless there is nothing in it.
    pub fn section(&mut self, heading: impl Into<String>, blocks: Vec<Block>) {
        if !blocks.is_empty() {
            self.sections.push(Section {
                heading: heading.into(),
                blocks,
            });
        }
    }

    /// The page as HTML that stands alone: no script, no link, nothing to fetch.
    pub fn to_html(&self) -> String {
        html::page(self)
    }

    /// The page as an XHTML `div`: the narrative of a FHIR resource.
    pub fn to_div(&self) -> String {
        html::div(self)
    }
}

impl Block {
    /// A paragraph.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// A line of a list.
    pub fn bullet(text: impl Into<String>) -> Self {
        Self::Bullet { text: text.into() }
    }

    /// A name and what belongs to it.
    pub fn pair(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Pair {
            label: label.into(),
            text: text.into(),
        }
    }
}
