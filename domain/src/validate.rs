//! What may be typed: the same rules in the browser and on the server.

use crate::error::{Error, Field, Problem, Result};

/// The most code points of a name.
pub const NAME_MAX: u32 = 100;
/// The most code points of the description of a group.
pub const DESCRIPTION_MAX: u32 = 500;
/// The most code points of a reason.
pub const REASON_MAX: u32 = 500;
/// The most bytes of an e-mail address (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const EMAIL_MAX: u32 = 254;
/// The fewest code points of a password, unless the operator asks for more (PW-1).
pub const PASSWORD_MIN: u32 = 12;
/// The most code points of a password (PW-1).
pub const PASSWORD_MAX: u32 = 128;
/// Letters of a mailed code: RFC 8628, 6.1: no vowels, so no words, and nothing that looks like something else.
pub const CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters in a code.
pub const CODE_LENGTH: usize = 8;
/// Digits in a code of an app (TOTP-1).
pub const APP_CODE_LENGTH: usize = 6;

/// A name without the blanks around it.
///
/// # Errors
/// Empty, longer than [`NAME_MAX`], or with characters that could disguise something.
pub fn name(typed: &str) -> Result<String, Problem> {
    let name = plain(typed, NAME_MAX)?;
    // The mark that makes an emoji one is nothing by itself.
    let is_seen = name.chars().any(|letter| letter != '\u{FE0F}' && !letter.is_whitespace());
    if is_seen { Ok(name) } else { Err(Problem::Empty) }
}

/// What a group is for, without the blanks around it; may be nothing.
///
/// # Errors
/// Longer than [`DESCRIPTION_MAX`], or with characters that could disguise something.
pub fn description(typed: &str) -> Result<String, Problem> {
    plain(typed, DESCRIPTION_MAX)
}

/// One line of plain text.
fn plain(typed: &str, max: u32) -> Result<String, Problem> {
    let text = typed.trim();
    if text.chars().count() > max as usize {
        return Err(Problem::TooLong { max });
    }
    if text.chars().any(disguises) {
        return Err(Problem::ForbiddenCharacters);
    }
    Ok(text.to_owned())
}

/// Why somebody does something, in lines of plain text without the blanks around them; `None` where nothing was typed.
///
/// # Errors
/// Longer than [`REASON_MAX`], or with characters that could disguise something.
pub fn reason(typed: &str) -> Result<Option<String>, Problem> {
    // Forms end their lines with both (HTML, 4.10.21.4).
    let reason = typed.trim().replace("\r\n", "\n");
    if reason.chars().count() > REASON_MAX as usize {
        return Err(Problem::TooLong { max: REASON_MAX });
    }
    if reason.chars().any(|letter| letter != '\n' && disguises(letter)) {
        return Err(Problem::ForbiddenCharacters);
    }
    Ok((!reason.is_empty()).then_some(reason))
}

/// Control characters, line separators, bidirectional controls and invisible marks (WEB-6): among them all letters that
/// Unicode lets be ignored (`Default_Ignorable_Code_Point`), but for the mark that makes an emoji one, U+FE0F.
fn disguises(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0E}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether `typed` has the shape of exactly one e-mail address; the server makes it canonical (EM-3).
///
/// # Errors
/// Empty, too long, or not one address.
pub fn email(typed: &str) -> Result<String, Problem> {
    let address = typed.trim();
    if address.is_empty() {
        return Err(Problem::Empty);
    }
    if address.len() > EMAIL_MAX as usize {
        return Err(Problem::TooLong { max: EMAIL_MAX });
    }
    let (local, domain) = address.split_once('@').ok_or(Problem::NotAnAddress)?;
    let local_fits = !local.is_empty() && local.len() <= 64 && local.chars().all(in_local_part);
    let dots_fit = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    let labels_fit = domain.contains('.') && domain.split('.').all(is_label);
    if local_fits && dots_fit && labels_fit { Ok(address.to_owned()) } else { Err(Problem::NotAnAddress) }
}

/// RFC 5322 `atext` and the dot, and letters beyond ASCII (RFC 6531); no quoted local parts.
fn in_local_part(letter: char) -> bool {
    letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
}

/// Length of a new password in code points, and that both fields hold the same (PW-1).
///
/// # Errors
/// At the field that is wrong.
pub fn new_password(password: &str, repeated: &str, min: u32) -> Result<()> {
    let length = password.chars().count();
    if length == 0 {
        return Err(Error::at(Field::NewPassword, Problem::Empty));
    }
    if length < min as usize {
        return Err(Error::at(Field::NewPassword, Problem::TooShort { min }));
    }
    if length > PASSWORD_MAX as usize {
        return Err(Error::at(Field::NewPassword, Problem::TooLong { max: PASSWORD_MAX }));
    }
    if password != repeated {
        return Err(Error::at(Field::RepeatPassword, Problem::Different));
    }
    Ok(())
}

/// The letters of a typed code, whatever its case, blanks and dashes (CODE-1).
#[must_use]
pub fn code(typed: &str) -> Option<String> {
    let letters: String = typed
        .chars()
        .take(64)
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '\u{2010}'..='\u{2015}'))
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let fits = letters.len() == CODE_LENGTH && letters.bytes().all(|letter| CODE_LETTERS.contains(&letter));
    fits.then_some(letters)
}

/// The digits of a typed code of an app, whatever its blanks and dashes (RFC 6238; many apps show `123 456`).
#[must_use]
pub fn app_code(typed: &str) -> Option<String> {
    let digits: String = typed.chars().take(64).filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    let fits = digits.len() == APP_CODE_LENGTH && digits.bytes().all(|digit| digit.is_ascii_digit());
    fits.then_some(digits)
}

/// Runs each check and gathers the problems, so that a person sees all of them at once.
///
/// # Errors
/// [`Error::Invalid`] with every problem found.
pub fn all(checks: Vec<(Field, Option<Problem>)>) -> Result<()> {
    let problems: Vec<_> =
        checks.into_iter().filter_map(|(field, problem)| problem.map(|problem| (field, problem))).collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_and_nothing_else() {
        for right in ["a@b.de", "first.last+tag@sub.example.com", " x@y.io ", "jürgen@bücher.example", "o'neil@x.org"]
        {
            assert!(email(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "a",
            "a@b",
            "a@b.",
            "a@@b.de",
            "a@b.de,c@d.de",
            "a@b.de c@d.de",
            "a@b.de\nBcc: c@d.de",
            "<a@b.de>",
            "a@b.de;c@d.de",
            ".a@b.de",
            "a..b@c.de",
            "\"a b\"@c.de",
            "a@-b.de",
            "a@[127.0.0.1]",
            "a@b.de\0",
        ] {
            assert!(email(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn names_are_plain_text() {
        assert_eq!(name(" Zoë "), Ok("Zoë".into()));
        assert_eq!(name("<script>"), Ok("<script>".into()));
        for nothing in ["", " ", "\u{FE0F}", "\u{FE0F} \u{FE0F}"] {
            assert_eq!(name(nothing), Err(Problem::Empty), "{nothing:?}");
        }
        assert_eq!(name(&"x".repeat(101)), Err(Problem::TooLong { max: 100 }));
        let seen = ["a\nb", "a\u{202E}b", "a\u{200B}b", "a\0", "a\u{2028}b", "a\u{2066}b"];
        let unseen = ["\u{3164}", "a\u{34F}b", "a\u{2800}b", "a\u{FE00}", "a\u{E0100}", "\u{1160}"];
        assert_eq!(name("\u{2764}\u{FE0F}"), Ok("\u{2764}\u{FE0F}".into()));
        for wrong in seen.into_iter().chain(unseen) {
            assert_eq!(name(wrong), Err(Problem::ForbiddenCharacters), "{wrong:?}");
        }
    }

    #[test]
    fn a_description_may_be_missing_and_has_an_end() {
        assert_eq!(description("  "), Ok(String::new()));
        assert_eq!(description(&"\u{fc}".repeat(500)).map(|text| text.chars().count()), Ok(500));
        assert_eq!(description(&"x".repeat(501)), Err(Problem::TooLong { max: 500 }));
        assert_eq!(description("a\u{202E}b"), Err(Problem::ForbiddenCharacters));
    }

    #[test]
    fn a_reason_may_have_lines_and_be_missing() {
        assert_eq!(reason(" \r\n "), Ok(None));
        assert_eq!(reason(" No time.\r\nSorry! "), Ok(Some("No time.\nSorry!".into())));
        assert_eq!(reason(&"\r\n".repeat(300).replace("\r", "a\r")), Err(Problem::TooLong { max: 500 }));
        assert_eq!(reason(&"\u{fc}".repeat(500)).map(|kept| kept.is_some()), Ok(true));
        for wrong in ["a\rb", "a\tb", "a\u{202E}b", "a\0"] {
            assert_eq!(reason(wrong), Err(Problem::ForbiddenCharacters), "{wrong:?}");
        }
    }

    #[test]
    fn a_code_may_be_typed_in_any_manner() {
        for typed in ["BCDF-GHJK", "bcdfghjk", " b c d f – g h j k ", "BcDf GhJk"] {
            assert_eq!(code(typed).as_deref(), Some("BCDFGHJK"), "{typed}");
        }
        for wrong in ["", "BCDF-GHJ", "BCDF-GHJKL", "ABCD-EFGH", "1234-5678", "ＢＣＤＦＧＨＪＫ"] {
            assert_eq!(code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_of_an_app_is_six_digits() {
        for typed in ["012345", "012 345", " 012-345 "] {
            assert_eq!(app_code(typed).as_deref(), Some("012345"), "{typed}");
        }
        for wrong in ["", "12345", "1234567", "12345a", "+12345", "１２３４５６", "BCDF-GHJK"] {
            assert_eq!(app_code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn password_length_is_counted_in_code_points() {
        let fits = |length: usize| new_password(&"ü".repeat(length), &"ü".repeat(length), 12).is_ok();
        assert_eq!([fits(11), fits(12), fits(128), fits(129)], [false, true, true, false]);
        assert_eq!(
            new_password("one long password", "another password", 12),
            Err(Error::at(Field::RepeatPassword, Problem::Different))
        );
    }
}
