//! Codes that travel by mail: eight of twenty letters, 34.6 bits (CODE-1).

use crate::clock::Rng;
use crate::validate::{CODE_LENGTH, CODE_LETTERS};

/// A mailed code. It leaves only through [`Code::reveal`] and [`Code::shown`], both for the letter.
pub struct Code(String);

impl Code {
    /// A new one; each letter equally likely.
    #[must_use]
    pub fn new(rng: &Rng) -> Self {
        let mut code = String::with_capacity(CODE_LENGTH);
        while code.len() < CODE_LENGTH {
            // Bytes from 240 on would make the first letters more likely than the last.
            let [byte] = rng.bytes::<1>();
            if byte < 240 {
                code.push(char::from(CODE_LETTERS[usize::from(byte) % CODE_LETTERS.len()]));
            }
        }
        Self(code)
    }

    /// The letters alone, for the HMAC.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// As people read it: `XXXX-XXXX`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}-{}", &self.0[..4], &self.0[4..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_codes_use_all_letters_alike() {
        let rng = Rng::seeded(7);
        let mut counts = [0_u32; 20];
        for _ in 0..1_000 {
            let code = Code::new(&rng);
            assert_eq!((code.reveal().len(), code.shown().len()), (8, 9));
            for letter in code.reveal().bytes() {
                counts[CODE_LETTERS.iter().position(|known| *known == letter).expect("a known letter")] += 1;
            }
        }
        // 8,000 letters, 400 expected of each; 43.8 is the 0.1 % bound for 19 degrees of freedom.
        let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - 400.0).powi(2) / 400.0).sum();
        assert!(chi_square < 43.8, "{chi_square}: {counts:?}");
    }
}
