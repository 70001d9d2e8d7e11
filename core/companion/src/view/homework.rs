//! Homework and its tries.

use handrail_care::due::HomeworkState;
use handrail_care::homework::{Completion, Logged, Prompt};
use handrail_care::program::Weekday;
use handrail_care::reminder::Language;
use handrail_care::skill::values::lines;
use handrail_care::skill::{Noted, Skill, Values};

use super::care::day;
use super::skills::{FieldAnswer, FilledLine, answers, values};

/// How far a try of homework went.
#[uniffi::remote(Enum)]
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

/// What made somebody use a skill.
#[uniffi::remote(Enum)]
pub enum Prompt {
    /// It was homework.
    Homework,
    /// A reminder rang.
    Reminder,
    /// The help screen offered it.
    Help,
    /// Their own idea.
    OwnIdea,
    /// Someone in group, or anybody else, said so.
    Someone,
}

/// A day of the week.
#[uniffi::remote(Enum)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// Homework as it stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HomeworkView {
    /// Names it.
    pub id: String,
    /// Title.
    pub title: String,
    /// What to do.
    pub instructions: String,
    /// The skill or worksheet it practises, for `skill`.
    pub skill: Option<String>,
    /// The education piece to read, for `education_piece`.
    pub reading: Option<String>,
    /// When it was given.
    pub assigned_at: i64,
    /// Last day; it moves with the session that it is due before.
    pub due: String,
    /// The session that it is due before.
    pub before_session: Option<String>,
    /// How often it was asked for.
    pub times: u32,
    /// Once on each of these days of the week; empty: any day.
    pub weekdays: Vec<Weekday>,
    /// How often it was done, partly done or tried; with weekdays on how many of its days.
    pub done: u32,
    /// The next day on which it is asked for, today included.
    pub next_day: Option<String>,
    /// Past its last day and not done often enough.
    pub overdue: bool,
    /// What the clinician filled in beforehand, to begin a try with.
    pub given: Vec<FieldAnswer>,
    /// The same in words.
    pub given_lines: Vec<FilledLine>,
}

impl HomeworkView {
    pub(crate) fn new(state: HomeworkState, skill: Option<&Skill>, language: Language) -> Self {
        let given_lines = lines(skill, &state.given, language);
        Self {
            id: state.id.to_string(),
            title: state.title,
            instructions: state.instructions,
            skill: state.skill,
            reading: state.reading,
            assigned_at: state.assigned_at,
            due: day(state.due),
            before_session: state.before_session,
            times: state.times,
            weekdays: state.weekdays,
            done: state.done,
            next_day: state.next_day.map(day),
            overdue: state.overdue,
            given: answers(&state.given),
            given_lines: given_lines.into_iter().map(Into::into).collect(),
        }
    }
}

/// One try of homework or of a skill, to be logged.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HomeworkTry {
    /// The homework; absent for practice nobody assigned.
    pub homework: Option<String>,
    /// The skill practised; absent: that of the homework.
    pub skill: Option<String>,
    /// How far it went.
    pub completion: Completion,
    /// Distress before, 0 to 100.
    pub distress_before: Option<u8>,
    /// Distress after, 0 to 100.
    pub distress_after: Option<u8>,
    /// Helpfulness, 0 to 4.
    pub helpfulness: Option<u8>,
    /// Minutes.
    pub minutes: Option<u32>,
    /// What got in the way.
    pub obstacle: Option<String>,
    /// A note for the clinic. Nobody watches it around the clock.
    pub note: Option<String>,
    /// When it was practised, epoch milliseconds; absent: now.
    #[uniffi(default = None)]
    pub practised_at: Option<i64>,
    /// What made the person use it.
    #[uniffi(default = None)]
    pub prompt: Option<Prompt>,
    /// What set the feeling or the urge off.
    #[uniffi(default = None)]
    pub trigger: Option<String>,
    /// Urge before, 0 to 10.
    #[uniffi(default = None)]
    pub urge_before: Option<u8>,
    /// Urge after, 0 to 10.
    #[uniffi(default = None)]
    pub urge_after: Option<u8>,
    /// What was filled into the skill's fields.
    #[uniffi(default = [])]
    pub answers: Vec<FieldAnswer>,
    /// A note that stays on this phone: the clinic cannot read it, and a new phone will not have it.
    #[uniffi(default = None)]
    pub private_note: Option<String>,
}

impl HomeworkTry {
    /// A try of which nothing else is said.
    pub fn of(completion: Completion) -> Self {
        Self::new(&Logged::of(completion), None)
    }

    pub(crate) fn new(logged: &Logged, private_note: Option<String>) -> Self {
        Self {
            homework: logged.homework.map(|id| id.to_string()),
            skill: logged.skill.clone(),
            completion: logged.completion,
            distress_before: logged.distress_before,
            distress_after: logged.distress_after,
            helpfulness: logged.helpfulness,
            minutes: logged.minutes,
            obstacle: logged.obstacle.clone(),
            note: logged.note.clone(),
            practised_at: logged.practised_at,
            prompt: logged.prompt,
            trigger: logged.trigger.clone(),
            urge_before: logged.urge_before,
            urge_after: logged.urge_after,
            answers: answers(&logged.values),
            private_note,
        }
    }

    /// The body of its entry, and the private note. The error is the homework's id that is none.
    pub(crate) fn into_log(self) -> Result<(Logged, Option<String>), handrail_care::id::BadId> {
        let homework = self.homework.as_deref().map(str::parse).transpose()?;
        let logged = Logged {
            homework,
            skill: self.skill,
            completion: self.completion,
            practised_at: self.practised_at,
            prompt: self.prompt,
            trigger: self.trigger,
            distress_before: self.distress_before,
            distress_after: self.distress_after,
            urge_before: self.urge_before,
            urge_after: self.urge_after,
            helpfulness: self.helpfulness,
            minutes: self.minutes,
            obstacle: self.obstacle,
            note: self.note,
            values: filled(values(self.answers)),
        };
        Ok((logged, self.private_note))
    }
}

/// What says nothing is not kept.
fn filled(values: Values) -> Values {
    let says = |noted: &Noted| match noted {
        Noted::Text(text) => !text.trim().is_empty(),
        Noted::Chosen(list) => !list.is_empty(),
        Noted::Rows(rows) => !rows.is_empty(),
        Noted::Yes(_) | Noted::Number(_) => true,
    };
    values
        .into_iter()
        .filter(|(_, noted)| says(noted))
        .collect()
}

/// A try that was logged.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LoggedTry {
    /// Names the entry.
    pub id: String,
    /// When it was logged.
    pub at: i64,
    /// What was logged.
    pub tried: HomeworkTry,
    /// The skill's title.
    pub skill_title: Option<String>,
    /// What was filled into the skill's fields, in words.
    pub lines: Vec<FilledLine>,
    /// How far it has come.
    pub sent: super::SentState,
}

/// A try is on this phone for good: it survives power loss and reaches the clinic exactly once.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TrySaved {
    /// Names the entry.
    pub receipt: String,
    /// Show help and the safety plan next: what was logged tells of self-harm.
    pub offer_safety_plan: bool,
}
