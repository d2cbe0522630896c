//! `server/site/`: everything a browser fetches, hashed, compressed, ready to be embedded.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use brotli::{BrotliCompress, enc::BrotliEncoderParams};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::{
    css, files,
    steps::{Result, step},
    wasm::{Frontend, Speed},
    workspace::Workspace,
};

/// Kinds of files that are sent compressed.
const COMPRESSED: [&str; 9] = ["js", "wasm", "css", "svg", "txt", "json", "webmanifest", "html", "xml"];

/// Brings `server/site/` up to date. Files that are right already are not touched: the release server is rebuilt
/// when one of them looks newer than itself.
pub fn write(workspace: &Workspace, frontend: &Frontend, speed: Speed) -> Result {
    step("writing the site", || {
        let mut site = Site { folder: workspace.site(), speed, kept: BTreeSet::new(), changed: 0 };
        let js = site.with_snippets(frontend)?;
        let js = site.add_hashed("selfsame", "js", js.as_bytes())?;
        let wasm = site.add_hashed("selfsame", "wasm", &frontend.wasm)?;
        let css = site.add_hashed("main", "css", css::join(&workspace.main_css())?.as_bytes())?;
        for path in files::list(&workspace.public())?.iter().filter(|path| !files::hidden(path)) {
            site.add(path, &files::read(&workspace.public().join(path))?)?;
        }
        let manifest = format!("{:#}\n", json!({ "js": js, "wasm": wasm, "css": css }));
        site.put(Path::new("manifest.json"), manifest.as_bytes())?;
        site.remove_the_rest()?;
        match site.changed {
            0 => println!("  nothing has changed"),
            count => println!("  {count} files have changed"),
        }
        Ok(())
    })
}

struct Site {
    folder: PathBuf,
    speed: Speed,
    kept: BTreeSet<PathBuf>,
    changed: usize,
}

impl Site {
    /// Adds a file whose name tells its content, and so may be kept by browsers for ever; gives its address.
    fn add_hashed(&mut self, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
        let path = format!("pkg/{stem}.{}.{extension}", short_hash([bytes]));
        self.add(Path::new(&path), bytes)?;
        Ok(format!("/{path}"))
    }

    /// Adds the scripts that crates brought along, and gives the main script with their addresses in it.
    fn with_snippets(&mut self, frontend: &Frontend) -> Result<String> {
        let js = String::from_utf8_lossy(&frontend.js).into_owned();
        if frontend.snippets.is_empty() {
            return Ok(js);
        }
        let folder = format!("snippets.{}", short_hash(frontend.snippets.iter().map(|(_, bytes)| bytes.as_slice())));
        for (path, bytes) in &frontend.snippets {
            self.add(&Path::new("pkg").join(&folder).join(path), bytes)?;
        }
        Ok(js.replace("./snippets/", &format!("./{folder}/")))
    }

    /// Adds a file with its compressed forms beside it.
    fn add(&mut self, path: &Path, bytes: &[u8]) -> Result {
        let kind = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if self.speed == Speed::Quick || !COMPRESSED.contains(&kind.as_str()) {
            return self.put(path, bytes);
        }
        let (br, gz) = (files::suffixed(path, ".br"), files::suffixed(path, ".gz"));
        let there = [&br, &gz].iter().all(|form| self.folder.join(form).is_file());
        if there && files::holds(&self.folder.join(path), bytes) {
            self.kept.extend([path.to_owned(), br, gz]);
            return Ok(());
        }
        // The plain file goes first and comes last, so that it vouches for the two others whenever it is there.
        files::remove(&self.folder.join(path))?;
        self.put(&br, &brotli(bytes)?)?;
        self.put(&gz, &gzip(bytes)?)?;
        self.put(path, bytes)
    }

    fn put(&mut self, path: &Path, bytes: &[u8]) -> Result {
        let full = self.folder.join(path);
        self.kept.insert(path.to_owned());
        if files::holds(&full, bytes) {
            return Ok(());
        }
        self.changed += 1;
        files::write(&full, bytes)
    }

    fn remove_the_rest(&mut self) -> Result {
        for path in files::list(&self.folder)? {
            if self.kept.contains(&path) {
                continue;
            }
            self.changed += 1;
            files::remove(&self.folder.join(&path))?;
            // Fails on folders that still hold something, and those are to stay.
            path.ancestors().skip(1).take_while(|folder| *folder != Path::new("")).for_each(|folder| {
                let _ = fs::remove_dir(self.folder.join(folder));
            });
        }
        Ok(())
    }
}

fn short_hash<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = files::sha256(pieces);
    hash.truncate(12);
    hash
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let params = BrotliEncoderParams { quality: 11, size_hint: bytes.len(), ..Default::default() };
    BrotliCompress(&mut &*bytes, &mut packed, &params).map_err(|error| format!("brotli: {error}"))?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| format!("gzip: {error}"))
}
