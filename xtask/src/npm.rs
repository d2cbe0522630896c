//! What comes from npm: the tools that shrink, and the browser tests.

use std::{path::PathBuf, process::Command};

use crate::{
    files,
    steps::{Result, capture, run, step},
    workspace::Workspace,
};

/// Major and minor.
const LEAST_NODE: (u32, u32) = (20, 19);

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
    if is_enough(&version) { Ok(()) } else { Err(format!("Node.js 20.19 or later is needed, and this is {version}")) }
}

/// Whether Node.js of this version is what `package.json` asks for.
fn is_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse::<u32>().ok());
    numbers.next().zip(numbers.next()).is_some_and(|numbers| numbers >= LEAST_NODE)
}

/// The same folder for those who can do without it: where npm is missing or fails, that is said, and there is none.
pub fn tools(workspace: &Workspace) -> Option<PathBuf> {
    install(workspace).inspect_err(|reason| println!("  notice: {reason}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_has_to_be_what_the_packages_ask_for() {
        assert!(["v20.19.0", "v20.20.2", "v22.0.0", "v100.1.0"].into_iter().all(is_enough));
        assert!(!["v20.18.3", "v20.9.0", "v18.20.4", "v9.99.0", "v20", "", "nonsense"].into_iter().any(is_enough));
        let (major, minor) = LEAST_NODE;
        let asked = format!("\"node\": \">={major}.{minor}\"");
        assert!(include_str!("../../end2end/package.json").contains(&asked), "package.json asks for another one");
    }
}
