//! Counters of limits (RATE-1 to RATE-5, CODE-4, CODE-7). What they mean stands in [`crate::flows::limits`].

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Counter {
    /// What was counted since `since`.
    pub count: i64,
    /// What was counted since the last success.
    pub in_a_row: i64,
    /// Where the present window began.
    pub since: Millis,
    /// Until when nothing is allowed.
    pub blocked_until: Millis,
}

/// A counter as it stands.
///
/// # Errors
/// The database's.
pub async fn get(db: &Db, key: &str) -> Result<Counter> {
    let row = fetch!(
        db.read(),
        fetch_optional,
        Counter,
        "SELECT count, in_a_row, since, blocked_until FROM limits WHERE key = $1",
        key,
    )?;
    Ok(row.unwrap_or_default())
}

/// A counter as it stands, held until the transaction ends: parallel tries come one after the other (RATE-4).
///
/// # Errors
/// The database's.
pub async fn hold(tx: &mut Tx, key: &str, now: Millis) -> Result<Counter> {
    fetch!(
        tx.on(),
        fetch_one,
        Counter,
        "INSERT INTO limits (key, count, in_a_row, since, blocked_until, touched_at) VALUES ($1, 0, 0, 0, 0, $2)
         ON CONFLICT (key) DO UPDATE SET touched_at = $2
         RETURNING count, in_a_row, since, blocked_until",
        key,
        now,
    )
}

/// Stores a counter that is held.
///
/// # Errors
/// The database's.
pub async fn put(tx: &mut Tx, key: &str, counter: Counter, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE limits SET count = $2, in_a_row = $3, since = $4, blocked_until = $5, touched_at = $6 WHERE key = $1",
        key,
        counter.count,
        counter.in_a_row,
        counter.since,
        counter.blocked_until,
        now,
    )?;
    Ok(())
}

/// Counts one in a fixed window, in one statement of its own; says the counter after it.
///
/// # Errors
/// The database's.
pub async fn hit(db: &Db, key: &str, window: Millis, now: Millis) -> Result<Counter> {
    fetch!(
        db.write(),
        fetch_one,
        Counter,
        "INSERT INTO limits (key, count, in_a_row, since, blocked_until, touched_at) VALUES ($1, 1, 0, $2, 0, $2)
         ON CONFLICT (key) DO UPDATE SET touched_at = $2,
                count = CASE WHEN limits.since <= $2 - $3 THEN 1 ELSE limits.count + 1 END,
                since = CASE WHEN limits.since <= $2 - $3 THEN $2 ELSE limits.since END
         RETURNING count, in_a_row, since, blocked_until",
        key,
        now,
        window,
    )
}

/// Removes counters that nobody touched since; those that still block stay, and so do wrong codes in a row, which
/// only a right one forgets (CODE-4).
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, untouched_since: Millis, now: Millis) -> Result<u64> {
    execute!(
        db.write(),
        "DELETE FROM limits WHERE touched_at <= $1 AND blocked_until <= $2 AND (in_a_row = 0 OR key NOT LIKE 'code:%')",
        untouched_since,
        now,
    )
}
