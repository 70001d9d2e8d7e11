//! Which items are shown (`enableWhen`).
//!
//! Owns conditions and their evaluation by FHIR R4: `all` or `any`, a hidden question counts as
//! unanswered, a hidden group hides its children. Refuses to hide an item because of a condition that
//! cannot be read: such an item is always shown (import warns).

use serde::Serialize;

use super::answers::{Answer, Answers};
use super::form::{Form, Item};

/// One condition of an item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// The link id of the question it looks at.
    pub question: String,
    /// How the answer is compared.
    pub operator: Operator,
    /// What it is compared with.
    pub answer: Expected,
}

/// How an answer is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// There is an answer, or (with `false`) there is none.
    Exists,
    /// Equal to one of the answers.
    Equal,
    /// Answered, with something else.
    NotEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
}

/// What an answer is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Expected {
    /// Yes or no; also for `exists`.
    Bool(bool),
    /// A number: the answer to a number, or the value of an option.
    Number(f64),
    /// A text or a date.
    Text(String),
    /// An option by its code.
    Code(String),
}

/// Which items of `form` are shown for these answers; one flag per item, in their order.
pub fn visible(form: &Form, answers: &Answers) -> Vec<bool> {
    let mut states = vec![State::Unknown; form.items.len()];
    for at in 0..form.items.len() {
        look(form, answers, at, &mut states);
    }
    states.iter().map(|state| *state == State::Shown).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unknown,
    /// Being looked at: a question that depends on itself counts as unanswered.
    Looking,
    Shown,
    Hidden,
}

fn look(form: &Form, answers: &Answers, at: usize, states: &mut [State]) -> bool {
    match states[at] {
        State::Shown => return true,
        State::Hidden | State::Looking => return false,
        State::Unknown => states[at] = State::Looking,
    }
    let item = &form.items[at];
    let parent = item
        .parent
        .is_none_or(|parent| look(form, answers, parent, states));
    let mut met = |condition: &Condition| {
        let question = form
            .items
            .iter()
            .position(|item| item.link_id == condition.question);
        let given = question
            .filter(|question| look(form, answers, *question, states))
            .and_then(|question| {
                let answer = answers.get(&condition.question)?;
                Some((&form.items[question], answer))
            });
        holds(condition, given)
    };
    let shown = parent
        && (item.enable_when.is_empty()
            || if item.enable_any {
                item.enable_when.iter().any(&mut met)
            } else {
                item.enable_when.iter().all(&mut met)
            });
    states[at] = if shown { State::Shown } else { State::Hidden };
    shown
}

fn holds(condition: &Condition, given: Option<(&Item, &Answer)>) -> bool {
    if condition.operator == Operator::Exists {
        return condition.answer == Expected::Bool(given.is_some());
    }
    let Some((item, answer)) = given else {
        return false;
    };
    let one = |answer: &Answer| compare(condition.operator, item, answer, &condition.answer);
    match answer {
        Answer::Many(answers) => answers.iter().any(one),
        answer => one(answer),
    }
}

fn compare(operator: Operator, item: &Item, answer: &Answer, expected: &Expected) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (answer, expected) {
        (Answer::Bool(answer), Expected::Bool(expected)) => Some(answer.cmp(expected)),
        (answer, Expected::Number(expected)) => answer
            .number()
            .and_then(|answer| answer.partial_cmp(expected)),
        (answer, Expected::Code(expected)) => {
            let same = item.options.iter().any(|option| {
                option.answer == *answer
                    && option
                        .code
                        .as_ref()
                        .is_some_and(|code| code.code == *expected)
            });
            Some(if same { Equal } else { Less })
        }
        (Answer::Text(answer), Expected::Text(expected)) => Some(answer.cmp(expected)),
        _ => None,
    };
    let by_code = matches!(expected, Expected::Code(_));
    match (operator, order) {
        (Operator::Equal, Some(Equal)) => true,
        (Operator::NotEqual, order) => order != Some(Equal),
        // Codes have no order.
        (_, _) if by_code => false,
        (Operator::Greater, Some(Greater)) | (Operator::Less, Some(Less)) => true,
        (Operator::AtLeast, order) => matches!(order, Some(Greater | Equal)),
        (Operator::AtMost, order) => matches!(order, Some(Less | Equal)),
        _ => false,
    }
}
