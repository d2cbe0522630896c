//! Each letter one function. Text and HTML are built from the same paragraphs, so they always say the same.

mod factors;
mod invitations;
mod notices;
mod sign_ins;
mod users;

use super::Letter;
use crate::backend::{PRODUCT, Settings};
use crate::clock::{Millis, human};
use crate::secrets::code::Code;
use crate::text::{Language, fill};
use crate::visitor::Visitor;

pub use factors::{
    app_was_reported_lost, factor_change_code, factor_was_changed, factor_was_required, factor_was_reset,
    lost_app_code, lost_app_was_forgotten, recovery_was_renewed, recovery_was_used, wait_is_over,
};
pub use invitations::{Invited, guest_was_removed, invitation, invitation_was_rejected};
pub use notices::{
    address_is_new, address_was_changed, address_was_put_back, address_was_undone, all_was_ended, password_was_changed,
    password_was_reset,
};
pub use sign_ins::{code_not_entered, new_device};
pub use users::{api_access_was_changed, factor_was_reset_by, own_factor_was_required};

include!(concat!(env!("OUT_DIR"), "/letters.rs"));

fn text(language: Language, key: LetterKey, fillings: &[(&str, &str)]) -> String {
    let table = match language {
        Language::En => &ENGLISH,
        Language::De => &GERMAN,
    };
    fill(table[key as usize], fillings)
}

/// To whom a letter goes.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// The canonical address.
    pub email: &'a str,
    /// The first name, where it is known.
    pub name: &'a str,
    /// The language to write in.
    pub language: Language,
}

/// A paragraph of a letter.
enum Part {
    Text(String),
    Code(String),
    Link(String),
    List(Vec<String>),
}

fn letter(to: Recipient<'_>, subject: LetterKey, fillings: &[(&str, &str)], body: Vec<Part>) -> Letter {
    letter_signed(to, subject, fillings, body, LetterKey::LetterFooter)
}

/// As [`letter`], with a last line of its own that says why it was sent.
fn letter_signed(
    to: Recipient<'_>,
    subject: LetterKey,
    fillings: &[(&str, &str)],
    body: Vec<Part>,
    footer: LetterKey,
) -> Letter {
    let greeting = if to.name.is_empty() {
        text(to.language, LetterKey::LetterGreetingPlain, &[])
    } else {
        text(to.language, LetterKey::LetterGreeting, &[("name", to.name)])
    };
    let footer = text(to.language, footer, &[("product", PRODUCT)]);
    let parts: Vec<Part> = [Part::Text(greeting)].into_iter().chain(body).collect();
    let fillings: Vec<_> = fillings.iter().copied().chain([("product", PRODUCT)]).collect();
    Letter {
        to: to.email.to_owned(),
        subject: text(to.language, subject, &fillings),
        text: as_text(&parts, &footer),
        html: as_html(&parts, &footer, to.language),
    }
}

fn as_text(parts: &[Part], footer: &str) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) | Part::Code(text) | Part::Link(text) => out.push_str(text),
            Part::List(lines) => out.push_str(&lines.join("\n")),
        }
        out.push_str("\n\n");
    }
    format!("{out}-- \n{footer}\n")
}

fn as_html(parts: &[Part], footer: &str, language: Language) -> String {
    let escape = |text: &str| html_escape::encode_quoted_attribute(text).replace('\n', "<br>");
    let mut out = String::new();
    for part in parts {
        out.push_str(&match part {
            Part::Text(text) => format!("<p>{}</p>", escape(text)),
            Part::Code(code) => format!(
                "<p style=\"font:600 24px/1.4 ui-monospace,Consolas,monospace;letter-spacing:.08em\">{}</p>",
                escape(code)
            ),
            Part::Link(link) => format!("<p><a href=\"{0}\">{0}</a></p>", escape(link)),
            Part::List(lines) => {
                format!("<p>{}</p>", lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>"))
            }
        });
    }
    format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><body style=\"font:16px/1.5 system-ui,sans-serif;\
         max-width:36em;margin:1em\">{out}<hr><p style=\"color:#666;font-size:14px\">{}</p></body></html>",
        language.tag(),
        escape(footer)
    )
}

/// From where a code was asked for (CODE-9).
fn asked(language: Language, visitor: &Visitor, now: Millis) -> Part {
    from_where(language, LetterKey::LetterAskedHeading, visitor, now)
}

/// What to do where it was somebody else: each notice leads to the page that puts an end to it.
fn not_me(language: Language, settings: &Settings) -> [Part; 2] {
    [Part::Text(text(language, LetterKey::LetterNotMe, &[])), Part::Link(settings.link("/not-me"))]
}

/// When and from where something was done.
fn from_where(language: Language, heading: LetterKey, visitor: &Visitor, now: Millis) -> Part {
    let line = |key, name, value: &str| text(language, key, &[(name, value)]);
    Part::List(vec![
        text(language, heading, &[]),
        line(LetterKey::LetterAskedWhen, "time", &human(now, language, &visitor.zone)),
        line(LetterKey::LetterAskedBrowser, "browser", &visitor.browser),
        line(LetterKey::LetterAskedAddress, "address", &visitor.address.to_canonical().to_string()),
    ])
}

/// When a code is asked for and runs out, by whom and where.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// From where.
    pub visitor: &'a Visitor,
    /// When.
    pub now: Millis,
    /// Until when the code is valid.
    pub expires_at: Millis,
}

fn validity(language: Language, asked: Asked<'_>) -> Part {
    let until = human(asked.expires_at, language, &asked.visitor.zone);
    Part::Text(text(language, LetterKey::LetterCodeValidity, &[("until", &until)]))
}

fn own_code(to: Recipient<'_>, code: &Code, from: Asked<'_>, settings: &Settings, keys: [LetterKey; 2]) -> Letter {
    let say = |key, fillings: &[(&str, &str)]| Part::Text(text(to.language, key, fillings));
    let [subject, lead] = keys;
    letter(
        to,
        subject,
        &[],
        vec![
            say(lead, &[]),
            Part::Code(code.shown()),
            validity(to.language, from),
            asked(to.language, from.visitor, from.now),
            say(LetterKey::LetterCodeNotYou, &[("url", &settings.link("/"))]),
        ],
    )
}

/// The login code.
#[must_use]
pub fn login_code(to: Recipient<'_>, code: &Code, from: Asked<'_>, settings: &Settings) -> Letter {
    own_code(to, code, from, settings, [LetterKey::LetterLoginCodeSubject, LetterKey::LetterLoginCodeText])
}

/// The code to the address that holds, before another may be entered.
#[must_use]
pub fn email_change_code(to: Recipient<'_>, code: &Code, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterEmailChangeCodeSubject, LetterKey::LetterEmailChangeCodeText];
    own_code(to, code, from, settings, keys)
}

/// The code that makes a new password hold (PW-4).
#[must_use]
pub fn password_change_code(to: Recipient<'_>, code: &Code, from: Asked<'_>, settings: &Settings) -> Letter {
    let keys = [LetterKey::LetterEmailChangeCodeSubject, LetterKey::LetterPasswordChangeCodeText];
    own_code(to, code, from, settings, keys)
}

/// The code for somebody who says that it was somebody else.
#[must_use]
pub fn not_me_code(to: Recipient<'_>, code: &Code, from: Asked<'_>, settings: &Settings) -> Letter {
    own_code(to, code, from, settings, [LetterKey::LetterEmailChangeCodeSubject, LetterKey::LetterNotMeCodeText])
}

/// The code to the address to be. It names nobody: the address may belong to a stranger.
#[must_use]
pub fn new_address_code(new_email: &str, language: Language, code: &Code, from: Asked<'_>) -> Letter {
    let to = Recipient { email: new_email, name: "", language };
    letter(
        to,
        LetterKey::LetterNewAddressCodeSubject,
        &[],
        vec![
            Part::Text(text(language, LetterKey::LetterNewAddressCodeText, &[("email", new_email)])),
            Part::Code(code.shown()),
            validity(language, from),
            asked(language, from.visitor, from.now),
            Part::Text(text(language, LetterKey::LetterNewAddressNotYou, &[])),
        ],
    )
}

/// The hint to somebody whose address was entered as another's new one (ENUM-2).
#[must_use]
pub fn address_taken(to: Recipient<'_>, from: Asked<'_>) -> Letter {
    letter(
        to,
        LetterKey::LetterTakenSubject,
        &[],
        vec![
            Part::Text(text(to.language, LetterKey::LetterTakenText, &[("email", to.email)])),
            asked(to.language, from.visitor, from.now),
        ],
    )
}

/// The link by which a new user chooses a password (PW-6).
#[must_use]
pub fn activation(to: Recipient<'_>, client: &str, link: &str, expires_at: Millis) -> Letter {
    let until = human(expires_at, to.language, &jiff::tz::TimeZone::UTC);
    letter(
        to,
        LetterKey::LetterActivationSubject,
        &[("client", client)],
        vec![
            Part::Text(text(to.language, LetterKey::LetterActivationText, &[("client", client)])),
            Part::Link(link.to_owned()),
            Part::Text(text(to.language, LetterKey::LetterActivationValidity, &[("until", &until)])),
            Part::Text(text(to.language, LetterKey::LetterActivationNotYou, &[])),
        ],
    )
}

/// The link to a new password for somebody who has forgotten theirs (PW-7).
#[must_use]
pub fn password_reset(to: Recipient<'_>, link: &str, from: Asked<'_>) -> Letter {
    let say = |key, fillings: &[(&str, &str)]| Part::Text(text(to.language, key, fillings));
    let until = human(from.expires_at, to.language, &from.visitor.zone);
    letter(
        to,
        LetterKey::LetterResetSubject,
        &[],
        vec![
            say(LetterKey::LetterResetText, &[]),
            Part::Link(link.to_owned()),
            say(LetterKey::LetterActivationValidity, &[("until", &until)]),
            asked(to.language, from.visitor, from.now),
            say(LetterKey::LetterResetNotYou, &[]),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_call_themselves_is_text_in_a_letter() {
        let to = Recipient { email: "a@b.de", name: "<img src=x onerror=alert(1)>", language: Language::De };
        let letter = activation(to, "\"><script>", "https://x.example/activate/t", 0);
        assert!(!letter.html.contains("<img") && !letter.html.contains("<script"), "{}", letter.html);
        assert!(letter.text.contains("<img src=x onerror=alert(1)>") && letter.html.contains("lang=\"de\""));
    }
}
