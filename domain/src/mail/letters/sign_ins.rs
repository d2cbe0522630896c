//! Letters about sign-ins that the owner should know of (NOT-1).

use super::{Asked, LetterKey, Part, Recipient, from_where, letter, not_me, text};
use crate::backend::Settings;
use crate::mail::Letter;

fn notice(to: Recipient<'_>, from: Asked<'_>, settings: &Settings, keys: [LetterKey; 3]) -> Letter {
    let [subject, lead, heading] = keys;
    let [act, link] = not_me(to.language, settings);
    letter(
        to,
        subject,
        &[],
        vec![
            Part::Text(text(to.language, lead, &[])),
            from_where(to.language, heading, from.visitor, from.now),
            act,
            link,
        ],
    )
}

/// A sign-in from a browser in which this person has never signed in before.
#[must_use]
pub fn new_device(to: Recipient<'_>, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterNewDeviceSubject, LetterKey::LetterNewDeviceText, LetterKey::LetterNewDeviceHeading];
    notice(to, from, settings, keys)
}

/// A password that was right, without a right code after it.
#[must_use]
pub fn code_not_entered(to: Recipient<'_>, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterNoCodeSubject, LetterKey::LetterNoCodeText, LetterKey::LetterNoCodeHeading];
    notice(to, from, settings, keys)
}
