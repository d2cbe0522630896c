//! An installation of Selfsame of its own, full of people, and what they ask it.

use std::{
    env, fs,
    io::Write,
    net::{SocketAddr, TcpListener},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use super::{http::Answer, program::Program};
use crate::{
    files,
    steps::{Result, capture, step},
};

/// The page that is measured: Personal details.
pub const PAGE: &str = "/c/bench/account";
/// What browsers take.
pub const ENCODINGS: (&str, &str) = ("Accept-Encoding", "gzip, deflate, br");
/// Argon2 as it comes, and said aloud so that sign-ins and bare hashes are sure to have the same.
pub const ARGON2: [(&str, u32); 3] = [("MEMORY", 19_456), ("TIME", 2), ("PARALLELISM", 1)];
/// A prime, so that one session after the other is used, and neighbours are not.
const STRIDE: usize = 7_919;

/// An installation on SQLite with its people and their sessions.
pub struct House {
    binary: PathBuf,
    folder: PathBuf,
    /// Where it is served.
    pub address: SocketAddr,
    /// How many people.
    pub users: usize,
    people: Vec<(String, String)>,
    password: String,
    filled: Instant,
}

impl House {
    /// Makes one in `folder` and fills it.
    pub fn make(binary: &Path, folder: &Path, users: usize, sessions: usize) -> Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let (binary, folder) = (binary.to_owned(), folder.to_owned());
        let mut house = Self {
            binary,
            folder,
            address: free()?,
            users,
            people: Vec::new(),
            password: String::new(),
            filled: Instant::now(),
        };
        step(&format!("adding {} users and {} sessions", number(users), number(sessions)), || house.fill(sessions))?;
        Ok(house)
    }

    fn fill(&mut self, sessions: usize) -> Result {
        capture(&mut self.command("migrate"))?;
        (self.people, self.password) = self.add(self.users, sessions, &[])?;
        self.filled = Instant::now();
        Ok(())
    }

    /// Adds people who may not sign in any more; tells their addresses, and the password that all of them have.
    pub fn add_disabled(&self, count: usize) -> Result<(Vec<String>, String)> {
        let (people, password) = self.add(count, count, &["--disabled"])?;
        Ok((people.into_iter().map(|(email, _)| email).collect(), password))
    }

    /// Adds users and sessions; tells the address and the cookie of each session, and the password of all users.
    fn add(&self, users: usize, sessions: usize, more: &[&str]) -> Result<(Vec<(String, String)>, String)> {
        let out = self.folder.join("sessions.tsv");
        let mut add = self.command("bench-data");
        add.args(["--users", &users.to_string(), "--sessions", &sessions.to_string()]).args(more);
        let said = capture(add.arg("--out").arg(&out))?;
        let password = said.split_whitespace().last().unwrap_or_default().to_owned();
        let lines = files::read_text(&out)?;
        let people = lines.lines().filter_map(|line| line.split_once('\t'));
        let people: Vec<_> = people.map(|(email, cookie)| (email.to_owned(), cookie.to_owned())).collect();
        if people.len() == sessions {
            Ok((people, password))
        } else {
            Err(format!("bench-data wrote {} lines", people.len()))
        }
    }

    /// A command of the product, with options of this house only.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SELFSAME_")) {
            command.env_remove(name);
        }
        command
            .arg(name)
            .current_dir(&self.folder)
            .env("SELFSAME_LISTEN", self.address.to_string())
            .env("SELFSAME_PUBLIC_URL", format!("http://{}", self.address))
            .env("SELFSAME_DATA_DIR", self.folder.join("data"))
            .env("SELFSAME_MAIL_DIR", self.folder.join("mails"))
            // Each sign-in comes from an address of its own, or the limits would be measured.
            .env("SELFSAME_TRUSTED_PROXIES", "127.0.0.1/32")
            .envs(ARGON2.map(|(name, value)| (format!("SELFSAME_ARGON2_{name}"), value.to_string())));
        command
    }

    /// Serves it; tells how long the start took.
    pub fn serve(&self) -> Result<(Program, Duration)> {
        self.start(&mut self.command("serve"), "serve.log", self.address)
    }

    /// Serves it, with each statement in the log.
    pub fn serve_talkative(&self) -> Result<Program> {
        let mut command = self.command("serve");
        command.env("SELFSAME_LOG", "sqlx::query=debug");
        Ok(self.start(&mut command, "statements.log", self.address)?.0)
    }

    /// Serves the bare handler on the same database.
    pub fn serve_bare(&self, bytes: usize, reads: usize) -> Result<(Program, SocketAddr)> {
        let address = free()?;
        let mut command = self.command("bench-bare");
        command.args(["--bytes", &bytes.to_string(), "--reads", &reads.to_string()]);
        command.env("SELFSAME_LISTEN", address.to_string());
        Ok((self.start(&mut command, "bare.log", address)?.0, address))
    }

    fn start(&self, command: &mut Command, log: &str, address: SocketAddr) -> Result<(Program, Duration)> {
        let mut program = Program::start(command, &self.folder.join(log))?;
        let took = program.ready(address)?;
        Ok((program, took))
    }

    /// How long ago its sessions were made.
    pub fn age(&self) -> Duration {
        self.filled.elapsed()
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> usize {
        self.people.len()
    }

    /// The addresses of those who have them.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        self.people.iter().map(|(email, _)| email.as_str())
    }

    /// The cookie of the session that has its turn.
    pub fn cookie(&self, turn: usize) -> &str {
        &self.people[turn * STRIDE % self.people.len()].1
    }

    /// Asks for the page, with another session at each turn.
    pub fn ask_page(&self, turn: usize, out: &mut Vec<u8>) {
        ask_for(self.address, PAGE, &[("Cookie", self.cookie(turn)), ENCODINGS], out);
    }

    /// Asks for a page as the first of all users, who may look after the others.
    pub fn ask_as_administrator(&self, path: &str, out: &mut Vec<u8>) {
        ask_for(self.address, path, &[("Cookie", &self.people[0].1), ENCODINGS], out);
    }

    /// Signs somebody in who has not been before, as far as the password goes.
    pub fn ask_sign_in(&self, turn: usize, out: &mut Vec<u8>) {
        let email = &self.people[turn % self.people.len()].0;
        self.post_sign_in(turn, email, &self.password, "text/html", out);
    }

    /// Tries an address with a password, as the page's own code does.
    pub fn ask_sign_in_of(&self, turn: usize, email: &str, password: &str, out: &mut Vec<u8>) {
        self.post_sign_in(turn, email, password, "application/json", out);
    }

    fn post_sign_in(&self, turn: usize, email: &str, password: &str, accept: &str, out: &mut Vec<u8>) {
        let body = format!("email={}&password={password}", email.replace('@', "%40"));
        let [_, high, middle, low] = u32::try_from(turn).unwrap_or(0).to_be_bytes();
        write!(
            out,
            "POST /do/sign_in HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nAccept: {accept}\r\n\
             X-Forwarded-For: 10.{high}.{middle}.{low}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {1}\r\n\r\n{body}",
            self.address,
            body.len(),
        )
        .expect("memory can be written");
    }

    /// Whether that was the right password, and the code comes next.
    pub fn is_half_in(answer: &Answer) -> bool {
        answer.status == 303 && answer.header("location") == Some("/sign-in/code")
    }
}

/// Asks for something, as browsers do.
pub fn ask_for(address: SocketAddr, path: &str, fields: &[(&str, &str)], out: &mut Vec<u8>) {
    write!(out, "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/html,*/*\r\n").expect("memory can be written");
    for (name, value) in fields {
        write!(out, "{name}: {value}\r\n").expect("memory can be written");
    }
    out.extend(b"\r\n");
}

/// An address on this machine that nobody listens on.
fn free() -> Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no port is free on 127.0.0.1: {error}"))
}

/// `10000` as `10,000`.
pub fn number(count: usize) -> String {
    let digits = count.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!([7, 999, 1_000, 1_234_567].map(number), ["7", "999", "1,000", "1,234,567"]);
    }
}
