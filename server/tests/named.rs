//! The tests that the README and the page on security name are there (house rule): what a test proves that is gone is
//! proved no more.

use crate::sources::{self, Source};

/// Where the tests of a letter are, beside the journeys.
const RUST: [(&str, &[&str]); 3] = [
    ("D", &["domain/tests"]),
    ("S", &["server/tests"]),
    ("U", &["app/src", "domain/src", "frontend/src", "server/src"]),
];

/// The tests in the last cell of a row: each with its letter.
fn named(row: &str) -> Vec<(&str, &str)> {
    let tests = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or_default();
    let mut found = Vec::new();
    for part in tests.split("<br>") {
        let Some((kind, names)) = part.split_once(' ') else { continue };
        let quote = if kind == "B" { '*' } else { '`' };
        if kind == "B" || RUST.iter().any(|(letter, _)| *letter == kind) {
            found.extend(names.split(quote).skip(1).step_by(2).map(|name| (kind, name)));
        } else {
            let is_letter = kind.len() == 1 && kind.bytes().all(|byte| byte.is_ascii_uppercase());
            assert!(!is_letter, "what is {kind}? {part}");
        }
    }
    found
}

/// The name of a module, which is that of its file or, for `mod.rs`, of its folder.
fn module(path: &str) -> &str {
    let whole = path.trim_end_matches(".rs").trim_end_matches("/mod");
    whole.rsplit('/').next().unwrap_or(whole)
}

/// Whether there is `module::function`, or the module where that is all that is named.
fn is_test(all: &[Source], name: &str) -> bool {
    let (of, function) = name.split_once("::").unwrap_or((name, ""));
    let has = |source: &Source| function.is_empty() || is_told(&source.text, function);
    all.iter().any(|source| module(&source.path) == of && has(source))
}

/// Whether it is a story or a test, and no helper: what is none has no attribute right above it.
fn is_told(text: &str, function: &str) -> bool {
    let stories = [format!("async fn {function}(stage: Stage)"), format!("mod {function} {{")];
    let above = text.split_once(&format!("fn {function}(")).map(|(above, _)| above.trim_end());
    let is_test = above.is_some_and(|above| above.trim_end_matches("async").trim_end().ends_with(']'));
    is_test || stories.iter().any(|story| text.contains(story))
}

/// The titles of the journeys in a file; for what differs from one journey to the next, `…`.
fn titles(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in text.replace("\\'", "’").split("test(").skip(1) {
        let rest = rest.trim_start();
        let Some(quote) = rest.chars().next().filter(|first| "'\"`".contains(*first)) else { continue };
        let title = rest[1..].split(quote).next().unwrap_or_default();
        let mut parts = title.split("${");
        let first = parts.next().unwrap_or_default().to_owned();
        let whole = parts.fold(first, |whole, part| whole + "…" + part.split_once('}').map_or("", |(_, after)| after));
        found.push(whole.replace('’', "'"));
    }
    found
}

/// Whether there is a journey of this title in the file, or the file where that is all that is named.
fn is_journey(all: &[Source], name: &str) -> bool {
    let (file, title) = name.split_once(": ").unwrap_or((name, ""));
    let path = format!("end2end/tests/{file}.spec.ts");
    let title = title.replace('’', "'");
    let has = |source: &Source| title.is_empty() || titles(&source.text).contains(&title);
    all.iter().any(|source| source.path == path && has(source))
}

/// Fails unless all that is named is there; says how many tests are named.
fn all_there(what: &str, rows: &[&str]) -> usize {
    let journeys = sources::all(&["ts"]);
    let rust = RUST.map(|(letter, folders)| (letter, sources::rust_in(folders)));
    let is_there = |(kind, name): &(&str, &str)| match rust.iter().find(|(letter, _)| letter == kind) {
        Some((_, all)) => is_test(all, name),
        None => is_journey(&journeys, name),
    };
    let all: Vec<_> = rows.iter().flat_map(|row| named(row)).collect();
    let missing: Vec<_> = all.iter().filter(|test| !is_there(test)).collect();
    assert!(missing.is_empty(), "{what} names tests that are not there: {missing:#?}");
    all.len()
}

#[test]
fn every_sentence_of_the_readme_has_tests_and_they_are_there() {
    let readme = sources::read("README.md");
    let (_, rest) = readme.split_once("| Sentence | Tests |\n|---|---|\n").expect("the table");
    let rows: Vec<_> = rest.lines().take_while(|line| line.starts_with('|')).collect();
    let bare: Vec<_> = rows.iter().filter(|row| named(row).is_empty()).collect();
    assert!(bare.is_empty(), "what proves this? {bare:#?}");
    assert!(rows.len() > 50 && all_there("README.md", &rows) > 70, "{}", rows.len());
}

#[test]
fn the_tests_that_the_page_on_security_names_are_there() {
    let page = sources::read("docs/security.md");
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with('|')).collect();
    let many = all_there("docs/security.md", &rows);
    assert!(many > 600, "{many}");
}
