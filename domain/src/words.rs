//! The words by which people are found: without case and accents, so that whoever can type a name roughly finds it.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// So many words of what was typed count.
pub const ASKED: usize = 6;
/// So many letters of what was typed count.
const TYPED: usize = 100;
/// So many different words of one person count.
const KEPT: usize = 32;
/// Bytes of a word, and of a key to sort by: an entry of an index has to fit on a page of it.
const WORD: usize = 64;
const KEY: usize = 200;

/// A text without case, accents and other ornaments: `Łukasz Müßig` becomes `lukasz mussig`.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkd().filter(|letter| !is_combining_mark(*letter)).collect();
    let mut folded = String::with_capacity(plain.len());
    for letter in plain.to_lowercase().nfkd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            letter => folded.push(letter),
        }
    }
    folded
}

fn cut(text: &str, most: usize) -> String {
    text[..text.floor_char_boundary(most)].to_owned()
}

/// What a name is sorted by.
#[must_use]
pub fn key(name: &str) -> String {
    cut(&fold(name), KEY)
}

/// The pieces of a folded text that are made of letters and digits.
fn pieces(folded: &str) -> impl Iterator<Item = String> {
    folded
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|piece| !piece.is_empty())
        .map(|piece| cut(piece, WORD))
}

fn once_each(words: impl Iterator<Item = String>, most: usize) -> Vec<String> {
    let mut found = Vec::new();
    for word in words {
        if found.len() < most && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// The words of somebody: the whole address, and the pieces of names and address.
#[must_use]
pub fn of(first_name: &str, last_name: &str, email: &str) -> Vec<String> {
    let email = fold(email);
    let names = fold(&format!("{first_name} {last_name}"));
    once_each([cut(&email, WORD)].into_iter().chain(pieces(&names)).chain(pieces(&email)), KEPT)
}

/// The words that somebody typed to find people: each is the beginning of a word of theirs, or of their address.
#[must_use]
pub fn asked(typed: &str) -> Vec<String> {
    let folded = fold(&typed.chars().take(TYPED).collect::<String>());
    let words = folded.split_whitespace().flat_map(|part| {
        let is_address = part.find('@').is_some_and(|at| at > 0);
        if is_address { vec![cut(part, WORD)] } else { pieces(part).collect() }
    });
    once_each(words, ASKED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_count() {
        for (text, folded) in [
            ("Łukasz MÜSSIG", "lukasz mussig"),
            ("Müßig", "mussig"),
            ("İstanbul ISI ısı", "istanbul isi isi"),
            ("Ærø", "aero"),
            ("ΟΔΥΣΣΕΥΣ Οδυσσεύς", "οδυσσευσ οδυσσευσ"),
            ("ﬁ Ⅳ ２", "fi iv 2"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn somebody_has_the_words_of_their_names_and_address() {
        let words = of("Anne-Marie", "O'Neil", "anne@sub.acme.example");
        assert_eq!(words, ["anne@sub.acme.example", "anne", "marie", "o", "neil", "sub", "acme", "example"]);
        let many: Vec<_> = (0..90).map(|n| format!("w{n}")).collect();
        assert_eq!(of(&many.join(" "), "x", "a@b.de").len(), KEPT);
    }

    #[test]
    fn words_are_typed_in_any_manner() {
        assert_eq!(asked("  NEIL, anne "), ["neil", "anne"]);
        assert_eq!(asked("Anne@Sub.ac"), ["anne@sub.ac"]);
        assert_eq!(asked("@acme anne.m"), ["acme", "anne", "m"]);
        assert_eq!(asked("a a A \u{e4}"), ["a"]);
        assert_eq!(asked("a b c d e f g h").len(), ASKED);
        assert!(asked(" %_'\" -- ").is_empty());
    }

    #[test]
    fn no_key_and_no_word_is_longer_than_an_index_bears() {
        // One letter that folds to eighteen.
        let long = "\u{FDFA}".repeat(100);
        assert!(key(&long).len() <= KEY);
        assert!(of(&long, &"ü".repeat(100), "a@b.de").iter().chain(&asked(&long)).all(|word| word.len() <= WORD));
    }
}
