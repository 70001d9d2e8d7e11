//! Random numbers that a seed repeats.

#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// 0 up to, not including, `end`.
    pub fn below(&mut self, end: i64) -> i64 {
        let end = u64::try_from(end).expect("a positive number");
        i64::try_from(self.next() % end).expect("small")
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let place = self.below(i64::try_from(list.len()).expect("few"));
        list[usize::try_from(place).expect("small")]
    }

    pub fn number(&mut self) -> u32 {
        u32::try_from(self.next() & 0x7FFF_FFFF).expect("31 bits")
    }
}
