//! A running program and what it costs the machine, as Linux tells it in `/proc`.

use std::{
    fs::File,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::http::{Answer, Connection};
use crate::{
    files,
    steps::{Result, cannot_start, capture},
};

/// So long a program may take to start or to end.
const START: Duration = Duration::from_secs(20);
const END: Duration = Duration::from_secs(5);
/// How often memory is looked at; looking costs the program a little.
const LOOK: Duration = Duration::from_millis(300);

/// A running program, ended with the value.
pub struct Program {
    child: Child,
    log: PathBuf,
    started: Instant,
}

impl Program {
    /// Starts it; what it says goes to the file `log`.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let unwritable = |error: io::Error| format!("cannot write {}: {error}", log.display());
        let out = File::create(log).map_err(unwritable)?;
        let err = out.try_clone().map_err(unwritable)?;
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let started = Instant::now();
        let child = command.spawn().map_err(|error| cannot_start(command, &error))?;
        Ok(Self { child, log: log.to_owned(), started })
    }

    /// Waits until it says on `address` that it is ready; tells how long that took from the start.
    pub fn ready(&mut self, address: SocketAddr) -> Result<Duration> {
        let question = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let mut answer = Answer::default();
        loop {
            let asked = Connection::new(address).ask(question.as_bytes(), &mut answer);
            if asked.is_ok() && answer.status == 200 {
                return Ok(self.started.elapsed());
            }
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_some() || self.started.elapsed() > START {
                let how =
                    ended.map_or_else(|| "was not ready in time".to_owned(), |status| format!("ended ({status})"));
                return Err(format!("the server {how}: {}", self.said()?.trim_end()));
            }
            thread::sleep(Duration::from_micros(500));
        }
    }

    /// All it has said so far.
    pub fn said(&self) -> Result<String> {
        files::read_text(&self.log)
    }

    /// Seconds of processor time it has used, itself and the system for it.
    pub fn cpu(&self) -> Result<f64> {
        let stat = files::read_text(&self.proc("stat"))?;
        // The name before it may hold anything, blanks and brackets too.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let times: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        let [user, system] = times[..] else {
            return Err(format!("cannot understand {}", self.proc("stat").display()));
        };
        let ticks = capture(Command::new("getconf").arg("CLK_TCK"))?.parse::<f64>();
        Ok((user + system) / ticks.map_err(|error| format!("getconf CLK_TCK: {error}"))?)
    }

    /// Its memory in MiB: what it shares with others counts as their part of it (PSS).
    pub fn memory(&self) -> Result<f64> {
        let path = self.proc("smaps_rollup");
        let text = files::read_text(&path)?;
        let kib =
            text.lines().find_map(|line| line.strip_prefix("Pss:")?.strip_suffix("kB")?.trim().parse::<f64>().ok());
        kib.map(|kib| kib / 1_024.0).ok_or_else(|| format!("cannot understand {}", path.display()))
    }

    /// Does some work, and tells the most memory it had meanwhile.
    pub fn memory_during<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let looking = scope.spawn(|| {
                let mut most = self.memory()?;
                while !over.load(Ordering::Relaxed) {
                    thread::sleep(LOOK);
                    most = most.max(self.memory()?);
                }
                Ok::<_, String>(most)
            });
            let done = work();
            over.store(true, Ordering::Relaxed);
            let most = looking.join().expect("looking does not panic");
            Ok((done?, most?))
        })
    }

    fn proc(&self, file: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(file)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Once it has ended, somebody else may have its number.
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let pid = self.child.id().to_string();
        // Politely first, so that the database is left as an operator would leave it.
        let _ = Command::new("sh").args(["-c", "kill -s TERM \"$1\"", "sh", &pid]).status();
        let asked = Instant::now();
        while asked.elapsed() < END {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
