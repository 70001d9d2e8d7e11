//! When to try again: exponential, with jitter, never before the server said.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// A server that asks for more is not believed: check-ins would wait for it.
const LONGEST_ASKED: Duration = Duration::from_secs(60 * 60);

/// The wait after the `failures`-th failure in a row (from 1). `chance` is random, 0 to 1: half of the
/// wait is spread by it, so that a thousand phones do not come back at once.
pub(crate) fn wait(failures: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let full = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let chance = chance.clamp(0.0, 1.0);
    let own = full.mul_f64(0.5 + chance / 2.0);
    match asked {
        None => own,
        // Everyone who was asked at once was asked the same: spread it by a tenth.
        Some(asked) => own.max(asked.min(LONGEST_ASKED).mul_f64(1.0 + chance / 10.0)),
    }
}

/// Reads `Retry-After`: seconds, or an HTTP date, of an answer given at `now_ms`.
pub(crate) fn retry_after(header: &str, now_ms: i64) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_ASKED));
    }
    let wait = http_date(header)?.saturating_sub(now_ms);
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)).min(LONGEST_ASKED))
}

/// An HTTP date as epoch milliseconds.
pub(crate) fn http_date(header: &str) -> Option<i64> {
    let date = chrono::DateTime::parse_from_rfc2822(header.trim()).ok()?;
    Some(date.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_schedule() {
        let seconds = |failures, asked: Option<u64>, chance| {
            wait(failures, asked.map(Duration::from_secs), chance).as_secs_f64()
        };
        for (failures, asked, chance, expected) in [
            (1, None, 0.0, 1.0),
            (1, None, 1.0, 2.0),
            (2, None, 1.0, 4.0),
            (3, None, 0.5, 6.0),
            (9, None, 1.0, 512.0),
            (10, None, 1.0, 900.0),
            (u32::MAX, None, 1.0, 900.0),
            (0, None, 1.0, 2.0),
            (1, Some(30), 0.0, 30.0),
            (1, Some(30), 1.0, 33.0),
            // Our own wait is longer than what was asked.
            (9, Some(30), 1.0, 512.0),
            (1, Some(10_000_000), 0.0, 3_600.0),
        ] {
            let got = seconds(failures, asked, chance);
            assert!(
                (got - expected).abs() < 1e-6,
                "{failures} {asked:?} {chance}: {got}"
            );
        }
    }

    #[test]
    fn the_header_in_both_forms() {
        let now = 784_111_777_000; // Sun, 06 Nov 1994 08:49:37 GMT
        let seconds = |header| retry_after(header, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999"), Some(3_600));
        for bad in ["", "soon", "-5", "1.5", "Sun, 06 Nov 1994"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_header_ends_in_an_answer(header in ".{0,60}", now in any::<i64>()) {
            let _ = retry_after(&header, now);
        }

        #[test]
        fn never_before_the_server_said(
            failures in any::<u32>(), asked in 0..3_600_u64, chance in 0.0..1.0_f64,
        ) {
            let asked = Duration::from_secs(asked);
            prop_assert!(wait(failures, Some(asked), chance) >= asked);
        }
    }
}
