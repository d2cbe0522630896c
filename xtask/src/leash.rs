//! Programs that must not outlive xtask, not even when it is killed.

use std::{
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

use crate::steps::{Result, cannot_start};

const SCRIPT: &str = include_str!("leash.sh");

/// A running program that is told to end when this is dropped.
pub struct Leash {
    shell: Child,
}

impl Leash {
    /// Starts `program` from a shell, which `shell` would start, perhaps as somebody else. `signal` ends it politely;
    /// five seconds later it is killed. The folder `litter` is removed after the end, whichever it is.
    pub fn start(mut shell: Command, signal: &str, program: &Command, litter: Option<&Path>) -> Result<Self> {
        shell.args(["-c", SCRIPT, "leash", signal]).arg(program.get_program()).args(program.get_args());
        shell.stdin(Stdio::piped()).env("LEASH_LITTER", litter.unwrap_or(Path::new("")));
        let shell = shell.spawn().map_err(|error| cannot_start(program, &error))?;
        Ok(Self { shell })
    }

    /// How the program ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.shell.try_wait().ok().flatten()
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        // Waiting closes our end of the pipe first, which is what the shell waits for.
        let _ = self.shell.wait();
    }
}
