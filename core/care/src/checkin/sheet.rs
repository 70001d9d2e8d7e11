//! One filled-in sheet of a known instrument, as the patient gave it: before reversing, before any
//! rule. Owns the difference between missing, a number, yes or no, and something that is no answer.

use serde_json::Value;

use super::instrument::Instrument;

/// What one item holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cell {
    /// Not answered.
    #[default]
    Missing,
    /// The numeric value of the chosen option.
    Number(i64),
    /// A yes/no answer.
    YesNo(bool),
    /// Given, and no answer to any question: text, a fraction, a list.
    Invalid,
}

impl From<&Value> for Cell {
    /// `null` is missing; whole numbers (also written `2.0`) and booleans are answers; all else is invalid.
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Missing,
            Value::Bool(yes) => Self::YesNo(*yes),
            Value::Number(number) => number
                .as_i64()
                .or_else(|| number.as_f64().and_then(whole))
                .map_or(Self::Invalid, Self::Number),
            Value::String(_) | Value::Array(_) | Value::Object(_) => Self::Invalid,
        }
    }
}

/// `2.0` is the option 2; a fraction or a number no option reaches is none.
fn whole(number: f64) -> Option<i64> {
    super::Total::from_f64(number)
        .filter(|total| total.is_whole())
        .map(super::Total::rounded)
}

/// The sex an instrument's published threshold asks for (AUDIT-C).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Threshold 3.
    Female,
    /// Threshold 4.
    Male,
}

/// What a rule needs to know beside the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Context {
    /// AUDIT-C only; `None` when it is not recorded.
    pub sex: Option<Sex>,
    /// WSAS only: question 1 does not apply to this person.
    pub work_not_applicable: bool,
}

/// The instrument has no item of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown-item")]
pub struct UnknownItem;

/// A filled-in sheet: one cell per item of its instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    instrument: Instrument,
    cells: Vec<Cell>,
    /// What the rule needs beside the answers.
    pub context: Context,
}

impl Sheet {
    /// A sheet on which nothing is answered yet.
    pub fn new(instrument: Instrument) -> Self {
        let rule = instrument.rule();
        Self {
            instrument,
            cells: vec![Cell::Missing; rule.items.len() + rule.unscored.len()],
            context: Context::default(),
        }
    }

    /// Writes one cell; `name` is an item name of the instrument, e.g. `q9` or `q6_lifetime`.
    pub fn set(&mut self, name: &str, cell: Cell) -> Result<(), UnknownItem> {
        let at = self.instrument.rule().position(name).ok_or(UnknownItem)?;
        self.cells[at] = cell;
        Ok(())
    }

    /// The instrument it is a sheet of.
    pub fn instrument(&self) -> Instrument {
        self.instrument
    }

    /// One cell per scored item, then one per unscored item.
    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }
}
