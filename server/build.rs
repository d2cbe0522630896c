//! A file that is new in the site makes the server new. And the fields that each server function takes are read from
//! its source, so that a form with any other is refused: no list of them could be forgotten.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// The pages and their server functions.
const PAGES: &str = "../app/src";

fn main() {
    println!("cargo::rerun-if-changed=site");
    println!("cargo::rerun-if-changed={PAGES}");
    let mut fields = BTreeMap::new();
    walk(Path::new(PAGES), &mut fields);
    assert!(!fields.is_empty(), "no server function was found in {PAGES}");
    let mut code = "/// By path, each server function and the names of what it takes.\n".to_owned();
    let _ = writeln!(code, "static FIELDS: [(&str, &[&str]); {}] = [", fields.len());
    for (name, takes) in &fields {
        let _ = writeln!(code, "    (\"/do/{name}\", &{takes:?}),");
    }
    code.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("fields.rs"), code).expect("OUT_DIR can be written");
}

fn walk(folder: &Path, fields: &mut BTreeMap<String, Vec<String>>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            walk(&path, fields);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            fields.extend(server_functions(&source));
        }
    }
}

/// The server functions of a file: each begins with its attribute, and its name is that of its endpoint.
fn server_functions(source: &str) -> Vec<(String, Vec<String>)> {
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.replace("#[server(default)]", "");
    let functions = code.split("#[server(").skip(1).map(|rest| {
        let (name, rest) = rest.split_once(" fn ").and_then(|(_, rest)| rest.split_once('(')).expect("a function");
        let (takes, _) = rest.split_once(") -> ").expect("its arguments");
        let names = takes.split(',').filter_map(|argument| argument.split_once(':'));
        (name.to_owned(), names.map(|(name, _)| name.trim().to_owned()).collect())
    });
    functions.collect()
}
