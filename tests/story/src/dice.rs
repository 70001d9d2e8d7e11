//! Random numbers that can be had again: a failing run names its seed.

/// A small generator (xorshift).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        // Neighbouring seeds begin far apart, and none at zero.
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `below`, which is not 0.
    pub fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below
    }

    /// An index below `below`.
    ///
    /// # Panics
    ///
    /// When `below` is 0.
    pub fn index(&mut self, below: usize) -> usize {
        usize::try_from(self.below(below as u64)).expect("smaller than a usize")
    }

    /// True once in `of`.
    pub fn once_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// Another generator.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self::new(self.below(u64::MAX))
    }
}
