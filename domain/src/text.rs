//! The text catalogue: every sentence in both languages, made from `locales/` when the crate is built.
//!
//! A table of our own: the well-kept catalogue libraries bring 40 crates or parse at run time, this costs twice
//! the length of the texts and cannot flash the wrong language.

use serde::{Deserialize, Serialize};

include!(concat!(env!("OUT_DIR"), "/text.rs"));

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl Language {
    /// The BCP 47 tag, as in `<html lang>`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language of a tag such as `de` or `de-AT`, if it is one of ours.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.trim().to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "de" => Some(Self::De),
            _ => None,
        }
    }

    /// The first of our languages in an `Accept-Language` value, most wanted first (RFC 9110, 12.5.4).
    #[must_use]
    pub fn from_accept(header: &str) -> Option<Self> {
        let mut wanted: Vec<(f32, Self)> = header
            .split(',')
            .filter_map(|part| {
                let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
                let weight = weight.trim().parse().unwrap_or(0.0);
                (weight > 0.0).then_some((weight, Self::from_tag(tag.trim())?))
            })
            .collect();
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.first().map(|(_, language)| *language)
    }

    /// The text of `key`.
    #[must_use]
    pub fn text(self, key: Key) -> &'static str {
        match self {
            Self::En => ENGLISH[key as usize],
            Self::De => GERMAN[key as usize],
        }
    }

    /// The text of `key` with its `{name}` fillings.
    #[must_use]
    pub fn fill(self, key: Key, fillings: &[(&str, &str)]) -> String {
        fill(self.text(key), fillings)
    }
}

/// Replaces each `{name}` of `text` once, left to right; a filling is never looked at again, so one that holds
/// `{other}` stays as it is.
#[must_use]
pub fn fill(text: &str, fillings: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match fillings.iter().find(|(wanted, _)| *wanted == name) {
            Some((_, value)) => out.push_str(value),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_language_wins() {
        assert_eq!(Language::from_accept("de-AT,de;q=0.9,en;q=0.8"), Some(Language::De));
        assert_eq!(Language::from_accept("fr, en;q=0.3, de;q=0.7"), Some(Language::De));
        assert_eq!(Language::from_accept("fr"), None);
        assert_eq!(Language::from_accept("en;q=0, de;q=0.1"), Some(Language::De));
    }

    #[test]
    fn a_filling_is_not_filled_again() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("open { brace", &[]), "open { brace");
    }
}
