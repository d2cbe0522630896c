//! Mail: where it leaves, and what is known of addresses.

pub mod address;
pub mod letters;
pub mod outbox;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};

use crate::clock::Millis;

/// A relay that has not answered by then is tried again later (S11).
const SMTP_TIMEOUT: Duration = Duration::from_secs(10);
const SILENT: &str = "the relay does not answer";
/// How many sent letters the demo shows.
const SHOWN: usize = 200;

/// A letter as it goes to one person. It is serialised only to be sealed into the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The canonical address.
    pub to: String,
    /// Never holds a code (CODE-9).
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part; everything of a person's in it is escaped.
    pub html: String,
}

/// Where letters leave the house.
#[derive(Clone)]
pub enum Way {
    /// A relay.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// `.eml` files in a folder.
    Folder(PathBuf),
    /// Kept here: for tests, and for a demo without a relay.
    Memory,
}

/// Sends letters, and in the demo shows them.
#[derive(Clone)]
pub struct Mailer {
    way: Way,
    from: Mailbox,
    shown: Option<Arc<Shown>>,
}

/// The last letters and when they left, newest first.
type Shown = Mutex<VecDeque<(Letter, Millis)>>;

impl Mailer {
    /// A mailer; with `show` the last letters can be read by [`Mailer::shown`].
    #[must_use]
    pub fn new(way: Way, from: Mailbox, show: bool) -> Self {
        Self { way, from, shown: show.then(Arc::default) }
    }

    /// Reads `smtp://` and `smtps://` URLs. TLS is required by `smtps://` and by `smtp://…?tls=required`; plain is
    /// for relays on this machine.
    ///
    /// # Errors
    /// In words for the operator.
    pub fn smtp(url: &str) -> Result<Way, String> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|error| error.to_string())?;
        Ok(Way::Smtp(builder.timeout(Some(SMTP_TIMEOUT)).build()))
    }

    /// The letters so far, newest first; empty where none are shown.
    #[must_use]
    pub fn shown(&self) -> Vec<(Letter, Millis)> {
        let Some(shown) = &self.shown else { return Vec::new() };
        shown.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn show(&self, letter: &Letter, now: Millis) {
        let Some(shown) = &self.shown else { return };
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.push_front((letter.clone(), now));
        shown.truncate(SHOWN);
    }

    /// Whether the relay answers or the folder can be written.
    ///
    /// # Errors
    /// In words for the operator.
    pub async fn check(&self) -> Result<(), String> {
        match &self.way {
            Way::Smtp(relay) => match in_time(relay.test_connection()).await? {
                true => Ok(()),
                false => Err(SILENT.into()),
            },
            Way::Folder(folder) => writable(folder),
            Way::Memory => Ok(()),
        }
    }

    async fn send(&self, letter: &Letter, id: &str) -> Result<(), String> {
        match &self.way {
            Way::Smtp(relay) => {
                let message = self.message(letter)?;
                in_time(relay.send(message)).await.map(|_| ())
            }
            Way::Folder(folder) => {
                let bytes = self.message(letter)?.formatted();
                let (folder, id) = (folder.clone(), id.to_owned());
                let written = tokio::task::spawn_blocking(move || write_whole(&folder, &id, &bytes)).await;
                written.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
            }
            Way::Memory => Ok(()),
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let to = letter.to.parse::<lettre::Address>().map_err(|error| error.to_string())?;
        let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
        let part = |kind, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .message_id(None)
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
                    .singlepart(part(ContentType::TEXT_HTML, &letter.html)),
            )
            .map_err(|error| error.to_string())?;
        message.headers_mut().insert_raw(HeaderValue::new(auto, "auto-generated".to_owned()));
        Ok(message)
    }
}

/// lettre's own time-out ends when the relay is connected to; what it answers could be waited for without end. Given up, a
/// connection is closed, which is why none is kept for the next letter: that one would be written into the middle of this.
async fn in_time<T>(answer: impl Future<Output = Result<T, smtp::Error>>) -> Result<T, String> {
    let answered = tokio::time::timeout(SMTP_TIMEOUT, answer).await.map_err(|_| SILENT.to_owned())?;
    answered.map_err(|error| error.to_string())
}

/// A reader of the folder never sees half a letter.
fn write_whole(folder: &Path, id: &str, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{id}.part"));
    std::fs::write(&unfinished, bytes)?;
    std::fs::rename(unfinished, folder.join(format!("{id}.eml")))
}

/// Whether letters can be written to the folder: a small file is, and goes again. A folder that is missing is not made;
/// then the one above it is asked.
///
/// # Errors
/// In words for the operator.
pub fn writable(folder: &Path) -> Result<(), String> {
    let there = folder.ancestors().find(|place| std::fs::symlink_metadata(place).is_ok()).unwrap_or(Path::new("."));
    let sample = there.join(format!(".{}.part", std::process::id()));
    let written = std::fs::write(&sample, "letters can be written here");
    // What a full disk has taken half of goes as well.
    let removed = std::fs::remove_file(&sample);
    written.and(removed).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Reads the sender of all mails, such as `Selfsame <selfsame@example.com>`.
///
/// # Errors
/// In words for the operator.
pub fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| "expected an address such as Selfsame <selfsame@example.com>".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_relay_that_never_says_a_word_is_waited_for_ten_seconds() {
        let relay = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let way = Mailer::smtp(&format!("smtp://{}", relay.local_addr().expect("an address"))).expect("a URL");
        let mailer = Mailer::new(way, sender("Selfsame <selfsame@example.com>").expect("an address"), false);
        let to = "olivia@acme.example".to_owned();
        let letter = Letter { to, subject: "S".into(), text: "T".into(), html: "<p>T</p>".into() };
        let since = Instant::now();
        // Both are let in, and held until both have given up.
        let all = async { tokio::join!(mailer.send(&letter, "1"), mailer.check(), relay.accept(), relay.accept()) };
        let (sent, checked, ..) = timeout(Duration::from_secs(14), all).await.expect("no more than ten seconds");
        assert!(sent.is_err() && checked.is_err(), "{sent:?} {checked:?}");
        assert!(since.elapsed() >= Duration::from_secs(8), "{:?}", since.elapsed());
    }
}
