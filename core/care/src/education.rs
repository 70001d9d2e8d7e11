//! The education pieces that come with the program: own words, from the facts of an IOP. A clinic
//! publishes them in its library and may replace each.

use crate::library::Education;

/// Words that a person reads in a minute.
const WORDS_A_MINUTE: usize = 180;

/// The shipped pieces: slug, for family phones too, text.
const PIECES: [(&str, bool, &str); 4] = [
    (
        "what-is-an-iop",
        true,
        include_str!("../content/en/education/what-is-an-iop.md"),
    ),
    (
        "why-practice-between-groups",
        false,
        include_str!("../content/en/education/why-practice-between-groups.md"),
    ),
    (
        "how-to-help",
        true,
        include_str!("../content/en/education/how-to-help.md"),
    ),
    (
        "after-the-program",
        true,
        include_str!("../content/en/education/after-the-program.md"),
    ),
];

/// The shipped pieces in reading order.
pub fn shipped() -> Vec<Education> {
    PIECES
        .iter()
        .map(|(slug, family, text)| piece(slug, *family, text))
        .collect()
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

    #[test]
    fn pieces_are_short_and_whole() {
        for piece in shipped() {
            assert!(
                !piece.title.is_empty() && !piece.title.contains('#'),
                "{}",
                piece.slug
            );
            assert!(piece.summary.ends_with('.'), "{}", piece.slug);
            assert!((1..=3).contains(&piece.minutes), "{}", piece.slug);
            assert!(!piece.markdown.contains('<'), "{}: no HTML", piece.slug);
        }
    }
}
