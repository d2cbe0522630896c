//! `cargo xtask serve`: build, then become the server.

use std::{ffi::OsString, os::unix::process::CommandExt, process::Command};

use crate::{
    build,
    steps::{Result, cannot_start},
    workspace::Workspace,
};

/// Returns only when the server could not be started.
pub fn run(workspace: &Workspace, args: &[OsString]) -> Result {
    let mut server = Command::new(build::everything(workspace)?);
    server.args(["serve", "--demo"]).args(args);
    // In place of this process, so that signals and the exit code are the server's own.
    let error = server.exec();
    Err(cannot_start(&server, &error))
}
