//! How answers go over the weeks: the same seed gives the same clinic.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::people::{Course, Patient};

/// A patient's dice.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// One set for each patient of a seed.
    pub fn new(seed: u64, patient: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(
            seed.wrapping_mul(1009).wrapping_add(patient),
        ))
    }

    /// A whole number from 0 to `below` - 1.
    pub fn below(&mut self, below: u32) -> u32 {
        self.0.next_u32() % below
    }

    /// True `percent` times of a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// From -`spread` to +`spread`.
    fn wobble(&mut self, spread: u32) -> i64 {
        i64::from(self.below(2 * spread + 1)) - i64::from(spread)
    }
}

/// The severity of a score in a program week, from its start: the course with a wobble.
pub fn severity(patient: &Patient, start: i64, week: u32, top: i64, dice: &mut Dice) -> i64 {
    let weeks = i64::from(week.saturating_sub(1));
    let moved = match patient.course {
        Course::Improving | Course::Discharged => -weeks * 14 / 10,
        Course::Gaps => -weeks,
        Course::Flat | Course::Flagged => 0,
        Course::Worsening => weeks * 6,
        Course::FlagClosed => weeks * 12 / 10,
    };
    (start + moved + dice.wobble(1)).clamp(0, top)
}

/// Spreads a total over items of 0 to 3. `last` fixes the last item (PHQ-9's item 9).
pub fn spread(total: i64, items: usize, last: Option<i64>, dice: &mut Dice) -> Vec<i64> {
    let mut values = vec![0; items];
    let free = match last {
        Some(value) => {
            values[items - 1] = value;
            items - 1
        }
        None => items,
    };
    let highest = 3 * i64::try_from(free).unwrap_or(i64::MAX);
    let mut left = (total - last.unwrap_or(0)).clamp(0, highest);
    while left > 0 {
        let item = dice.below(u32::try_from(free).unwrap_or(1)) as usize;
        if values[item] < 3 {
            values[item] += 1;
            left -= 1;
        }
    }
    values
}

/// A daily check-in.
pub struct Daily {
    /// 0 worst to 10 best.
    pub mood: i64,
    /// 0 to 10.
    pub anxiety: i64,
    /// 0 to 10.
    pub urge: i64,
    /// 0 to 4.
    pub sleep: i64,
    /// 0 no, 1 some, 2 yes.
    pub medication: i64,
}

/// A day that fits the week's PHQ-9.
pub fn daily(phq9: i64, dice: &mut Dice) -> Daily {
    let low = phq9 * 10 / 27;
    Daily {
        mood: (9 - low + dice.wobble(1)).clamp(0, 10),
        anxiety: (low + 1 + dice.wobble(2)).clamp(0, 10),
        urge: (low / 3 + dice.wobble(1)).clamp(0, 10),
        sleep: (4 - low / 3 + dice.wobble(1)).clamp(0, 4),
        medication: if dice.chance(85) { 2 } else { 1 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_keeps_its_total() {
        let mut dice = Dice::new(7, 1);
        for total in 0..=27 {
            let values = spread(total, 9, Some(0), &mut dice);
            assert_eq!(values.iter().sum::<i64>(), total.min(24));
            assert!(values.iter().all(|value| (0..=3).contains(value)) && values[8] == 0);
        }
        assert_eq!(spread(21, 7, None, &mut dice), vec![3; 7]);
    }

    #[test]
    fn the_same_seed_throws_the_same() {
        let throw = |seed| {
            let mut dice = Dice::new(seed, 3);
            (0..20).map(|_| dice.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(throw(1), throw(1));
        assert_ne!(throw(1), throw(2));
    }
}
