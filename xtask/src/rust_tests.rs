//! The tests written in Rust, run by cargo-nextest where it is installed.

use std::{
    collections::BTreeSet,
    io::{self, BufRead, BufReader, IsTerminal, Read, Write},
    process::{Command, ExitStatus, Stdio},
};

use crate::{
    postgres,
    report::Tally,
    steps::{Result, Waits, cannot_start, cargo, check, polite_cargo, run, step},
    test::Place,
};

/// What the runner said.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Of all tests.
    pub tally: Tally,
    /// How many of them ran on SQLite.
    pub sqlite: usize,
    /// How many of them ran on Postgres.
    pub postgres: usize,
}

/// Tests that are built and run together.
pub struct Tests<'a> {
    /// As people call them.
    pub what: &'a str,
    /// Cargo's own flags for the packages they are in.
    pub packages: &'a [&'a str],
    nextest: bool,
    /// Whether clippy compiles them.
    linted: bool,
}

impl<'a> Tests<'a> {
    /// None of them is built yet.
    pub fn of(what: &'a str, packages: &'a [&'a str]) -> Self {
        Self { what, packages, nextest: has_nextest(), linted: true }
    }

    /// Builds them, and the programs they test, with clippy as the compiler of all that is ours; fails where it objects to
    /// anything. `cargo clippy` would want each dependency once more, in a form that nothing can be run from.
    pub fn lint(&mut self) -> Result {
        let done = self.build("building and linting");
        self.linted = done.is_ok();
        done
    }

    fn build(&self, doing: &str) -> Result {
        // The end of the release build keeps one core busy for minutes: this fills the other one meanwhile.
        let mut command = self.with(polite_cargo(Waits::ForAll));
        step(&format!("{doing} {}", self.what), || run(command.arg("--no-run")))
    }

    fn with(&self, mut command: Command) -> Command {
        command.args(if self.nextest { ["nextest", "run"].as_slice() } else { &["test"] }).args(self.packages);
        if self.linted {
            // This is how `cargo clippy -- -D warnings` calls it.
            command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
            command.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
        }
        command
    }
}

/// Runs them; those that clippy has objected to are built without it first.
pub fn test(tests: &Tests, place: Place, filter: Option<&str>) -> Result<Heard> {
    let nextest = tests.nextest;
    if !tests.linted {
        tests.build("building")?;
    }
    let mut command = tests.with(cargo());
    command.arg("--no-fail-fast").env(postgres::GIVEN, place.postgres);
    command.env("TMPDIR", place.scratch);
    if nextest {
        command.args(["--status-level", "pass", "--final-status-level", "fail"]);
    }
    if let Some(filter) = filter {
        command.args(nextest.then_some("--no-tests=pass")).arg(filter);
    }
    step(&format!("running {}", tests.what), || {
        let (status, said) = follow(&mut command, nextest)?;
        let heard = read(&said);
        // Failed tests are in the count; anything else that went wrong is not.
        if heard.tally.failed == 0 {
            check(&command, status)?;
        }
        Ok(heard)
    })
}

fn has_nextest() -> bool {
    let asked = cargo().args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Shows what the program says while it says it, and keeps it: nextest speaks on stderr, `cargo test` on stdout.
fn follow(command: &mut Command, on_stderr: bool) -> Result<(ExitStatus, String)> {
    if io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    if on_stderr {
        command.stderr(Stdio::piped())
    } else {
        command.stdout(Stdio::piped())
    };
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let said = match (child.stderr.take(), child.stdout.take()) {
        (Some(stderr), _) => show(stderr, io::stderr()),
        (_, Some(stdout)) => show(stdout, io::stdout()),
        (None, None) => Ok(String::new()),
    };
    let status = child.wait().map_err(|error| cannot_start(command, &error))?;
    Ok((status, said.map_err(|error| format!("cannot follow the tests: {error}"))?))
}

fn show(from: impl Read, mut to: impl Write) -> io::Result<String> {
    let mut from = BufReader::new(from);
    let mut said = String::new();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        said.push_str(&uncoloured(&String::from_utf8_lossy(&line)));
        line.clear();
    }
    Ok(said)
}

/// The text without the sequences (`ESC [ … m`) that colour it.
fn uncoloured(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| plain + piece.split_once('m').map_or("", |(_, rest)| rest))
}

fn read(said: &str) -> Heard {
    let mut tally = Tally::default();
    let mut names = BTreeSet::new();
    // What failed is shown by nextest with all it said, and each test has a result of its own there.
    let by_nextest = said.lines().any(|line| line.trim().starts_with("Summary ["));
    for line in said.lines().map(str::trim) {
        if line.starts_with("Summary [") {
            // Time-outs and crashes have words of their own; what did not pass has failed.
            let ran = count(line, "tests").or(count(line, "test")).unwrap_or_default();
            let passed = count(line, "passed").unwrap_or_default();
            let skipped = count(line, "skipped").unwrap_or_default();
            tally += Tally { passed, failed: ran.saturating_sub(passed), skipped };
        } else if !by_nextest && line.starts_with("test result:") {
            let [passed, failed, skipped] =
                ["passed", "failed", "ignored"].map(|word| count(line, word).unwrap_or_default());
            tally += Tally { passed, failed, skipped };
        } else {
            names.extend(name(line));
        }
    }
    let on = |database: &str| names.iter().filter(|name| name.ends_with(database)).count();
    Heard { tally, sqlite: on("::sqlite"), postgres: on("::postgres") }
}

/// The number in front of a word: `1 failed,` and `3/45 tests` are how the runners write them.
fn count(line: &str, word: &str) -> Option<usize> {
    let words: Vec<_> = line.split_whitespace().map(|word| word.trim_end_matches([',', ';'])).collect();
    let at = words.iter().position(|found| *found == word)?;
    words.get(at.checked_sub(1)?)?.split('/').next()?.parse().ok()
}

/// The test that a line tells the end of: `PASS [   0.004s] (1/3) domain store::users::sqlite` from nextest,
/// `test store::users::sqlite ... ok` from `cargo test`.
fn name(line: &str) -> Option<&str> {
    if let Some(test) = line.strip_prefix("test ") {
        let (name, outcome) = test.split_once(" ... ")?;
        return (outcome != "ignored").then_some(name);
    }
    let (status, rest) = line.split_once(" [")?;
    let (time, test) = rest.split_once("] ")?;
    let finished = status.chars().all(|c| c.is_ascii_uppercase() || "-+".contains(c)) && time.ends_with('s');
    let test = test.trim_start();
    let test = if test.starts_with('(') { test.split_once(") ")?.1 } else { test };
    finished.then_some(test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_is_understood() {
        let said = "
            Starting 5 tests across 2 binaries
                SLOW [> 60.000s] (─────) domain store::users::sqlite
                PASS [   0.004s] (1/5) domain store::users::sqlite
                PASS [   0.014s] (2/5) domain store::users::postgres
                PASS [   0.014s] (3/5) domain text::escapes
             SIGSEGV [   0.014s] (4/5) server::journeys sign_in::postgres
                FAIL [   0.014s] (5/5) server::journeys sign_in::sqlite
            test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 617 filtered out; finished in 0.33s
        ────────────
             Summary [   0.120s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped
                FAIL [   0.014s] (5/5) server::journeys sign_in::sqlite
        ";
        let tally = Tally { passed: 3, failed: 2, skipped: 2 };
        assert_eq!(read(said), Heard { tally, sqlite: 2, postgres: 2 });
    }

    #[test]
    fn cargo_test_is_understood() {
        let said = "
            running 3 tests
            test store::users::sqlite ... ok
            test store::users::postgres ... FAILED
            test text::escapes ... ignored
            test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s
            test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
        ";
        let tally = Tally { passed: 5, failed: 1, skipped: 1 };
        assert_eq!(read(said), Heard { tally, sqlite: 1, postgres: 1 });
    }

    #[test]
    fn colours_do_not_matter() {
        assert_eq!(uncoloured("\u{1b}[32;1m        PASS\u{1b}[0m [ 0.1s] a"), "        PASS [ 0.1s] a");
    }
}
