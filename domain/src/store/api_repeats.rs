//! What was answered to a request with a key of its own, so that it can be sent again without being done again. What
//! the keys mean stands in [`crate::flows::api_repeats`].

use super::{Db, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A request that was there before.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Row {
    /// The name of what was asked.
    pub request: String,
    /// The HTTP status of the answer; without one it is still under way.
    pub status: Option<i64>,
    /// Its `Location`.
    pub location: Option<String>,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its body.
    pub body: Option<String>,
    /// When it was first asked.
    pub created_at: Millis,
}

/// What became of a wish to do something once.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// Nobody does it, or whoever began has given up: this call is to.
    Ours,
    /// Another call did, or does.
    Found(Row),
}

/// Claims a key for this call, unless another has it: one that has answered, or that was there after `stale_before`.
///
/// # Errors
/// The database's.
pub async fn claim(
    db: &Db,
    user_id: &str,
    key: &str,
    request: &str,
    now: Millis,
    stale_before: Millis,
) -> Result<Claimed> {
    loop {
        let claimed = execute!(
            db.write(),
            "INSERT INTO api_repeats (user_id, key, request, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (user_id, key) DO UPDATE SET request = excluded.request, created_at = excluded.created_at
              WHERE api_repeats.status IS NULL AND api_repeats.created_at <= $5",
            user_id,
            key,
            request,
            now,
            stale_before,
        )?;
        if claimed == 1 {
            return Ok(Claimed::Ours);
        }
        // Where the row has gone in between, the key is free again.
        if let Some(row) = read(db, user_id, key).await? {
            return Ok(Claimed::Found(row));
        }
    }
}

async fn read(db: &Db, user_id: &str, key: &str) -> Result<Option<Row>> {
    fetch!(
        db.write(),
        fetch_optional,
        Row,
        "SELECT request, status, location, etag, body, created_at FROM api_repeats WHERE user_id = $1 AND key = $2",
        user_id,
        key,
    )
}

/// An answer to be kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// Its HTTP status.
    pub status: i64,
    /// Its `Location`.
    pub location: Option<&'a str>,
    /// Its `ETag`.
    pub etag: Option<&'a str>,
    /// Its body.
    pub body: &'a str,
}

/// Keeps the answer to a key that was claimed.
///
/// # Errors
/// The database's.
pub async fn keep(db: &Db, user_id: &str, key: &str, kept: &Kept<'_>) -> Result<()> {
    execute!(
        db.write(),
        "UPDATE api_repeats SET status = $3, location = $4, etag = $5, body = $6
          WHERE user_id = $1 AND key = $2 AND status IS NULL",
        user_id,
        key,
        kept.status,
        kept.location,
        kept.etag,
        kept.body,
    )?;
    Ok(())
}

/// Gives a key that was claimed back, where nothing was answered that is to be kept.
///
/// # Errors
/// The database's.
pub async fn forget(db: &Db, user_id: &str, key: &str) -> Result<()> {
    execute!(db.write(), "DELETE FROM api_repeats WHERE user_id = $1 AND key = $2 AND status IS NULL", user_id, key,)?;
    Ok(())
}

/// Removes one key, where it was first seen by then.
///
/// # Errors
/// The database's.
pub async fn prune_one(db: &Db, user_id: &str, key: &str, before: Millis) -> Result<()> {
    execute!(
        db.write(),
        "DELETE FROM api_repeats WHERE user_id = $1 AND key = $2 AND created_at <= $3",
        user_id,
        key,
        before,
    )?;
    Ok(())
}

/// Removes keys that were first seen by then.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, before: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM api_repeats WHERE created_at <= $1", before)
}
