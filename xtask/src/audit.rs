//! `cargo xtask audit`: what `deny.toml` says about the dependencies.

use std::process::Stdio;

use crate::steps::{self, Result, cargo, step};

/// Licences, bans, sources and advisories; says how to get cargo-deny where it is missing.
pub fn run() -> Result {
    let found = cargo().args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        return Err("cargo-deny is missing. Install it with: cargo install --locked cargo-deny".into());
    }
    step("checking the dependencies", || steps::run(cargo().args(["deny", "--workspace", "check"])))
}
