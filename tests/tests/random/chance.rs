//! Reproducible chance: the same seed draws the same world.

/// A generator of 64-bit numbers (Marsaglia, "Xorshift RNGs", 2003).
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The generator that `seed` stands for; neighbouring seeds have nothing in common.
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            chance.next();
        }
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // The high bits are the better ones.
        usize::try_from((self.next() >> 33) % u64::try_from(end).unwrap()).unwrap()
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub(crate) fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of the list.
    pub(crate) fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }

    /// `count` of the list at most, none of them twice.
    pub(crate) fn several<T: Clone + PartialEq>(&mut self, list: &[T], count: usize) -> Vec<T> {
        let mut picked = Vec::new();
        for _ in 0..count {
            let one = self.pick(list);
            if !picked.contains(&one) {
                picked.push(one);
            }
        }
        picked
    }
}
