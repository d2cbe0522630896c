//! One canonical form of an e-mail address (EM-3).

use unicode_normalization::UnicodeNormalization;

use crate::error::Problem;
use crate::validate;

/// What was typed, in the one form that is stored, compared and mailed to: NFC, ASCII lower case, the domain in
/// punycode.
///
/// # Errors
/// Not exactly one address that mail can be sent to.
pub fn canonical(typed: &str) -> Result<String, Problem> {
    // The longest address there can be, and four bytes a letter: nobody has us normalise a megabyte.
    if typed.len() > 4 * validate::EMAIL_MAX as usize {
        return Err(Problem::TooLong { max: validate::EMAIL_MAX });
    }
    let shaped = validate::email(&typed.nfc().collect::<String>())?;
    let (local, domain) = shaped.rsplit_once('@').ok_or(Problem::NotAnAddress)?;
    let local = local.to_ascii_lowercase();
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| Problem::NotAnAddress)?;
    let address = format!("{local}@{domain}");
    if address.parse::<lettre::Address>().is_err() || address.len() > validate::EMAIL_MAX as usize {
        return Err(Problem::NotAnAddress);
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_become_one_and_look_alikes_stay_apart() {
        assert_eq!(canonical(" VICTIM@Example.COM ").as_deref(), Ok("victim@example.com"));
        assert_eq!(canonical("a@bücher.example").as_deref(), Ok("a@xn--bcher-kva.example"));
        assert_eq!(canonical("a@BÜCHER.example").as_deref(), Ok("a@xn--bcher-kva.example"));
        assert_eq!(canonical("a@xn--bcher-kva.example").as_deref(), Ok("a@xn--bcher-kva.example"));
        // A dotless i is another letter, and stays one (CVE-2019-19844).
        assert_ne!(canonical("v\u{131}ctim@example.com").ok(), canonical("victim@example.com").ok());
        assert_eq!(canonical("u\u{308}x@example.com").ok(), canonical("\u{fc}x@example.com").ok());
        assert_eq!(canonical("a@ex\u{AD}ample.com"), Err(Problem::NotAnAddress));
    }
}
