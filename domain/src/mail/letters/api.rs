//! Letters about what acts for people without a browser: keys that they made, and sign-ins to the API (NOT-1).

use super::notices::notice;
use super::{Asked, LetterKey, Part, Recipient, from_where, letter, not_me, text};
use crate::backend::Settings;
use crate::clock::{Millis, human};
use crate::mail::Letter;

/// The notice that a key was made, which holds until `until`.
#[must_use]
pub fn api_key_made(to: Recipient<'_>, name: &str, until: Millis, asked: Asked<'_>, settings: &Settings) -> Letter {
    let until = human(until, to.language, &asked.visitor.zone);
    let keys = [LetterKey::LetterApiKeyMadeSubject, LetterKey::LetterApiKeyMadeText];
    notice(to, keys, &[("name", name), ("until", &until)], asked, settings)
}

/// The reminder that a key ends soon; `link` leads to where another one is made.
#[must_use]
pub fn api_key_ends(to: Recipient<'_>, name: &str, until: Millis, link: &str) -> Letter {
    let until = human(until, to.language, &jiff::tz::TimeZone::UTC);
    let what = text(to.language, LetterKey::LetterApiKeyEndsText, &[("name", name), ("until", &until)]);
    letter(to, LetterKey::LetterApiKeyEndsSubject, &[], vec![Part::Text(what), Part::Link(link.to_owned())])
}

/// A sign-in to the API from a place from where this person has never signed in to it before.
#[must_use]
pub fn api_new_place(to: Recipient<'_>, asked: Asked<'_>, settings: &Settings) -> Letter {
    let [act, link] = not_me(to.language, settings);
    let what = Part::Text(text(to.language, LetterKey::LetterApiNewPlaceText, &[]));
    let whence = from_where(to.language, LetterKey::LetterNewDeviceHeading, asked.visitor, asked.now);
    letter(to, LetterKey::LetterApiNewPlaceSubject, &[], vec![what, whence, act, link])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn what_a_key_is_called_is_text_in_a_letter() {
        for language in [Language::En, Language::De] {
            let to = Recipient { email: "a@b.de", name: "Zo\u{eb}", language };
            let letter = api_key_ends(to, "<b>{until}", 0, "https://x.example/keys");
            assert!(!letter.html.contains("<b>") && letter.text.contains("<b>{until}"), "{}", letter.text);
            assert!(letter.text.contains("1970") && letter.text.contains("https://x.example/keys"), "{}", letter.text);
        }
    }
}
