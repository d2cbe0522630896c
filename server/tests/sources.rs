//! The sources, as the house rules read them.

use std::path::{Path, PathBuf};
use std::{fs, iter};

/// A file of ours.
pub struct Source {
    /// From the top of the workspace, with slashes.
    pub path: String,
    pub text: String,
}

/// What tools make, and nobody writes.
const MADE: [&str; 7] =
    [".git", "node_modules", "playwright-report", "selfsame-data", "site", "target", "test-results"];

/// The top of the workspace.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file of the workspace with one of these endings.
pub fn all(endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&top(), &mut |path: &Path| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        if endings.contains(&ending) {
            let name = path.strip_prefix(top()).expect("below the top").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
            found.push(Source { path: name, text });
        }
    });
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The Rust of these folders; there is some in each.
pub fn rust_in(folders: &[&str]) -> Vec<Source> {
    let all = all(&["rs"]);
    let is_in = |source: &Source, folder: &str| source.path.starts_with(&format!("{folder}/"));
    for folder in folders {
        assert!(all.iter().any(|source| is_in(source, folder)), "no sources in {folder}");
    }
    all.into_iter().filter(|source| folders.iter().any(|folder| is_in(source, folder))).collect()
}

/// A file by its path from the top.
pub fn read(path: &str) -> String {
    fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn walk(folder: &Path, take: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if !MADE.contains(&name.to_string_lossy().as_ref()) {
                walk(&path, take);
            }
        } else {
            take(&path);
        }
    }
}

impl Source {
    /// The lines that are no comments, with their numbers.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The text without comments.
    pub fn without_comments(&self) -> String {
        self.code().flat_map(|(_, line)| iter::once(line).chain(iter::once("\n"))).collect()
    }

    /// Where those of its lines stand that `wrong` says are wrong.
    pub fn places(&self, wrong: impl Fn(&str) -> bool) -> Vec<String> {
        let found = self.code().filter(|(_, line)| wrong(line));
        found.map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim())).collect()
    }
}
