//! Chance that comes out the same each time. A [`Dice`] is a value: what is drawn from it depends
//! on the seed and on what it is drawn for, never on what was drawn before, so that a story with
//! one act less goes on like the whole one.

/// Something that is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(mixed(seed))
    }

    /// The dice of a part.
    #[must_use]
    pub fn with(self, part: u64) -> Self {
        Self(mixed(self.0 ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// 0 up to `n`, without it.
    pub fn below(self, n: u64) -> u64 {
        mixed(self.0) % n.max(1)
    }

    /// From `low` to `high`, both included.
    pub fn between(self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in so many of a hundred cases.
    pub fn percent(self, n: u64) -> bool {
        self.below(100) < n
    }

    /// Uniform in 0..1.
    pub fn unit(self) -> f64 {
        (mixed(self.0) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of these.
    pub fn pick<T: Copy>(self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// SplitMix64's last step.
fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
