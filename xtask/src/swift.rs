//! The phone's core in Swift: its tests and what a call costs.

use crate::bindings::Environment;
use crate::counts::Counts;
use crate::shell::{Failure, Shell};

/// Finds Swift 6, or makes it ready; the error is the line to run.
pub fn provide(_shell: &Shell) -> Result<(), Failure> {
    Err("bindings/swift has no tests yet".to_owned())
}

/// Runs the package's tests; called after [`provide`].
pub fn test(
    _shell: &Shell,
    _environment: &Environment,
    _counts: &mut Counts,
) -> Result<(), Failure> {
    Err("bindings/swift has no tests yet".to_owned())
}

/// Measures `today` and `submit`: the JSON line of the package's program. Called after [`provide`].
///
/// The program does what `tests/bench/src/bin/calls.rs` does: on a freshly enrolled phone it goes
/// `HANDRAIL_ROUNDS` times (default 200) through both unmeasured and as many times measured, one `today` and
/// one PHQ-9 (start, nine answers, submit) in turn, and prints the medians in microseconds as the
/// last line: `{"today_us":12.3,"submit_us":4567.8}`.
pub fn overhead(_shell: &Shell, _environment: &Environment) -> Result<String, Failure> {
    Err("bindings/swift has no program that measures yet".to_owned())
}
