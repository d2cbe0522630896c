//! Letters to those whose sign-in a provider manages.

use super::{LetterKey, Part, Recipient, letter, text};
use crate::clock::{Millis, human};
use crate::mail::Letter;

/// The hint to somebody who asked for a new password and has none here (OIDC-3).
#[must_use]
pub fn provider_hint(to: Recipient<'_>, provider: &str, link: &str) -> Letter {
    let say = |key| Part::Text(text(to.language, key, &[("provider", provider)]));
    letter(
        to,
        LetterKey::LetterProviderHintSubject,
        &[],
        vec![
            say(LetterKey::LetterProviderHintText),
            Part::Link(link.to_owned()),
            say(LetterKey::LetterProviderHintNotYou),
        ],
    )
}

/// The link by which a new user is bound to an identity at the provider (OIDC-2).
#[must_use]
pub fn activation_by_provider(to: Recipient<'_>, client: &str, provider: &str, link: &str, until: Millis) -> Letter {
    let until = human(until, to.language, &jiff::tz::TimeZone::UTC);
    let fillings = [("client", client), ("provider", provider)];
    let say = |key, fillings: &[(&str, &str)]| Part::Text(text(to.language, key, fillings));
    letter(
        to,
        LetterKey::LetterActivationSubject,
        &[("client", client)],
        vec![
            say(LetterKey::LetterProviderActivationText, &fillings),
            Part::Link(link.to_owned()),
            say(LetterKey::LetterActivationValidity, &[("until", &until)]),
            say(LetterKey::LetterProviderActivationNotYou, &[]),
        ],
    )
}

/// The notice to both addresses that the provider has named another one. No link undoes it: the provider would name it
/// again.
#[must_use]
pub fn provider_changed_address(to: Recipient<'_>, old: &str, new: &str, provider: &str) -> Letter {
    let say = |key, fillings: &[(&str, &str)]| Part::Text(text(to.language, key, fillings));
    letter(
        to,
        LetterKey::LetterProviderAddressSubject,
        &[],
        vec![
            say(LetterKey::LetterProviderAddressText, &[("old", old), ("new", new), ("provider", provider)]),
            say(LetterKey::LetterProviderAddressNotYou, &[("provider", provider)]),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn the_names_of_a_client_and_of_a_provider_are_text_in_a_letter() {
        for language in [Language::En, Language::De] {
            let to = Recipient { email: "a@b.de", name: "Zo\u{eb}", language };
            let letters = [
                provider_hint(to, "<b>{link}", "https://x.example/sign-in"),
                activation_by_provider(to, "Acme", "<b>{link}", "https://x.example/activate/t", 0),
                provider_changed_address(to, "a@b.de", "c@d.de", "<b>{link}"),
            ];
            for letter in letters {
                assert!(!letter.html.contains("<b>") && letter.text.contains("<b>{link}"), "{}", letter.text);
            }
        }
    }
}
