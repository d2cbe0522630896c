//! What comes from npm: the tools that shrink, and the browser tests.

use std::{path::PathBuf, process::Command};

use crate::{
    files,
    steps::{Result, capture, run, step},
    workspace::Workspace,
};

/// The folder with all packages, brought up to date; an error where npm is missing or cannot.
pub fn install(workspace: &Workspace) -> Result<PathBuf> {
    let end2end = workspace.end2end();
    let modules = end2end.join("node_modules");
    let stamp = modules.join(".stamp");
    let wanted = files::sha256([files::read(&end2end.join("package-lock.json"))?.as_slice()]);
    if files::holds(&stamp, wanted.as_bytes()) {
        return Ok(modules);
    }
    if files::which("npm").is_none() {
        return Err("npm is missing. Install Node.js 20.19 or later, which brings it".into());
    }
    check_node()?;
    step("fetching packages from npm", || {
        run(Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .current_dir(&end2end))
    })?;
    files::write(&stamp, wanted.as_bytes())?;
    Ok(modules)
}

fn check_node() -> Result {
    let version = capture(Command::new("node").arg("--version"))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(20..) => Ok(()),
        _ => Err(format!("Node.js 20.19 or later is needed, and this is {version}")),
    }
}

/// The same folder for those who can do without it: where npm is missing or fails, that is said, and there is none.
pub fn tools(workspace: &Workspace) -> Option<PathBuf> {
    install(workspace).inspect_err(|reason| println!("  notice: {reason}")).ok()
}
