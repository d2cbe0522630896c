//! Where tests keep what nobody needs after them.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{self, Command},
};

use crate::{files, steps::Result};

/// Memory that Linux lends out as a folder.
const MEMORY: &str = "/dev/shm";

/// Followed by the id of the process whose folder it is.
const NAME: &str = "selfsame-tests-";

/// Several times of what a whole run of the tests has ever taken, in KiB.
const ENOUGH: u64 = 3 * 1024 * 1024;

/// A folder of this run, gone with the value. In memory where there is plenty of it, as every story writes a database of
/// its own and waits until the disk has it; `TMPDIR` chooses another place.
pub struct Scratch {
    /// To be handed to programs as their `TMPDIR`.
    pub folder: PathBuf,
}

impl Scratch {
    /// Makes the folder.
    pub fn make() -> Result<Self> {
        let memory = Path::new(MEMORY);
        let chosen = env::var_os("TMPDIR").is_some_and(|chosen| !chosen.is_empty());
        let top = if !chosen && free(memory) >= ENOUGH { memory.to_owned() } else { env::temp_dir() };
        sweep(&top);
        let folder = top.join(format!("{NAME}{}", process::id()));
        files::remove_folder(&folder)?;
        files::make_folder(&folder)?;
        // Postgres may run as somebody else, who has to get to its own folder in here.
        open(&folder)?;
        Ok(Self { folder })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = files::remove_folder(&self.folder);
    }
}

/// Removes what runs have left that were killed: in memory nothing else would.
fn sweep(top: &Path) {
    for entry in fs::read_dir(top).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(NAME)).and_then(|id| id.parse::<u32>().ok());
        if owner.is_some_and(|id| Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{id}")).exists()) {
            let _ = files::remove_folder(&entry.path());
        }
    }
}

/// KiB that ordinary users may still write there; none where there is no such folder or nobody can tell.
fn free(folder: &Path) -> u64 {
    let asked = Command::new("df").arg("-Pk").arg(folder).env("LC_ALL", "C").output();
    asked.ok().and_then(|said| available(&String::from_utf8_lossy(&said.stdout))).unwrap_or_default()
}

/// The fourth column of what `df -Pk` says (POSIX).
fn available(said: &str) -> Option<u64> {
    said.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

fn open(folder: &Path) -> Result {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
        .map_err(|error| format!("cannot open {}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn df_is_understood() {
        let said =
            "Filesystem 1024-blocks Used Available Capacity Mounted on\ntmpfs 24684092 72236 24611856 1% /dev/shm\n";
        assert_eq!(available(said), Some(24_611_856));
        assert_eq!(available(""), None);
    }

    #[test]
    fn what_the_dead_have_left_is_swept_away() {
        let top = env::temp_dir().join(format!("selfsame-sweep-{}", process::id()));
        let dead =
            Command::new("true").spawn().and_then(|mut child| child.wait().map(|_| child.id())).expect("a process");
        let [left, ours] = [dead, process::id()].map(|id| top.join(format!("{NAME}{id}")));
        for folder in [&left, &ours] {
            fs::create_dir_all(folder).expect("a folder");
        }
        sweep(&top);
        let there = (left.exists(), ours.exists());
        fs::remove_dir_all(&top).expect("an end");
        assert_eq!(there, (!Path::new("/proc/self").exists(), true));
    }

    #[test]
    fn nothing_of_it_stays() {
        let scratch = Scratch::make().expect("a folder");
        let folder = scratch.folder.clone();
        fs::write(folder.join("a"), "b").expect("a file");
        drop(scratch);
        assert!(!folder.exists());
    }
}
