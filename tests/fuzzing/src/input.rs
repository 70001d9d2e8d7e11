//! Bytes of the fuzzer, taken from the front. What is not there any more is zero or empty, so that a
//! short input is an input like any other.

/// What is left of an input.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// Two bytes, the higher one first.
    pub fn short(&mut self) -> u16 {
        u16::from(self.byte()) << 8 | u16::from(self.byte())
    }

    /// Four bytes, the highest one first.
    pub fn long(&mut self) -> u32 {
        u32::from(self.short()) << 16 | u32::from(self.short())
    }

    /// At most `count` bytes.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (front, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        front
    }

    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// One of several, by a byte.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.byte()) % all.len()]
    }
}

/// Bytes with changes: each patch is a place (two bytes) and what is put over the byte there (XOR).
/// Equal to `bytes` when every patch is zero.
pub fn patched(bytes: &[u8], mut patches: Input<'_>) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    while !patches.is_empty() && !changed.is_empty() {
        let place = usize::from(patches.short()) % changed.len();
        changed[place] ^= patches.byte();
    }
    changed
}

/// Text for the targets that read text; bytes that are no UTF-8 are not looked at.
pub fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Numbers from a seed (`SplitMix64`): choices that the input does not spell out.
pub struct Choices(u64);

impl Choices {
    pub fn of(bytes: &[u8]) -> Self {
        // FNV-1a: any change of the input changes the choices.
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        usize::try_from(mixed % most.max(1) as u64).unwrap_or(0)
    }
}
