//! Opening a database, and bringing its schema up to date.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::line::Line;
use super::{Db, user_list};
use crate::text::Language;

/// An older binary runs on a newer schema: what it does not know is no reason to stop.
fn migrations() -> Migrator {
    let mut migrations = sqlx_macros::migrate!("./migrations");
    migrations.set_ignore_missing(true);
    migrations
}

/// How long a request waits for a connection before it is answered 503.
const ACQUIRE: Duration = Duration::from_secs(3);

/// Which database. Printing it hides the password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// `postgres://…`
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err("sqlite: needs a path".into()) } else { Ok(Self::Sqlite(path.into())) };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            PgConnectOptions::from_str(text).map_err(|error| error.to_string())?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err("expected sqlite:PATH or postgres://…".into())
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(text) => {
                let host = url::Url::parse(text).ok().and_then(|url| Some(url.host_str()?.to_owned() + url.path()));
                write!(f, "postgres://…@{}", host.unwrap_or_default())
            }
        }
    }
}

/// The exclusive right to serve a SQLite file; gone with the value.
#[derive(Debug)]
pub struct ServeLock(#[expect(dead_code, reason = "held, not read")] Option<File>);

impl DatabaseUrl {
    /// Claims the database for serving. Postgres has room for many.
    ///
    /// # Errors
    /// Another process serves the same file, or the folder cannot be written; in words for the operator.
    pub fn claim(&self) -> Result<ServeLock, String> {
        let Self::Sqlite(path) = self else { return Ok(ServeLock(None)) };
        let file = lock_file(path, "serving")?;
        match file.try_lock() {
            Ok(()) => Ok(ServeLock(Some(file))),
            Err(std::fs::TryLockError::WouldBlock) => {
                Err(format!("another process is serving {}; only one may", path.display()))
            }
            Err(std::fs::TryLockError::Error(error)) => Err(format!("cannot lock {}: {error}", path.display())),
        }
    }

    /// Opens the database without touching the schema.
    ///
    /// # Errors
    /// In words for the operator.
    pub async fn open(&self) -> Result<Db, String> {
        match self {
            Self::Sqlite(path) => open_sqlite(path).await,
            Self::Postgres(url) => open_postgres(url).await,
        }
        .map_err(|error| format!("cannot open {self}: {error}"))
    }

    /// Opens the database and brings its schema up to date. Two starters may race: one migrates, the other waits.
    ///
    /// # Errors
    /// In words for the operator.
    pub async fn open_migrated(&self) -> Result<Db, String> {
        let waiting = match self {
            Self::Sqlite(path) => {
                let file = lock_file(path, "migrating")?;
                file.lock().map_err(|error| format!("cannot lock {}: {error}", path.display()))?;
                Some(file)
            }
            // sqlx takes an advisory lock there.
            Self::Postgres(_) => None,
        };
        let db = self.open().await?;
        match &db {
            Db::Sqlite { write, .. } => migrations().run(write).await,
            Db::Postgres(pool) => migrations().run(pool).await,
        }
        .map_err(|error| format!("cannot migrate {self}: {error}"))?;
        // What SQL alone cannot fill.
        user_list::catch_up(&db).await.map_err(|error| {
            let why = error.sentence(Language::En).unwrap_or_default();
            format!("cannot list the users of {self}: {why}")
        })?;
        drop(waiting);
        Ok(db)
    }
}

fn lock_file(path: &Path, purpose: &str) -> Result<File, String> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("cannot create the folder {}: {error}", folder.display()))?;
    }
    let name = path.with_added_extension(purpose);
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&name)
        .map_err(|error| format!("cannot write {}: {error}", name.display()))
}

async fn open_sqlite(path: &Path) -> Result<Db, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .optimize_on_close(true, None);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(8)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options.pragma("query_only", "1"))
        .await?;
    Ok(Db::Sqlite { read, write })
}

async fn open_postgres(url: &str) -> Result<Db, sqlx::Error> {
    let line = Arc::new(Line::default());
    let line_back = Arc::clone(&line);
    let options = PgConnectOptions::from_str(url)?.options([
        ("statement_timeout", "10000"),
        ("idle_in_transaction_session_timeout", "20000"),
        ("tcp_keepalives_idle", "30"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(Duration::from_secs(300))
        .test_before_acquire(false)
        .before_acquire(move |connection, state| {
            let line = Arc::clone(&line);
            Box::pin(async move { Ok(line.holds(connection, state.idle_for).await) })
        })
        .after_release(move |connection, _| {
            let line = Arc::clone(&line_back);
            Box::pin(async move { line.came_back(connection).await.map(|()| true) })
        })
        .connect_with(options)
        .await?;
    Ok(Db::Postgres(pool))
}
