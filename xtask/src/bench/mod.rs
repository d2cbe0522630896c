//! `cargo xtask bench`: measures every budget in one run, so that all values are of the same machine and day.

mod house;
mod http;
mod load;
mod pages;
mod program;
mod sameness;
mod sign_ins;
mod statements;
mod table;
mod users;
mod weight;

use std::{
    env::consts,
    path::{Path, PathBuf},
    process::{self, Command, ExitCode},
    thread,
    time::Instant,
};

use clap::Args;

use self::{
    house::{House, number},
    table::Table,
};
use crate::{
    build, files,
    steps::{Result, run as run_program},
    workspace::Workspace,
};

const FEW: usize = 10_000;
/// Whether pages cost more with more users shows with these; there are no more sessions than these in any case.
const MANY: usize = 100_000;
const VERY_MANY: usize = 1_000_000;

/// How far to go.
#[derive(Args)]
pub struct Options {
    /// Compares with 1,000,000 users in place of 100,000, which takes some minutes more
    #[arg(long)]
    large: bool,
}

/// What `selfsame bench-data` is to do.
#[derive(Args)]
pub struct Data {
    /// How many users
    #[arg(long)]
    users: u32,
    /// How many sessions
    #[arg(long)]
    sessions: u32,
    /// Where to write lines of address TAB cookie
    #[arg(long)]
    out: PathBuf,
}

/// Measures everything and prints the table.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    if !Path::new("/proc/self/smaps_rollup").exists() {
        return Err("the benchmarks need /proc as Linux has it".into());
    }
    let binary = build::everything(workspace)?;
    let start = Instant::now();
    let litter = Litter(workspace.cache().join(format!("bench-{}", process::id())));
    files::remove_folder(&litter.0)?;
    let most = if options.large { VERY_MANY } else { MANY };
    let refused = House::make(&binary, &litter.0.join("refused"), FEW, sameness::PEOPLE)?;
    // Then the one that takes long: sessions of more than a minute cost pages a write.
    let many = House::make(&binary, &litter.0.join("many"), most, MANY)?;
    let few = House::make(&binary, &litter.0.join("few"), FEW, FEW)?;
    let hundred = House::make(&binary, &litter.0.join("hundred"), users::FEW, users::FEW)?;

    let mut table = Table::default();
    table.phase("measuring signed-in pages", |table| pages::measure(table, &few, &many));
    table.phase("measuring the list of users", |table| users::measure(table, &hundred, &many));
    table.phase("measuring starts", |table| sign_ins::measure_starts(table, &few));
    table.phase("measuring sign-ins", |table| sign_ins::measure(table, &few));
    table.phase("timing refused sign-ins", |table| sameness::measure(table, &refused));
    table.phase("weighing the pages", |table| weight::measure(table, &few));
    table.phase("weighing the pages in Chromium", |table| weight::measure_in_browser(table, &few, workspace));
    table.phase("measuring pages of rested sessions", |table| pages::measure_first_in_minute(table, &few));
    table.phase("weighing the binary", |table| weight::measure_binary(table, &binary));

    println!(
        "\n{} users and sessions on SQLite; {} {} cores, which those who ask share; {:.0} s.",
        number(FEW),
        cores(),
        consts::ARCH,
        start.elapsed().as_secs_f32(),
    );
    println!("Compare ratios, and the rest only within a run.");
    if !options.large {
        println!("`--large` compares with {} users in place of {}.", number(VERY_MANY), number(MANY));
    }
    Ok(table.finish())
}

/// Fills the database that the environment configures, as `selfsame serve` would use it.
pub fn fill(workspace: &Workspace, data: &Data) -> Result {
    let mut command = Command::new(build::everything(workspace)?);
    command.arg("bench-data").arg("--out").arg(&data.out);
    command.args(["--users", &data.users.to_string(), "--sessions", &data.sessions.to_string()]);
    run_program(&mut command)
}

/// How many cores there are to share.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A folder that is gone with the value.
struct Litter(PathBuf);

impl Drop for Litter {
    fn drop(&mut self) {
        let _ = files::remove_folder(&self.0);
    }
}
