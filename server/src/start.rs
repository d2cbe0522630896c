//! From options to a [`Backend`]: keys, database, mail.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::thread::available_parallelism;

use domain::backend::{Backend, Parts, Settings};
use domain::clock::{Clock, Rng};
use domain::flows::user_list;
use domain::mail::{self, Mailbox, Mailer, Way, sender};
use domain::pixels::Shrinker;
use domain::secrets::password::Hasher;
use domain::secrets::{Keys, SECRET_MIN};
use domain::store::meta;
use domain::store::open::DatabaseUrl;
use tokio::sync::{Notify, Semaphore};

use crate::config::Options;
use crate::oidc;

/// Why a command could not be carried out.
#[derive(Debug)]
pub enum Stop {
    /// An option makes no sense: exit code 2.
    Option(String),
    /// Something else is in the way: exit code 1.
    Fault(String),
}

impl From<domain::Error> for Stop {
    fn from(error: domain::Error) -> Self {
        let reason = error.sentence(domain::Language::En).unwrap_or_else(|| format!("{error:?}"));
        Self::Fault(reason)
    }
}

/// What is checked before anything is created.
pub struct Checked {
    /// Where mails leave.
    pub way: Way,
}

/// Checks what the options say together, and whether letters can leave where they are to be written to a folder.
///
/// # Errors
/// [`Stop::Option`], naming the option; [`Stop::Fault`] for a folder that cannot be written.
pub fn check(options: &Options, demo: bool) -> Result<Checked, Stop> {
    let checked = agree(options, demo)?;
    if let Way::Folder(folder) = &checked.way {
        mail::writable(folder).map_err(|why| Stop::Fault(format!("--mail-dir: {why}")))?;
    }
    Ok(checked)
}

/// Checks only what the options say together.
///
/// # Errors
/// [`Stop::Option`], naming the option.
pub fn agree(options: &Options, demo: bool) -> Result<Checked, Stop> {
    let option = |name: &str, why: &str| Stop::Option(format!("{name}: {why}"));
    needs_key_file(options)?;
    if let Some(file) = &options.secret_key_file {
        read_key(file).map_err(|why| option("--secret-key-file", &why))?;
    }
    providers(options)?;
    from(options)?;
    let way = match (&options.smtp_url, &options.mail_dir) {
        (Some(url), _) => Mailer::smtp(url).map_err(|why| option("--smtp-url", &why))?,
        (None, Some(folder)) => Way::Folder(folder.clone()),
        (None, None) if demo => Way::Memory,
        (None, None) => return Err(option("--smtp-url", "or --mail-dir is needed: without mail nobody can sign in")),
    };
    Ok(Checked { way })
}

/// The providers of the operator's file; none without one.
///
/// # Errors
/// [`Stop::Option`], never with a secret.
pub fn providers(options: &Options) -> Result<Vec<oidc::file::Provider>, Stop> {
    let Some(file) = &options.providers_file else { return Ok(Vec::new()) };
    oidc::read(file).map_err(|why| Stop::Option(format!("--providers-file: {why}")))
}

/// What sends letters.
///
/// # Errors
/// [`Stop::Option`] for a sender that mail does not know.
pub fn mailer(options: &Options, way: Way, demo: bool) -> Result<Mailer, Stop> {
    Ok(Mailer::new(way, from(options)?, demo))
}

/// The sender of all mails.
fn from(options: &Options) -> Result<Mailbox, Stop> {
    sender(&options.mail_from()).map_err(|why| Stop::Option(format!("--mail-from: {why}")))
}

/// Several instances share a Postgres database, so none of them may make a key of its own.
fn needs_key_file(options: &Options) -> Result<(), Stop> {
    if matches!(options.database(), DatabaseUrl::Postgres(_)) && options.secret_key_file.is_none() {
        let why = "is needed with Postgres; for example: openssl rand -out FILE 32";
        return Err(Stop::Option(format!("--secret-key-file: {why}")));
    }
    Ok(())
}

fn read_key(file: &Path) -> Result<Keys, String> {
    let secret = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Keys::derive(&secret).ok_or_else(|| format!("{}: expected at least {SECRET_MIN} random bytes", file.display()))
}

/// The keys: from the file that was named, or from one in the data folder that is made at the first start.
fn keys(options: &Options, rng: &Rng) -> Result<Keys, Stop> {
    if let Some(file) = &options.secret_key_file {
        return read_key(file).map_err(|why| Stop::Option(format!("--secret-key-file: {why}")));
    }
    needs_key_file(options)?;
    let file = options.data_dir.join("secret.key");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&options.data_dir)
        .map_err(|error| Stop::Fault(format!("--data-dir: {}: {error}", options.data_dir.display())))?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file) {
        Ok(mut new) => new
            .write_all(&rng.bytes::<32>())
            .and_then(|()| new.sync_all())
            .map_err(|error| Stop::Fault(format!("{}: {error}", file.display())))?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(Stop::Fault(format!("--data-dir: {}: {error}", file.display()))),
    }
    read_key(&file).map_err(Stop::Fault)
}

/// Opens everything.
///
/// # Errors
/// In one line, for the operator.
pub async fn backend(options: &Options, way: Way, demo: bool) -> Result<Backend, Stop> {
    let (clock, rng) = (Clock::system(), Rng::System);
    let mailer = mailer(options, way, demo)?;
    let providers = oidc::public(&providers(options)?);
    let keys = keys(options, &rng)?;
    let db = options.database().open_migrated().await.map_err(Stop::Fault)?;
    let fingerprint = keys.fingerprint();
    let mut tx = db.begin().await?;
    let kept = meta::keep(&mut tx, meta::KEY_FINGERPRINT, &fingerprint).await?;
    tx.commit().await?;
    if kept != fingerprint {
        let why = "is not the key this database was made with; passwords and codes would all be wrong";
        return Err(Stop::Fault(format!("--secret-key-file: {why}")));
    }
    let workers = available_parallelism().map_or(2, usize::from);
    let hasher = Hasher::new(&keys, &rng, options.cost(), workers)
        .ok_or_else(|| Stop::Option("--argon2-memory: these Argon2 parameters do not go together".into()))?;
    Ok(Backend::new(Parts {
        db,
        clock,
        rng,
        keys,
        hasher,
        mailer,
        shrinker: Shrinker::default(),
        settings: Settings { public_url: options.public_url(), min_password: options.min_password, demo, providers },
        mail_waits: Notify::new(),
        walks: Semaphore::new(user_list::WALKS),
    }))
}
