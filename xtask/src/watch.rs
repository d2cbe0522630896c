//! `cargo xtask watch`: rebuild what a change touches, start the server anew.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant, SystemTime},
};

use crate::{
    files,
    leash::Leash,
    site,
    steps::{Result, cannot_start, cargo, check},
    wasm::{self, Frontend, Speed},
    workspace::Workspace,
};

/// How often the files are looked at.
const PAUSE: Duration = Duration::from_millis(300);

/// Goes on until it is interrupted.
pub fn run(workspace: &Workspace, args: &[OsString]) -> Result {
    let mut command = Command::new(workspace.binary("debug"));
    command.args(["serve", "--demo"]).args(args);
    let mut watcher = Watcher { workspace, command, frontend: None, server: None };
    let mut seen = look(workspace)?;
    let mut wanted = Parts { wasm: true, server: true };
    loop {
        match watcher.renew(wanted) {
            Ok(()) => wanted = Parts::default(),
            // What failed is wanted still, whatever changes next.
            Err(reason) => eprintln!("error: {reason}\nThe last good state keeps running; waiting for a change."),
        }
        let changed = watcher.wait_for_change(&mut seen)?;
        wanted.wasm |= changed.wasm;
        wanted.server |= changed.server;
    }
}

/// What has to be compiled again. The stylesheet and the public files are put in place every time.
#[derive(Clone, Copy, Default)]
struct Parts {
    wasm: bool,
    server: bool,
}

impl Parts {
    fn touched_by(path: &Path) -> Self {
        let folder = path.iter().next().unwrap_or_default();
        let (wasm, server) = match folder.to_str() {
            Some("style" | "public") => (false, false),
            Some("frontend") => (true, false),
            Some("server") => (false, true),
            _ => (true, true),
        };
        Self { wasm, server }
    }
}

struct Watcher<'a> {
    workspace: &'a Workspace,
    command: Command,
    frontend: Option<Frontend>,
    server: Option<Leash>,
}

impl Watcher<'_> {
    fn renew(&mut self, wanted: Parts) -> Result {
        let start = Instant::now();
        // Also where it is empty, the server wants it to be there.
        files::make_folder(&self.workspace.site())?;
        // Both at once: most of the time each of them keeps one core busy.
        let server = wanted.server.then(Build::start).transpose()?;
        let frontend = match self.frontend.take() {
            Some(frontend) if !wanted.wasm => Ok(frontend),
            _ => wasm::build(self.workspace, Speed::Quick),
        };
        let server = server.map_or(Ok(()), Build::finish);
        let frontend = self.frontend.insert(frontend?);
        server?;
        site::write(self.workspace, frontend, Speed::Quick)?;
        // The old one must have let go of the port and the database.
        self.server = None;
        self.server = Some(Leash::start(Command::new("sh"), "TERM", &self.command, None)?);
        println!("  started after {:.1} s", start.elapsed().as_secs_f32());
        Ok(())
    }

    fn wait_for_change(&mut self, seen: &mut Snapshot) -> Result<Parts> {
        let mut changed = Parts::default();
        let mut quiet = true;
        loop {
            thread::sleep(PAUSE);
            if let Some(status) = self.server.as_mut().and_then(Leash::ended) {
                self.server = None;
                eprintln!("The server has ended ({status}); waiting for a change.");
            }
            let now = look(self.workspace)?;
            // Several files are often saved one after the other: the last of them has to be in.
            if now == *seen && !quiet {
                return Ok(changed);
            }
            quiet = now == *seen;
            for path in differences(seen, &now) {
                println!("  {} has changed", path.display());
                let parts = Parts::touched_by(path);
                changed.wasm |= parts.wasm;
                changed.server |= parts.server;
            }
            *seen = now;
        }
    }
}

/// The server being built while the wasm is.
struct Build {
    command: Command,
    child: std::process::Child,
}

impl Build {
    fn start() -> Result<Self> {
        let mut command = cargo();
        command.args(["build", "--package", "selfsame"]);
        let child = command.spawn().map_err(|error| cannot_start(&command, &error))?;
        Ok(Self { command, child })
    }

    fn finish(mut self) -> Result {
        let status = self.child.wait().map_err(|error| cannot_start(&self.command, &error))?;
        check(&self.command, status)
    }
}

type Snapshot = BTreeMap<PathBuf, SystemTime>;

/// When each source was last written.
fn look(workspace: &Workspace) -> Result<Snapshot> {
    let mut seen = Snapshot::new();
    for folder in ["domain", "app", "server", "frontend", "style", "public"] {
        let paths = files::list(&workspace.root.join(folder))?;
        seen.extend(paths.into_iter().map(|path| Path::new(folder).join(path)).filter_map(|path| {
            let no_part_of_it = ["server/site", "server/tests", "domain/tests"];
            if no_part_of_it.iter().any(|folder| path.starts_with(folder)) || files::hidden(&path) {
                return None;
            }
            Some((path.clone(), written(&workspace.root.join(path))?))
        }));
    }
    seen.extend(
        ["Cargo.toml", "Cargo.lock"]
            .iter()
            .filter_map(|name| Some((PathBuf::from(name), written(&workspace.root.join(name))?))),
    );
    Ok(seen)
}

/// None for a file that has gone in the meantime.
fn written(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|about| about.modified()).ok()
}

fn differences<'a>(before: &'a Snapshot, after: &'a Snapshot) -> impl Iterator<Item = &'a Path> {
    let changed = after.iter().filter(move |(path, time)| before.get(*path) != Some(*time));
    let gone = before.keys().filter(move |path| !after.contains_key(*path));
    changed.map(|(path, _)| path).chain(gone).map(PathBuf::as_path)
}
