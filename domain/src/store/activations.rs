//! One-use links: of a new user to a first password, and of the operator to the first client (PW-6).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A link that still works.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Activation {
    /// Its id.
    pub id: String,
    /// Whose; nobody's for the link that sets up the first client.
    pub user_id: Option<String>,
}

/// The link with this token hash, if it still works.
///
/// # Errors
/// The database's.
pub async fn live(db: &Db, token_hash: &[u8], now: Millis) -> Result<Option<Activation>> {
    fetch!(
        db.read(),
        fetch_optional,
        Activation,
        "SELECT id, user_id FROM activations WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        token_hash,
        now,
    )
}

/// Whether a user has a link that still works.
///
/// # Errors
/// The database's.
pub async fn is_live(tx: &mut Tx, user_id: &str, now: Millis) -> Result<bool> {
    let (live,) = fetch!(
        tx.on(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM activations WHERE user_id = $1 AND used_at IS NULL AND expires_at > $2)",
        user_id,
        now,
    )?;
    Ok(live)
}

/// Adds a link; former ones of the same user stop working.
///
/// # Errors
/// The database's.
pub async fn insert(
    tx: &mut Tx,
    id: &str,
    token_hash: &[u8],
    user_id: Option<&str>,
    now: Millis,
    expires_at: Millis,
) -> Result<()> {
    execute!(
        tx.on(),
        "DELETE FROM activations WHERE user_id = $1 OR (user_id IS NULL AND $2)",
        user_id,
        user_id.is_none(),
    )?;
    execute!(
        tx.on(),
        "INSERT INTO activations (id, token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        id,
        token_hash,
        user_id,
        now,
        expires_at,
    )?;
    Ok(())
}

/// Uses a link up; says whether this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn use_up(tx: &mut Tx, id: &str, now: Millis) -> Result<bool> {
    let used = execute!(
        tx.on(),
        "UPDATE activations SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2",
        id,
        now,
    )?;
    Ok(used == 1)
}

/// Removes links that have run out.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM activations WHERE expires_at <= $1", now)
}
