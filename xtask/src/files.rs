//! Files, with errors that name them.

use std::{
    env,
    ffi::OsString,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::steps::Result;

/// The whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// The whole file as text.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Whether the file is there with just these bytes.
pub fn holds(path: &Path, bytes: &[u8]) -> bool {
    fs::read(path).is_ok_and(|found| found == bytes)
}

/// Writes the file whole or not at all, and makes its folder.
pub fn write(path: &Path, bytes: &[u8]) -> Result {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let part = suffixed(path, ".part");
    fs::write(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Makes the folder and those above it.
pub fn make_folder(path: &Path) -> Result {
    fs::create_dir_all(path).map_err(|error| format!("cannot make {}: {error}", path.display()))
}

/// Removes a file, if it is there.
pub fn remove(path: &Path) -> Result {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("cannot remove {}: {error}", path.display())),
        _ => Ok(()),
    }
}

/// Removes a folder and all it holds, if it is there.
pub fn remove_folder(path: &Path) -> Result {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("cannot remove {}: {error}", path.display())),
        _ => Ok(()),
    }
}

/// All files below a folder, relative to it and in order; none if there is no such folder.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    gather(folder, Path::new(""), &mut found)
        .map_err(|error| format!("cannot look through {}: {error}", folder.display()))?;
    found.sort();
    Ok(found)
}

fn gather(top: &Path, below: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entries = match fs::read_dir(top.join(below)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            gather(top, &path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether some part of the path is hidden, as the leavings of editors are.
pub fn hidden(path: &Path) -> bool {
    path.iter().any(|part| part != ".well-known" && part.to_string_lossy().starts_with('.'))
}

/// The path with something behind its last extension.
pub fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// SHA-256 in hexadecimal, over several pieces as if they were one.
pub fn sha256<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the shell would find a program.
pub fn which(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}
