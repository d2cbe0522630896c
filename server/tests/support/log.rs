//! What the house logs while somebody goes through it, and all that must not stand there (CODE-8).

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing::Level;

use super::{Answer, Browser, PASSWORD, Stage, WRONG};

pub const SESSION: &str = "selfsame-session";
pub const HALF: &str = "selfsame-sign-in";
pub const DEVICE: &str = "selfsame-device";
/// A password that somebody chooses instead of theirs.
pub const CHOSEN: &str = "copper lantern seldom rains";
/// Another one.
pub const FRESH: &str = "tangerine hovercraft nine";

/// What this process has logged. Statements of SQLite are logged by threads of their own, so that nothing less than
/// the whole process hears them.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static LISTENING: Once = Once::new();

fn log() -> MutexGuard<'static, Vec<u8>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes into [`LOG`].
struct Pen;

impl Write for Pen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        log().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Has everything logged, in the form that `serve` logs in; other tests of the same process may have begun before.
/// Says how long the log is by now.
pub fn listen() -> usize {
    LISTENING.call_once(|| {
        let events = tracing_subscriber::fmt().json().with_span_list(false);
        events.with_max_level(Level::TRACE).with_writer(|| Pen).init();
    });
    log().len()
}

/// What was logged since [`listen`].
pub fn heard(since: usize) -> String {
    tracing::trace!("nothing is held back");
    let all = String::from_utf8_lossy(&log()[since..]).into_owned();
    assert!(all.contains("\"level\":\"TRACE\"") && all.contains("nothing is held back"), "something is held back");
    assert!(all.contains("\"target\":\"sqlx::query\"") && all.contains("INSERT INTO outbox"), "no statement is logged");
    all
}

/// Fails unless the log tells of this event of this user.
pub fn assert_told(log: &str, event: &str, user: &str) {
    let event = format!("\"event\":\"{event}\"");
    assert!(log.lines().any(|line| line.contains(&event) && line.contains(user)), "{event} is not told");
}

/// A secret in small letters as it might be written: as it is, a code without its dash, a password as a form sends it.
fn spellings(secret: &str) -> [String; 4] {
    let all = [secret.to_owned(), secret.replace('-', ""), secret.replace(' ', "+"), secret.replace(' ', "%20")];
    all.map(|spelling| spelling.to_lowercase())
}

/// Fails where one of the secrets stands in the text, however it is spelt.
pub fn assert_unknown(secrets: &[String], text: &str, what: &str) {
    let text = text.to_lowercase();
    let all: BTreeSet<_> = secrets.iter().flat_map(|secret| spellings(secret)).collect();
    let told = all.iter().find(|spelling| text.contains(spelling.as_str()));
    let line = told.and_then(|spelling| text.lines().find(|line| line.contains(spelling.as_str())));
    assert_eq!(line, None, "{what}: {told:?}");
}

/// All of an answer but the cookies it sets.
fn visible(answer: &Answer) -> String {
    let headers = answer.headers.iter().filter(|(name, _)| name.as_str() != "set-cookie");
    let headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    format!("{}\n\n{}", headers.join("\n"), answer.body)
}

/// Somebody's way through the house, with all that is secret on it and all that the house answered.
pub struct Way {
    pub browser: Browser,
    with_javascript: bool,
    pub codes: Vec<String>,
    pub secrets: Vec<String>,
    pub answers: Vec<Answer>,
}

impl Way {
    pub fn new(stage: &Stage, with_javascript: bool) -> Self {
        let secrets = [PASSWORD, WRONG, CHOSEN, FRESH].map(str::to_owned).to_vec();
        Self { browser: stage.browser(), with_javascript, codes: Vec::new(), secrets, answers: Vec::new() }
    }

    /// Sends a form that stands on `page`, and goes where the answer leads.
    pub async fn send(&mut self, function: &str, fields: &[(&str, &str)], page: &str) {
        let answer = if self.with_javascript {
            self.browser.call(function, fields).await
        } else {
            self.browser.send(function, fields, page).await
        };
        self.follow(answer).await;
    }

    pub async fn open(&mut self, path: &str) {
        let answer = self.browser.page(path).await;
        self.follow(answer).await;
    }

    pub async fn follow(&mut self, mut answer: Answer) {
        for _ in 0..5 {
            let next = answer.header("location").to_owned();
            self.answers.push(answer);
            if next.is_empty() {
                return;
            }
            answer = self.browser.page(&next).await;
        }
        panic!("led in a circle");
    }

    /// Keeps the code that was mailed there; says it.
    pub async fn code(&mut self, stage: &Stage, email: &str) -> String {
        let code = stage.code_to(email).await;
        assert!(!self.codes.contains(&code), "the same code twice");
        self.codes.push(code.clone());
        code
    }

    /// Keeps a cookie of the browser, which is another than before.
    pub fn keep(&mut self, cookie: &str) {
        let value = self.browser.cookie(cookie).to_owned();
        assert!(value.len() >= 43 && !self.secrets.contains(&value), "{cookie}");
        self.secrets.push(value);
    }

    /// Fails where an answer holds a code, or the log a code or anything else that is secret.
    pub fn assert_silence(&self, log: &str) {
        assert!(!self.answers.is_empty());
        for answer in &self.answers {
            assert_unknown(&self.codes, &visible(answer), "an answer tells a code");
        }
        for secrets in [&self.codes, &self.secrets] {
            assert_unknown(secrets, log, "the log tells a secret");
        }
    }
}
