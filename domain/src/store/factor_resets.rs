//! Lost apps: who waits for codes to come by e-mail again.

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// Begins a wait; says whether none was under way.
///
/// # Errors
/// The database's.
pub async fn begin(tx: &mut Tx, user_id: &str, now: Millis, due_at: Millis, expires_at: Millis) -> Result<bool> {
    let begun = execute!(
        tx.on(),
        "INSERT INTO factor_resets (user_id, created_at, due_at, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id) DO UPDATE SET created_at = excluded.created_at, due_at = excluded.due_at,
                expires_at = excluded.expires_at, told_at = NULL
          WHERE factor_resets.expires_at <= $2",
        user_id,
        now,
        due_at,
        expires_at,
    )?;
    Ok(begun == 1)
}

/// Until when a user waits, or waited; `None` once it has run out.
///
/// # Errors
/// The database's.
pub async fn due_at(db: &Db, user_id: &str, now: Millis) -> Result<Option<Millis>> {
    let row = fetch!(
        db.read(),
        fetch_optional,
        (Millis,),
        "SELECT due_at FROM factor_resets WHERE user_id = $1 AND expires_at > $2",
        user_id,
        now,
    )?;
    Ok(row.map(|(due_at,)| due_at))
}

/// Takes a wait that is over and has not run out; says whether this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn take_due(tx: &mut Tx, user_id: &str, now: Millis) -> Result<bool> {
    let taken = execute!(
        tx.on(),
        "DELETE FROM factor_resets WHERE user_id = $1 AND due_at <= $2 AND expires_at > $2",
        user_id,
        now,
    )?;
    Ok(taken == 1)
}

/// Those whose wait is over and who were not told yet.
///
/// # Errors
/// The database's.
pub async fn untold(db: &Db, now: Millis) -> Result<Vec<String>> {
    let rows = fetch!(
        db.read(),
        fetch_all,
        (String,),
        "SELECT user_id FROM factor_resets WHERE due_at <= $1 AND expires_at > $1 AND told_at IS NULL
          ORDER BY due_at LIMIT 100",
        now,
    )?;
    Ok(rows.into_iter().map(|(user_id,)| user_id).collect())
}

/// Remembers that a user is told; says until when the way back in is open, where this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn tell(tx: &mut Tx, user_id: &str, now: Millis) -> Result<Option<Millis>> {
    let told = fetch!(
        tx.on(),
        fetch_optional,
        (Millis,),
        "UPDATE factor_resets SET told_at = $2
          WHERE user_id = $1 AND due_at <= $2 AND expires_at > $2 AND told_at IS NULL RETURNING expires_at",
        user_id,
        now,
    )?;
    Ok(told.map(|(expires_at,)| expires_at))
}

/// Ends the wait of a user; says whether there was one.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, user_id: &str) -> Result<bool> {
    Ok(execute!(tx.on(), "DELETE FROM factor_resets WHERE user_id = $1", user_id)? == 1)
}

/// Removes waits that have run out.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM factor_resets WHERE expires_at <= $1", now)
}
