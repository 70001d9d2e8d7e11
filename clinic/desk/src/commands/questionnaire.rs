//! `handrail-desk questionnaire FILE...`: what an import of each file would do.
//!
//! Output `{"file","verdict","instrument","warnings","reason"?}`, one line per file. Warnings and reasons
//! are a stable code, a colon and words. A file that cannot be read gives an error line, the rest goes
//! on, and the exit code is 1.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use handrail_care::checkin::{Caution, MAX_BYTES, Reason, Warning, import};
use serde_json::{Value, json};

use super::{Failure, print};

/// Checks every file; 1 when one of them could not be read.
pub fn run(files: &[OsString], output: &mut impl Write) -> io::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for file in files {
        let name = file.to_string_lossy();
        let answer = if let Ok(bytes) = read(file) {
            verdict(&name, &bytes)
        } else {
            code = ExitCode::from(1);
            let failure = Failure::new("unreadable-file", "the file could not be read");
            json!({"file": name, "error": failure.to_json()})
        };
        print(output, &answer)?;
    }
    Ok(code)
}

/// One byte more than is accepted, so that an import can say "too large".
fn read(file: &OsStr) -> io::Result<Vec<u8>> {
    let most = u64::try_from(MAX_BYTES + 1).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    File::open(file)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn verdict(name: &str, bytes: &[u8]) -> Value {
    let verdict = import(bytes);
    let warnings: Vec<String> = verdict.warnings.iter().map(warning).collect();
    let mut answer = json!({
        "file": name,
        "verdict": verdict.decision,
        "instrument": verdict.instrument,
        "warnings": warnings,
    });
    if let Some(reason) = verdict.reason {
        answer["reason"] = format!("{reason}: {}", reason_words(reason)).into();
    }
    answer
}

fn warning(warning: &Warning) -> String {
    let words = caution_words(warning.code);
    match warning.items.as_slice() {
        [] => format!("{}: {words}", warning.code),
        [one] => format!("{}: {words} (item {one})", warning.code),
        [first, rest @ ..] => {
            let more = rest.len();
            format!("{}: {words} (item {first} and {more} more)", warning.code)
        }
    }
}

fn reason_words(reason: Reason) -> &'static str {
    match reason {
        Reason::TooLarge => "the file has more than 1 MiB",
        Reason::TooDeep => "the file is nested too deeply",
        Reason::MalformedJson => "the file is not JSON",
        Reason::NotAQuestionnaire => "the file is no FHIR Questionnaire",
        Reason::FhirVersionDstu2 => "this is FHIR version DSTU2; FHIR R4 is needed",
        Reason::FhirVersionStu3 => "this is FHIR version STU3 (R3); FHIR R4 is needed",
        Reason::FhirVersionR5 => "this is FHIR version R5; FHIR R4 is needed",
        Reason::WrongShape => "an element has another type than FHIR R4 gives it",
        Reason::NoItems => "the questionnaire has no items",
        Reason::TooManyItems => "more than 500 items, or more than 200 options in one",
        Reason::BadLinkId => "an item has no usable linkId",
        Reason::DuplicateLinkId => "a linkId is used twice (invariant que-2)",
        Reason::UnknownItemType => "an item has a type that FHIR R4 does not have",
        Reason::ModifierExtension => "an extension may change the meaning of the form",
    }
}

fn caution_words(caution: Caution) -> &'static str {
    match caution {
        Caution::InvalidExpressionName => "an Expression.name is no FHIR id",
        Caution::NumberAsText => "a number is written as text",
        Caution::CalculatedExpressionNotRun => {
            "calculatedExpression is never run; the item is not asked"
        }
        Caution::ExpressionNotRun => "expressions are not run; what they would hide is shown",
        Caution::MarkupRemoved => "markup was taken out of a text",
        Caution::CodeWithoutSystem => "a code names no code system",
        Caution::NotALoincCode => "a code said to be LOINC is none",
        Caution::UnsupportedItemType => "an item of this type is not asked",
        Caution::UnsupportedOption => "an option of this type is left out",
        Caution::ExternalValueSet => "the options are outside the file; the item is not asked",
        Caution::NoOptions => "a choice without options is not asked",
        Caution::RepeatedOption => "two options would record the same answer; one is left out",
        Caution::QuestionWithoutText => "a question has no text",
        Caution::ConditionNotUnderstood => {
            "an enableWhen could not be read; the item is always shown"
        }
        Caution::InitialAnswerRemoved => "a prefilled answer was taken out",
        Caution::OptionValuesDiffer => {
            "the items are known, their option values are not the instrument's; not scored"
        }
        Caution::SeveralInstruments => "more than one instrument is in the file; not scored",
        Caution::ItemsNotRecognised => {
            "not all items of the instrument were recognised by code; not scored"
        }
        Caution::NoSafetyItemRecognised => {
            "no safety item was recognised: look whether the form has one"
        }
    }
}
