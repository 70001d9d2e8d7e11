//! Sheets by chance: answers, notes, pauses, and whether they are handed in, left and taken up again, or left
//! for good. A pair of twins has one sheet; only the answer to the safety item is not the same.

use handrail_care::checkin::{self, Answer, Answers};
use handrail_companion::view::{AnswerValue, CheckInForm};
use handrail_companion::{Companion, SetClock};
use handrail_story::clinic::synchronise;

/// Bytes that a note takes.
const NOTE_BYTES: usize = 1000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Chance that can be had again (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("fits");
        usize::try_from(self.draw() % end).expect("below a usize")
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// How a sheet ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Handed in at once.
    HandedIn,
    /// Left after so many questions, taken up again later the same hour, and handed in.
    TakenUp(usize),
    /// Left after so many questions, and the next one is begun in another week.
    LeftForGood(usize),
}

/// A sheet, but for the answer to its safety item.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub form: &'static str,
    pub item: &'static str,
    /// The answer of the worried twin.
    pub worried: i64,
    /// Chance of everything else.
    pub seed: u64,
    pub end: End,
    /// The phone synchronises right after the safety item.
    pub between: bool,
    /// The worried twin answers the questions that follow.
    pub follow: bool,
    /// Minutes since the sheet before.
    pub minutes: i64,
}

impl Sheet {
    pub fn by_chance(dice: &mut Dice) -> Self {
        let (form, item, most) = if dice.one_in(2) {
            ("phq9", "q9", 3)
        } else {
            ("daily-check-in", "urge-to-self-harm", 4)
        };
        let worried = i64::try_from(1 + dice.below(most)).expect("small");
        let end = match dice.below(4) {
            0 => End::TakenUp(1 + dice.below(10)),
            1 => End::LeftForGood(1 + dice.below(11)),
            _ => End::HandedIn,
        };
        Self {
            form,
            item,
            worried,
            seed: dice.draw(),
            end,
            between: dice.one_in(3),
            follow: dice.one_in(2),
            minutes: i64::try_from(1 + dice.below(600)).expect("small"),
        }
    }

    /// The answers of a whole sheet, as the form has its options.
    pub fn answers(&self, worried: bool) -> Answers {
        let mut dice = Dice::new(self.seed);
        let form = checkin::shipped().iter().find(|form| form.id == self.form);
        let form = form.expect("it ships");
        let mut answers = Answers::default();
        for item in &form.items {
            let answer = if item.link_id == self.item {
                let _ = dice.draw();
                Answer::Value(if worried { self.worried } else { 0 })
            } else if let Some(option) = item.options.get(dice.below(item.options.len())) {
                option.answer.clone()
            } else if item.link_id == "note" {
                Answer::Text(note(&mut dice))
            } else {
                continue;
            };
            answers.set(item.link_id.as_str(), answer);
        }
        checkin::settled(form, &answers)
    }
}

/// Words of any length that the field takes, to the last byte, with letters of several bytes and signs that
/// JSON escapes.
fn note(dice: &mut Dice) -> String {
    const LETTERS: [char; 8] = ['a', 'e', ' ', 'ü', '"', '\\', '字', '😀'];
    let most = [1, 2, 20, 300, NOTE_BYTES][dice.below(5)];
    // Now and then the longest that can be in JSON.
    let only_quotes = dice.one_in(8);
    let mut text = String::new();
    loop {
        let letter = if only_quotes {
            '"'
        } else {
            LETTERS[dice.below(LETTERS.len())]
        };
        if text.len() + letter.len_utf8() > most {
            break;
        }
        text.push(letter);
    }
    let text = text.trim().to_owned();
    if text.is_empty() {
        "-".to_owned()
    } else {
        text
    }
}

/// A phone with a clock that stands where it is put.
pub struct Twin {
    pub phone: std::sync::Arc<Companion>,
    pub clock: std::sync::Arc<SetClock>,
    pub now: i64,
}

impl Twin {
    fn wait(&mut self, ms: i64) {
        self.now += ms;
        self.clock.set(self.now);
    }

    /// Fills a sheet in, question by question, as an app does.
    pub fn fill(&mut self, sheet: &Sheet, worried: bool) {
        self.wait(sheet.minutes * MINUTE);
        let mut form = self.phone.start_check_in(sheet.form).expect("a form");
        let stop = match sheet.end {
            End::HandedIn => usize::MAX,
            End::TakenUp(after) | End::LeftForGood(after) => after,
        };
        self.answer(sheet, worried, &mut form, 0..stop);
        match sheet.end {
            End::LeftForGood(_) => {
                synchronise(&self.phone);
                self.wait(9 * DAY);
                self.phone.start_check_in(sheet.form).expect("a new one");
            }
            End::TakenUp(after) => {
                synchronise(&self.phone);
                self.wait(MINUTE);
                let mut again = self.phone.start_check_in(sheet.form).expect("the same");
                self.answer(sheet, worried, &mut again, after..usize::MAX);
                self.phone.submit(&again.check_in).expect("handed in");
            }
            End::HandedIn => {
                self.phone.submit(&form.check_in).expect("handed in");
            }
        }
        synchronise(&self.phone);
    }

    fn answer(
        &self,
        sheet: &Sheet,
        worried: bool,
        form: &mut CheckInForm,
        which: std::ops::Range<usize>,
    ) {
        let mut dice = Dice::new(sheet.seed);
        let asked = form.questions.clone();
        let asked = asked
            .iter()
            .filter(|one| !one.options.is_empty() || one.link_id == "note");
        for (at, question) in asked.enumerate() {
            let value = if question.link_id == sheet.item {
                let _ = dice.draw();
                let number = if worried { sheet.worried } else { 0 };
                AnswerValue::Number { number }
            } else if question.link_id == "note" {
                let _ = dice.draw();
                let text = note(&mut dice);
                AnswerValue::Words { text }
            } else {
                let chosen = dice.below(question.options.len());
                question.options[chosen].value.clone()
            };
            let shown = form
                .questions
                .iter()
                .any(|one| one.link_id == question.link_id && one.shown);
            if !which.contains(&at) || !shown {
                continue;
            }
            *form = self
                .phone
                .answer(&form.check_in, &question.link_id, Some(value))
                .expect("an answer that fits");
            if question.link_id == sheet.item {
                if sheet.between {
                    synchronise(&self.phone);
                }
                if worried && sheet.follow {
                    self.follow(form);
                }
            }
        }
    }

    /// The questions that follow a positive answer, each with a yes.
    fn follow(&self, form: &CheckInForm) {
        let asked = form.follow_up.as_ref().expect("the clinic asks on");
        for question in &asked.questions {
            let yes = AnswerValue::YesNo { yes: true };
            self.phone
                .answer_follow_up(&form.check_in, &question.link_id, Some(yes))
                .expect("an answer that fits");
        }
    }
}
