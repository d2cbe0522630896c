//! The activity as its owner reads it.

use serde_json::Value;

use super::{Kind, OPERATOR};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::Result;
use crate::flows::paging;
use crate::store::activity::{self, Shown};
use crate::text::{Key, Language};
use crate::view::{ActivityEntry, ActivityFilter, ActivityPage, BuiltinGroup, SignedInBy};
use crate::visitor::Visitor;

/// Entries on a page.
pub const SHOWN: usize = 25;

/// A page of one's own activity, newest first: all of it or one part, from the newest entry or from before number
/// `before` on.
///
/// # Errors
/// The database's.
pub async fn page(
    backend: &Backend,
    actor: &Actor,
    filter: Option<ActivityFilter>,
    before: Option<i64>,
) -> Result<ActivityPage> {
    let others = filter == Some(ActivityFilter::Others);
    let kinds = filter.filter(|_| !others).map(kinds_of).unwrap_or_default();
    let before = before.unwrap_or(i64::MAX);
    let mut rows = activity::page(&backend.db, actor.user_id(), before, &kinds, others, paging::most(SHOWN)).await?;
    let more = paging::cut(&mut rows, SHOWN);
    let older = rows.last().filter(|_| more).map(|row| row.seq);
    Ok(ActivityPage { entries: rows.iter().map(|row| entry(row, actor.visitor())).collect(), older })
}

/// The codes of the kinds that belong to a part, with a blank around each.
fn kinds_of(filter: ActivityFilter) -> String {
    let of_filter = Kind::ALL.into_iter().filter(|kind| kind.filter() == filter);
    of_filter.fold(" ".to_owned(), |list, kind| format!("{list}{} ", kind.code()))
}

fn entry(row: &Shown, reader: &Visitor) -> ActivityEntry {
    let (kind, language) = (Kind::read(&row.kind), reader.language);
    ActivityEntry {
        seq: row.seq,
        what: language.text(kind.map_or(Key::ActivityOther, Kind::key)).to_owned(),
        detail: kind.and_then(|kind| detail(kind, &row.detail, language)).unwrap_or_default(),
        at: reader.moment(row.at),
        browser: row.browser.clone(),
        address: row.address.clone(),
        by: by(row.actor_id.as_deref(), row.actor_name.as_deref(), language),
    }
}

/// Who did it, where it was somebody else.
pub(in crate::flows) fn by(actor_id: Option<&str>, actor_name: Option<&str>, language: Language) -> Option<String> {
    let actor = actor_id?;
    Some(match actor_name {
        Some(name) => name.to_owned(),
        None if actor == OPERATOR => language.text(Key::ActivityByOperator).to_owned(),
        None => language.text(Key::ActivityBySomebody).to_owned(),
    })
}

/// The small JSON of an entry in words; `None` where there is nothing more to say.
pub(in crate::flows) fn detail(kind: Kind, stored: &str, language: Language) -> Option<String> {
    let detail: Value = serde_json::from_str(stored).ok()?;
    let text = |name: &str| detail.get(name).and_then(Value::as_str);
    let from_to = |from: &str, to: &str| language.fill(Key::ActivityFromTo, &[("from", from), ("to", to)]);
    match kind {
        Kind::SignedIn => {
            let how = language.text(SignedInBy::read(text("by")?)?.key());
            let new = detail.get("new").and_then(Value::as_bool).unwrap_or(false);
            Some(if new { language.fill(Key::ActivityNewDevice, &[("how", how)]) } else { how.to_owned() })
        }
        Kind::ApiSignedIn => Some(language.text(SignedInBy::read(text("by")?)?.key()).to_owned()),
        Kind::ApiKeyMade | Kind::ApiKeyEnded => text("name").map(str::to_owned),
        Kind::ProviderBound | Kind::ProviderUnbound => text("provider").map(str::to_owned),
        Kind::MethodChanged => Some(from_to(method(text("from")?, language), method(text("to")?, language))),
        Kind::SessionEnded => Some(format!("{}, {}", text("browser")?, text("address")?)),
        Kind::FactorChanged | Kind::FactorReset => {
            Some(from_to(factor(text("from")?, language)?, factor(text("to")?, language)?))
        }
        Kind::RecoveryUsed => {
            let left = detail.get("left").and_then(Value::as_i64)?.to_string();
            Some(language.fill(Key::ActivityCodesLeft, &[("left", &left)]))
        }
        Kind::GroupJoined | Kind::GroupLeft | Kind::GroupAdded | Kind::GroupTaken => group(&detail, language),
        Kind::ClientEntered
        | Kind::ClientLeft
        | Kind::InvitationAccepted
        | Kind::InvitationRejected
        | Kind::GuestRemoved => text("client").map(str::to_owned),
        Kind::Invited | Kind::InvitationWithdrawn => Some(format!("{}, {}", text("email")?, text("client")?)),
        Kind::NameChanged | Kind::EmailChanged | Kind::EmailChangeUndone => Some(from_to(text("from")?, text("to")?)),
        Kind::UserEdited => match text("from_language") {
            Some(from) => Some(from_to(tongue(from, language)?, tongue(text("to_language")?, language)?)),
            None => Some(from_to(text("from")?, text("to")?)),
        },
        Kind::ApiAccessChanged | Kind::FactorRequired => {
            let on = detail.get("on").and_then(Value::as_bool)?;
            Some(language.text(if on { Key::ActivitySwitchedOn } else { Key::ActivitySwitchedOff }).to_owned())
        }
        _ => None,
    }
}

/// The name of a group; of one of the four, in the reader's language.
pub(in crate::flows) fn group(detail: &Value, language: Language) -> Option<String> {
    let text = |name: &str| detail.get(name).and_then(Value::as_str);
    let builtin = text("builtin").and_then(BuiltinGroup::from_code);
    (builtin.is_some() || text("group").is_some())
        .then(|| BuiltinGroup::name_of(builtin, text("group").unwrap_or(""), language))
}

/// A language in words; none is that of the browser.
fn tongue(tag: &str, language: Language) -> Option<&'static str> {
    Some(language.text(match tag {
        "" => Key::LookAutomatic,
        "en" => Key::ActivityEnglish,
        "de" => Key::ActivityGerman,
        _ => return None,
    }))
}

/// A way to sign in, in words: a provider's name, or nothing for the password.
fn method(provider: &str, language: Language) -> &str {
    if provider.is_empty() { language.text(Key::ActivityShowPassword) } else { provider }
}

/// A second factor in words.
fn factor(code: &str, language: Language) -> Option<&'static str> {
    Some(language.text(match code {
        "off" => Key::SecurityFactorOff,
        "email" => Key::SecurityFactorEmail,
        "app" => Key::SecurityFactorApp,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_belongs_to_one_part_and_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::read(kind.code()), Some(kind));
            let parts = ActivityFilter::ALL.into_iter().filter(|filter| {
                *filter != ActivityFilter::Others && kinds_of(*filter).contains(&format!(" {} ", kind.code()))
            });
            assert_eq!(parts.collect::<Vec<_>>(), [kind.filter()], "{kind:?}");
        }
        assert_eq!(Kind::read("signed in"), None);
    }

    #[test]
    fn details_are_words_and_whatever_else_stands_there_is_not_shown() {
        let en = |kind, stored| detail(kind, stored, Language::En);
        assert_eq!(en(Kind::SignedIn, r#"{"by":"password, app"}"#).as_deref(), Some("Password and app"));
        let new = en(Kind::SignedIn, r#"{"by":"password, email","new":true}"#);
        assert_eq!(new.as_deref(), Some("Password and email code; new browser"));
        let factor = detail(Kind::FactorChanged, r#"{"from":"email","to":"app"}"#, Language::De);
        assert_eq!(factor.as_deref(), Some("Von Authentifizierung per E-Mail zu Authentifizierung per App"));
        assert_eq!(en(Kind::EmailChanged, r#"{"from":"a{to}","to":"b"}"#).as_deref(), Some("From a{to} to b"));
        assert_eq!(en(Kind::GroupJoined, r#"{"group":"a{b}","builtin":null}"#).as_deref(), Some("a{b}"));
        let builtin = detail(Kind::GroupTaken, r#"{"group":"Full access","builtin":"full_access"}"#, Language::De);
        assert_eq!(builtin.as_deref(), Some("Vollzugriff"));
        assert_eq!(en(Kind::ClientLeft, r#"{"client":"Acme Ltd"}"#).as_deref(), Some("Acme Ltd"));
        let invited = en(Kind::Invited, r#"{"email":"a@b.de","client":"Acme Ltd"}"#);
        assert_eq!(invited.as_deref(), Some("a@b.de, Acme Ltd"));
        assert_eq!(en(Kind::RecoveryUsed, r#"{"left":3}"#).as_deref(), Some("Recovery codes left: 3"));
        let spoken = detail(Kind::UserEdited, r#"{"from_language":"","to_language":"de"}"#, Language::De);
        assert_eq!(spoken.as_deref(), Some("Von Automatisch zu Deutsch"));
        assert_eq!(en(Kind::UserEdited, r#"{"from":"A B","to":"C B"}"#).as_deref(), Some("From A B to C B"));
        assert_eq!(en(Kind::UserEdited, r#"{"from_language":"xx","to_language":"de"}"#), None);
        assert_eq!(en(Kind::ApiAccessChanged, r#"{"on":false}"#).as_deref(), Some("Off"));
        assert_eq!(en(Kind::ApiSignedIn, r#"{"by":"password"}"#).as_deref(), Some("Password only"));
        assert_eq!(en(Kind::ApiSignedIn, r#"{"by":"cookie"}"#), None);
        let key = r#"{"name":"Nightly {x}","until":"2026-12-01T00:00:00Z"}"#;
        assert_eq!(en(Kind::ApiKeyMade, key).as_deref(), Some("Nightly {x}"));
        assert_eq!(en(Kind::ProviderBound, r#"{"provider":"Acme Login"}"#).as_deref(), Some("Acme Login"));
        let chosen = detail(Kind::MethodChanged, r#"{"from":"","to":"Acme Login"}"#, Language::De);
        assert_eq!(chosen.as_deref(), Some("Von Passwort zu Acme Login"));
        for stored in ["", "null", "[]", "{}", "{\"from\":1,\"to\":2}", "{\"from\":\"x\",\"to\":\"y\"}", "{"] {
            assert_eq!(en(Kind::FactorChanged, stored), None, "{stored}");
        }
    }
}
