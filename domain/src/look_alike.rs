//! Names that one takes for one another (UTS #39, 4: confusable detection).

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::skeleton;

use crate::store::groups::name_key;

/// What a name is made of, found once where it is compared with many.
#[derive(Debug)]
pub struct Shapes {
    is_ascii: bool,
    in_each_case: [String; 3],
}

impl Shapes {
    /// Those of a name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self { is_ascii: name.is_ascii(), in_each_case: shapes(name) }
    }

    /// Whether the name looks like this one: in some case of their letters, they are made of the same shapes. Letters
    /// of other alphabets are twins of ours in one case and not in the other, so each of the two is looked at, and so
    /// is what was typed. Among plain ASCII the large ones do not count: nobody takes `i` for `1` because `I` looks
    /// like it.
    #[must_use]
    pub fn are_like(&self, other: &str) -> bool {
        let compared = if self.is_ascii && other.is_ascii() { 2 } else { 3 };
        self.in_each_case.iter().zip(shapes(other)).take(compared).any(|(one, other)| *one == other)
    }
}

/// A name as it was typed, in small letters, and in large ones: each with the shapes of its letters in their place.
fn shapes(name: &str) -> [String; 3] {
    let typed: String = name.nfkc().collect();
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let small = name_key(name);
    [typed, small.clone(), small.to_uppercase()].map(|name| skeleton(&name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        Shapes::of(one).are_like(other)
    }

    #[test]
    fn what_looks_alike_is_found_in_either_case() {
        for twin in [
            "Full access",
            " FULL  ACCESS ",
            "Full \u{430}ccess",
            "Full acce\u{455}\u{455}",
            "FULL \u{410}\u{421}\u{421}\u{415}SS",
            "FuII access",
            "Full access\u{fe0f}",
            "\u{1d405}ull access",
        ] {
            assert!(alike(twin, "Full access"), "{twin}");
        }
        assert!(alike("\u{41c}anagement", "Management") && alike("\u{41c}ANAGEMENT", "Management"));
        assert!(alike("Team 1", "Team I") && alike("Team 0", "Team O"));
        for (one, other) in [
            ("Sales 1", "Sales 2"),
            ("Mai", "Mal"),
            ("\u{fc}ber", "uber"),
            ("Sales", "Vertrieb"),
            ("Team i", "Team 1"),
            ("ai", "a1"),
            ("\u{41e}\u{442}\u{434}\u{435}\u{43b}", "\u{41e}\u{442}\u{434}\u{435}\u{43b}\u{44b}"),
        ] {
            assert!(!alike(one, other), "{one} {other}");
        }
    }
}
