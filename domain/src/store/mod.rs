//! The only file that knows there are two databases. Each noun has a file with all of its SQL, one text for both.

pub mod activations;
pub mod activity;
pub mod api_repeats;
pub mod api_tokens;
pub mod bench;
pub mod codes;
pub mod email_changes;
pub mod factor_changes;
pub mod factor_resets;
pub mod group_members;
pub mod groups;
pub mod invitations;
pub mod late_entries;
pub mod limits;
mod line;
pub mod links;
pub mod memberships;
pub mod meta;
pub mod notices;
pub mod open;
pub mod outbox;
pub mod password_changes;
pub mod pictures;
pub mod provider_trips;
pub mod recovery_codes;
pub mod reset_asks;
pub mod sessions;
pub mod sign_ins;
pub mod tenant_activity;
pub mod tenant_settings;
pub mod tenants;
pub mod totp;
pub mod user_edit;
pub mod user_list;
pub mod user_pages;
pub mod users;

use sqlx::{PgConnection, PgPool, SqliteConnection, SqlitePool};

use crate::error::{Error, Result};

/// The database: SQLite with one writer and a pool of readers, or Postgres.
#[derive(Clone, Debug)]
pub enum Db {
    /// The embedded default.
    Sqlite {
        /// Many, read only.
        read: SqlitePool,
        /// One.
        write: SqlitePool,
    },
    /// Where one machine is not enough.
    Postgres(PgPool),
}

/// One of two things, by database.
pub enum Either<S, P> {
    /// For SQLite.
    Sqlite(S),
    /// For Postgres.
    Postgres(P),
}

/// A transaction that may write. Without [`Tx::commit`] nothing of it happened.
pub enum Tx {
    /// `BEGIN IMMEDIATE`, so that it never has to turn from a reader into a writer.
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    /// `BEGIN`.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// Puts one constant SQL text and its binds to whichever database it is, and reads rows from it.
macro_rules! fetch {
    ($on:expr, $how:ident, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $on {
            $crate::store::Either::Sqlite(on) => {
                $crate::store::in_time(sqlx::query_as::<sqlx::Sqlite, $row>($sql)$(.bind($bind))*.$how(on)).await
            }
            $crate::store::Either::Postgres(on) => {
                $crate::store::in_time(sqlx::query_as::<sqlx::Postgres, $row>($sql)$(.bind($bind))*.$how(on)).await
            }
        }
        .map_err($crate::store::refused)
    };
}

/// As `fetch!`, for statements without rows; says how many rows they touched.
macro_rules! execute {
    ($on:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $on {
            $crate::store::Either::Sqlite(on) => {
                $crate::store::in_time(sqlx::query::<sqlx::Sqlite>($sql)$(.bind($bind))*.execute(on))
                    .await
                    .map(|done| done.rows_affected())
            }
            $crate::store::Either::Postgres(on) => {
                $crate::store::in_time(sqlx::query::<sqlx::Postgres>($sql)$(.bind($bind))*.execute(on))
                    .await
                    .map(|done| done.rows_affected())
            }
        }
        .map_err($crate::store::refused)
    };
}

pub(crate) use {execute, fetch};

impl Db {
    /// For reading outside a transaction.
    #[must_use]
    pub const fn read(&self) -> Either<&SqlitePool, &PgPool> {
        match self {
            Self::Sqlite { read, .. } => Either::Sqlite(read),
            Self::Postgres(pool) => Either::Postgres(pool),
        }
    }

    /// For single statements that write.
    #[must_use]
    pub const fn write(&self) -> Either<&SqlitePool, &PgPool> {
        match self {
            Self::Sqlite { write, .. } => Either::Sqlite(write),
            Self::Postgres(pool) => Either::Postgres(pool),
        }
    }

    /// Begins a transaction that may write.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had in time.
    pub async fn begin(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { write, .. } => in_time(write.begin_with("BEGIN IMMEDIATE")).await.map(Tx::Sqlite),
            Self::Postgres(pool) => in_time(pool.begin()).await.map(Tx::Postgres),
        }
        .map_err(refused)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<()> {
        fetch!(self.read(), fetch_one, (i32,), "SELECT 1").map(|_| ())
    }

    /// Closes all connections; SQLite folds its write-ahead log back into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

impl Tx {
    /// For statements within the transaction.
    pub fn on(&mut self) -> Either<&mut SqliteConnection, &mut PgConnection> {
        match self {
            Self::Sqlite(tx) => Either::Sqlite(&mut **tx),
            Self::Postgres(tx) => Either::Postgres(&mut **tx),
        }
    }

    /// Makes it all true.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or a fault of the database; then nothing happened.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => in_time(tx.commit()).await,
            Self::Postgres(tx) => in_time(tx.commit()).await,
        }
        .map_err(refused)
    }
}

/// How long a statement may take, with all waiting: a line that has gone dead without a word is given up (S13), and
/// whoever asked is told so within five seconds.
const STATEMENT: std::time::Duration = std::time::Duration::from_secs(4);

/// A statement that is given up when it takes too long.
pub(crate) async fn in_time<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(STATEMENT, statement).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Turns a database error into ours: what is gone for the moment is [`Error::Unavailable`], the rest is a fault.
///
/// A text with a NUL in it is one that Postgres cannot hold (PostgreSQL manual, 8.3; code 22021), so no row has it:
/// whoever asks for one by such an id or slug finds nothing, as with SQLite.
pub(crate) fn refused(error: sqlx::Error) -> Error {
    use sqlx::Error as E;
    if matches!(&error, E::Database(database) if database.code().as_deref() == Some("22021")) {
        return Error::NotFound;
    }
    let gone = match &error {
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::Protocol(_) => true,
        // 08: connection, 53: resources, 57: operator intervention (also a statement time-out).
        E::Database(database) => database.code().is_some_and(|code| {
            // 28 and 3D: who or what is connected to is not there; 40: two waited for each other; 55000: it takes no
            // connections.
            ["08", "28", "3D", "40", "53", "55000", "57"].iter().any(|class| code.starts_with(class) && code.len() == 5)
                // SQLite: busy, full disk, read-only, I/O.
                || matches!(code.as_ref(), "5" | "8" | "10" | "13" | "261" | "517" | "778" | "1032")
        }),
        _ => false,
    };
    if gone {
        tracing::warn!(%error, "the database does not answer");
        Error::Unavailable
    } else {
        tracing::error!(%error, "the database refused a statement");
        Error::internal()
    }
}

/// Whether a unique key was hit: then somebody else was quicker.
pub(crate) fn is_unique_violation(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(database) if database.is_unique_violation())
}
