//! Choices that follow from the seed alone.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Keeps the stream of choices apart from the stream of ids, which has the same seed.
const STREAM: u64 = 0x5b1e_b0a2_d000_0001;

/// Dice that fall the same way for the same seed.
#[derive(Debug)]
pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed ^ STREAM))
    }

    /// A number below `sides`; 0 where there is no choice.
    pub(super) fn below(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).unwrap_or(u64::MAX);
        // The bias of the remainder is beyond notice for so few sides.
        let fallen = self.0.next_u64().checked_rem(sides);
        fallen.and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
    }

    /// As [`Dice::below`], as minutes or days are counted.
    pub(super) fn few(&mut self, sides: usize) -> i64 {
        i64::try_from(self.below(sides)).unwrap_or(0)
    }

    /// One of a list; nothing from an empty one.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let place = self.below(list.len());
        list.get(place)
    }

    /// Puts a list into another order.
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            let other = self.below(end + 1);
            list.swap(end, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way_and_another_one_does_not() {
        let order = |seed| {
            let mut list: Vec<u32> = (0..40).collect();
            Dice::new(seed).shuffle(&mut list);
            list
        };
        assert_eq!(order(42), order(42));
        assert_ne!(order(42), order(43));
        let mut sorted = order(42);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..40).collect::<Vec<u32>>());
    }

    #[test]
    fn a_number_is_below_the_sides_and_no_choice_gives_nothing() {
        let mut dice = Dice::new(1);
        assert!((0..500).all(|_| dice.below(7) < 7));
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.pick::<u8>(&[]), None);
    }
}
