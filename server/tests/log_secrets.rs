//! What must stay secret stands in no log, however much is logged, and mailed codes in no answer (CODE-8).

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use domain::flows::set_up;
use domain::flows::users::{Invitee, invite};
use domain::store::users;
use domain::view::BuiltinGroup;
use tracing::Level;

use crate::support::{Answer, Browser, PASSWORD, Stage, WRONG, both, email_of, link_in, not};

const SESSION: &str = "selfsame-session";
const HALF: &str = "selfsame-sign-in";
const DEVICE: &str = "selfsame-device";
const ACCOUNT: &str = "/c/acme/account";
const CHANGE: &str = "/c/acme/account/email";
/// Bound to many statements and, unlike a user's id, named by no event.
const NEW_EMAIL: &str = "olivia@quiet.example";
const CHOSEN: &str = "copper lantern seldom rains";

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
fn listen() -> usize {
    LISTENING.call_once(|| tracing_subscriber::fmt().json().with_max_level(Level::TRACE).with_writer(|| Pen).init());
    log().len()
}

/// What was logged since [`listen`].
fn heard(since: usize) -> String {
    tracing::trace!("nothing is held back");
    let all = String::from_utf8_lossy(&log()[since..]).into_owned();
    assert!(all.contains("\"level\":\"TRACE\"") && all.contains("nothing is held back"), "something is held back");
    assert!(all.contains("\"target\":\"sqlx::query\"") && all.contains("INSERT INTO outbox"), "no statement is logged");
    all
}

/// Fails unless the log tells of this event of this user.
fn assert_told(log: &str, event: &str, user: &str) {
    let event = format!("\"event\":\"{event}\"");
    assert!(log.lines().any(|line| line.contains(&event) && line.contains(user)), "{event} is not told");
}

/// A secret in small letters as it might be written: as it is, a code without its dash, a password as a form sends it.
fn spellings(secret: &str) -> [String; 4] {
    let all = [secret.to_owned(), secret.replace('-', ""), secret.replace(' ', "+"), secret.replace(' ', "%20")];
    all.map(|spelling| spelling.to_lowercase())
}

/// Fails where one of the secrets stands in the text, however it is spelt.
fn assert_unknown(secrets: &[String], text: &str, what: &str) {
    let text = text.to_lowercase();
    for spelling in secrets.iter().flat_map(|secret| spellings(secret)) {
        let told = text.lines().find(|line| line.contains(&spelling));
        assert_eq!(told, None, "{what}: {spelling}");
    }
}

/// All of an answer but the cookies it sets.
fn visible(answer: &Answer) -> String {
    let headers = answer.headers.iter().filter(|(name, _)| name.as_str() != "set-cookie");
    let headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    format!("{}\n\n{}", headers.join("\n"), answer.body)
}

/// Somebody's way through the house, with all that is secret on it and all that the house answered.
struct Way {
    browser: Browser,
    with_javascript: bool,
    codes: Vec<String>,
    secrets: Vec<String>,
    answers: Vec<Answer>,
}

impl Way {
    fn new(stage: &Stage, with_javascript: bool) -> Self {
        let secrets = [PASSWORD, WRONG, CHOSEN].map(str::to_owned).to_vec();
        Self { browser: stage.browser(), with_javascript, codes: Vec::new(), secrets, answers: Vec::new() }
    }

    /// Sends a form that stands on `page`, and goes where the answer leads.
    async fn send(&mut self, function: &str, fields: &[(&str, &str)], page: &str) {
        let answer = if self.with_javascript {
            self.browser.call(function, fields).await
        } else {
            self.browser.send(function, fields, page).await
        };
        self.follow(answer).await;
    }

    async fn open(&mut self, path: &str) {
        let answer = self.browser.page(path).await;
        self.follow(answer).await;
    }

    async fn follow(&mut self, mut answer: Answer) {
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
    async fn code(&mut self, stage: &Stage, email: &str) -> String {
        let code = stage.code_to(email).await;
        assert!(!self.codes.contains(&code), "the same code twice");
        self.codes.push(code.clone());
        code
    }

    /// Keeps a cookie of the browser, which is another than before.
    fn keep(&mut self, cookie: &str) {
        let value = self.browser.cookie(cookie).to_owned();
        assert!(value.len() >= 43 && !self.secrets.contains(&value), "{cookie}");
        self.secrets.push(value);
    }

    /// Fails where an answer holds a code, or the log a code or anything else that is secret.
    fn assert_silence(&self, log: &str) {
        assert!(!self.answers.is_empty());
        for answer in &self.answers {
            assert_unknown(&self.codes, &visible(answer), "an answer tells a code");
        }
        for secrets in [&self.codes, &self.secrets] {
            assert_unknown(secrets, log, "the log tells a secret");
        }
    }
}

/// Olivia signs in: with a wrong password, a wrong code and a dead one on the way.
async fn sign_in(stage: &Stage, way: &mut Way) {
    let email = email_of("olivia");
    for password in [WRONG, PASSWORD] {
        way.send("sign_in", &[("email", email), ("password", password)], "/sign-in").await;
    }
    way.keep(HALF);
    let first = way.code(stage, email).await;
    way.send("sign_in_code", &[("code", &not(&first))], "/sign-in/code").await;
    stage.clock.advance(60_000);
    way.send("resend_sign_in_code", &[], "/sign-in/code").await;
    let second = way.code(stage, email).await;
    for code in [first, second] {
        way.send("sign_in_code", &[("code", &code)], "/sign-in/code").await;
    }
    way.keep(SESSION);
    way.keep(DEVICE);
    // The device and its mark would be secret each by itself.
    let parts: Vec<_> = way.browser.cookie(DEVICE).split('.').map(str::to_owned).collect();
    way.secrets.extend(parts);
}

/// She changes her address, late enough that the password is asked for again, and signs out.
async fn change_address(stage: &Stage, way: &mut Way) {
    let slug = ("slug", "acme");
    stage.clock.advance(5 * 60_000 + 1);
    way.send("begin_email_change", &[slug], ACCOUNT).await;
    for password in [WRONG, PASSWORD] {
        way.send("begin_email_change_with_password", &[slug, ("current_password", password)], CHANGE).await;
    }
    way.keep(SESSION);
    let first = way.code(stage, email_of("olivia")).await;
    for code in [not(&first), first] {
        let fields = [slug, ("new_email", NEW_EMAIL), ("code", code.as_str())];
        way.send("request_email_change", &fields, CHANGE).await;
    }
    way.open(ACCOUNT).await;
    let second = way.code(stage, NEW_EMAIL).await;
    for code in [not(&second), second] {
        way.send("confirm_email_change", &[slug, ("code", &code)], CHANGE).await;
    }
    way.keep(SESSION);
    let out = way.browser.post("/sign-out", &[], ACCOUNT).await;
    way.follow(out).await;
    stage.deliver().await;
}

async fn journey(stage: &Stage, with_javascript: bool) {
    let since = listen();
    stage.people().await;
    let mut way = Way::new(stage, with_javascript);
    sign_in(stage, &mut way).await;
    change_address(stage, &mut way).await;
    let log = heard(since);
    let olivia = users::by_email(&stage.db, NEW_EMAIL).await.expect("a read").expect("the address was changed");
    for event in ["signed_in", "email_changed", "signed_out"] {
        assert_told(&log, event, &olivia.id);
    }
    assert_eq!(way.codes.len(), 4);
    way.assert_silence(&log);
    assert_unknown(&[NEW_EMAIL.to_owned()], &log, "the log tells what is bound to a statement");
}

/// Opens the page of a one-use link, sends its form with two passwords that differ and then as it should be, and
/// finds the link dead.
async fn use_link(way: &mut Way, path: &str, function: &str, more: &[(&str, &str)]) {
    let token = path.rsplit('/').next().expect("a token");
    assert_eq!(token.len(), 43);
    way.secrets.push(token.to_owned());
    way.open(path).await;
    for repeated in [WRONG, CHOSEN] {
        let own = [("token", token), ("new_password", CHOSEN), ("repeat_password", repeated)];
        way.send(function, &[&own[..], more].concat(), path).await;
    }
    way.open(path).await;
}

async fn links(stage: &Stage, with_javascript: bool) {
    let since = listen();
    let mut way = Way::new(stage, with_javascript);
    let link = set_up::link(stage).await.expect("a write").expect("an empty database");
    let path = link.strip_prefix("http://localhost:3000").expect("a link of ours");
    let more = [
        ("client_name", "Acme Ltd"),
        ("email", "olivia@acme.example"),
        ("first_name", "Olivia"),
        ("last_name", "Okafor"),
    ];
    use_link(&mut way, path, "set_up", &more).await;
    let invitee = Invitee {
        email: "max@acme.example",
        first_name: "Max",
        last_name: "Mustermann",
        language: None,
        tenant_id: "",
        group: BuiltinGroup::User,
    };
    invite(stage, "acme-ltd", invitee).await.expect("a free address");
    stage.deliver().await;
    let path = link_in(stage.letters_to("max@acme.example").first().expect("a letter"));
    use_link(&mut way, &path, "activate", &[]).await;
    let log = heard(since);
    for (event, email) in
        [("set_up", "olivia@acme.example"), ("user_invited", "max@acme.example"), ("activated", "max@acme.example")]
    {
        let user = users::by_email(&stage.db, email).await.expect("a read").expect("a user");
        assert_told(&log, event, &user.id);
    }
    way.assert_silence(&log);
}

both! {
    async fn of_a_sign_in_and_a_change_with_javascript(stage: Stage) {
        journey(&stage, true).await;
    }

    async fn of_a_sign_in_and_a_change_without_javascript(stage: Stage) {
        journey(&stage, false).await;
    }

    async fn of_one_use_links_with_javascript(stage: Stage) {
        links(&stage, true).await;
    }

    async fn of_one_use_links_without_javascript(stage: Stage) {
        links(&stage, false).await;
    }
}
