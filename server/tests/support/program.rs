//! The real program, started on the command line.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The program with a folder of its own to write to.
pub struct Program {
    folder: TempDir,
}

/// What a command came to.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same, as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).to_str().expect("a name in UTF-8").to_owned()
    }

    /// The data folder; it does not exist before a command makes it.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selfsame"));
        // What the person who runs the tests has chosen for their own installation is none of ours.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SELFSAME_")) {
            command.env_remove(name);
        }
        command.args(args).current_dir(self.folder.path()).env("SELFSAME_DATA_DIR", self.data());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Done {
        let output = self.command(args).output().expect("the program starts");
        Done {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Runs a command that has to go well; says what it said.
    pub fn must(&self, args: &[&str]) -> String {
        let done = self.run(args);
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{args:?}");
        done.stdout
    }

    /// Starts `serve` on a free port, and waits until it listens.
    pub fn serve(&self, args: &[&str]) -> Serving {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let all: Vec<&str> = ["serve", "--listen", &listen].into_iter().chain(args.iter().copied()).collect();
        let mut child = self.command(&all).stderr(Stdio::null()).spawn().expect("the program starts");
        let mut said = BufReader::new(child.stdout.take().expect("piped")).lines();
        let serving = Serving { child, address: listen.parse().expect("an address") };
        let first = said.next().and_then(Result::ok).unwrap_or_default();
        assert_eq!(first, format!("Selfsame listens on http://{listen}"));
        // Nobody could say anything more into a pipe that nobody reads.
        std::thread::spawn(move || said.for_each(drop));
        serving
    }

    /// As [`Program::serve`], and all that it says until it is stopped.
    pub fn serve_and_stop(&self, args: &[&str]) -> (String, Done) {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let all: Vec<&str> = ["serve", "--listen", &listen].into_iter().chain(args.iter().copied()).collect();
        let mut child = self.command(&all).spawn().expect("the program starts");
        let address = listen.parse().expect("an address");
        wait_until_live(&mut child, address);
        terminate(&child);
        let output = child.wait_with_output().expect("an end");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        (format!("http://{listen}"), Done { code: output.status.code().unwrap_or(-1), stdout, stderr })
    }

    /// Every file and folder in the data folder.
    pub fn created(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.data()) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Done {
    /// The one line of a refusal.
    pub fn one_line(&self) -> &str {
        let mut lines = self.stderr.lines();
        let line = lines.next().unwrap_or("");
        assert!(line.starts_with("error: ") && lines.next().is_none(), "not one line: {self:?}");
        assert_eq!(self.stdout, "");
        line
    }
}

/// A program that serves; it ends with the value.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
}

impl Serving {
    /// A connection that waits no longer than a minute for anything.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
        stream
    }

    /// Sends a whole request, and reads the answer to its end.
    pub fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("it reads");
        rest_of(&mut stream)
    }

    /// Opens a page.
    pub fn page(&self, path: &str) -> String {
        let host = self.address;
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All that comes until the other side has nothing more to say.
pub fn rest_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is reset has ended as well.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}

fn wait_until_live(child: &mut Child, address: SocketAddr) {
    let start = Instant::now();
    let asked = format!("GET /health/live HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let lives = || {
        let Ok(mut stream) = TcpStream::connect(address) else { return false };
        stream.write_all(asked.as_bytes()).is_ok() && rest_of(&mut stream).starts_with("HTTP/1.1 200 OK")
    };
    while !lives() {
        assert!(start.elapsed() < Duration::from_secs(30), "does not listen");
        assert!(child.try_wait().expect("a child of ours").is_none(), "ended at once");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn terminate(child: &Child) {
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

/// The permissions of a file.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}
