//! One item of somebody else's Questionnaire, read into ours: words, options, conditions, limits.
//!
//! Refuses to guess: an option without a number is recorded by its code, options outside the file are
//! not fetched, and a condition that cannot be read never hides a question.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::answers::Answer;
use super::super::enable::{Condition, Expected, Operator};
use super::super::fhir::{self, RawCoding, RawItem, RawOption, ValueSet};
use super::super::form::{Choice, Coding, Item, Kind};
use super::super::html;
use super::super::safety::SafetyItem;
use super::{Caution, Cautions, Reason, codings, kind_of};

const MAX_OPTIONS: usize = 200;
const EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition/";

/// What reading one item needs of its file.
pub(super) struct Reader<'a> {
    /// Options of contained value sets by id; `None` when the set lists none.
    pub contained: BTreeMap<String, Option<Vec<RawCoding>>>,
    /// All link ids of the form.
    pub link_ids: &'a BTreeSet<String>,
    /// Where words about defects go.
    pub cautions: &'a mut Cautions,
}

/// The members of each contained value set, when they are listed one by one.
pub(super) fn value_sets(contained: &[Value]) -> BTreeMap<String, Option<Vec<RawCoding>>> {
    contained
        .iter()
        .filter(|resource| resource.get("resourceType").and_then(Value::as_str) == Some("ValueSet"))
        .filter_map(|resource| {
            let set: ValueSet = serde_json::from_value(resource.clone()).ok()?;
            let id = set.id.clone()?;
            Some((id, members(set)))
        })
        .collect()
}

fn members(set: ValueSet) -> Option<Vec<RawCoding>> {
    if let Some(expansion) = set.expansion {
        return Some(expansion.contains);
    }
    let mut all = Vec::new();
    for include in set.compose?.include {
        // A filter or a whole code system: the members are elsewhere.
        if include.concept.is_empty() {
            return None;
        }
        for mut concept in include.concept {
            concept.system = concept.system.or_else(|| include.system.clone());
            all.push(concept);
        }
    }
    Some(all)
}

impl Reader<'_> {
    pub(super) fn item(
        &mut self,
        raw: &RawItem,
        parent: Option<usize>,
        depth: usize,
    ) -> Result<Item, Reason> {
        let link_id = raw.link_id.clone().ok_or(Reason::BadLinkId)?;
        let name = raw.kind.as_deref().ok_or(Reason::UnknownItemType)?;
        let (mut kind, supported) = kind_of(name).ok_or(Reason::UnknownItemType)?;
        if !supported {
            self.cautions
                .add(Caution::UnsupportedItemType, Some(&link_id));
        }
        let hidden = fhir::find(&raw.extension, &format!("{EXTENSION}questionnaire-hidden"))
            .is_some_and(|extension| {
                extension.value.get("valueBoolean") == Some(&Value::Bool(true))
            });
        let computed = raw.extension.iter().any(|extension| {
            extension
                .url
                .ends_with("/sdc-questionnaire-calculatedExpression")
        });
        if kind.takes_answer() && (hidden || computed || raw.read_only) {
            kind = Kind::Hidden;
        }
        let options = if matches!(kind, Kind::Choice | Kind::OpenChoice) {
            self.options(raw, &link_id)?
        } else {
            Vec::new()
        };
        // The reason was said where the options were looked for.
        if kind == Kind::Choice && options.is_empty() {
            kind = Kind::Hidden;
        }
        let text = self.text(raw, &link_id);
        if text.is_empty() && kind.takes_answer() {
            self.cautions
                .add(Caution::QuestionWithoutText, Some(&link_id));
        }
        let (enable_when, enable_any) = self.conditions(raw, &link_id);
        Ok(Item {
            prefix: raw.prefix.as_deref().map(html::plain),
            text,
            kind,
            parent,
            depth,
            required: raw.required,
            repeats: raw.repeats && kind.takes_answer(),
            options,
            enable_when,
            enable_any,
            initial: Vec::new(),
            min: bound(raw, "minValue"),
            max: bound(raw, "maxValue"),
            max_chars: raw.max_length.and_then(|most| usize::try_from(most).ok()),
            unit: unit(raw),
            codes: codings(&raw.code, &link_id, self.cautions),
            link_id,
        })
    }

    fn text(&mut self, raw: &RawItem, link_id: &str) -> String {
        let given = raw.text.as_deref().unwrap_or_default();
        if let Some(plain) = html::without_tags(given) {
            self.cautions.add(Caution::MarkupRemoved, Some(link_id));
            return plain;
        }
        if !given.is_empty() {
            return given.to_owned();
        }
        raw.text_extra
            .as_ref()
            .and_then(|extra| fhir::find(&extra.extension, &format!("{EXTENSION}rendering-xhtml")))
            .and_then(|extension| extension.value.get("valueString")?.as_str())
            .map(html::plain)
            .unwrap_or_default()
    }

    fn options(&mut self, raw: &RawItem, link_id: &str) -> Result<Vec<Choice>, Reason> {
        let mut found: Vec<Found> = Vec::new();
        for option in &raw.answer_option {
            match Found::of_option(option) {
                Some(option) => found.push(option),
                None => self.cautions.add(Caution::UnsupportedOption, Some(link_id)),
            }
        }
        if let (true, Some(address)) = (raw.answer_option.is_empty(), &raw.answer_value_set) {
            let set = address
                .strip_prefix('#')
                .and_then(|id| self.contained.get(id));
            let Some(Some(codes)) = set else {
                self.cautions.add(Caution::ExternalValueSet, Some(link_id));
                return Ok(Vec::new());
            };
            found.extend(codes.iter().filter_map(Found::of_coding));
        }
        if found.len() > MAX_OPTIONS {
            return Err(Reason::TooManyItems);
        }
        if found.is_empty() && raw.kind.as_deref() == Some("choice") {
            self.cautions.add(Caution::NoOptions, Some(link_id));
        }
        Ok(self.choices(found, link_id))
    }

    /// By number when every option has a whole one of its own, else by code or text.
    fn choices(&mut self, found: Vec<Found>, link_id: &str) -> Vec<Choice> {
        let numbers: BTreeSet<i64> = found.iter().filter_map(|option| option.number).collect();
        let by_number = numbers.len() == found.len();
        let mut choices: Vec<Choice> = Vec::new();
        for option in found {
            let answer = match option.number {
                Some(number) if by_number => Answer::Value(number),
                _ => Answer::Text(option.key),
            };
            if choices.iter().any(|choice| choice.answer == answer) {
                self.cautions.add(Caution::RepeatedOption, Some(link_id));
                continue;
            }
            if html::without_tags(&option.display).is_some() {
                self.cautions.add(Caution::MarkupRemoved, Some(link_id));
            }
            choices.push(Choice {
                answer,
                display: html::without_tags(&option.display).unwrap_or(option.display),
                code: option.code,
            });
        }
        choices
    }

    fn conditions(&mut self, raw: &RawItem, link_id: &str) -> (Vec<Condition>, bool) {
        let read: Option<Vec<Condition>> = raw
            .enable_when
            .iter()
            .map(|raw| {
                let question = raw.question.clone()?;
                let operator = operator(raw.operator.as_deref()?)?;
                let answer = expected(&raw.answer)?;
                let fits = operator != Operator::Exists || matches!(answer, Expected::Bool(_));
                (fits && self.link_ids.contains(&question)).then_some(Condition {
                    question,
                    operator,
                    answer,
                })
            })
            .collect();
        let any = raw.enable_behavior.as_deref() == Some("any");
        // R4 que-12: several conditions must say how they are joined.
        let joined =
            any || raw.enable_behavior.as_deref() == Some("all") || raw.enable_when.len() < 2;
        if let Some(conditions) = read.filter(|_| joined) {
            (conditions, any)
        } else {
            self.cautions
                .add(Caution::ConditionNotUnderstood, Some(link_id));
            (Vec::new(), false)
        }
    }

    /// Prefilled answers, after all items are known; never on a safety item.
    pub(super) fn initial(&mut self, raw: &[RawItem], items: &mut [Item], safety: &[SafetyItem]) {
        for raw in raw {
            let item = items
                .iter_mut()
                .find(|item| Some(&item.link_id) == raw.link_id.as_ref());
            let selected = raw.answer_option.iter().filter(|one| one.initial_selected);
            if let Some(item) = item
                && !(raw.initial.is_empty() && selected.clone().next().is_none())
            {
                let judged = safety.iter().any(|safety| safety.link_id == item.link_id);
                // R4 que-11: one or the other, never both.
                let asked = raw.initial.len() + selected.clone().count();
                let both = !raw.initial.is_empty() && asked > raw.initial.len();
                let given: Vec<Answer> = raw
                    .initial
                    .iter()
                    .filter_map(|initial| initial_answer(item, initial))
                    .chain(selected.filter_map(|one| selected_answer(item, one)))
                    .collect();
                let fit = !both && given.len() == asked && (item.repeats || given.len() == 1);
                if judged || !fit {
                    self.cautions
                        .add(Caution::InitialAnswerRemoved, Some(&item.link_id));
                } else {
                    item.initial = given;
                }
            }
            self.initial(&raw.item, items, safety);
        }
    }
}

/// An option before it is known whether the item's options are recorded by number.
struct Found {
    number: Option<i64>,
    key: String,
    display: String,
    code: Option<Coding>,
}

impl Found {
    fn of_option(option: &RawOption) -> Option<Self> {
        let weight = fhir::ordinal(&option.extension);
        if let Some(coding) = &option.value_coding {
            let mut found = Self::of_coding(coding)?;
            found.number = weight.map_or(found.number, whole);
            return Some(found);
        }
        let (number, key) = match option {
            RawOption {
                value_integer: Some(number),
                ..
            } => (Some(*number), number.to_string()),
            RawOption {
                value_string: Some(text),
                ..
            }
            | RawOption {
                value_date: Some(text),
                ..
            } => (None, text.clone()),
            _ => return None,
        };
        Some(Self {
            number: weight.map_or(number, whole),
            display: key.clone(),
            key,
            code: None,
        })
    }

    /// A code, or at least words.
    fn of_coding(coding: &RawCoding) -> Option<Self> {
        let display = coding.display.clone().or_else(|| coding.code.clone())?;
        Some(Self {
            number: fhir::ordinal(&coding.extension).and_then(whole),
            key: coding.code.clone().unwrap_or_else(|| display.clone()),
            code: coding.code.clone().map(|code| Coding {
                system: coding.system.clone(),
                code,
            }),
            display,
        })
    }
}

/// An option's weight as a number that can be recorded; a fraction cannot.
fn whole(weight: f64) -> Option<i64> {
    super::super::Total::from_f64(weight)
        .filter(|total| total.is_whole())
        .map(super::super::Total::rounded)
}

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        "exists" => Operator::Exists,
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        ">=" => Operator::AtLeast,
        "<" => Operator::Less,
        "<=" => Operator::AtMost,
        _ => return None,
    })
}

fn expected(answer: &Map<String, Value>) -> Option<Expected> {
    let mut values = answer.iter().filter(|(name, _)| name.starts_with("answer"));
    let (name, value) = values.next()?;
    if values.next().is_some() {
        return None;
    }
    Some(match name.as_str() {
        "answerBoolean" => Expected::Bool(value.as_bool()?),
        "answerInteger" | "answerDecimal" => Expected::Number(value.as_f64()?),
        "answerString" | "answerDate" => Expected::Text(value.as_str()?.to_owned()),
        "answerCoding" => Expected::Code(value.get("code")?.as_str()?.to_owned()),
        "answerQuantity" => Expected::Number(value.get("value")?.as_f64()?),
        _ => return None,
    })
}

fn initial_answer(item: &Item, initial: &Map<String, Value>) -> Option<Answer> {
    let (name, value) = initial.iter().find(|(name, _)| name.starts_with("value"))?;
    let answer = match name.as_str() {
        "valueBoolean" => Answer::Bool(value.as_bool()?),
        "valueInteger" => Answer::Value(value.as_i64()?),
        "valueDecimal" => Answer::Decimal(value.as_f64()?),
        "valueString" | "valueDate" => Answer::Text(value.as_str()?.to_owned()),
        "valueCoding" => {
            let code = value.get("code")?.as_str()?;
            let option = item
                .options
                .iter()
                .find(|option| option.code.as_ref().is_some_and(|known| known.code == code))?;
            option.answer.clone()
        }
        _ => return None,
    };
    super::super::answers::fits(item, &answer).ok()?;
    Some(answer)
}

/// The answer that an option marked `initialSelected` stands for.
fn selected_answer(item: &Item, option: &RawOption) -> Option<Answer> {
    let found = Found::of_option(option)?;
    let same = |choice: &&Choice| match (&choice.code, &found.code) {
        (Some(one), Some(other)) => one == other,
        _ => choice.answer == Answer::Text(found.key.clone()) || choice.display == found.display,
    };
    let choice = item.options.iter().find(same)?;
    Some(choice.answer.clone())
}

fn bound(raw: &RawItem, name: &str) -> Option<f64> {
    let value = &fhir::find(&raw.extension, &format!("{EXTENSION}{name}"))?.value;
    value
        .get("valueInteger")
        .or_else(|| value.get("valueDecimal"))?
        .as_f64()
}

/// The unit of a number, or the only unit that a quantity may have.
fn unit(raw: &RawItem) -> Option<String> {
    let option = format!("{EXTENSION}questionnaire-unitOption");
    let mut options = raw.extension.iter().filter(|one| one.url == option);
    let only = options.next().filter(|_| options.next().is_none());
    let unit = fhir::find(&raw.extension, &format!("{EXTENSION}questionnaire-unit"))
        .or(only)?
        .value
        .get("valueCoding")?;
    let text = unit.get("display").or_else(|| unit.get("code"))?.as_str()?;
    Some(html::plain(text))
}
