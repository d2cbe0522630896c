//! The language of the page, for components.

use domain::{Key, Language};
use leptos::prelude::*;

/// The language of the page; it changes only with a new document.
#[must_use]
pub fn language() -> Language {
    use_context().unwrap_or_default()
}

/// The text of `key` in the language of the page.
#[must_use]
pub fn t(key: Key) -> &'static str {
    language().text(key)
}

/// As [`t`], with fillings.
#[must_use]
pub fn fill(key: Key, fillings: &[(&str, &str)]) -> String {
    language().fill(key, fillings)
}

/// The title of a document about `key`.
#[must_use]
pub fn title_of(key: Key, language: Language) -> String {
    format!("{} · {}", language.text(key), language.text(Key::CommonProduct))
}
