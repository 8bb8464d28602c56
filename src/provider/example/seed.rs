//! Seeds: chance that is the same every time.

use std::fmt::Write as _;

/// The root of a stream of draws.
///
/// A draw is a function of the seed alone, so that drawing one thing more changes nothing else: everything that exists
/// forks its own seed from its owner's, by name and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seed(u64);

impl Seed {
    pub(super) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// The seed of something that belongs to this one.
    pub(super) fn fork(self, name: &str, number: u64) -> Self {
        let named = name.bytes().fold(self.0, |state, byte| (state ^ u64::from(byte)).wrapping_mul(FNV_PRIME));
        Self(mix(named ^ mix(number)))
    }

    /// Evenly one of `0..bound`; zero where there is nothing to choose from.
    pub(super) fn below(self, bound: u64) -> u64 {
        let wide = u128::from(self.0) * u128::from(bound);
        u64::try_from(wide >> 64).expect("the upper half of a product of two 64-bit numbers has 64 bits")
    }

    /// Evenly one of `low..=high`.
    pub(super) fn between(self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<T>(self, items: &[T]) -> &T {
        &items[usize::try_from(self.below(items.len() as u64)).expect("it is below a length")]
    }

    /// One of the items, each as often as its weight says.
    pub(super) fn weighted<T>(self, items: &[T], weight: impl Fn(&T) -> u64) -> &T {
        let mut left = self.below(items.iter().map(&weight).sum());
        items
            .iter()
            .find(|item| match left.checked_sub(weight(item)) {
                Some(rest) => {
                    left = rest;
                    false
                }
                None => true,
            })
            .expect("a draw is below the sum of the weights, and every table has a weight above zero")
    }

    /// So many characters of the alphabet.
    pub(super) fn text(self, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..length as u64).map(|place| char::from(*self.fork("letter", place).pick(letters))).collect()
    }

    /// A random UUID's form, version 4.
    pub(super) fn uuid(self) -> String {
        let hex = self.text(HEX, 30);
        let mut uuid = String::with_capacity(36);
        write!(uuid, "{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..])
            .expect("writing into a String never fails");
        uuid
    }
}

/// The digits of random identifiers.
pub(super) const HEX: &str = "0123456789abcdef";

const FNV_PRIME: u64 = 0x0000_0100_0000_01B3;

/// The finalizer of `SplitMix64`: each bit of the input moves half of the output's.
fn mix(input: u64) -> u64 {
    let mut state = input.wrapping_add(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_the_name_and_the_number_only() {
        let seed = Seed::new(42);
        assert_eq!(seed.fork("vpc", 1), Seed::new(42).fork("vpc", 1));
        assert_ne!(seed.fork("vpc", 1), seed.fork("vpc", 2));
        assert_ne!(seed.fork("vpc", 1), seed.fork("igw", 1));
        assert_ne!(seed.fork("vpc", 1), Seed::new(43).fork("vpc", 1));
    }

    #[test]
    fn draws_keep_their_bounds_and_reach_them() {
        let drawn: std::collections::BTreeSet<u64> =
            (0..200).map(|number| Seed::new(7).fork("die", number).between(1, 6)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(Seed::new(7).below(0), 0);
    }

    #[test]
    fn weights_are_respected() {
        let heavy = (0..1_000).filter(|n| *Seed::new(1).fork("w", *n).weighted(&[9_u64, 1], |w| *w) == 9).count();
        assert!((870..930).contains(&heavy), "{heavy}");
    }
}
