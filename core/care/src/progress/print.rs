//! The one page as a page to print.
//!
//! Owns the order and the choice of words. Everything it says stands in [`OnePage`]; nothing is worked out
//! here.

use chrono::{Datelike, NaiveDate};

use super::words::{filled, words};
use super::{Measure, OnePage, Point, Share};
use crate::checkin::{Instrument, severity_words};
use crate::document::{Block, Document};
use crate::due::date_at;
use crate::plan::goals::GoalProgress;
use crate::plan::{self, GoalState};
use crate::progress::one_page::FlagLine;
use crate::reminder::Language;
use crate::visits::Visits;

/// A day as people write it.
pub fn day(language: Language, date: NaiveDate) -> String {
    let month = words(language, &format!("month.{}", date.month()));
    let (day, year) = (date.day().to_string(), date.year().to_string());
    let gaps = [("month", month.as_str()), ("day", &day), ("year", &year)];
    filled(language, "date", &gaps)
}

/// The page. `notices` stand at its end: the notice of 42 CFR Part 2 where it applies.
pub fn document(one: &OnePage, language: Language, notices: Vec<String>) -> Document {
    let page = Page { one, language };
    let title = if one.staff.is_some() {
        "page.title.staff"
    } else {
        "page.title"
    };
    let mut document = Document::new(language, words(language, title));
    document.about = page.about();
    if let Some(staff) = &one.staff {
        document.section(page.words("flags"), page.flags(&staff.flags));
    }
    for (key, measures) in [
        ("symptoms", &one.progress.symptoms),
        ("function", &one.progress.function),
    ] {
        document.section(page.words(key), page.measures(measures));
    }
    let goals = if one.staff.is_some() {
        "goals.staff"
    } else {
        "goals"
    };
    document.section(page.words(goals), page.goals());
    document.section(page.words("therapy"), page.therapy());
    document.section(page.words("practice"), page.practice());
    let said = if one.staff.is_some() {
        "said.staff"
    } else {
        "said"
    };
    document.section(page.words(said), page.said());
    document.section(page.words("visits"), page.visits());
    document.section(page.words("plan"), page.plan());
    if let Some(staff) = &one.staff {
        let notes = staff.notes.iter().map(|note| {
            let date = page.at(note.at);
            let gaps = [
                ("date", date.as_str()),
                ("by", &note.by),
                ("text", &note.text),
            ];
            Block::bullet(page.filled("notes.line", &gaps))
        });
        document.section(page.words("notes"), notes.collect());
    } else {
        document.notices.push(page.words("page.watched"));
    }
    document.notices.extend(notices);
    document
}

/// A number without a tail of zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

struct Page<'a> {
    one: &'a OnePage,
    language: Language,
}

impl Page<'_> {
    fn words(&self, key: &str) -> String {
        words(self.language, key)
    }

    fn filled(&self, key: &str, gaps: &[(&str, &str)]) -> String {
        filled(self.language, key, gaps)
    }

    fn day(&self, date: NaiveDate) -> String {
        day(self.language, date)
    }

    fn at(&self, at: i64) -> String {
        self.day(date_at(at, &self.one.zone))
    }

    fn took(&self, minutes: i64) -> String {
        let (hours, rest) = ((minutes / 60).to_string(), (minutes % 60).to_string());
        if minutes < 60 {
            self.filled("minutes", &[("minutes", &rest)])
        } else {
            self.filled("hours", &[("hours", &hours), ("minutes", &rest)])
        }
    }

    fn about(&self) -> Vec<String> {
        let one = self.one;
        let mut about = Vec::new();
        about.extend(one.name.clone());
        about.extend((!one.clinic.is_empty()).then(|| one.clinic.clone()));
        about.extend(one.track.clone());
        if let (Some(week), Some(weeks)) = (one.week, one.weeks) {
            let (week, weeks) = (week.to_string(), weeks.to_string());
            about.push(self.filled("page.week", &[("week", &week), ("weeks", &weeks)]));
        }
        let (from, to) = (self.day(one.period.from), self.day(one.period.to));
        about.push(self.filled("page.days", &[("from", &from), ("to", &to)]));
        if let Some(pause) = one.paused {
            about.push(self.filled("page.paused", &[("date", &self.day(pause.from))]));
        }
        if let Some(date) = one.discharged {
            about.push(self.filled("page.discharged", &[("date", &self.day(date))]));
        }
        about.push(self.filled("page.made", &[("date", &self.at(one.made_at))]));
        about
    }

    fn flags(&self, flags: &[FlagLine]) -> Vec<Block> {
        if flags.is_empty() {
            return vec![Block::text(self.words("flags.none"))];
        }
        let head = [
            "flags.item",
            "flags.answer",
            "flags.at",
            "flags.opened",
            "flags.closed",
        ];
        let row = |line: &FlagLine| {
            let flag = &line.flag;
            let closed = match (&flag.closed, line.closed_minutes) {
                (Some(closed), Some(minutes)) => {
                    format!("{}, {}", self.took(minutes), closed.by)
                }
                _ => self.words("flags.open"),
            };
            vec![
                format!("{}: {}", flag.form_title, flag.item_text),
                flag.answer_text.clone(),
                self.at(flag.at),
                line.opened_minutes
                    .map_or_else(|| self.words("not-opened"), |minutes| self.took(minutes)),
                closed,
            ]
        };
        vec![Block::Table {
            head: head.map(|key| self.words(key)).to_vec(),
            rows: flags.iter().map(row).collect(),
        }]
    }

    fn point(&self, measure: &Measure, point: &Point) -> String {
        let (value, date) = (number(point.value), self.day(point.date));
        if point.prorated {
            return self.filled("value.prorated", &[("value", &value), ("date", &date)]);
        }
        let instrument = Instrument::from_id(&measure.instrument);
        let word = point.severity.as_deref().zip(instrument);
        let word =
            word.and_then(|(severity, of)| severity_words(self.language.tag(), of, severity));
        match word {
            Some(severity) => self.filled(
                "value.severity",
                &[("value", &value), ("severity", severity), ("date", &date)],
            ),
            None => self.filled("value", &[("value", &value), ("date", &date)]),
        }
    }

    fn measures(&self, measures: &[Measure]) -> Vec<Block> {
        let rows: Vec<_> = measures
            .iter()
            .filter_map(|one| self.measure(one))
            .collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let head = ["measure", "measure.start", "measure.now", "measure.change"];
        vec![
            Block::Table {
                head: head.map(|key| self.words(key)).to_vec(),
                rows,
            },
            Block::text(self.words("missing")),
        ]
    }

    fn measure(&self, measure: &Measure) -> Option<Vec<String>> {
        let baseline = measure.baseline.as_ref()?;
        let range = if measure.higher_is_better {
            "measure.range.higher"
        } else {
            "measure.range"
        };
        let (min, max) = (measure.min.to_string(), measure.max.to_string());
        let range = self.filled(range, &[("min", &min), ("max", &max)]);
        let change = measure.newest.as_ref().map_or_else(
            || self.words("change.first"),
            |newest| {
                let way = newest.value - baseline.value;
                let better = if measure.higher_is_better { way } else { -way };
                let points = number(better.abs());
                let key = match better {
                    better if better > 0.0 => "change.better",
                    better if better < 0.0 => "change.worse",
                    _ => "change.same",
                };
                self.filled(key, &[("points", &points)])
            },
        );
        Some(vec![
            format!("{} ({range})", measure.title_in(self.language)),
            self.point(measure, baseline),
            measure
                .newest
                .as_ref()
                .map_or_else(String::new, |newest| self.point(measure, newest)),
            change,
        ])
    }

    fn goals(&self) -> Vec<Block> {
        let line = |progress: &GoalProgress| {
            let state = progress.goal.state;
            let level = progress.newest().map(|level| format!("level.{level}"));
            let key = match (state, level) {
                (GoalState::Open, Some(level)) => level,
                (state, _) => format!("goal-state.{}", state.key()),
            };
            let stands = plan::words::words(self.language, &key);
            let gaps = [("text", progress.goal.text.as_str()), ("stands", &stands)];
            Block::bullet(self.filled("goals.line", &gaps))
        };
        self.one.progress.goals.iter().map(line).collect()
    }

    fn share(&self, share: &Share) -> String {
        let (done, of) = (share.done.to_string(), share.of.to_string());
        let unknown = share.unknown.to_string();
        let gaps = [("done", done.as_str()), ("of", &of), ("unknown", &unknown)];
        match (share.of, share.unknown) {
            (0, 0) => self.words("share.none"),
            (_, 0) => self.filled("share", &gaps),
            _ => self.filled("share.unknown", &gaps),
        }
    }

    fn therapy(&self) -> Vec<Block> {
        let (week, all) = (&self.one.this_week, &self.one.progress.adherence);
        let rows = [
            ("therapy.sessions", &week.sessions, &all.sessions),
            ("therapy.homework", &week.homework, &all.homework),
            ("therapy.check-ins", &week.check_ins, &all.check_ins),
        ];
        let rows =
            rows.map(|(key, week, all)| vec![self.words(key), self.share(week), self.share(all)]);
        let head = ["therapy.what", "therapy.week", "therapy.all"];
        let mut blocks = vec![Block::Table {
            head: head.map(|key| self.words(key)).to_vec(),
            rows: rows.to_vec(),
        }];
        let days: Vec<_> = (self.one.days_without.iter())
            .map(|date| self.day(*date))
            .collect();
        if !days.is_empty() {
            blocks.push(Block::text(
                self.filled("days-without", &[("days", &days.join("; "))]),
            ));
        }
        let opening = &self.one.opening;
        if opening.arrived > 0 {
            let (opened, arrived) = (opening.opened.to_string(), opening.arrived.to_string());
            let gaps = [("opened", opened.as_str()), ("arrived", &arrived)];
            let mut text = self.filled("opening", &gaps);
            if let (Some(median), Some(longest)) = (opening.median_minutes, opening.longest_minutes)
            {
                let gaps = [
                    ("time", &*self.took(median)),
                    ("longest", &self.took(longest)),
                ];
                text = format!("{text} {}", self.filled("opening.median", &gaps));
            }
            blocks.push(Block::text(text));
        }
        blocks
    }

    fn practice(&self) -> Vec<Block> {
        let line = |homework: &crate::due::HomeworkState| {
            let (done, times) = (homework.done.to_string(), homework.times.to_string());
            let date = self.day(homework.due);
            let gaps = [
                ("title", homework.title.as_str()),
                ("done", &done),
                ("times", &times),
                ("date", &date),
            ];
            Block::bullet(self.filled("practice.line", &gaps))
        };
        self.one.homework.iter().map(line).collect()
    }

    fn said(&self) -> Vec<Block> {
        let line = |said: &super::one_page::Said| {
            let date = self.at(said.at);
            let gaps = [
                ("date", date.as_str()),
                ("about", &said.about),
                ("text", &said.text),
            ];
            Block::bullet(self.filled("said.line", &gaps))
        };
        self.one.said.iter().map(line).collect()
    }

    fn visits(&self) -> Vec<Block> {
        let text = |visits: Visits| number(visits.to_f64());
        let line = |payer: &crate::visits::PayerVisits| {
            let (used, left, date) = (text(payer.used), text(payer.left), self.day(payer.until));
            let gaps = [
                ("payer", payer.payer.as_str()),
                ("used", &used),
                ("left", &left),
                ("date", &date),
            ];
            Block::bullet(self.filled("visits.line", &gaps))
        };
        let mut blocks: Vec<_> = self.one.visits.payers.iter().map(line).collect();
        if let Some(week) = &self.one.hours {
            let hours = |minutes: u32| number(f64::from(minutes) / 60.0);
            let (attended, coming) = (hours(week.attended), hours(week.coming));
            let gaps = [("hours", attended.as_str()), ("coming", &coming)];
            blocks.push(Block::text(self.filled("visits.hours", &gaps)));
        }
        blocks
    }

    fn plan(&self) -> Vec<Block> {
        let text = match &self.one.plan {
            None => self.words("plan.none"),
            Some(plan) => {
                let date = self.at(plan.at);
                let read = plan.acknowledged_at.map(|at| self.at(at));
                match read {
                    Some(read) => {
                        self.filled("plan.acknowledged", &[("date", &date), ("read", &read)])
                    }
                    None => self.filled("plan.waiting", &[("date", &date)]),
                }
            }
        };
        let calls = self.one.follow_ups.iter().map(|date| {
            Block::bullet(self.filled("plan.follow-up", &[("date", &self.day(*date))]))
        });
        std::iter::once(Block::text(text)).chain(calls).collect()
    }
}
