//! Answers as people read them.

use super::answers::{Answer, Answers};
use super::form::{Form, Item, Kind};

impl Form {
    /// The items that take an answer, in the form's order.
    pub fn questions(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.kind.takes_answer())
    }

    /// What a sheet begins with: the answers that the form prefills. Never one to a safety item.
    pub fn initial_answers(&self) -> Answers {
        let mut answers = Answers::default();
        for item in self.questions() {
            match item.initial.as_slice() {
                [] => {}
                [one] => answers.set(item.link_id.clone(), one.clone()),
                several => answers.set(item.link_id.clone(), Answer::Many(several.to_vec())),
            }
        }
        answers
    }

    /// The items answered by one of several numbers.
    pub fn scales(&self) -> impl Iterator<Item = &Item> {
        self.questions().filter(|item| {
            item.kind == Kind::Choice
                && item.options.len() > 2
                && item
                    .options
                    .iter()
                    .all(|choice| matches!(choice.answer, Answer::Value(_)))
        })
    }
}

impl Item {
    /// What the patient read when giving this answer: the option's words, or the answer itself.
    pub fn answer_text(&self, answer: &Answer) -> String {
        let given = self.options.iter().find(|choice| choice.answer == *answer);
        match (given, answer) {
            (Some(choice), _) => choice.display.clone(),
            (None, Answer::Many(answers)) => {
                let texts: Vec<_> = answers.iter().map(|one| self.answer_text(one)).collect();
                texts.join(", ")
            }
            (None, answer) => answer.plain(),
        }
    }
}

impl Answer {
    /// The answer without its question.
    pub fn plain(&self) -> String {
        match self {
            Self::Bool(true) => "Yes".to_owned(),
            Self::Bool(false) => "No".to_owned(),
            Self::Value(value) => value.to_string(),
            Self::Decimal(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            Self::Many(answers) => answers
                .iter()
                .map(Self::plain)
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::form;
    use super::*;

    #[test]
    fn answers_read_as_the_options_did() {
        let phq9 = form("phq9").expect("shipped");
        let item = phq9.item("q9").expect("item 9");
        assert_eq!(item.answer_text(&Answer::Value(3)), "Nearly every day");
        assert_eq!(
            Answer::Many(vec![Answer::Bool(true), Answer::Value(2)]).plain(),
            "Yes, 2"
        );
        let daily = form("daily-check-in").expect("shipped");
        let scales: Vec<_> = daily.scales().map(|item| item.link_id.as_str()).collect();
        assert!(
            scales.contains(&"mood") && !scales.contains(&"note"),
            "{scales:?}"
        );
    }
}
