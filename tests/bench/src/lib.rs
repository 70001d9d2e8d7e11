//! What the benches share: medians, numbers from the environment, and how a time grows.
//!
//! Owns no measurement. Refuses to judge: a bench prints, a person reads.

use std::time::Duration;

/// The middle one. Sorts what it is given.
///
/// # Panics
///
/// When there are none.
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// In milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A number from the environment.
///
/// # Panics
///
/// When the variable holds something else.
pub fn number(name: &str, usual: usize) -> usize {
    numbers(name, &[usual])[0]
}

/// Numbers from the environment, separated by commas.
///
/// # Panics
///
/// When the variable holds something else.
pub fn numbers(name: &str, usual: &[usize]) -> Vec<usize> {
    let Ok(said) = std::env::var(name) else {
        return usual.to_vec();
    };
    said.split(',')
        .map(|word| word.trim().parse().expect("numbers, separated by commas"))
        .collect()
}

/// Sizes and times, and the power of the size with which the time grows.
#[derive(Debug, Default)]
pub struct Fit {
    points: Vec<(f64, f64)>,
}

impl Fit {
    /// A size and how long it took.
    pub fn add(&mut self, size: f64, time: f64) {
        self.points.push((size, time));
    }

    /// Least squares through the logarithms: 1 is linear, 2 quadratic. None for fewer than two sizes.
    pub fn exponent(&self) -> Option<f64> {
        let (first, rest) = self.points.split_first()?;
        if rest.iter().all(|point| (point.0 - first.0).abs() < 0.5) {
            return None;
        }
        let logs = self
            .points
            .iter()
            .map(|(size, time)| (size.ln(), time.ln()));
        let logs: Vec<_> = logs.collect();
        #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
        let count = logs.len() as f64;
        let (x, y) = logs
            .iter()
            .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let (x, y) = (x / count, y / count);
        let above: f64 = logs.iter().map(|one| (one.0 - x) * (one.1 - y)).sum();
        let below: f64 = logs.iter().map(|one| (one.0 - x).powi(2)).sum();
        Some(above / below)
    }

    /// One line, when there is something to fit.
    pub fn print(&self, words: &str) {
        if let Some(exponent) = self.exponent() {
            println!(
                "growth, {words}: time is about size to the power of {exponent:.2} (1 is linear)"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_tells_linear_from_quadratic() {
        let grown = |power: i32| {
            let mut fit = Fit::default();
            for size in [50.0, 500.0, 5000.0] {
                fit.add(size, 0.3 * f64::powi(size, power));
            }
            fit.exponent().expect("three sizes")
        };
        assert!((grown(1) - 1.0).abs() < 1e-9);
        assert!((grown(2) - 2.0).abs() < 1e-9);
        let mut one = Fit::default();
        one.add(5.0, 1.0);
        one.add(5.0, 2.0);
        assert_eq!(one.exponent(), None, "one size says nothing");
    }
}
