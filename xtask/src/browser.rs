//! The journeys in a real browser, by Playwright.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{
    files, npm,
    report::Tally,
    steps::{Result, cannot_start, capture, check, run, step},
    test::Place,
    workspace::Workspace,
};

/// The shell is Chromium without a window around the page, and takes a sixth less time.
const NAMES: [&str; 5] =
    ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Programs that only a journey would miss, and what each does there.
const HELPERS: [(&str, &str); 2] =
    [("curl", "runs the script of the README"), ("perl", "looks for what is left in pictures")];

/// Which database the journeys run on.
#[derive(Clone, Copy)]
pub enum Database {
    /// A file for each server.
    Sqlite,
    /// A database for each server.
    Postgres,
}

impl Database {
    /// As `SELFSAME_E2E_DATABASE` has it.
    fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
        }
    }
}

/// What the journeys are about.
#[derive(Clone, Copy)]
pub struct Programs<'a> {
    /// The release binary.
    pub binary: &'a Path,
    /// Asks its API whatever the description allows.
    pub schemathesis: &'a Path,
}

/// How much is told.
#[derive(Clone, Copy)]
pub enum Extent {
    /// Everything.
    All,
    /// Everything on SQLite; on Postgres what leads through everything.
    Most,
    /// Each journey once and in English; without JavaScript and on Postgres what leads through everything.
    Brief,
}

impl Extent {
    fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Most => "most",
            Self::Brief => "brief",
        }
    }
}

/// Which of them run.
#[derive(Clone, Copy)]
pub struct Which<'a> {
    /// How much of them.
    pub extent: Extent,
    /// Those with this in their names.
    pub filter: Option<&'a str>,
}

/// Playwright and a browser for it.
pub struct Browser {
    end2end: PathBuf,
    chromium: PathBuf,
}

impl Browser {
    /// Fetches what npm has, and looks for Chromium.
    pub fn find(workspace: &Workspace) -> Result<Self> {
        for (program, purpose) in HELPERS {
            if files::which(program).is_none() {
                return Err(format!(
                    "the journeys need {program}, which {purpose}. Install it (Debian: apt-get install {program}); \
                     `--no-browser` leaves the journeys out"
                ));
            }
        }
        npm::install(workspace)?;
        let end2end = workspace.end2end();
        let chromium = chromium(&end2end)?;
        Ok(Self { end2end, chromium })
    }

    /// Whether TypeScript understands the journeys.
    pub fn check_types(&self) -> Result {
        step("checking the types of the journeys", || run(self.tool("tsc").arg("--noEmit")))
    }

    /// Runs them; gives a tally for each project, which is JavaScript on or off.
    pub fn journeys(
        &self,
        database: Database,
        programs: Programs,
        place: Place,
        which: Which,
    ) -> Result<BTreeMap<String, Tally>> {
        let report = self.end2end.join(format!("test-results/report-{}.json", database.word()));
        files::remove(&report)?;
        let mut playwright = self.tool("playwright");
        playwright
            .arg("test")
            .env("TMPDIR", place.scratch)
            .env("SELFSAME_BINARY", programs.binary)
            .env("SELFSAME_SCHEMATHESIS", programs.schemathesis)
            .env("SELFSAME_E2E_DATABASE", database.word())
            .env("SELFSAME_E2E_POSTGRES", place.postgres)
            .env("CHROMIUM", &self.chromium);
        playwright.env("SELFSAME_E2E_EXTENT", which.extent.word());
        if let Some(filter) = which.filter {
            playwright.args(["--pass-with-no-tests", "--grep", &literal(filter)]);
        }
        step(&format!("running the journeys on {}", database.name()), || {
            let status = playwright.status().map_err(|error| cannot_start(&playwright, &error))?;
            if which.filter.is_some() && status.success() && !report.exists() {
                return Ok(BTreeMap::new());
            }
            let said = files::read(&report).map_err(|reason| format!("Playwright left no report: {reason}"))?;
            let said = serde_json::from_slice(&said).map_err(|error| format!("{}: {error}", report.display()))?;
            let mut tallies = BTreeMap::new();
            gather(&said, &mut tallies);
            // Failed tests are in the count; anything else that went wrong is not.
            if tallies.values().all(|tally: &Tally| tally.failed == 0) {
                check(&playwright, status)?;
            }
            Ok(tallies)
        })
    }

    fn tool(&self, name: &str) -> Command {
        let mut tool = Command::new(self.end2end.join("node_modules/.bin").join(name));
        tool.current_dir(&self.end2end);
        tool
    }
}

/// The one named by `CHROMIUM`, the machine's, or Playwright's own.
fn chromium(end2end: &Path) -> Result<PathBuf> {
    if let Some(given) = env::var_os("CHROMIUM").filter(|given| !given.is_empty()) {
        let given = PathBuf::from(given);
        return if given.is_file() { Ok(given) } else { Err(format!("CHROMIUM: {} is no file", given.display())) };
    }
    if let Some(found) = NAMES.iter().find_map(|name| files::which(name)) {
        return Ok(found);
    }
    let ask = "import('@playwright/test').then(({ chromium }) => console.log(chromium.executablePath()))";
    let own = capture(Command::new("node").args(["-e", ask]).current_dir(end2end)).map(PathBuf::from);
    own.ok().filter(|own| own.is_file()).ok_or_else(|| {
        "the journeys need Chromium. Install it (Debian: apt-get install chromium), or run `npx playwright install \
         chromium` in end2end, or set CHROMIUM to the path of one; `--no-browser` leaves the journeys out"
            .into()
    })
}

/// A regular expression that finds just this text.
fn literal(text: &str) -> String {
    text.chars()
        .flat_map(|c| [(!c.is_alphanumeric() && c.is_ascii_punctuation()).then_some('\\'), Some(c)])
        .flatten()
        .collect()
}

/// Counts the tests of a suite of Playwright's JSON report, and of those within it.
fn gather(suite: &Value, tallies: &mut BTreeMap<String, Tally>) {
    let tests = items(suite, "specs").flat_map(|spec| items(spec, "tests").map(move |test| (spec, test)));
    for (spec, test) in tests {
        let project = match test["projectName"].as_str().unwrap_or_default() {
            "js" => "with JavaScript",
            "no-js" => "without JavaScript",
            other => other,
        };
        let tally = tallies.entry(project.to_owned()).or_default();
        match test["status"].as_str() {
            Some("expected") => tally.passed += 1,
            Some("skipped") => tally.skipped += 1,
            Some("flaky") => {
                tally.passed += 1;
                eprintln!("{}", told("PASSED AT THE SECOND TRY", spec, test));
            }
            _ => {
                tally.failed += 1;
                eprintln!("{}", told("FAILED", spec, test));
            }
        }
    }
    items(suite, "suites").for_each(|inner| gather(inner, tallies));
}

/// Which test did not go well, and why: said once more after the last of them, where nobody has to look for it.
fn told(outcome: &str, spec: &Value, test: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = format!("{}:{}", text(&spec["file"]), spec["line"]);
    let reasons: Vec<_> = items(test, "results")
        .flat_map(|result| items(result, "errors"))
        .map(|error| text(&error["message"]).lines().take(12).map(|line| format!("\n    {line}")).collect::<String>())
        .collect();
    format!("{outcome} [{}] {place} {}{}", text(&test["projectName"]), text(&spec["title"]), reasons.concat())
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[name].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_is_counted_by_project() {
        let test = |project: &str, status: &str| json!({ "projectName": project, "status": status });
        let report = json!({ "suites": [{
            "specs": [{ "tests": [test("js", "expected"), test("no-js", "unexpected")] }],
            "suites": [{ "specs": [{ "tests": [test("js", "skipped"), test("no-js", "flaky")] }] }],
        }] });
        let mut tallies = BTreeMap::new();
        gather(&report, &mut tallies);
        let found: Vec<_> = tallies.into_iter().collect();
        assert_eq!(
            found,
            [
                ("with JavaScript".to_owned(), Tally { passed: 1, failed: 0, skipped: 1 }),
                ("without JavaScript".to_owned(), Tally { passed: 1, failed: 1, skipped: 0 }),
            ]
        );
    }

    #[test]
    fn a_failure_is_told_with_its_place_and_reason() {
        let spec = json!({ "title": "a person signs in", "file": "sign-in.spec.ts", "line": 11 });
        let test = json!({ "projectName": "js", "results": [{ "errors": [{ "message": "no such page" }] }] });
        assert_eq!(told("FAILED", &spec, &test), "FAILED [js] sign-in.spec.ts:11 a person signs in\n    no such page");
    }

    #[test]
    fn a_filter_is_taken_literally() {
        assert_eq!(literal("sign in (a.b)"), "sign in \\(a\\.b\\)");
    }
}
