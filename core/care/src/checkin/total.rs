//! A score as an exact number: CORE-10 keeps the ninths of a prorated sheet, every other instrument
//! reports whole points. Refuses floating point inside; it appears only where JSON wants one number.

use std::cmp::Ordering;

use serde::{Serialize, Serializer};

/// An exact score or difference of scores: `numerator / denominator`, in lowest terms, the denominator
/// above zero. As JSON a whole number when it is one, else the nearest decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Total {
    numerator: i64,
    denominator: i64,
}

impl Total {
    /// Scores beyond this are no scores of anything; it keeps all arithmetic inside 64 bits.
    const LIMIT: i64 = 1_000;
    /// Decimals that are not ninths are kept to six places.
    const PLACES: i64 = 1_000_000;

    /// A whole number of points.
    pub fn whole(points: i64) -> Self {
        Self {
            numerator: points,
            denominator: 1,
        }
    }

    /// `sum x items / answered`, exact; `answered` above zero.
    pub(super) fn prorated(sum: i64, items: i64, answered: i64) -> Self {
        Self::reduced(sum * items, answered)
    }

    /// A score that came as a JSON number: a whole number, a ninth (a prorated CORE-10 as we print
    /// it) or a decimal of at most six places. `None` when it is not finite or beyond 1,000.
    pub fn from_f64(number: f64) -> Option<Self> {
        const LIMIT: f64 = 1_000.0;
        if !number.is_finite() || number.abs() > LIMIT {
            return None;
        }
        let ninths = (number * 9.0).round();
        let reduced = if (number * 9.0 - ninths).abs() < 1e-9 {
            Self::reduced(small(ninths), 9)
        } else {
            Self::reduced(small((number * 1e6).round()), Self::PLACES)
        };
        Some(reduced)
    }

    /// A score that came as a JSON integer; `None` beyond 1,000 either way.
    pub fn from_i64(number: i64) -> Option<Self> {
        (-Self::LIMIT..=Self::LIMIT)
            .contains(&number)
            .then(|| Self::whole(number))
    }

    /// Rounded half up (clinical.md section 5).
    pub fn rounded(self) -> i64 {
        (2 * self.numerator + self.denominator).div_euclid(2 * self.denominator)
    }

    /// Whether it is a whole number of points.
    pub fn is_whole(self) -> bool {
        self.denominator == 1
    }

    /// The nearest floating-point number, for charts.
    pub fn to_f64(self) -> f64 {
        wide(self.numerator) / wide(self.denominator)
    }

    /// `self - other`, exact.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self::reduced(
            self.numerator * other.denominator - other.numerator * self.denominator,
            self.denominator * other.denominator,
        )
    }

    /// `self x factor`, exact.
    #[must_use]
    pub fn times(self, factor: i64) -> Self {
        Self::reduced(self.numerator * factor, self.denominator)
    }

    fn reduced(numerator: i64, denominator: i64) -> Self {
        let divisor = gcd(numerator.abs(), denominator).max(1);
        Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        }
    }
}

impl Ord for Total {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.numerator * other.denominator).cmp(&(other.numerator * self.denominator))
    }
}

impl PartialOrd for Total {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i32> for Total {
    fn from(points: i32) -> Self {
        Self::whole(points.into())
    }
}

impl Serialize for Total {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_whole() {
            serializer.serialize_i64(self.numerator)
        } else {
            serializer.serialize_f64(self.to_f64())
        }
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Callers hold the number below 10^9, where every whole number is exact.
#[expect(
    clippy::cast_possible_truncation,
    reason = "bounded by 10^9 in from_f64"
)]
fn small(number: f64) -> i64 {
    number as i64
}

/// Numerators stay below 2^53.
#[expect(clippy::cast_precision_loss, reason = "numerators stay far below 2^53")]
fn wide(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounds_half_up() {
        for (numerator, denominator, rounded) in [
            (0, 9, 0),
            (4, 9, 0),
            (1, 2, 1),
            (3, 2, 2),
            (45, 8, 6),
            (49, 9, 5),
            (50, 9, 6),
            (-1, 2, 0),
        ] {
            assert_eq!(
                Total::reduced(numerator, denominator).rounded(),
                rounded,
                "{numerator}/{denominator}"
            );
        }
    }

    #[test]
    fn json_is_whole_where_it_can_be() {
        let json = |total: Total| serde_json::to_string(&total).expect("a number");
        assert_eq!(json(Total::prorated(18, 10, 9)), "20");
        assert_eq!(json(Total::prorated(13, 10, 9)), "14.444444444444445");
    }

    #[test]
    fn no_number_of_nothing() {
        for number in [f64::NAN, f64::INFINITY, -1e300, 1000.5] {
            assert_eq!(Total::from_f64(number), None);
        }
        assert_eq!(Total::from_i64(i64::MIN), None);
        assert_eq!(Total::from_f64(14.4), Some(Total::reduced(72, 5)));
    }

    proptest! {
        #[test]
        fn every_ninth_survives_its_decimal(ninths in -9000_i64..=9000) {
            let total = Total::reduced(ninths, 9);
            prop_assert_eq!(Total::from_f64(total.to_f64()), Some(total));
        }
    }
}
