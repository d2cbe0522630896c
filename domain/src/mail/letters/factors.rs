//! Letters about the second factor: codes to change it, and what became of it (NOT-1).

use super::notices::notice;
use super::{Asked, LetterKey, Part, Recipient, asked, letter, not_me, own_code, text, validity};
use crate::backend::Settings;
use crate::clock::{Millis, human};
use crate::mail::Letter;
use crate::secrets::code::Code;
use crate::text::Language;
use crate::view::SecondFactor;

/// A factor as it stands in a sentence.
fn named(language: Language, factor: SecondFactor) -> String {
    let key = match factor {
        SecondFactor::Off => LetterKey::LetterFactorOff,
        SecondFactor::Email => LetterKey::LetterFactorEmail,
        SecondFactor::App => LetterKey::LetterFactorApp,
    };
    text(language, key, &[])
}

/// The code for a change of the factor; the letter names the one to be (CODE-9).
#[must_use]
pub fn factor_change_code(
    to: Recipient<'_>,
    code: &Code,
    wanted: SecondFactor,
    from: Asked<'_>,
    settings: &Settings,
) -> Letter {
    let say = |key, fillings: &[(&str, &str)]| Part::Text(text(to.language, key, fillings));
    letter(
        to,
        LetterKey::LetterEmailChangeCodeSubject,
        &[],
        vec![
            say(LetterKey::LetterFactorCodeText, &[("factor", &named(to.language, wanted))]),
            Part::Code(code.shown()),
            validity(to.language, from),
            asked(to.language, from.visitor, from.now),
            say(LetterKey::LetterCodeNotYou, &[("url", &settings.link("/"))]),
        ],
    )
}

/// The code with which the wait for a lost app begins.
#[must_use]
pub fn lost_app_code(to: Recipient<'_>, code: &Code, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterEmailChangeCodeSubject, LetterKey::LetterLostAppCodeText];
    own_code(to, code, from, settings, keys)
}

/// The notice that another factor holds; `factors` are the one before and the one from now on.
#[must_use]
pub fn factor_was_changed(
    to: Recipient<'_>,
    factors: [SecondFactor; 2],
    from: Asked<'_>,
    settings: &Settings,
) -> Letter {
    let [old, new] = factors.map(|factor| named(to.language, factor));
    let keys = [LetterKey::LetterFactorNoticeSubject, LetterKey::LetterFactorNoticeText];
    notice(to, keys, &[("old", &old), ("new", &new)], from, settings)
}

/// The notice that somebody has reported the app as lost, and how to stop what follows.
#[must_use]
pub fn app_was_reported_lost(to: Recipient<'_>, from: Asked<'_>, settings: &Settings) -> Letter {
    let until = human(from.expires_at, to.language, &from.visitor.zone);
    let keys = [LetterKey::LetterLostAppSubject, LetterKey::LetterLostAppText];
    notice(to, keys, &[("until", &until)], from, settings)
}

/// The notice that codes come by e-mail again, after the wait.
#[must_use]
pub fn lost_app_was_forgotten(to: Recipient<'_>, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterFactorNoticeSubject, LetterKey::LetterLostAppDoneText];
    notice(to, keys, &[], from, settings)
}

/// The notice that the wait is over. Nobody asked for it just now, so it does not say from where.
#[must_use]
pub fn wait_is_over(to: Recipient<'_>, open_until: Millis, settings: &Settings) -> Letter {
    let until = human(open_until, to.language, &jiff::tz::TimeZone::UTC);
    let lead = text(to.language, LetterKey::LetterLostAppDueText, &[("until", &until)]);
    unasked(to, LetterKey::LetterLostAppDueSubject, lead, settings)
}

/// The notice that the operator has made codes come by e-mail again.
#[must_use]
pub fn factor_was_reset(to: Recipient<'_>, settings: &Settings) -> Letter {
    let lead = text(to.language, LetterKey::LetterFactorResetText, &[]);
    unasked(to, LetterKey::LetterFactorNoticeSubject, lead, settings)
}

/// The notice that a client asks for a second factor of everybody, so that codes come by e-mail from now on (TOTP-6).
#[must_use]
pub fn factor_was_required(to: Recipient<'_>, client: &str, settings: &Settings) -> Letter {
    let lead = text(to.language, LetterKey::LetterFactorRequiredText, &[("client", client)]);
    unasked(to, LetterKey::LetterFactorNoticeSubject, lead, settings)
}

fn unasked(to: Recipient<'_>, subject: LetterKey, lead: String, settings: &Settings) -> Letter {
    let [act, link] = not_me(to.language, settings);
    letter(to, subject, &[], vec![Part::Text(lead), act, link])
}

/// The notice that a recovery code was used; with `low`, that new ones are advised.
#[must_use]
pub fn recovery_was_used(to: Recipient<'_>, left: i64, low: bool, from: Asked<'_>, settings: &Settings) -> Letter {
    let lead = if low { LetterKey::LetterRecoveryLowText } else { LetterKey::LetterRecoveryUsedText };
    notice(to, [LetterKey::LetterRecoveryUsedSubject, lead], &[("left", &left.to_string())], from, settings)
}

/// The notice that there are new recovery codes.
#[must_use]
pub fn recovery_was_renewed(to: Recipient<'_>, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterRecoveryRenewedSubject, LetterKey::LetterRecoveryRenewedText];
    notice(to, keys, &[], from, settings)
}
