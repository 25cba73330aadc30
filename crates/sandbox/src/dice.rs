//! Chance that can be told again: every draw follows from the seed. The generators are our own few lines,
//! so that a story does not change with the version of a library.

/// A stream of numbers that the seed alone decides (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice for one question about one address: asking again, in whatever order, gives the same answer.
    pub(crate) fn about(seed: u64, address: &str, question: &str) -> Dice {
        Dice(hash(seed, &[address.as_bytes(), question.as_bytes()]))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scramble(self.0)
    }

    /// Evenly in `0..1`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly one of the items, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[(self.next() % items.len() as u64) as usize]
    }
}

/// A number from a seed and texts (FNV-1a, scrambled); `["ab", "c"]` and `["a", "bc"]` differ.
pub(crate) fn hash(seed: u64, texts: &[&[u8]]) -> u64 {
    let mut state = 0xCBF2_9CE4_8422_2325 ^ scramble(seed);
    for text in texts {
        for byte in *text {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        state = (state ^ text.len() as u64 ^ 0xFF00).wrapping_mul(0x0000_0100_0000_01B3);
    }
    scramble(state)
}

/// Twice 64 bits: wide enough to tell billions of keys apart.
pub(crate) fn wide_hash(text: &str) -> u128 {
    let bytes = [text.as_bytes()];
    u128::from(hash(0x0E, &bytes)) << 64 | u128::from(hash(0xF1, &bytes))
}

pub(crate) fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_has_the_same_answer() {
        let draw = |seed| Dice::about(seed, "ann@example.com", "habit").unit();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(hash(1, &[b"ab", b"c"]), hash(1, &[b"a", b"bc"]));
    }

    #[test]
    fn draws_are_even() {
        let mut dice = Dice::about(42, "", "");
        let below = (0..10_000).filter(|_| dice.unit() < 0.3).count();
        assert!((2_850..3_150).contains(&below), "{below} of 10000 below 0.3");
        let spread =
            (0..10_000).filter(|n| Dice::about(1, &format!("p{n}@x.test"), "habit").unit() < 0.3).count();
        assert!((2_800..3_200).contains(&spread), "{spread} of 10000 addresses below 0.3");
    }
}
