//! The budgets, and the table of how they are met.

use std::{collections::BTreeMap, process::ExitCode};

use crate::steps::{Result, step};

/// What is measured, in the order of the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    PageCpu,
    PageRate,
    Reads,
    Growth,
    FirstInMinute,
    UserList,
    UserListReads,
    UserSearch,
    UserSearchReads,
    SignIn,
    RefusalsAlike,
    PageBesideSignIns,
    MemoryIdle,
    MemoryPages,
    MemorySignIns,
    Start,
    Paint,
    PaintRequests,
    Blocking,
    PaintInBrowser,
    First,
    Wasm,
    FirstInBrowser,
    Second,
    SecondInBrowser,
    Binary,
}

use Line as L;

const LINES: [Line; 26] = [
    L::PageCpu,
    L::PageRate,
    L::Reads,
    L::Growth,
    L::FirstInMinute,
    L::UserList,
    L::UserListReads,
    L::UserSearch,
    L::UserSearchReads,
    L::SignIn,
    L::RefusalsAlike,
    L::PageBesideSignIns,
    L::MemoryIdle,
    L::MemoryPages,
    L::MemorySignIns,
    L::Start,
    L::Paint,
    L::PaintRequests,
    L::Blocking,
    L::PaintInBrowser,
    L::First,
    L::Wasm,
    L::FirstInBrowser,
    L::Second,
    L::SecondInBrowser,
    L::Binary,
];

impl Line {
    const fn name(self) -> &'static str {
        match self {
            L::PageCpu => "signed-in page: CPU a request, as multiple of the bare handler",
            L::PageRate => "signed-in page: requests a second at 32 connections, of the bare handler's",
            L::Reads => "database reads of a signed-in page",
            L::Growth => "CPU of a signed-in page with many users, as multiple of that with 10,000",
            L::FirstInMinute => "signed-in page: CPU the first time in a minute of its session, with a write",
            L::UserList => "CPU of the list of users with very many of them, as multiple of that with 100",
            L::UserListReads => "database reads of the list of users",
            L::UserSearch => "CPU of a search for users among very many, as multiple of that among 100",
            L::UserSearchReads => "database reads of a search for users",
            L::SignIn => "sign-in step 1, of the bare hash rate",
            L::RefusalsAlike => "sign-in refusals alike (unknown address, wrong password, disabled): medians within",
            L::PageBesideSignIns => "page p99 while sign-ins fill the hash pool, as multiple of its p99 alone",
            L::MemoryIdle => "memory idle (PSS)",
            L::MemoryPages => "memory under page load (PSS)",
            L::MemorySignIns => "memory under sign-in load (PSS)",
            L::Start => "start to first answer, migrated SQLite, median of five",
            L::Paint => "HTML + CSS before first paint",
            L::PaintRequests => "requests before first paint",
            L::Blocking => "what blocks rendering beside the stylesheet",
            L::PaintInBrowser => "HTML + CSS before first paint, in Chromium with heads",
            L::First => "whole first load with wasm and glue",
            L::Wasm => "the wasm in it",
            L::FirstInBrowser => "whole first load, in Chromium with heads",
            L::Second => "second load",
            L::SecondInBrowser => "second load, in Chromium with heads",
            L::Binary => "the binary, with everything in it",
        }
    }

    /// What the must asks for beside a limit of the value.
    const fn must_too(self) -> &'static str {
        match self {
            L::RefusalsAlike => ", p > 0.01",
            _ => "",
        }
    }

    const fn unit(self) -> Unit {
        match self {
            L::PageCpu | L::Growth | L::UserList | L::UserSearch | L::PageBesideSignIns => Unit::Times,
            L::PageRate | L::SignIn | L::RefusalsAlike => Unit::Percent,
            L::Reads | L::UserListReads | L::UserSearchReads | L::PaintRequests | L::Blocking => Unit::Count,
            L::MemoryIdle | L::MemoryPages | L::MemorySignIns | L::Binary => Unit::MiB,
            L::FirstInMinute | L::Start => Unit::Ms,
            L::Paint | L::PaintInBrowser | L::First | L::Wasm => Unit::Kb,
            L::FirstInBrowser | L::Second | L::SecondInBrowser => Unit::Kb,
        }
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Times,
    Percent,
    Count,
    MiB,
    /// Of 1,000 bytes.
    Kb,
    Ms,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Times => " ×",
            Self::Percent => " %",
            Self::Count => "",
            Self::MiB => " MiB",
            Self::Kb => " KB",
            Self::Ms => " ms",
        }
    }

    fn say(self, value: f64) -> String {
        let digits = match self {
            Self::Times => 2,
            Self::Count => 0,
            // A page takes parts of one, a start many.
            Self::Ms if value < 10.0 => 2,
            Self::Percent | Self::MiB | Self::Kb | Self::Ms => 1,
        };
        format!("{value:.digits$}{}", self.name())
    }
}

/// What a value must be, and what it had better be.
#[derive(Clone, Copy)]
struct Budget {
    must: f64,
    aim: Option<f64>,
    at_least: bool,
}

impl Budget {
    fn meets(self, value: f64, limit: f64) -> bool {
        if self.at_least { value >= limit } else { value <= limit }
    }

    fn verdict(self, value: f64, unit: Unit) -> String {
        if self.aim.is_some_and(|aim| self.meets(value, aim)) {
            return "meets aim".into();
        }
        if self.meets(value, self.must) {
            return "meets must".into();
        }
        format!("**misses by {}**", unit.say((value - self.must).abs()))
    }

    fn say(self, limit: f64, unit: Unit) -> String {
        format!("{} {limit}{}", if self.at_least { "≥" } else { "≤" }, unit.name())
    }
}

struct Value {
    value: f64,
    detail: String,
    miss: Option<String>,
}

/// What was measured so far.
#[derive(Default)]
pub struct Table {
    values: BTreeMap<Line, Value>,
    reasons: Vec<String>,
}

impl Table {
    /// Measures something; where that fails, the other measures go on.
    pub fn phase(&mut self, what: &str, work: impl FnOnce(&mut Self) -> Result) {
        if let Err(reason) = step(what, || work(self)) {
            eprintln!("error: {what}: {reason}");
            self.reasons.push(format!("{what}: {reason}"));
        }
    }

    /// Notes a value; `detail` says more about it.
    pub fn note(&mut self, line: Line, value: f64, detail: impl Into<String>) {
        self.values.insert(line, Value { value, detail: detail.into(), miss: None });
    }

    /// Notes that a value does not meet its must, however small it is; `why` says what beside it does not.
    pub fn miss(&mut self, line: Line, why: String) {
        if let Some(value) = self.values.get_mut(&line) {
            value.miss = Some(why);
        }
    }

    /// Prints it all. Missed budgets are told, not punished; what could not be measured is an error.
    pub fn finish(&self) -> ExitCode {
        println!("\n| | measured | must | aim | verdict |\n|---|---|---|---|---|");
        for line in LINES {
            println!("{}", self.row(line));
        }
        for reason in &self.reasons {
            println!("\nNot measured: {reason}");
        }
        if self.values.len() == LINES.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn row(&self, line: Line) -> String {
        let (unit, budget) = (line.unit(), self.budget(line));
        let [must, aim] = [budget.map(|budget| budget.must), budget.and_then(|budget| budget.aim)]
            .map(|limit| limit.zip(budget).map_or_else(String::new, |(limit, budget)| budget.say(limit, unit)));
        let (measured, verdict) = match self.values.get(&line) {
            Some(Value { value, detail, miss }) => {
                let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
                let verdict = match miss {
                    Some(why) => format!("**misses: {why}**"),
                    None => budget.map_or_else(String::new, |budget| budget.verdict(*value, unit)),
                };
                (format!("{}{detail}", unit.say(*value)), verdict)
            }
            None => ("–".into(), "**not measured**".into()),
        };
        format!("| {} | {measured} | {must}{} | {aim} | {verdict} |", line.name(), line.must_too())
    }

    fn budget(&self, line: Line) -> Option<Budget> {
        let budget = |must, aim| Some(Budget { must, aim, at_least: false });
        let at_least = |must, aim| Some(Budget { must, aim: Some(aim), at_least: true });
        match line {
            L::PageCpu => budget(8.0, Some(4.0)),
            L::PageRate => at_least(12.5, 25.0),
            L::Reads => budget(3.0, Some(2.0)),
            L::Growth => budget(1.2, None),
            L::FirstInMinute | L::UserListReads | L::UserSearchReads => None,
            L::UserList | L::UserSearch => budget(1.5, None),
            L::SignIn => at_least(90.0, 97.0),
            L::RefusalsAlike => budget(5.0, None),
            L::PageBesideSignIns => budget(3.0, Some(2.0)),
            L::MemoryIdle => budget(40.0, Some(25.0)),
            L::MemoryPages => budget(80.0, Some(60.0)),
            L::MemorySignIns => budget(self.memory_for_sign_ins()?, Some(85.0)),
            L::Start => budget(150.0, Some(50.0)),
            L::Paint | L::PaintInBrowser => budget(20.0, Some(12.0)),
            L::PaintRequests => budget(3.0, None),
            L::Blocking => budget(0.0, None),
            L::First | L::FirstInBrowser => budget(310.0, Some(220.0)),
            L::Wasm => budget(290.0, None),
            L::Second | L::SecondInBrowser => budget(10.0, Some(6.0)),
            L::Binary => budget(30.0, Some(15.0)),
        }
    }

    /// What it takes idle, a buffer of Argon2 for each core, and 40 MiB.
    fn memory_for_sign_ins(&self) -> Option<f64> {
        let idle = self.values.get(&L::MemoryIdle)?.value;
        let buffer = f64::from(super::house::ARGON2[0].1) / 1_024.0;
        Some((idle + super::cores() as f64 * buffer + 40.0).round())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_says_by_how_much_a_must_is_missed() {
        let most = Budget { must: 8.0, aim: Some(4.0), at_least: false };
        assert_eq!([4.0, 8.0].map(|value| most.verdict(value, Unit::Times)), ["meets aim", "meets must"]);
        assert_eq!(most.verdict(9.5, Unit::Times), "**misses by 1.50 ×**");
        let least = Budget { must: 90.0, aim: Some(97.0), at_least: true };
        assert_eq!([97.0, 96.9].map(|value| least.verdict(value, Unit::Percent)), ["meets aim", "meets must"]);
        assert_eq!(least.verdict(80.0, Unit::Percent), "**misses by 10.0 %**");
        assert_eq!(least.say(12.5, Unit::Percent), "≥ 12.5 %");
    }

    #[test]
    fn a_must_can_be_missed_beside_the_value() {
        let mut table = Table::default();
        table.note(L::RefusalsAlike, 1.0, "p = 0.200");
        let row = table.row(L::RefusalsAlike);
        assert!(row.ends_with(" | 1.0 % (p = 0.200) | ≤ 5 %, p > 0.01 |  | meets must |"), "{row}");
        table.miss(L::RefusalsAlike, "p = 0.002".into());
        let row = table.row(L::RefusalsAlike);
        assert!(row.ends_with(" | 1.0 % (p = 0.200) | ≤ 5 %, p > 0.01 |  | **misses: p = 0.002** |"), "{row}");
    }

    #[test]
    fn every_line_stands_once_and_in_order() {
        assert!(LINES.is_sorted_by(|one, other| one < other));
    }
}
