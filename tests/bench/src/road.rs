//! Handrail's own road: a real server process and real phone cores.

use std::time::{Duration, Instant};

use handrail_care::checkin::{Answer, Answers};
use handrail_companion::{Companion, WholeCheckIn};

/// PHQ-9 sheets, each another.
pub fn sheets(count: usize) -> Vec<WholeCheckIn> {
    (0..count)
        .map(|number| {
            let mut answers = Answers::default();
            for item in 1..=9 {
                let value = i64::try_from((number + item * 7) % 4).expect("small");
                let value = if item == 9 { 0 } else { value };
                answers.set(format!("q{item}"), Answer::Value(value));
            }
            WholeCheckIn {
                form: "phq9".to_owned(),
                answers,
            }
        })
        .collect()
}

/// Durable local write and push.
pub fn push(phone: &Companion, sheets: &[WholeCheckIn]) -> Duration {
    let begun = Instant::now();
    phone.write_check_ins(sheets).expect("saved");
    let report = phone.sync().expect("enrolled");
    let took = begun.elapsed();
    assert_eq!(phone.sync_status().expect("open").pending, 0, "{report:?}");
    took
}

/// Each check-in written durably and pushed by itself.
pub fn push_one_by_one(phone: &Companion, sheets: &[WholeCheckIn]) -> Duration {
    let begun = Instant::now();
    for sheet in sheets {
        let one = std::slice::from_ref(sheet);
        phone.write_check_ins(one).expect("saved");
        phone.sync().expect("enrolled");
    }
    let took = begun.elapsed();
    assert_eq!(phone.sync_status().expect("open").pending, 0);
    took
}

/// Pull, store, open and fold.
pub fn pull(phone: &Companion, count: usize) -> Duration {
    let begun = Instant::now();
    phone.sync().expect("enrolled");
    let took = begun.elapsed();
    let receipts = phone.check_ins(u32::MAX).expect("open");
    assert_eq!(receipts.len(), count);
    took
}
