//! What there is to read: the pieces that come with the program, in English and Spanish, and what the
//! groups are about this week.
//!
//! Own words, from the facts of an IOP (iop.md, clinical.md). A clinic publishes the pieces in its library
//! and may replace each with its own text. A phone shows a piece that the clinic took over unchanged in
//! the language of its owner; a clinic's own text is shown as the clinic wrote it.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::content;
use crate::id::Id;
use crate::library::{Education, Library};
use crate::reminder::Language;

/// Words that a person reads in a minute.
const WORDS_A_MINUTE: usize = 180;

/// The shipped pieces in reading order: slug, and whether family phones show it too.
const PIECES: &[(&str, bool)] = &[
    ("what-is-an-iop", true),
    ("who-it-is-for", true),
    ("your-first-week", true),
    ("your-treatment-plan", true),
    ("getting-the-most-from-group", false),
    ("why-practice-between-groups", false),
    ("medicines-and-your-prescriber", true),
    ("how-to-help", true),
    ("talking-with-someone-who-struggles", true),
    ("family-sessions", true),
    ("looking-after-yourself", true),
    ("in-a-crisis", true),
    ("insurance-words", true),
    ("work-school-and-home", true),
    ("setbacks-happen", true),
    ("after-the-program", true),
];

/// What the groups are about for some days, and what to read with it. Body of a library entry; a later
/// one with the same `id` replaces it. Holds no name and no join link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "web", derive(tsify::Tsify))]
pub struct GroupTheme {
    /// Stable over revisions.
    pub id: Id,
    /// The tracks; all of them when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<Id>,
    /// First day, clinic time.
    pub from: NaiveDate,
    /// Last day, clinic time.
    pub until: NaiveDate,
    /// The theme in a few words, 1 to 200 bytes.
    pub title: String,
    /// A few sentences, or empty; at most 2,000 bytes.
    #[serde(default)]
    pub about: String,
    /// The skill that is practised, such as `paced-breathing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// Slugs of pieces to read, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<String>,
    /// Taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl GroupTheme {
    /// The longest span, in days.
    pub const LONGEST_DAYS: i64 = 366;

    /// Are the days in order and the texts within their bounds?
    pub fn is_valid(&self) -> bool {
        let days = (self.until - self.from).num_days();
        let title = self.title.trim();
        (0..=Self::LONGEST_DAYS).contains(&days)
            && crate::calendar::check_date(self.from).is_ok()
            && !title.is_empty()
            && title.len() <= 200
            && self.about.len() <= 2000
            && self.pieces.len() <= 20
    }

    fn holds(&self, date: NaiveDate) -> bool {
        self.from <= date && date <= self.until
    }
}

impl Library {
    /// What the groups are about on a day, clinic time; for one track, or for any when `track` is
    /// absent: a family phone is not told which track is the patient's.
    pub fn themes_on(&self, date: NaiveDate, track: Option<Id>) -> Vec<&GroupTheme> {
        let meant = |theme: &GroupTheme| {
            theme.tracks.is_empty() || track.is_none_or(|track| theme.tracks.contains(&track))
        };
        let mut themes = self.themes();
        themes.retain(|theme| theme.holds(date) && meant(theme));
        themes
    }
}

static ENGLISH: LazyLock<Vec<Education>> = LazyLock::new(|| pieces(Language::English));
static SPANISH: LazyLock<Vec<Education>> = LazyLock::new(|| pieces(Language::Spanish));

fn pieces(language: Language) -> Vec<Education> {
    let folder = match language {
        Language::English => "en",
        Language::Spanish => "es",
    };
    let text = |slug: &str| content::text(&format!("{folder}/education/{slug}.md"));
    let each = PIECES.iter();
    each.map(|(slug, family)| piece(slug, *family, text(slug)))
        .collect()
}

/// The shipped pieces in reading order, in English: what a clinic publishes.
pub fn shipped() -> Vec<Education> {
    ENGLISH.clone()
}

/// The shipped pieces in a language.
pub fn shipped_in(language: Language) -> &'static [Education] {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}

/// A published piece as a reader of this language sees it: a shipped text that the clinic took over
/// unchanged in that language, anything else as the clinic wrote it.
pub fn in_language(published: &Education, language: Language) -> &Education {
    let slug = &published.slug;
    let shipped = Language::ALL
        .iter()
        .flat_map(|language| shipped_in(*language))
        .find(|one| one.slug == *slug && one.markdown == published.markdown);
    if shipped.is_none() {
        return published;
    }
    let theirs = shipped_in(language).iter().find(|one| one.slug == *slug);
    theirs.unwrap_or(published)
}

/// A piece from Markdown: the first line is the title, the first paragraph the summary.
fn piece(slug: &str, family: bool, text: &str) -> Education {
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let rest = rest.trim_start();
    let summary = rest.lines().next().unwrap_or_default();
    let words = rest.split_whitespace().count();
    Education {
        slug: slug.to_owned(),
        title: title.trim_start_matches('#').trim().to_owned(),
        summary: summary.to_owned(),
        minutes: u32::try_from(words.div_ceil(WORDS_A_MINUTE)).unwrap_or(u32::MAX),
        family,
        markdown: rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Body;
    use crate::testing::{TRACK, World, date, id};

    #[test]
    fn pieces_are_short_and_whole_in_every_language() {
        assert!(shipped().len() >= 12);
        for language in Language::ALL {
            let pieces = shipped_in(language);
            assert_eq!(pieces.len(), shipped().len());
            for (piece, english) in pieces.iter().zip(shipped()) {
                let slug = &piece.slug;
                assert_eq!((slug, piece.family), (&english.slug, english.family));
                assert!(
                    !piece.title.is_empty() && !piece.title.contains('#'),
                    "{slug}"
                );
                assert!(piece.summary.ends_with('.'), "{slug}");
                // About three minutes each.
                assert!(
                    (2..=4).contains(&piece.minutes),
                    "{slug}: {}",
                    piece.minutes
                );
                assert!(!piece.markdown.contains('<'), "{slug}: no HTML");
                let sections = |piece: &Education| piece.markdown.matches("\n## ").count();
                assert_eq!(sections(piece), sections(&english), "{slug}");
                if language != Language::English {
                    assert_ne!(piece.markdown, english.markdown, "{slug}");
                }
            }
        }
    }

    #[test]
    fn an_unchanged_piece_is_read_in_the_readers_language() {
        let english = &shipped()[0];
        let spanish = in_language(english, Language::Spanish);
        assert_ne!(spanish.title, english.title);
        assert_eq!(spanish.slug, english.slug);
        assert_eq!(in_language(spanish, Language::English), english);
        let mut own = english.clone();
        own.markdown = "The clinic's own words.".to_owned();
        assert_eq!(in_language(&own, Language::Spanish), &own);
    }

    fn theme(number: u8, tracks: Vec<Id>, from: &str, until: &str) -> GroupTheme {
        GroupTheme {
            id: id(number),
            tracks,
            from: date(from),
            until: date(until),
            title: format!("Theme {number}"),
            about: String::new(),
            skill: None,
            pieces: Vec::new(),
            withdrawn: false,
        }
    }

    #[test]
    fn a_theme_holds_for_its_days_and_tracks() {
        let mut world = World::riverbend();
        for theme in [
            theme(1, vec![], "2026-11-23", "2026-11-29"),
            theme(2, vec![TRACK], "2026-11-23", "2026-11-29"),
            theme(3, vec![id(9)], "2026-11-23", "2026-11-29"),
            theme(4, vec![], "2026-11-30", "2026-12-06"),
        ] {
            assert!(theme.is_valid());
            world.library(Body::GroupTheme(theme));
        }
        let on = |world: &World, day: &str, track| -> Vec<String> {
            let themes = world.library.themes_on(date(day), track);
            themes.iter().map(|theme| theme.title.clone()).collect()
        };
        assert_eq!(
            on(&world, "2026-11-23", Some(TRACK)),
            ["Theme 1", "Theme 2"]
        );
        assert_eq!(
            on(&world, "2026-11-29", None),
            ["Theme 1", "Theme 2", "Theme 3"]
        );
        assert_eq!(on(&world, "2026-11-30", Some(TRACK)), ["Theme 4"]);
        let mut back = theme(1, vec![], "2026-11-23", "2026-11-29");
        back.withdrawn = true;
        world.library(Body::GroupTheme(back));
        assert_eq!(on(&world, "2026-11-23", Some(TRACK)), ["Theme 2"]);
        let mut bad = theme(5, vec![], "2026-11-24", "2026-11-23");
        assert!(!bad.is_valid());
        bad.until = bad.from;
        assert!(bad.is_valid());
        bad.title = " ".to_owned();
        assert!(!bad.is_valid());
    }
}
