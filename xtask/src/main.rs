//! The build pipeline of Selfsame. What each command does stands in the file of its name.

mod audit;
mod bench;
mod browser;
mod build;
mod css;
mod files;
mod leash;
mod minify;
mod npm;
mod postgres;
mod python;
mod report;
mod rust_tests;
mod scratch;
mod serve;
mod site;
mod steps;
mod test;
mod wasm;
mod watch;
mod workspace;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;

use crate::workspace::Workspace;

/// Builds, starts and tests Selfsame.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    /// Builds the one file that holds everything: target/release/selfsame
    Build,
    /// Builds, then starts the server with demo data
    Serve {
        /// What `selfsame serve` is to get beside `--demo`
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Starts a quickly built server with demo data, and again after each change
    Watch {
        /// What `selfsame serve` is to get beside `--demo`
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Checks and tests everything, on SQLite and Postgres, with JavaScript on and off
    Test(test::Options),
    /// Checks licences, bans, sources and advisories of all dependencies (needs a network)
    Audit,
    /// Measures every budget of the README, and prints them as a table
    Bench(bench::Options),
    /// Fills the configured database with users and live sessions for load tools
    BenchData(bench::Data),
}

fn main() -> ExitCode {
    let command = Command::parse();
    let done = Workspace::find().and_then(|workspace| match command {
        Command::Build => build::everything(&workspace).map(|_| ExitCode::SUCCESS),
        Command::Serve { args } => serve::run(&workspace, &args).map(|()| ExitCode::SUCCESS),
        Command::Watch { args } => watch::run(&workspace, &args).map(|()| ExitCode::SUCCESS),
        Command::Test(options) => test::run(&workspace, &options),
        Command::Audit => audit::run().map(|()| ExitCode::SUCCESS),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::BenchData(data) => bench::fill(&workspace, &data).map(|()| ExitCode::SUCCESS),
    });
    done.unwrap_or_else(|reason| {
        eprintln!("error: {reason}");
        ExitCode::FAILURE
    })
}
