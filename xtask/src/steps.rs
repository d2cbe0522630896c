//! Steps that take a while, and the programs they run.

use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    path::Path,
    process::{Command, ExitStatus, Output},
    time::Instant,
};

/// What went wrong is one sentence for a person; nothing here is handled by kind.
pub type Result<T = ()> = std::result::Result<T, String>;

/// Says what is being done, does it, and says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("→ {what} …");
    let start = Instant::now();
    let result = work();
    let outcome = if result.is_ok() { "done" } else { "failed" };
    println!("  {what}: {outcome} after {:.1} s", start.elapsed().as_secs_f32());
    result
}

/// A cargo that behaves as if it had been called by hand.
pub fn cargo() -> Command {
    by_hand(Command::new(cargos_path()))
}

/// Who may wait while others need the machine.
#[derive(Clone, Copy)]
pub enum Waits {
    /// For tests that run.
    ForTests,
    /// For whoever waits for tests, too.
    ForAll,
}

/// The same, which takes what others leave of the machine.
pub fn polite_cargo(waits: Waits) -> Command {
    let level = match waits {
        Waits::ForTests => "10",
        Waits::ForAll => "19",
    };
    let mut nice = Command::new("nice");
    nice.args(["-n", level]).arg(cargos_path());
    by_hand(nice)
}

fn cargos_path() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn by_hand(mut cargo: Command) -> Command {
    // `cargo run` describes xtask in these; ring's build script watches some of them, and would be run again, with
    // everything that stands on it, each time cargo is called the other way.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|start| text.starts_with(start)) {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Runs a program whose output a person follows.
pub fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    check(command, status)
}

/// Runs a program for what it prints.
pub fn capture(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } = command.output().map_err(|error| cannot_start(command, &error))?;
    check(command, status).map_err(|reason| format!("{reason}\n{}", String::from_utf8_lossy(&stderr).trim_end()))?;
    Ok(String::from_utf8_lossy(&stdout).trim_end().to_owned())
}

/// An error unless the program ended well.
pub fn check(command: &Command, status: ExitStatus) -> Result {
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", line(command))) }
}

/// The error of a program that could not be started at all.
pub fn cannot_start(command: &Command, error: &io::Error) -> String {
    format!("cannot start `{}`: {error}", line(command))
}

/// The command as one would type it, without the folder of the program.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words: Vec<_> = std::iter::once(name).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
