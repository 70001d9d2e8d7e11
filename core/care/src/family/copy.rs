//! The copy that is given away: what a family member will read of one item, made from the record.
//!
//! Owns what is in a copy and what is left out: of the sessions only group and sessions with the family,
//! and whether anybody came stands nowhere. The same record gives the same copy on every phone, so that a
//! copy is written again only when something changed. Markup in people's words is taken for plain text.

use super::{Item, ShareError, Shared, SharedSession, Sharing, words};
use crate::chart::{Chart, Fact};
use crate::library::Library;
use crate::plan::Plan;
use crate::plan::text::{PlanText, plan_text};
use crate::program::SessionKind;
use crate::reminder::Language;
use crate::sessions::sessions;

/// The most sessions in a copy: one entry has room for them.
const SESSIONS_MAX: usize = 300;

/// What a copy is made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The patient's record.
    pub chart: &'a Chart,
    /// The clinic's library.
    pub library: &'a Library,
    /// The language of the headings: the patient's.
    pub language: Language,
}

impl Source<'_> {
    /// The copy of a sharing as the record stands.
    pub fn copy(&self, sharing: &Fact<Sharing>) -> Result<Shared, ShareError> {
        let Sharing {
            item, until, note, ..
        } = &sharing.value;
        let mut copy = self.preview(*item, note)?;
        copy.sharing = sharing.id;
        copy.until = *until;
        Ok(copy)
    }

    /// What a person would read if an item were shared now; `note` is the patient's own words and used
    /// for [`Item::HowToHelp`] only.
    pub fn preview(&self, item: Item, note: &str) -> Result<Shared, ShareError> {
        let mut copy = Shared {
            sharing: crate::id::Id::default(),
            item,
            text: String::new(),
            until: 0,
            sessions: Vec::new(),
            part_two: self.is_part_two(),
        };
        match item {
            Item::HowToHelp => note.trim().clone_into(&mut copy.text),
            Item::SessionTimes => {
                copy.sessions = self.times();
                if copy.sessions.is_empty() {
                    return Err(ShareError::Nothing);
                }
                copy.text = words::words(self.language, "times.intro");
            }
            Item::TransitionPlan => {
                let plan = self.chart.transition_plan().current;
                copy.text = self.plan(&plan.ok_or(ShareError::Nothing)?.value);
            }
            Item::SafetyPlan => {
                let plan = self.chart.safety_plan().current;
                copy.text = self.plan(&plan.ok_or(ShareError::Nothing)?.value);
            }
        }
        Ok(copy)
    }

    /// Does the notice of 42 CFR part 2 stand with what leaves this record?
    pub fn is_part_two(&self) -> bool {
        let enrolled = self.chart.enrolment();
        enrolled.is_some_and(|enrolled| self.library.is_part_two(enrolled.value.track))
    }

    /// Group and sessions with the family, the whole program long: a list that does not change only
    /// because a day has passed.
    fn times(&self) -> Vec<SharedSession> {
        let all = sessions(self.chart, self.library, i64::MIN, i64::MAX).into_iter();
        let told = all.filter(|one| matches!(one.kind, SessionKind::Group | SessionKind::Family));
        told.take(SESSIONS_MAX)
            .map(|session| SharedSession {
                start: session.start,
                end: session.end,
                cancelled: !session.rings(),
                time_zone: session.time_zone,
            })
            .collect()
    }

    /// A plan as its own page prints it, without the sections in which nothing stands.
    fn plan<T: Plan>(&self, plan: &T) -> String {
        let PlanText {
            notice, sections, ..
        } = plan_text(plan, self.language);
        let parts: Vec<_> = sections
            .into_iter()
            .map(|section| (section.heading, section.lines))
            .collect();
        let mut text = markdown(&parts);
        if !notice.is_empty() {
            text.extend(["\n", &plain(&notice), "\n"]);
        }
        text
    }
}

/// Headings with their lines as `CommonMark`; a heading without lines is left out.
pub fn markdown(parts: &[(String, Vec<String>)]) -> String {
    let mut text = String::new();
    for (heading, lines) in parts.iter().filter(|(_, lines)| !lines.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.extend(["## ", &plain(heading), "\n\n"]);
        for one in lines {
            text.extend(["- ", &plain(one), "\n"]);
        }
    }
    text
}

/// Somebody's words as `CommonMark` that shows exactly these words, paragraph by paragraph.
pub fn paragraphs(words: &str) -> String {
    let lines = words.lines().map(str::trim);
    let filled: Vec<_> = lines.filter(|line| !line.is_empty()).map(plain).collect();
    filled.join("\n\n")
}

/// One line without markup: what `CommonMark` reads as a mark stands behind a backslash, which shows it as it
/// is (section 2.4); the marks of lists and headings only where they would begin one.
fn plain(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let number = line.bytes().take_while(u8::is_ascii_digit).count();
    let mut plain = String::with_capacity(line.len());
    for (at, letter) in line.char_indices() {
        let always = matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '&' | '|' | '~' | '!'
        );
        let first = at == 0 && matches!(letter, '-' | '+' | '=');
        let numbered = at == number && number > 0 && matches!(letter, '.' | ')');
        if always || first || numbered {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Body;
    use crate::plan::{Medicine, SafetyPlan, TransitionPlan};
    use crate::program::{Program, ProgramKind, SessionChange};
    use crate::testing::{Care, World, at, date};

    fn source<'a>(chart: &'a Chart, world: &'a World) -> Source<'a> {
        Source {
            chart,
            library: &world.library,
            language: Language::English,
        }
    }

    fn care() -> Care {
        Care::enrolled("2026-11-02", 2, &[])
    }

    #[test]
    fn times_are_those_of_group_for_the_whole_program() {
        let mut world = World::riverbend();
        let chart = care().chart();
        let copy = |world: &World| source(&chart, world).preview(Item::SessionTimes, "");
        let first = copy(&world).expect("planned");
        assert_eq!(first.sessions.len(), 6);
        assert_eq!(first.sessions[0].start, at("2026-11-02T14:00:00Z"));
        assert!(!first.part_two);
        assert_eq!(copy(&world), Ok(first), "the same record, the same copy");
        world.changed(SessionChange::Cancelled {
            original_date: date("2026-11-09"),
            original_start: None,
            reason: Some("A reason that stays at the clinic".to_owned()),
        });
        let second = copy(&world).expect("planned");
        let cancelled: Vec<_> = second.sessions.iter().map(|one| one.cancelled).collect();
        assert_eq!(cancelled, [false, false, false, true, false, false]);
        assert_eq!(
            source(&Chart::default(), &world).preview(Item::SessionTimes, ""),
            Err(ShareError::Nothing)
        );
    }

    #[test]
    fn markup_in_a_plan_is_plain_text() {
        let world = World::riverbend();
        let mut care = care();
        care.staff(
            at("2026-11-20T12:00:00Z"),
            Body::TransitionPlan(TransitionPlan {
                what_helps: vec!["# [walk](http://x) <b>\n- twice".to_owned()],
                medicines: vec![Medicine {
                    name: "Sertraline".to_owned(),
                    how: "50 mg".to_owned(),
                    why: String::new(),
                }],
                ..TransitionPlan::default()
            }),
        );
        let chart = care.chart();
        let text = source(&chart, &world)
            .preview(Item::TransitionPlan, "")
            .expect("a plan")
            .text;
        assert!(
            text.contains("\n- \\# \\[walk\\](http://x) \\<b\\> - twice\n"),
            "{text}"
        );
        assert!(text.contains("\n- Sertraline: 50 mg\n"), "{text}");
        assert_eq!(text.matches("## ").count(), 2, "empty sections stay out");
        for (words, shown) in [
            ("Call me.\n\n1. Walk", "Call me.\n\n1\\. Walk"),
            ("- one\n- two", "\\- one\n\n\\- two"),
            ("1.5 hours, 2) or so", "1\\.5 hours, 2) or so"),
            ("555-0142 (Ana)", "555-0142 (Ana)"),
        ] {
            assert_eq!(paragraphs(words), shown);
        }
    }

    #[test]
    fn the_safety_plan_is_copied_in_the_patients_language() {
        let world = World::riverbend();
        let mut care = care();
        let nothing = care.chart();
        let copy = source(&nothing, &world).preview(Item::SafetyPlan, "");
        assert_eq!(copy, Err(ShareError::Nothing));
        care.patient(
            at("2026-11-20T12:00:00Z"),
            Body::SafetyPlan(SafetyPlan {
                warning_signs: vec!["Not answering the phone".to_owned()],
                ..SafetyPlan::default()
            }),
        );
        let chart = care.chart();
        let text = |language| {
            let source = Source {
                language,
                ..source(&chart, &world)
            };
            source.preview(Item::SafetyPlan, "").expect("a plan").text
        };
        let (english, spanish) = (text(Language::English), text(Language::Spanish));
        assert!(english.contains("- Not answering the phone\n"));
        assert!(spanish.contains("- Not answering the phone\n"));
        assert_ne!(english.lines().next(), spanish.lines().next());
    }

    #[test]
    fn a_program_for_substance_use_puts_the_notice_with_it() {
        let mut world = World::riverbend();
        let chart = care().chart();
        let track = world.library.track(crate::testing::TRACK).expect("ours");
        let program = track.program;
        for (kind, is) in [
            (ProgramKind::MentalHealth, false),
            (ProgramKind::SubstanceUse, true),
            (ProgramKind::DualDiagnosis, true),
        ] {
            world.library(Body::Program(Program {
                id: program,
                name: "IOP".to_owned(),
                kind,
                time_zone: "UTC".to_owned(),
                phone: String::new(),
                hours: String::new(),
                weekly_minimum: None,
            }));
            let copy = source(&chart, &world).preview(Item::HowToHelp, "Walk.");
            assert_eq!(copy.expect("words").part_two, is, "{kind:?}");
        }
    }
}
