//! Two pieces of work at once, when there is enough of both.

use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// Entries from which a second thread is worth its start.
const ENOUGH: usize = 64;

/// Does `left` on a thread of its own while this one does `right`; one after the other when there are
/// few `entries`, or the system has no thread to give.
pub(crate) fn beside<L: Send, R>(
    entries: usize,
    left: impl FnOnce() -> L + Send,
    right: impl FnOnce() -> R,
) -> (L, R) {
    if entries < ENOUGH {
        return (left(), right());
    }
    let mut left = Some(left);
    let mut run = || left.take().map(|left| left());
    let (done, right) = scope(|scope| {
        let thread = Builder::new().spawn_scoped(scope, &mut run);
        let right = right();
        let done = thread.ok().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => resume_unwind(panic),
        });
        (done.flatten(), right)
    });
    let done = done.or_else(run);
    (done.expect("run there, or else here"), right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_however_many_there_are() {
        for entries in [0, ENOUGH, 10 * ENOUGH] {
            let mut right = Vec::new();
            let (left, ()) = beside(entries, || 1, || right.push(2));
            assert_eq!((left, right), (1, vec![2]));
        }
    }

    #[test]
    fn a_panic_beside_is_a_panic_here() {
        let both = || beside(ENOUGH, || panic!("on purpose"), || ());
        assert!(std::panic::catch_unwind(both).is_err());
    }
}
