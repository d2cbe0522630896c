//! Turns `locales/*.toml` into tables. A key that one language lacks, or fills differently, fails the build.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

type Texts = BTreeMap<String, String>;

fn main() {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=migrations");
    let (mut english, mut german) = (read("en"), read("de"));
    check(&english, &german);
    // The browser does not download what only plain pages say: the server alone renders those.
    if env::var_os("CARGO_FEATURE_SERVER").is_none() {
        for texts in [&mut english, &mut german] {
            texts.iter_mut().filter(|(key, _)| key.starts_with("plain_")).for_each(|(_, text)| text.clear());
        }
    }
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    // Letters are a table of their own, which the browser does not download either.
    write(Path::new(&out), "text.rs", "Key", &english, &german, |section| section != "letter");
    write(Path::new(&out), "letters.rs", "LetterKey", &english, &german, |section| section == "letter");
}

fn read(language: &str) -> Texts {
    let path = format!("locales/{language}.toml");
    let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let sections: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(&source).unwrap_or_else(|error| panic!("{path}: {error}"));
    sections
        .into_iter()
        .flat_map(|(section, keys)| keys.into_iter().map(move |(key, text)| (format!("{section}.{key}"), text)))
        .collect()
}

fn check(english: &Texts, german: &Texts) {
    let names = |texts: &Texts| texts.keys().cloned().collect::<BTreeSet<_>>();
    let lacking: Vec<_> = names(english).symmetric_difference(&names(german)).cloned().collect();
    assert!(lacking.is_empty(), "only one language has: {lacking:?}");
    for (key, text) in english {
        assert!(!text.trim().is_empty() && !german[key].trim().is_empty(), "{key} is empty");
        assert_eq!(fillings(text), fillings(&german[key]), "{key} is filled differently");
    }
}

fn fillings(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn write(out: &Path, file: &str, name: &str, english: &Texts, german: &Texts, take: impl Fn(&str) -> bool) {
    let keys: Vec<&String> = english.keys().filter(|key| take(key.split('.').next().unwrap_or(""))).collect();
    let mut code = format!(
        "/// A text of the catalogue.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\n#[repr(u16)]\npub enum {name} {{\n"
    );
    for key in &keys {
        let _ = writeln!(code, "    /// {:?}\n    {},", english[*key], camel(key));
    }
    code.push_str("}\n");
    for (table, texts) in [("ENGLISH", english), ("GERMAN", german)] {
        let _ = writeln!(code, "static {table}: [&str; {}] = [", keys.len());
        for key in &keys {
            let _ = writeln!(code, "    {:?},", texts[*key]);
        }
        code.push_str("];\n");
    }
    fs::write(out.join(file), code).expect("OUT_DIR can be written");
}

/// `sign_in.lead` becomes `SignInLead`.
fn camel(key: &str) -> String {
    key.split(['.', '_'])
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}
