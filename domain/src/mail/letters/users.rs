//! Letters about what those who look after users have changed of somebody (NOT-1). They do not say from where: that is
//! no business of the reader, and who it was stands in their activity.

use super::{LetterKey, Part, Recipient, letter, text};
use crate::mail::Letter;

fn notice(to: Recipient<'_>, subject: LetterKey, lead: LetterKey, client: &str) -> Letter {
    let say = |key| Part::Text(text(to.language, key, &[("client", client)]));
    letter(to, subject, &[], vec![say(lead), say(LetterKey::LetterUserWho)])
}

/// The notice that somebody may use the API from now on, or no longer may.
#[must_use]
pub fn api_access_was_changed(to: Recipient<'_>, client: &str, on: bool) -> Letter {
    let (subject, lead) = if on {
        (LetterKey::LetterUserApiOnSubject, LetterKey::LetterUserApiOnText)
    } else {
        (LetterKey::LetterUserApiOffSubject, LetterKey::LetterUserApiOffText)
    };
    notice(to, subject, lead, client)
}

/// The notice that codes come by e-mail again.
#[must_use]
pub fn factor_was_reset_by(to: Recipient<'_>, client: &str) -> Letter {
    notice(to, LetterKey::LetterFactorNoticeSubject, LetterKey::LetterUserFactorResetText, client)
}

/// The notice that a second factor is asked of this user, so that codes come by e-mail from now on.
#[must_use]
pub fn own_factor_was_required(to: Recipient<'_>, client: &str) -> Letter {
    notice(to, LetterKey::LetterFactorNoticeSubject, LetterKey::LetterUserFactorRequiredText, client)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn the_name_of_a_client_is_text_in_a_letter() {
        for language in [Language::En, Language::De] {
            let to = Recipient { email: "a@b.de", name: "Zo\u{eb}", language };
            let letters = [
                api_access_was_changed(to, "<b>{client}", true),
                api_access_was_changed(to, "<b>{client}", false),
                factor_was_reset_by(to, "<b>{client}"),
                own_factor_was_required(to, "<b>{client}"),
            ];
            for letter in letters {
                assert!(!letter.html.contains("<b>") && letter.text.contains("<b>{client}"), "{}", letter.text);
            }
        }
    }
}
