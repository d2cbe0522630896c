//! What `cargo xtask test` says at its end.

use std::{ops::AddAssign, process::ExitCode};

use crate::steps::Result;

/// How many tests ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Went well.
    pub passed: usize,
    /// Did not.
    pub failed: usize,
    /// Were there and did not run.
    pub skipped: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Everything that ran, and everything that should have.
#[derive(Default)]
pub struct Report {
    lines: Vec<(String, String)>,
    total: Tally,
}

impl Report {
    /// Notes something that is either fine or not; what is not counts as a failure.
    pub fn check(&mut self, name: &str, result: Result) {
        if let Err(reason) = &result {
            eprintln!("error: {name}: {reason}");
            self.total.failed += 1;
        }
        let outcome = if result.is_ok() { "ok" } else { "FAILED" };
        self.lines.push((name.into(), outcome.into()));
    }

    /// Notes tests that have run; `detail` says more about them.
    pub fn tests(&mut self, name: &str, tally: Tally, detail: &str) {
        let Tally { passed, failed, skipped } = tally;
        let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
        self.lines.push((name.into(), format!("{passed} passed, {failed} failed{skipped}{detail}")));
        self.total += tally;
    }

    /// Notes what did not run, and why.
    pub fn left_out(&mut self, name: &str, why: &str) {
        self.lines.push((name.into(), format!("left out ({why})")));
    }

    /// Prints it all, the sum last.
    pub fn finish(self) -> ExitCode {
        let width = self.lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        println!("\nSummary");
        for (name, outcome) in &self.lines {
            println!("  {name:width$}  {outcome}");
        }
        if self.total == Tally::default() {
            println!("No test has run.");
            return ExitCode::FAILURE;
        }
        println!("{} passed, {} failed", self.total.passed, self.total.failed);
        if self.total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
