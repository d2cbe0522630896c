//! `cargo xtask test`: everything that has to hold.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    thread::ScopedJoinHandle,
};

use clap::{Args, ValueEnum};

use crate::{
    browser::{Browser, Database, Extent, Programs, Which},
    build, files,
    postgres::Postgres,
    python,
    report::Report,
    rust_tests::{self, Tests},
    scratch::Scratch,
    steps::{Result, cargo, run as run_program, step},
    workspace::Workspace,
};

/// All packages that make up the product, on this machine's side.
const PRODUCT: [&str; 5] = ["--workspace", "--exclude", "frontend", "--exclude", "xtask"];

/// On its own: together with the product its dependencies would get other features, and be built a second time.
const XTASK: [&str; 2] = ["--package", "xtask"];

/// Where tests keep what they write.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The folder for temporary files.
    pub scratch: &'a Path,
    /// The URL of a server where databases may be made.
    pub postgres: &'a str,
}

/// What to leave out.
#[derive(Args)]
pub struct Options {
    /// Runs only tests that have this in their names
    #[arg(long)]
    filter: Option<String>,
    /// Leaves out the journeys in the browser
    #[arg(long)]
    no_browser: bool,
    /// Tells each journey once and in English, and only those that lead through everything also without JavaScript, so
    /// on Postgres too
    #[arg(long, conflicts_with = "no_browser")]
    brief: bool,
    /// Tells on Postgres only those journeys that lead through everything
    #[arg(long, conflicts_with_all = ["no_browser", "brief"])]
    most: bool,
    /// Runs only one half
    #[arg(long, conflicts_with = "no_browser")]
    only: Option<Half>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Half {
    /// Format, clippy, and the tests written in Rust
    Unit,
    /// The journeys in the browser
    E2e,
}

impl Options {
    fn extent(&self) -> Extent {
        match (self.brief, self.most) {
            (true, _) => Extent::Brief,
            (false, true) => Extent::Most,
            (false, false) => Extent::All,
        }
    }
}

/// What is left of it all.
struct Wanted<'a> {
    unit: bool,
    journeys: bool,
    filter: Option<&'a str>,
}

/// Runs on after a failure, so that one run tells all there is to mend.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let wanted = Wanted {
        unit: options.only != Some(Half::E2e),
        journeys: options.only != Some(Half::Unit) && !options.no_browser,
        filter: options.filter.as_deref(),
    };
    let mut report = Report::default();

    // First what may be missing, before the minutes that building takes.
    let browser = if wanted.journeys { Some(Browser::find(workspace)?) } else { None };
    if browser.is_some() {
        python::check()?;
    }
    let scratch = Scratch::make()?;
    let postgres = Postgres::start(workspace, &scratch.folder)?;
    let place = Place { scratch: &scratch.folder, postgres: &postgres.url };
    // The server does not compile without the folder it embeds.
    files::make_folder(&workspace.site())?;

    let schemathesis = beside_the_site(workspace, &mut report, &wanted, browser.as_ref(), place);
    // Building tests waits for the release build, and that for running tests: these look at the clock.
    let binary = thread::scope(|scope| {
        let building = wanted.journeys.then(|| scope.spawn(|| build::server_meanwhile(workspace)));
        if wanted.unit {
            rust(&mut report, Tests::of("the tests", &PRODUCT), "tests in Rust", place, wanted.filter);
        } else {
            report.left_out("tests in Rust", "--only e2e");
        }
        building.map(joined)
    });
    match (&browser, &schemathesis, binary) {
        (Some(browser), Some(schemathesis), Some(Ok(binary))) => {
            let programs = Programs { binary: &binary, schemathesis };
            let which = Which { extent: options.extent(), filter: wanted.filter };
            in_browser(&mut report, browser, programs, place, which);
        }
        (_, _, Some(Err(reason))) => report.check("release build", Err(reason)),
        (Some(_), None, _) => report.left_out("journeys in the browser", "no schemathesis"),
        _ => {
            report.left_out("journeys in the browser", if options.no_browser { "--no-browser" } else { "--only unit" })
        }
    }
    Ok(report.finish())
}

/// The site, and beside it what needs none: fetching leaves the whole machine idle, and the end of the wasm half of it.
/// Leads to the program that asks the API, where it could be had.
fn beside_the_site(
    workspace: &Workspace,
    report: &mut Report,
    wanted: &Wanted,
    browser: Option<&Browser>,
    place: Place,
) -> Option<PathBuf> {
    let needed = wanted.journeys || !workspace.site().join("manifest.json").is_file();
    thread::scope(|scope| {
        let site = needed.then(|| scope.spawn(|| build::whole_site(workspace)));
        let schemathesis = wanted.journeys.then(|| python::schemathesis(workspace));
        if wanted.unit {
            let mut format = cargo();
            format.args(["fmt", "--all", "--check"]);
            report.check("format", step("checking the format", || run_program(&mut format)));
            rust(report, Tests::of("the tests of xtask", &XTASK), "tests of xtask", place, wanted.filter);
        }
        if let Some(browser) = browser {
            report.check("types of the journeys", browser.check_types());
        }
        if wanted.unit && needed {
            // What is wrong there is told when all of them are built.
            let _ = Tests::of("the tests that need no site", &[&PRODUCT[..], &["--test", "main"]].concat()).lint();
        }
        if let Some(site) = site {
            report.check("wasm and site", joined(site));
        }
        schemathesis.and_then(|fetched| fetched.map_err(|reason| report.check("schemathesis", Err(reason))).ok())
    })
}

fn joined<T>(building: ScopedJoinHandle<Result<T>>) -> Result<T> {
    building.join().unwrap_or_else(|_| Err("the build panicked".into()))
}

fn rust(report: &mut Report, mut tests: Tests, name: &str, place: Place, filter: Option<&str>) {
    report.check(&format!("clippy, {name}"), tests.lint());
    match rust_tests::test(&tests, place, filter) {
        Ok(heard) => {
            let detail = match (heard.sqlite, heard.postgres) {
                (0, 0) => String::new(),
                (sqlite, postgres) => format!(" (on SQLite {sqlite}, on Postgres {postgres})"),
            };
            report.tests(name, heard.tally, &detail);
        }
        Err(reason) => report.check(name, Err(reason)),
    }
}

fn in_browser(report: &mut Report, browser: &Browser, programs: Programs, place: Place, which: Which) {
    for database in [Database::Sqlite, Database::Postgres] {
        let name = format!("journeys on {}", database.name());
        match browser.journeys(database, programs, place, which) {
            Ok(tallies) => tallies.into_iter().for_each(|(project, tally)| {
                report.tests(&format!("{name}, {project}"), tally, "");
            }),
            Err(reason) => report.check(&name, Err(reason)),
        }
    }
}
