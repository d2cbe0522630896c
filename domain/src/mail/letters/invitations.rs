//! Letters about guests: invitations, what was answered, and that somebody is no guest any more (NOT-1).

use super::{LetterKey, Part, Recipient, letter, letter_signed, text};
use crate::clock::{Millis, human};
use crate::mail::Letter;

/// What an invitation says.
#[derive(Clone, Copy, Debug)]
pub struct Invited<'a> {
    /// The name of whoever invites.
    pub inviter: &'a str,
    /// The client's name.
    pub client: &'a str,
    /// The group's name, in the language of the letter.
    pub group: &'a str,
    /// The link to the page where it is answered.
    pub link: &'a str,
    /// Until when it is open.
    pub expires_at: Millis,
}

/// The invitation of a guest. It reads the same whether the person has an account or not (ENUM-2).
#[must_use]
pub fn invitation(to: Recipient<'_>, what: Invited<'_>) -> Letter {
    let say = |key, fillings: &[(&str, &str)]| Part::Text(text(to.language, key, fillings));
    let until = human(what.expires_at, to.language, &jiff::tz::TimeZone::UTC);
    let fillings = [("inviter", what.inviter), ("client", what.client), ("group", what.group)];
    let body = vec![
        say(LetterKey::LetterInvitationText, &fillings),
        say(LetterKey::LetterInvitationHow, &[]),
        Part::Link(what.link.to_owned()),
        say(LetterKey::LetterInvitationValidity, &[("until", &until)]),
        say(LetterKey::LetterInvitationNotYou, &[]),
    ];
    letter_signed(to, LetterKey::LetterInvitationSubject, &fillings, body, LetterKey::LetterInvitationFooter)
}

/// Tells the inviter that somebody does not want to be a guest, and why where they said so.
#[must_use]
pub fn invitation_was_rejected(to: Recipient<'_>, email: &str, client: &str, reason: Option<&str>) -> Letter {
    let fillings = [("email", email), ("client", client)];
    let mut body = vec![Part::Text(text(to.language, LetterKey::LetterRejectedText, &fillings))];
    if let Some(reason) = reason {
        body.push(Part::Text(text(to.language, LetterKey::LetterRejectedReason, &[])));
        body.push(Part::Text(reason.to_owned()));
    }
    letter_signed(to, LetterKey::LetterRejectedSubject, &fillings, body, LetterKey::LetterInviterFooter)
}

/// Tells somebody that a client has ended that they are its guest.
#[must_use]
pub fn guest_was_removed(to: Recipient<'_>, client: &str) -> Letter {
    let fillings = [("client", client)];
    let body = vec![Part::Text(text(to.language, LetterKey::LetterRemovedText, &fillings))];
    letter(to, LetterKey::LetterRemovedSubject, &fillings, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn what_strangers_write_is_text_in_a_letter() {
        let to = Recipient { email: "a@b.de", name: "", language: Language::De };
        let (inviter, link) = ("{client} <b>", "https://x.example/invitation/t");
        let what = Invited { inviter, client: "<script>", group: "\"><i>", link, expires_at: 0 };
        let letter = invitation(to, what);
        assert!(!letter.html.contains("<script") && !letter.html.contains("<b>") && !letter.html.contains("<i>"));
        assert!(letter.text.contains("{client} <b>"), "a name is not filled in again: {}", letter.text);
        let letter = invitation_was_rejected(to, "c@d.de", "Acme", Some("<img src=x>\nno {until}"));
        assert!(!letter.html.contains("<img") && letter.html.contains("&gt;<br>no {until}"), "{}", letter.html);
    }
}
