//! The house rules (design 2): what no compiler keeps, this test does.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::sources::{self, Source};
use crate::support::page::between;

/// Where the product's own Rust is.
const PRODUCT: [&str; 4] = ["app/src", "domain/src", "frontend/src", "server/src"];

fn nowhere(places: &[String], why: &str) {
    assert!(places.is_empty(), "{why}:\n{}", places.join("\n"));
}

#[test]
fn only_the_store_knows_the_database() {
    let is_store = |source: &Source| source.path.starts_with("domain/src/store/");
    let (store, rest): (Vec<_>, Vec<_>) = sources::rust_in(&PRODUCT).into_iter().partition(is_store);
    assert!(store.iter().any(|source| source.text.contains("sqlx::query")), "the store was not found");
    let places: Vec<_> = rest.iter().flat_map(|source| source.places(|line| line.contains("sqlx"))).collect();
    nowhere(&places, "SQL belongs into domain/src/store");
    let manifests = ["app", "frontend"].map(|name| sources::read(&format!("{name}/Cargo.toml")));
    assert!(manifests.iter().all(|manifest| !manifest.contains("sqlx")));
}

#[test]
fn only_the_table_of_contents_of_a_crate_has_feature_gates() {
    let gate =
        |line: &str| line.contains("feature") && ["cfg(", "cfg_attr(", "cfg!("].iter().any(|cfg| line.contains(cfg));
    let all = sources::rust_in(&PRODUCT);
    let (contents, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|source| source.path.ends_with("/src/lib.rs"));
    assert!(contents.iter().any(|source| !source.places(gate).is_empty()), "no gate was found where they belong");
    let places: Vec<_> = rest.iter().flat_map(|source| source.places(gate)).collect();
    nowhere(&places, "feature gates belong into lib.rs");
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let all = sources::all(&["rs", "ts", "css"]);
    assert!(["rs", "ts", "css"].iter().all(|ending| all.iter().any(|source| source.path.ends_with(ending))));
    let long = all.iter().map(|source| (source.text.lines().count(), &source.path)).filter(|(lines, _)| *lines > 400);
    nowhere(&long.map(|(lines, path)| format!("{path}: {lines}")).collect::<Vec<_>>(), "too long to read at once");
}

/// The arguments of each `#[server(…)]` in front of a function, and the function's name.
fn server_functions(source: &Source) -> Vec<(String, String)> {
    let text = source.without_comments();
    let mut found = Vec::new();
    for (at, _) in text.match_indices("#[server") {
        let rest = &text[at + "#[server".len()..];
        // In front of an argument it is another attribute.
        if rest.starts_with("(default)]") {
            continue;
        }
        let arguments = if rest.starts_with('(') { between(rest, "(", ")]") } else { "" };
        let name = between(rest, "fn ", "(");
        found.push((arguments.split_whitespace().collect::<Vec<_>>().join(" "), name.to_owned()));
    }
    found
}

#[test]
fn every_server_function_has_a_name_of_its_own_that_stays() {
    let mut names = BTreeSet::new();
    for source in sources::rust_in(&["app/src"]) {
        for (arguments, function) in server_functions(&source) {
            let path = &source.path;
            assert!(arguments.contains("prefix = \"/do\""), "{path}: {function}: {arguments}");
            assert!(arguments.contains(&format!("endpoint = \"{function}\"")), "{path}: {function}: {arguments}");
            assert!(!arguments.contains("input"), "{path}: {function} is no form: {arguments}");
            assert!(names.insert(format!("/do/{function}")), "{path}: {function} is there twice");
        }
    }
    let served: BTreeSet<_> = server::server_function_paths().into_iter().map(str::to_owned).collect();
    assert_eq!(names, served);
}

#[test]
fn forms_and_data_name_server_functions_that_exist() {
    let served = server::server_function_paths();
    let mut named = BTreeSet::new();
    for source in sources::rust_in(&["app/src"]) {
        let text = source.without_comments();
        for (at, _) in text.match_indices("\"/do/") {
            let path = between(&text[at..], "\"", "\"").to_owned();
            assert!(served.contains(&path.as_str()), "{}: {path}", source.path);
            named.insert(path);
        }
    }
    // What is served and never named would be a door that no page leads to.
    let unnamed: Vec<_> = served.iter().filter(|path| !named.contains(**path)).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

/// Each package with its versions, as numbers.
fn locked() -> BTreeMap<String, Vec<[u32; 3]>> {
    let lock: Lock = toml::from_str(&sources::read("Cargo.lock")).expect("a lock file");
    let mut all: BTreeMap<String, Vec<[u32; 3]>> = BTreeMap::new();
    for Package { name, version } in lock.package {
        let plain = version.split(['-', '+']).next().unwrap_or("");
        let mut numbers = plain.split('.').map(|number| number.parse().unwrap_or(0));
        all.entry(name).or_default().push(std::array::from_fn(|_| numbers.next().unwrap_or(0)));
    }
    all
}

#[test]
fn what_may_not_be_linked_is_not_locked() {
    let locked = locked();
    assert!(locked.len() > 100, "{}", locked.len());
    for banned in ["openssl", "openssl-sys", "native-tls", "aws-lc-sys", "aws-lc-rs"] {
        assert_eq!(locked.get(banned), None, "{banned}");
    }
    // Below these: unescaped errors (S1), RUSTSEC-2024-0363 (S13), command injection (S11).
    for (name, least) in [("leptos", [0, 8, 19]), ("sqlx", [0, 8, 1]), ("sqlx-core", [0, 8, 1]), ("lettre", [0, 10, 0])]
    {
        let versions = &locked[name];
        assert!(versions.iter().all(|version| *version >= least), "{name} {versions:?}");
    }
    // Two would have a provider each, and panic when a connection is made.
    assert_eq!(locked["rustls"].len(), 1);
    assert_eq!(locked["leptos"].len(), 1);
}

#[test]
fn one_migration_is_one_file_for_both_databases() {
    let folder = sources::top().join("domain/migrations");
    let entries: Vec<_> = std::fs::read_dir(folder).expect("a folder").flatten().collect();
    assert!(entries.iter().all(|entry| entry.path().is_file()), "a folder for each database would drift");
    let mut names: Vec<_> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(!names.is_empty());
    // What only one of the two understands, or takes the time from the wrong clock.
    let dialect = ["autoincrement", "serial", "now()", "current_timestamp", "pragma", "blob", "jsonb", "timestamptz"];
    for (index, name) in names.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", index + 1)) && name.ends_with(".sql"), "{name}");
        let sql = sources::read(&format!("domain/migrations/{name}")).to_lowercase();
        let code: Vec<_> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        for word in dialect {
            assert!(!code.iter().any(|line| line.contains(word)), "{name}: {word}");
        }
    }
}

#[test]
fn only_the_clock_asks_the_machine_for_time_and_randomness() {
    let exempt = |source: &&Source| source.path != "domain/src/clock.rs";
    let asks = |line: &str| {
        ["SystemTime::now", "Timestamp::now", "Zoned::now", "getrandom::", "Uuid::new_v4", "Uuid::now_v7"]
            .iter()
            .any(|call| line.contains(call))
    };
    let all = sources::rust_in(&PRODUCT);
    let places: Vec<_> = all.iter().filter(exempt).flat_map(|source| source.places(asks)).collect();
    nowhere(&places, "time and randomness come from Backend");
}

#[test]
fn styles_stand_in_style_sheets() {
    // The one title and the stage of a picture are markup of ours, from the catalogue.
    const OURS: [&str; 2] = ["<title inner_html=title>", "inner_html=stage()"];
    let inline = |line: &str| {
        !OURS.iter().any(|ours| line.contains(ours))
            && (line.contains("style=") || line.contains("style:") || line.contains("inner_html"))
    };
    let places: Vec<_> = sources::rust_in(&["app/src"]).iter().flat_map(|source| source.places(inline)).collect();
    nowhere(&places, "the content security policy would block it");
}
