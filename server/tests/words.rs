//! Every word a person reads comes from the catalogue, and nothing in the catalogue is left over.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Key, Language};

use crate::sources;

/// The names of parts, for those who build pages.
const PARTS: &[&str] = &[
    "Avatar", "Badge", "Button", "Client", "Dialog", "Empty", "Facts", "Field", "Header", "Loading", "Notice", "Table",
];

/// What may be said without the catalogue: where, what, and why.
const NO_WORDS: [(&str, &[&str], &str); 13] = [
    ("app/src/app.rs", &["main h1, dialog[open] [autofocus]"], "a selector"),
    ("app/src/crop.rs", &["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], "keys"),
    ("app/src/easel.rs", &["IHDR"], "a part of a picture"),
    ("app/src/parts/frame.rs", &["English", "Deutsch"], "a language is named in itself"),
    (
        "app/src/parts/mark.rs",
        &["M20 2.5V11H6.75a4.25 4.25 0 0 1 0-8.5Z", "M4 21.5V13h13.25a4.25 4.25 0 0 1 0 8.5Z"],
        "shapes",
    ),
    ("app/src/place/browser.rs", &["Accept"], "a field of a request"),
    ("app/src/place/picture_browser.rs", &["Accept", "Files", "POST"], "what browsers call it"),
    ("app/src/plain/dev_parts.rs", PARTS, "names of parts"),
    ("app/src/plain/dev_parts.rs", &["Acme Ltd", "OO", "Olivia", "Olivia Okafor"], "samples of what people type"),
    ("app/src/plain/factor_app.rs", &["data:image/svg+xml,"], "the beginning of an image that holds itself"),
    ("app/src/plain/manage/user_fields.rs", &["English", "Deutsch", "provider:"], "languages, and what a form sends"),
    ("domain/src/mail/letters.rs", &["OUT_DIR"], "a variable of the build"),
    ("app/src/shell.rs", &["width=device-width, initial-scale=1"], "what a document says to the browser"),
];

/// As `domain/build.rs` names them.
fn camel(section: &str, key: &str) -> String {
    let words = section.split('_').chain(key.split('_'));
    words
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}

fn catalogue(language: &str) -> BTreeMap<String, String> {
    let source = sources::read(&format!("domain/locales/{language}.toml"));
    let sections: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(&source).expect("a catalogue");
    let mut all = BTreeMap::new();
    for (section, keys) in sections {
        let table = if section == "letter" { "LetterKey" } else { "Key" };
        for (key, text) in keys {
            all.insert(format!("{table}::{}", camel(&section, &key)), text);
        }
    }
    all
}

/// Every `Key::…` and `LetterKey::…` in these texts.
fn used(texts: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in texts {
        for (at, _) in text.match_indices("Key::") {
            let before = text[..at].chars().next_back();
            let table = if text[..at].ends_with("Letter") {
                "LetterKey"
            } else if before.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_') {
                "Key"
            } else {
                continue;
            };
            let name: String = text[at + 5..].chars().take_while(char::is_ascii_alphanumeric).collect();
            if name.starts_with(|letter: char| letter.is_ascii_uppercase()) {
                found.insert(format!("{table}::{name}"));
            }
        }
    }
    found
}

#[test]
fn every_text_is_used_and_every_text_that_is_used_exists() {
    let known: BTreeSet<String> = catalogue("en").into_keys().collect();
    let sources = sources::rust_in(&["app/src", "domain/src", "server/src"]);
    let used = used(sources.iter().map(sources::Source::without_comments));
    let left_over: Vec<_> = known.difference(&used).collect();
    assert!(left_over.is_empty(), "nobody reads these: {left_over:#?}");
    let lacking: Vec<_> = used.difference(&known).collect();
    assert!(lacking.is_empty(), "the catalogue lacks these: {lacking:#?}");
}

#[test]
fn what_is_not_downloaded_is_said_by_plain_pages_alone() {
    let plain = |texts: Vec<String>| used(texts).into_iter().filter(|key| key.starts_with("Key::Plain")).count();
    let all = sources::rust_in(&["app/src", "domain/src"]);
    let shared = ["domain/src/error.rs", "domain/src/text.rs", "domain/src/validate.rs", "domain/src/view"];
    let in_the_browser = |source: &sources::Source| match source.path.strip_prefix("app/src/") {
        Some(path) => !path.starts_with("plain") && path != "shell.rs" && path != "place/server.rs",
        None => shared.iter().any(|start| source.path.starts_with(start)),
    };
    let (downloaded, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(in_the_browser);
    let texts = |sources: Vec<sources::Source>| -> Vec<String> {
        sources.iter().map(sources::Source::without_comments).collect()
    };
    assert!(plain(texts(kept)) > 50, "the words of plain pages were not found");
    // There they would be empty: see domain/build.rs.
    assert_eq!(plain(texts(downloaded)), 0, "a page that wakes says what only plain pages can");
}

#[test]
fn both_languages_say_something_of_their_own() {
    let (english, german) = (catalogue("en"), catalogue("de"));
    assert!(english.keys().eq(german.keys()));
    // One word may be the same in both.
    let is_sentence = |text: &str| text.split_whitespace().filter(|word| !word.starts_with('{')).count() > 1;
    let same: Vec<_> = english.iter().filter(|(key, text)| german[*key] == **text && is_sentence(text)).collect();
    assert!(same.is_empty(), "not translated: {same:#?}");
}

#[test]
fn the_names_that_people_and_manuals_rely_on_stay() {
    let fixed = [
        ("My account", Key::MenuMyAccount),
        ("Invitations", Key::MenuInvitations),
        ("Sign out", Key::MenuSignOut),
        ("Personal details", Key::TabsPersonalDetails),
        ("Security", Key::TabsSecurity),
        ("User groups", Key::TabsUserGroups),
        ("Accounts", Key::TabsAccounts),
        ("Change email address", Key::PersonalChangeEmail),
        ("New email address", Key::EmailChangeNewEmail),
        ("Confirmation code", Key::EmailChangeCode),
        ("Code sent to the new address", Key::EmailChangeNewCode),
        ("Confirm", Key::CommonConfirm),
        ("Send again", Key::CommonSendAgain),
        ("Cancel", Key::CommonCancel),
        ("First name", Key::PersonalFirstName),
        ("Last name", Key::PersonalLastName),
        ("Save", Key::CommonSave),
        ("Current password", Key::EmailChangeCurrentPassword),
        ("New password", Key::ActivateNewPassword),
        ("Repeat new password", Key::ActivateRepeatPassword),
        ("Submit", Key::CommonSubmit),
        ("Two-factor authentication", Key::SecurityFactorHeading),
        ("Authentication via email", Key::SecurityFactorEmail),
        ("Authentication via app", Key::SecurityFactorApp),
        ("Email address", Key::SignInEmail),
        ("Password", Key::SignInPassword),
        ("Sign in", Key::SignInButton),
        ("Login code", Key::SignInCodeField),
        ("Authentication code", Key::SignInCodeAppField),
        ("Continue", Key::CommonContinue),
        ("Join", Key::GroupsJoin),
        ("Leave", Key::CommonLeave),
        ("Login", Key::AccountsLogin),
        ("Accept", Key::PlainInvitationsAccept),
        ("Reject", Key::PlainInvitationsReject),
    ];
    for (name, key) in fixed {
        assert_eq!(Language::En.text(key), name);
    }
}

/// The string literals of a text, with the lines they stand on.
fn literals(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once('"') {
            let mut escaped = false;
            let end = after.find(|letter: char| {
                let ends = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                ends
            });
            let Some(end) = end else { break };
            found.push((index + 1, after[..end].to_owned()));
            rest = &after[end + 1..];
        }
    }
    found
}

/// Words for people start with a capital or are several; class names and values of attributes do neither.
fn is_for_people(literal: &str) -> bool {
    let words: Vec<_> = literal.split(' ').filter(|word| word.chars().any(char::is_alphabetic)).collect();
    literal.starts_with(char::is_uppercase)
        || words
            .iter()
            .any(|word| word.ends_with(['.', ',', ':', '!', '?', '…']) && word.len() > 1 && !word.contains('{'))
}

/// Whose words people read.
fn spoken_sources() -> Vec<sources::Source> {
    let mut found = sources::rust_in(&["app/src", "domain/src/mail/letters", "domain/src/error"]);
    found.extend(["domain/src/mail/letters.rs", "domain/src/error.rs"].map(|path| {
        let text = sources::read(path);
        sources::Source { path: path.to_owned(), text }
    }));
    found
}

#[test]
fn people_are_told_nothing_that_is_not_in_the_catalogue() {
    let allowed: BTreeSet<(&str, &str)> =
        NO_WORDS.iter().flat_map(|(path, literals, _)| literals.iter().map(|literal| (*path, *literal))).collect();
    let (mut spoken, mut met) = (Vec::new(), BTreeSet::new());
    for source in spoken_sources() {
        let product = source.without_comments();
        let product = product.split("#[cfg(test)]").next().unwrap_or("");
        for (line, literal) in literals(product).into_iter().filter(|(_, literal)| is_for_people(literal)) {
            let known = allowed.iter().find(|(path, known)| *path == source.path && *known == literal);
            match known {
                Some(known) => {
                    met.insert(*known);
                }
                None => spoken.push(format!("{} (line {line} without comments): {literal:?}", source.path)),
            }
        }
        // Letters have their elements in texts of their own.
        let in_elements = if source.path.starts_with("app/") { text_nodes(product) } else { Vec::new() };
        spoken.extend(in_elements.into_iter().map(|text| format!("{}: {text:?}", source.path)));
    }
    assert!(spoken.is_empty(), "these belong into domain/locales: {spoken:#?}");
    let gone: Vec<_> = allowed.difference(&met).collect();
    assert!(gone.is_empty(), "no longer said, so no longer to be allowed: {gone:#?}");
}

/// Literals that stand as text of an element, between two tags, and hold a letter.
fn text_nodes(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let alone = |line: &&str| line.len() > 1 && line.starts_with('"') && line.ends_with('"');
    let alone = lines.iter().copied().filter(alone).map(str::to_owned);
    let between_tags = text.match_indices(">\"").filter_map(|(at, _)| {
        let rest = &text[at + 2..];
        let (literal, after) = rest.split_once('"')?;
        after.starts_with('<').then(|| literal.to_owned())
    });
    alone.chain(between_tags).filter(|literal| literal.chars().any(char::is_alphabetic)).collect()
}

#[test]
fn the_search_for_words_finds_them() {
    assert_eq!(text_nodes("<p>\"Hello\"</p>\n    \"more\"\n  \": \"\n"), ["\"more\"", "Hello"]);
    assert_eq!(literals(r#"a("x \" y", "Z")"#).len(), 2);
    let people = ["Hello", "please wait.", "Über", "M20 2.5V11"].map(is_for_people);
    assert_eq!(people, [true; 4]);
    let code =
        ["menu-item", "field-row", "/c/{slug}/account{path}", " · {groups}", ": ", "avatar small"].map(is_for_people);
    assert_eq!(code, [false; 6]);
    assert_eq!(used(["LetterKey::LetterFooter, Key::PlainDevDemo MyKey::No Key::all".to_owned()]).len(), 2);
    assert_eq!(camel("sign_in", "lead_waiting"), "SignInLeadWaiting");
}
