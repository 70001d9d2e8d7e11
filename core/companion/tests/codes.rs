//! `tests/vectors/error-codes.json`: every code that a shell has to have words for.
//!
//! Each list is walked by a `match` without a catch-all: a new variant does not compile until it is here,
//! and then the file differs, and then Kotlin and Swift miss its words.

use std::path::PathBuf;

use handrail_care::checkin::Fault;
use handrail_care::family::ShareError;
use handrail_care::homework::HomeworkError;
use handrail_care::plan::PlanError;
use handrail_care::reminder::SettingsError;
use handrail_companion::view::SyncOutcome;
use handrail_companion::{CompanionError, InviteRefusal, LossReason};
use serde_json::{Map, Value, json};

/// All variants in order, from one that says which comes next.
fn all<T>(after: impl Fn(Option<&T>) -> Option<T>) -> Vec<T> {
    std::iter::successors(after(None), |variant| after(Some(variant))).collect()
}

fn error_after(error: Option<&CompanionError>) -> Option<CompanionError> {
    use CompanionError as E;
    Some(match error {
        None => E::Closed,
        Some(E::Closed) => E::AlreadyOpen,
        Some(E::AlreadyOpen) => E::NotEnrolled,
        Some(E::NotEnrolled) => E::NeedsInvite {
            reason: LossReason::KeyMissing,
        },
        Some(E::NeedsInvite { .. }) => E::CutOff,
        Some(E::CutOff) => E::AppTooOld,
        Some(E::AppTooOld) => E::KeyStoreUnavailable,
        Some(E::KeyStoreUnavailable) => E::NotSaved {
            code: String::new(),
        },
        Some(E::NotSaved { .. }) => E::NotFound,
        Some(E::NotFound) => E::NotValid {
            code: String::new(),
            item: None,
        },
        Some(E::NotValid { .. }) => E::TooLarge,
        Some(E::TooLarge) => E::InviteRefused {
            reason: InviteRefusal::WrongCode,
        },
        Some(E::InviteRefused { .. }) => E::Offline,
        Some(E::Offline) => E::LoginWanted,
        Some(E::LoginWanted) => E::Busy { retry_after_ms: 0 },
        Some(E::Busy { .. }) => E::Cancelled,
        Some(E::Cancelled) => E::ServerTrouble {
            code: String::new(),
        },
        Some(E::ServerTrouble { .. }) => return None,
    })
}

fn loss_after(reason: Option<&LossReason>) -> Option<LossReason> {
    Some(match reason {
        None => LossReason::KeyMissing,
        Some(LossReason::KeyMissing) => LossReason::KeyWrong,
        Some(LossReason::KeyWrong) => LossReason::StoreDamaged,
        Some(LossReason::StoreDamaged) => return None,
    })
}

fn refusal_after(reason: Option<&InviteRefusal>) -> Option<InviteRefusal> {
    use InviteRefusal as R;
    Some(match reason {
        None => R::LinkMalformed,
        Some(R::LinkMalformed) => R::WrongCode,
        Some(R::WrongCode) => R::Used,
        Some(R::Used) => R::Expired,
        Some(R::Expired) => R::Revoked,
        Some(R::Revoked) => R::Tampered,
        Some(R::Tampered) => R::WrongClinic,
        Some(R::WrongClinic) => return None,
    })
}

fn outcome_after(outcome: Option<&SyncOutcome>) -> Option<SyncOutcome> {
    use SyncOutcome as O;
    let code = String::new;
    Some(match outcome {
        None => O::UpToDate,
        Some(O::UpToDate) => O::Offline,
        Some(O::Offline) => O::LoginWanted,
        Some(O::LoginWanted) => O::Busy,
        Some(O::Busy) => O::Refused { code: code() },
        Some(O::Refused { .. }) => O::Trouble { code: code() },
        Some(O::Trouble { .. }) => O::Cancelled,
        Some(O::Cancelled) => O::Running,
        Some(O::Running) => O::CutOff,
        Some(O::CutOff) => O::AccountClosed,
        Some(O::AccountClosed) => return None,
    })
}

fn fault_after(fault: Option<&Fault>) -> Option<Fault> {
    Some(match fault {
        None => Fault::UnknownItem,
        Some(Fault::UnknownItem) => Fault::WrongKind,
        Some(Fault::WrongKind) => Fault::NotAnOption,
        Some(Fault::NotAnOption) => Fault::OutOfRange,
        Some(Fault::OutOfRange) => Fault::TooLong,
        Some(Fault::TooLong) => Fault::ControlCharacter,
        Some(Fault::ControlCharacter) => Fault::NotADate,
        Some(Fault::NotADate) => Fault::Repeated,
        Some(Fault::Repeated) => Fault::Required,
        Some(Fault::Required) => return None,
    })
}

fn homework_after(error: Option<&HomeworkError>) -> Option<HomeworkError> {
    use HomeworkError as H;
    Some(match error {
        None => H::Distress,
        Some(H::Distress) => H::Helpfulness,
        Some(H::Helpfulness) => H::Text,
        Some(H::Text) => H::Number,
        Some(H::Number) => H::Urge,
        Some(H::Urge) => H::Time,
        Some(H::Time) => H::Weekdays,
        Some(H::Weekdays) => H::NotAssigned,
        Some(H::NotAssigned) => return None,
    })
}

fn plan_after(error: Option<&PlanError>) -> Option<PlanError> {
    Some(match error {
        None => PlanError::TooLong,
        Some(PlanError::TooLong) => PlanError::EmptyLine,
        Some(PlanError::EmptyLine) => PlanError::RepeatedId,
        Some(PlanError::RepeatedId) => PlanError::UnknownProblem,
        Some(PlanError::UnknownProblem) => PlanError::Level,
        Some(PlanError::Level) => return None,
    })
}

fn settings_after(error: Option<&SettingsError>) -> Option<SettingsError> {
    use SettingsError as S;
    Some(match error {
        None => S::Quiet,
        Some(S::Quiet) => S::PerDay,
        Some(S::PerDay) => S::Lead,
        Some(S::Lead) => S::Travel,
        Some(S::Travel) => S::Snooze,
        Some(S::Snooze) => return None,
    })
}

fn share_after(error: Option<&ShareError>) -> Option<ShareError> {
    use ShareError as S;
    Some(match error {
        None => S::Text,
        Some(S::Text) => S::End,
        Some(S::End) => S::Nothing,
        Some(S::Nothing) => return None,
    })
}

/// `WrongCode` and `Refused { .. }` become `wrong-code` and `refused`.
fn kebab(variant: &impl std::fmt::Debug) -> String {
    let name = format!("{variant:?}");
    let mut words = String::new();
    for letter in name.chars().take_while(|letter| letter.is_alphanumeric()) {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

fn kebabs<T: std::fmt::Debug>(variants: &[T]) -> Vec<String> {
    variants.iter().map(kebab).collect()
}

fn codes() -> Value {
    let mut errors = Map::new();
    for error in all(error_after) {
        let details = match &error {
            CompanionError::NeedsInvite { .. } => kebabs(&all(loss_after)),
            CompanionError::InviteRefused { .. } => kebabs(&all(refusal_after)),
            // The store's two codes: see CompanionError::NotSaved.
            CompanionError::NotSaved { .. } => {
                ["disk-full", "disk-error"].map(str::to_owned).into()
            }
            _ => Vec::new(),
        };
        assert_eq!(
            kebab(&error),
            error.to_string(),
            "a code is its variant's name"
        );
        errors.insert(error.to_string(), json!(details));
    }
    let mut not_valid: Vec<String> = all(fault_after).iter().map(ToString::to_string).collect();
    not_valid.extend(all(homework_after).iter().map(ToString::to_string));
    not_valid.extend(all(plan_after).iter().map(ToString::to_string));
    not_valid.extend(["plan-changed".to_owned()]);
    not_valid.extend(all(settings_after).iter().map(ToString::to_string));
    not_valid.extend(all(share_after).iter().map(ToString::to_string));
    not_valid.extend(["time-of-day-malformed", "entries-unsent"].map(str::to_owned));
    not_valid.extend(["device-name-out-of-range", "unknown-time-zone"].map(str::to_owned));
    json!({
        "format": "error-codes",
        "note": "What shells have words for: each error, each detail of an error (words of their own, key `code.detail`), each way that a sync ends. `not_valid` are the codes that not-valid carries: the words of not-valid serve for all of them.",
        "errors": errors,
        "sync_outcomes": kebabs(&all(outcome_after)),
        "not_valid": not_valid,
    })
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/error-codes.json")
}

#[test]
fn the_committed_codes_are_those_of_this_build() {
    let text = std::fs::read_to_string(path()).expect("committed");
    let committed: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(committed, codes(), "run: cargo xtask vectors");
}

#[test]
#[ignore = "regenerates tests/vectors/error-codes.json"]
fn regenerate_error_codes() {
    let text = serde_json::to_string_pretty(&codes()).expect("plain values");
    std::fs::write(path(), text + "\n").expect("the folder can be written");
}
