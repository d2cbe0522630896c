//! `cargo xtask test`: everything that has to hold.

use std::{path::Path, process::ExitCode};

use clap::{Args, ValueEnum};

use crate::{
    browser::{Browser, Database},
    build, files,
    postgres::Postgres,
    python,
    report::Report,
    rust_tests,
    steps::{Result, cargo, run as run_program, step},
    workspace::Workspace,
};

/// All packages that make up the product, on this machine's side.
const PRODUCT: [&str; 5] = ["--workspace", "--exclude", "frontend", "--exclude", "xtask"];

/// On its own: together with the product its dependencies would get other features, and be built a second time.
const XTASK: [&str; 2] = ["--package", "xtask"];

/// What to leave out.
#[derive(Args)]
pub struct Options {
    /// Runs only tests that have this in their names
    #[arg(long)]
    filter: Option<String>,
    /// Leaves out the journeys in the browser
    #[arg(long)]
    no_browser: bool,
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

/// Runs on after a failure, so that one run tells all there is to mend.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let unit = options.only != Some(Half::E2e);
    let journeys = options.only != Some(Half::Unit) && !options.no_browser;
    let filter = options.filter.as_deref();
    let mut report = Report::default();

    // First what may be missing, before the minutes that building takes.
    let browser = if journeys { Some((Browser::find(workspace)?, python::schemathesis(workspace)?)) } else { None };
    let postgres = Postgres::start(workspace)?;

    if unit {
        checks(workspace, &mut report)?;
    }
    if let Some((browser, _)) = &browser {
        report.check("types of the journeys", browser.check_types());
    }
    if journeys || !workspace.site().join("manifest.json").is_file() {
        report.check("wasm and site", build::whole_site(workspace));
    }
    if unit {
        rust(&mut report, "the tests", "tests in Rust", &PRODUCT, &postgres, filter);
        rust(&mut report, "the tests of xtask", "tests of xtask", &XTASK, &postgres, filter);
    } else {
        report.left_out("tests in Rust", "--only e2e");
    }
    match &browser {
        Some((browser, schemathesis)) => {
            in_browser(workspace, &mut report, browser, schemathesis, &postgres, filter);
        }
        None => {
            report.left_out("journeys in the browser", if options.no_browser { "--no-browser" } else { "--only unit" })
        }
    }
    Ok(report.finish())
}

fn checks(workspace: &Workspace, report: &mut Report) -> Result {
    // The server does not compile without the folder it embeds.
    files::make_folder(&workspace.site())?;
    report.check("format", step("checking the format", || run_program(cargo().args(["fmt", "--all", "--check"]))));
    let clippy = |packages: &[&str]| {
        run_program(cargo().arg("clippy").args(packages).args(["--all-targets", "--", "-D", "warnings"]))
    };
    report.check("clippy", step("asking clippy", || clippy(&PRODUCT)));
    report.check("clippy of xtask", step("asking clippy about xtask", || clippy(&XTASK)));
    Ok(())
}

fn rust(report: &mut Report, what: &str, name: &str, packages: &[&str], postgres: &Postgres, filter: Option<&str>) {
    match rust_tests::test(what, packages, &postgres.url, filter) {
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

fn in_browser(
    workspace: &Workspace,
    report: &mut Report,
    browser: &Browser,
    schemathesis: &Path,
    postgres: &Postgres,
    filter: Option<&str>,
) {
    let binary = match build::server(workspace) {
        Ok(binary) => binary,
        Err(reason) => return report.check("release build", Err(reason)),
    };
    for database in [Database::Sqlite, Database::Postgres] {
        let name = format!("journeys on {}", database.name());
        match browser.journeys(database, &binary, schemathesis, &postgres.url, filter) {
            Ok(tallies) => tallies.into_iter().for_each(|(project, tally)| {
                report.tests(&format!("{name}, {project}"), tally, "");
            }),
            Err(reason) => report.check(&name, Err(reason)),
        }
    }
}
