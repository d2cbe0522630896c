//! Recovery codes: ten a person, each a hash, each used once (REC-1).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// Gives a user a new set; the former one is void.
///
/// # Errors
/// The database's.
pub async fn replace(tx: &mut Tx, user_id: &str, hashes: &[Vec<u8>], now: Millis) -> Result<()> {
    delete(tx, user_id).await?;
    for hash in hashes {
        execute!(
            tx.on(),
            "INSERT INTO recovery_codes (user_id, hash, created_at) VALUES ($1, $2, $3)",
            user_id,
            hash,
            now,
        )?;
    }
    Ok(())
}

/// Whether this is an unused code of the user.
///
/// # Errors
/// The database's.
pub async fn is_unused(db: &Db, user_id: &str, hash: &[u8]) -> Result<bool> {
    let (unused,) = fetch!(
        db.read(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = $1 AND hash = $2 AND used_at IS NULL)",
        user_id,
        hash,
    )?;
    Ok(unused)
}

/// Uses a code up; says whether this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn use_up(tx: &mut Tx, user_id: &str, hash: &[u8], now: Millis) -> Result<bool> {
    let used = execute!(
        tx.on(),
        "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL",
        user_id,
        hash,
        now,
    )?;
    Ok(used == 1)
}

const LEFT: &str = "SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL";

/// How many codes of a user are unused.
///
/// # Errors
/// The database's.
pub async fn left(db: &Db, user_id: &str) -> Result<i64> {
    let (left,) = fetch!(db.read(), fetch_one, (i64,), LEFT, user_id)?;
    Ok(left)
}

/// As [`left`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn left_in(tx: &mut Tx, user_id: &str) -> Result<i64> {
    let (left,) = fetch!(tx.on(), fetch_one, (i64,), LEFT, user_id)?;
    Ok(left)
}

/// Deletes the codes of a user.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(tx.on(), "DELETE FROM recovery_codes WHERE user_id = $1", user_id)?;
    Ok(())
}
