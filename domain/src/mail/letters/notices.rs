//! Letters that tell people what became of their address or password (NOT-1). Each says from where, and what to do
//! where it was somebody else.

use super::{Asked, LetterKey, Part, Recipient, asked, letter, not_me, text};
use crate::backend::Settings;
use crate::clock::human;
use crate::mail::Letter;

/// What all notices to the address that holds have in common: what happened, from where, and the way out.
pub(super) fn notice(
    to: Recipient<'_>,
    keys: [LetterKey; 2],
    fillings: &[(&str, &str)],
    from: Asked<'_>,
    settings: &Settings,
) -> Letter {
    let [subject, lead] = keys;
    let [act, link] = not_me(to.language, settings);
    let what = Part::Text(text(to.language, lead, fillings));
    letter(to, subject, &[], vec![what, asked(to.language, from.visitor, from.now), act, link])
}

/// The notice to the address that no longer holds, with the link that puts it back (EM-4).
#[must_use]
pub fn address_was_changed(to: Recipient<'_>, new_email: &str, undo: &str, from: Asked<'_>) -> Letter {
    let fillings = [("old", to.email), ("new", new_email)];
    let until = human(from.expires_at, to.language, &from.visitor.zone);
    letter(
        to,
        LetterKey::LetterOldNoticeSubject,
        &[],
        vec![
            Part::Text(text(to.language, LetterKey::LetterOldNoticeText, &fillings)),
            asked(to.language, from.visitor, from.now),
            Part::Text(text(to.language, LetterKey::LetterOldNoticeNotYou, &[])),
            Part::Link(undo.to_owned()),
            Part::Text(text(to.language, LetterKey::LetterActivationValidity, &[("until", &until)])),
        ],
    )
}

/// The notice to the address that holds from now on.
#[must_use]
pub fn address_is_new(to: Recipient<'_>, old_email: &str, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterNewNoticeSubject, LetterKey::LetterNewNoticeText];
    notice(to, keys, &[("old", old_email), ("new", to.email)], from, settings)
}

/// The notice to the address that was put back.
#[must_use]
pub fn address_was_put_back(to: Recipient<'_>, undone: &str, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterPutBackSubject, LetterKey::LetterPutBackText];
    notice(to, keys, &[("undone", undone), ("email", to.email)], from, settings)
}

/// The notice to the address that had to go again. Whoever reads it may have no account any more to sign in to.
#[must_use]
pub fn address_was_undone(to: Recipient<'_>, put_back: &str, from: Asked<'_>) -> Letter {
    let fillings = [("undone", to.email), ("email", put_back)];
    letter(
        to,
        LetterKey::LetterUndoneSubject,
        &[],
        vec![
            Part::Text(text(to.language, LetterKey::LetterUndoneText, &fillings)),
            asked(to.language, from.visitor, from.now),
            Part::Text(text(to.language, LetterKey::LetterUndoneNotYou, &[])),
        ],
    )
}

/// The notice that the password was changed by somebody who is signed in.
#[must_use]
pub fn password_was_changed(to: Recipient<'_>, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterPasswordNoticeSubject, LetterKey::LetterPasswordChangedText];
    notice(to, keys, &[], from, settings)
}

/// The notice that the password was set by a mailed link.
#[must_use]
pub fn password_was_reset(to: Recipient<'_>, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterPasswordNoticeSubject, LetterKey::LetterPasswordResetText];
    notice(to, keys, &[], from, settings)
}

/// The notice after "This wasn't me".
#[must_use]
pub fn all_was_ended(to: Recipient<'_>, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterNotMeNoticeSubject, LetterKey::LetterNotMeNoticeText];
    notice(to, keys, &[], from, settings)
}
