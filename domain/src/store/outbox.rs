//! Letters on their way: written in the transaction that causes them, sent by a worker.

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// So many letters leave at a time.
pub const AT_ONCE: usize = 10;

/// A letter that this worker may send.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Leased {
    /// Its id.
    pub id: String,
    /// The sealed letter.
    pub sealed: Vec<u8>,
    /// How often it was tried, this time included.
    pub attempts: i64,
}

/// Puts a sealed letter into the outbox.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, id: &str, sealed: &[u8], now: Millis, expires_at: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO outbox (id, sealed, attempts, created_at, expires_at, next_at, leased_until)
         VALUES ($1, $2, 0, $3, $4, $3, 0)",
        id,
        sealed,
        now,
        expires_at,
    )?;
    Ok(())
}

/// Takes up to [`AT_ONCE`] due letters for this worker alone, until `until`; those written first come first.
///
/// # Errors
/// The database's.
pub async fn lease(db: &Db, now: Millis, until: Millis) -> Result<Vec<Leased>> {
    let mut leased = fetch!(
        db.write(),
        fetch_all,
        Leased,
        "UPDATE outbox SET leased_until = $2, attempts = attempts + 1
          WHERE leased_until <= $1 AND sealed IS NOT NULL
            AND id IN (SELECT id FROM outbox
                        WHERE sealed IS NOT NULL AND next_at <= $1 AND leased_until <= $1 AND expires_at > $1
                        ORDER BY next_at, id LIMIT 10)
         RETURNING id, sealed, attempts",
        now,
        until,
    )?;
    // Neither database promises an order of what it returns, and ids begin with the time.
    leased.sort_by(|one: &Leased, other| one.id.cmp(&other.id));
    Ok(leased)
}

/// Wipes letters that were sent.
///
/// # Errors
/// The database's.
pub async fn sent(db: &Db, ids: &[String], now: Millis) -> Result<()> {
    for ids in ids.chunks(AT_ONCE) {
        let id = |at: usize| ids.get(at).map_or("", String::as_str);
        execute!(
            db.write(),
            "UPDATE outbox SET sealed = NULL, sent_at = $1, leased_until = 0
              WHERE id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            now,
            id(0),
            id(1),
            id(2),
            id(3),
            id(4),
            id(5),
            id(6),
            id(7),
            id(8),
            id(9),
        )?;
    }
    Ok(())
}

/// Puts a letter back until `next_at`.
///
/// # Errors
/// The database's.
pub async fn failed(db: &Db, id: &str, next_at: Millis) -> Result<()> {
    execute!(db.write(), "UPDATE outbox SET next_at = $2, leased_until = 0 WHERE id = $1", id, next_at)?;
    Ok(())
}

/// Wipes one letter that cannot be sent.
///
/// # Errors
/// The database's.
pub async fn drop_one(db: &Db, id: &str, now: Millis) -> Result<()> {
    execute!(db.write(), "UPDATE outbox SET sealed = NULL, dropped_at = $2 WHERE id = $1", id, now)?;
    Ok(())
}

/// Wipes letters that have run out before they could be sent; says how many.
///
/// # Errors
/// The database's.
pub async fn drop_expired(db: &Db, now: Millis) -> Result<u64> {
    execute!(
        db.write(),
        "UPDATE outbox SET sealed = NULL, dropped_at = $1 WHERE sealed IS NOT NULL AND expires_at <= $1",
        now,
    )
}

/// How many letters wait, and since when the oldest does.
///
/// # Errors
/// The database's.
pub async fn waiting(db: &Db) -> Result<(i64, Option<Millis>)> {
    fetch!(
        db.read(),
        fetch_one,
        (i64, Option<Millis>),
        "SELECT COUNT(*), MIN(created_at) FROM outbox WHERE sealed IS NOT NULL",
    )
}

/// Removes the rows of letters that are done with.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, created_before: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM outbox WHERE sealed IS NULL AND created_at <= $1", created_before)
}
