//! What comes from PyPI: schemathesis, which asks the API whatever its description allows.

use std::{path::PathBuf, process::Command};

use crate::{
    files,
    steps::{Result, capture, run, step},
    workspace::Workspace,
};

/// Major and minor.
const LEAST_PYTHON: (u32, u32) = (3, 11);
const MISSING: &str = "schemathesis needs Python 3.11 or later with venv. \
                       Install it (Debian: apt-get install python3 python3-venv)";

/// The program, in an environment of its own that is brought up to date.
pub fn schemathesis(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = workspace.end2end().join("requirements.txt");
    let folder = workspace.target.join("python");
    let (program, stamp) = (folder.join("bin/schemathesis"), folder.join(".stamp"));
    // Its programs name each other by their paths, so it cannot be moved.
    let place = folder.to_string_lossy();
    let wanted = files::sha256([files::read(&requirements)?.as_slice(), place.as_bytes()]);
    if program.is_file() && files::holds(&stamp, wanted.as_bytes()) {
        return Ok(program);
    }
    check()?;
    step("fetching schemathesis from PyPI", || {
        files::remove_folder(&folder)?;
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            .map_err(|reason| format!("{MISSING}: {reason}"))?;
        run(Command::new(folder.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"])
            .arg(&requirements))
    })?;
    files::write(&stamp, wanted.as_bytes())?;
    Ok(program)
}

/// An error where Python is missing or cannot make environments.
pub fn check() -> Result {
    // Debian ships what makes environments apart.
    let ask = "import ensurepip, sys; print(*sys.version_info[:2])";
    let version = capture(Command::new("python3").args(["-c", ask])).map_err(|_| MISSING)?;
    if is_enough(&version) { Ok(()) } else { Err(format!("{MISSING}; this is {version}")) }
}

/// Whether Python of this version, as `3 11`, is what the packages ask for.
fn is_enough(version: &str) -> bool {
    let mut numbers = version.split(' ').map_while(|number| number.parse::<u32>().ok());
    numbers.next().zip(numbers.next()).is_some_and(|numbers| numbers >= LEAST_PYTHON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_has_to_be_what_the_packages_ask_for() {
        assert!(["3 11", "3 13", "4 0"].into_iter().all(is_enough));
        assert!(!["3 10", "2 7", "3", "", "nonsense"].into_iter().any(is_enough));
        let (major, minor) = LEAST_PYTHON;
        assert!(MISSING.contains(&format!("Python {major}.{minor}")));
    }
}
