//! `cargo xtask build`: the wasm, the site, and the server with the site inside.

use std::{path::PathBuf, process::Command};

use crate::{
    site,
    steps::{Result, Waits, cargo, polite_cargo, run, step},
    wasm::{self, Speed},
    workspace::Workspace,
};

/// All of it; leads to the path of the finished binary.
pub fn everything(workspace: &Workspace) -> Result<PathBuf> {
    whole_site(workspace)?;
    server(workspace)
}

/// The site as it is served in earnest.
pub fn whole_site(workspace: &Workspace) -> Result {
    let frontend = wasm::build(workspace, Speed::Small)?;
    site::write(workspace, &frontend, Speed::Small)
}

/// The release server, which embeds the site that lies there.
pub fn server(workspace: &Workspace) -> Result<PathBuf> {
    server_by(workspace, cargo())
}

/// The same, by what running tests leave of the machine.
pub fn server_meanwhile(workspace: &Workspace) -> Result<PathBuf> {
    server_by(workspace, polite_cargo(Waits::ForTests))
}

fn server_by(workspace: &Workspace, mut cargo: Command) -> Result<PathBuf> {
    let binary = workspace.binary("release");
    let hint = if binary.exists() { "" } else { " (first time: about 10 minutes)" };
    step(&format!("building the server{hint}"), || run(cargo.args(["build", "--release", "--package", "selfsame"])))?;
    Ok(binary)
}
