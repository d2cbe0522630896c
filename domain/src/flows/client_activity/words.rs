//! An entry of a client's activity in words.

use serde_json::Value;

use super::Event;
use crate::flows::activity::{self, Kind};
use crate::store::tenant_activity::Shown;
use crate::text::{Key, Language};
use crate::view::{ClientEntry, Permission, colour_name};
use crate::visitor::Visitor;

pub(super) fn entry(row: &Shown, reader: &Visitor) -> ClientEntry {
    let (what, detail) = said(&row.kind, &row.detail, reader.language);
    let by = activity::by(row.actor_id.as_deref(), row.actor_name.as_deref(), reader.language);
    ClientEntry {
        what: reader.language.text(what).to_owned(),
        detail: detail.unwrap_or_default(),
        at: reader.moment(row.place.at),
        by: by.or_else(|| row.person.clone()).unwrap_or_default(),
        person: row.person.clone(),
        browser: row.browser.clone(),
        address: row.address.clone(),
    }
}

fn said(code: &str, stored: &str, language: Language) -> (Key, Option<String>) {
    if let Some(kind) = Kind::read(code) {
        return (kind.key(), activity::detail(kind, stored, language));
    }
    match Event::read(code) {
        Some(event) => (event.key(), detail(event, stored, language)),
        None => (Key::ActivityOther, None),
    }
}

/// The small JSON of an entry in words; `None` where there is nothing more to say.
fn detail(event: Event, stored: &str, language: Language) -> Option<String> {
    let detail: Value = serde_json::from_str(stored).ok()?;
    let text = |name: &str| detail.get(name).and_then(Value::as_str);
    let from_to = |from: &str, to: &str| language.fill(Key::ActivityFromTo, &[("from", from), ("to", to)]);
    match event {
        Event::GroupCreated | Event::GroupEdited => group(&detail, language),
        Event::GroupDeleted => activity::group(&detail, language),
        Event::Renamed => Some(from_to(text("from")?, text("to")?)),
        Event::Recoloured => Some(from_to(colour_name(text("from")?, language)?, colour_name(text("to")?, language)?)),
        Event::FactorRequired | Event::FactorFreed => None,
    }
}

/// Which group, and what became another.
fn group(detail: &Value, language: Language) -> Option<String> {
    let text = |name: &str| detail.get(name).and_then(Value::as_str);
    let name = text("group")?;
    let mut said = vec![match text("old") {
        Some(old) => language.fill(Key::PlainClientActivityGroupRenamed, &[("old", old), ("group", name)]),
        None => name.to_owned(),
    }];
    for (field, key) in [("more", Key::PlainClientActivityPermitsMore), ("less", Key::PlainClientActivityPermitsLess)] {
        let permissions = Permission::read_list(text(field).unwrap_or(""));
        let names: Vec<_> = permissions.into_iter().map(|permission| language.text(permission.key())).collect();
        if !names.is_empty() {
            said.push(language.fill(key, &[("list", &names.join(", "))]));
        }
    }
    if let Some(open) = detail.get("open").and_then(Value::as_bool) {
        let key = if open { Key::PlainClientActivityOpened } else { Key::PlainClientActivityClosed };
        said.push(language.text(key).to_owned());
    }
    Some(said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_words_and_whatever_else_stands_there_is_not_shown() {
        let en = |event, stored| detail(event, stored, Language::En);
        let edited = r#"{"group":"A{list}","old":"B","more":"users.view nonsense","less":"","open":false}"#;
        let said = "B is now A{list}; now also permits: See users; no longer open to join";
        assert_eq!(en(Event::GroupEdited, edited).as_deref(), Some(said));
        assert_eq!(en(Event::GroupCreated, r#"{"group":"A","more":"","open":null}"#).as_deref(), Some("A"));
        assert_eq!(en(Event::GroupDeleted, r#"{"group":"A","builtin":null}"#).as_deref(), Some("A"));
        assert_eq!(en(Event::Recoloured, r#"{"from":"blue","to":"teal"}"#).as_deref(), Some("From Blue to Teal"));
        let german = detail(Event::Recoloured, r#"{"from":"blue","to":"red"}"#, Language::De);
        assert_eq!(german.as_deref(), Some("Von Blau zu Rot"));
        for stored in ["", "null", "[]", "{}", r#"{"group":1,"from":1,"to":"x"}"#, "{"] {
            assert!(Event::ALL.into_iter().all(|event| en(event, stored).is_none()), "{stored}");
        }
        assert_eq!(said_of("unheard of"), "Something else was changed");
    }

    fn said_of(code: &str) -> &'static str {
        Language::En.text(super::said(code, "{}", Language::En).0)
    }
}
