//! Recovery codes: for somebody who does not have the app at hand (REC-1).
//!
//! Four groups of five are to hold at least 112 bits, and 20 letters do so only when each is one of 49 or more: so upper
//! and lower case count, and of each pair that differs in size alone there is only the larger one. No 0, 1, I, O or l.
//! 49 to the power of 20 is 2 to the power of 112.3; a hash of so much needs no salt and no slowness.

use sha2::{Digest, Sha256};

use super::Keys;
use crate::clock::Rng;

/// Codes in a set.
pub const CODES: usize = 10;
const LETTERS: &[u8; 49] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabdefghijkmnpqrty";
const LENGTH: usize = 20;
const GROUP: usize = 5;

/// A recovery code. It leaves only sealed, and through [`RecoveryCode::shown`], for the page that shows it once.
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// A new one; each letter equally likely.
    #[must_use]
    pub fn new(rng: &Rng) -> Self {
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            // Bytes from 245 on would make the first letters more likely than the last.
            let [byte] = rng.bytes::<1>();
            if byte < 245 {
                code.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
            }
        }
        Self(code)
    }

    /// A new set.
    #[must_use]
    pub fn set(rng: &Rng) -> Vec<Self> {
        (0..CODES).map(|_| Self::new(rng)).collect()
    }

    /// One that was typed, whatever its blanks and dashes; `None` when it cannot be one.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        let letters: String = typed
            .chars()
            .take(64)
            .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '\u{2010}'..='\u{2015}'))
            .collect();
        let fits = letters.len() == LENGTH && letters.bytes().all(|letter| LETTERS.contains(&letter));
        fits.then_some(Self(letters))
    }

    /// What the database keeps of it.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }

    /// As people read it: `xxxxx-xxxxx-xxxxx-xxxxx`.
    #[must_use]
    pub fn shown(&self) -> String {
        let groups: Vec<&str> = (0..LENGTH / GROUP).map(|n| &self.0[n * GROUP..(n + 1) * GROUP]).collect();
        groups.join("-")
    }
}

fn context(change: &str) -> String {
    format!("recovery codes {change}")
}

/// Seals a set until the person says that it is kept.
#[must_use]
pub fn seal(codes: &[RecoveryCode], keys: &Keys, rng: &Rng, change: &str) -> Vec<u8> {
    let plain: Vec<&str> = codes.iter().map(|code| code.0.as_str()).collect();
    keys.seal(rng, &context(change), plain.join(" ").as_bytes())
}

/// Opens what [`seal`] made for the same change; `None` for anything else.
#[must_use]
pub fn open(sealed: &[u8], keys: &Keys, change: &str) -> Option<Vec<RecoveryCode>> {
    let plain = String::from_utf8(keys.open(&context(change), sealed)?).ok()?;
    plain.split(' ').map(RecoveryCode::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_letters_hold_112_bits() {
        let mut letters = LETTERS.to_vec();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 49);
        assert!(49_f64.log2() * 20.0 >= 112.0);
    }

    #[test]
    fn a_set_is_ten_different_codes_of_four_groups_of_five() {
        let set = RecoveryCode::set(&Rng::seeded(3));
        let mut shown: Vec<_> = set.iter().map(RecoveryCode::shown).collect();
        for code in &shown {
            let groups: Vec<_> = code.split('-').map(str::len).collect();
            assert_eq!(groups, [5; 4], "{code}");
        }
        shown.sort();
        shown.dedup();
        assert_eq!(shown.len(), 10);
    }

    #[test]
    fn five_hundred_codes_use_all_letters_alike() {
        let rng = Rng::seeded(7);
        let mut counts = [0_u32; 49];
        for _ in 0..500 {
            for letter in RecoveryCode::new(&rng).0.bytes() {
                counts[LETTERS.iter().position(|known| *known == letter).expect("a known letter")] += 1;
            }
        }
        // 10,000 letters; 84.0 is the 0.1 % bound for 48 degrees of freedom.
        let expected = 10_000.0 / 49.0;
        let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
        assert!(chi_square < 84.0, "{chi_square}: {counts:?}");
    }

    #[test]
    fn blanks_and_dashes_do_not_matter_and_case_does() {
        let code = RecoveryCode::new(&Rng::seeded(1));
        let shown = code.shown();
        for typed in [shown.clone(), shown.replace('-', ""), format!(" {} ", shown.replace('-', " \u{2013} "))] {
            assert_eq!(RecoveryCode::read(&typed).expect("a code").hash(), code.hash(), "{typed}");
        }
        for wrong in ["", "123456", "BCDF-GHJK", &shown[1..], &format!("{shown}2"), &shown.replace('-', "0")] {
            assert!(RecoveryCode::read(wrong).is_none(), "{wrong}");
        }
        let lower = RecoveryCode::read(&shown.to_lowercase());
        assert!(lower.is_none_or(|other| other.hash() != code.hash()));
    }

    #[test]
    fn a_sealed_set_opens_for_its_change_alone() {
        let keys = Keys::derive(b"0123456789abcdef0123456789abcdef").expect("long enough");
        let set = RecoveryCode::set(&Rng::seeded(3));
        let sealed = seal(&set, &keys, &Rng::seeded(1), "one");
        let opened = open(&sealed, &keys, "one").expect("opened");
        let hashes = |codes: &[RecoveryCode]| codes.iter().map(RecoveryCode::hash).collect::<Vec<_>>();
        assert_eq!(hashes(&opened), hashes(&set));
        assert!(open(&sealed, &keys, "another").is_none());
    }
}
