//! Changes of an e-mail address that are not through yet: at most one a user, bound to a session (EM-4).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A change under way.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Change {
    /// Its id, to which its codes are bound.
    pub id: String,
    /// The address to be, once the first code was right.
    pub new_email: Option<String>,
}

const LIVE: &str = "SELECT id, new_email FROM email_changes WHERE user_id = $1 AND session_id = $2 AND expires_at > $3";

/// The change that was begun in this session, unless it has run out.
///
/// # Errors
/// The database's.
pub async fn live(db: &Db, user_id: &str, session_id: &str, now: Millis) -> Result<Option<Change>> {
    fetch!(db.read(), fetch_optional, Change, LIVE, user_id, session_id, now)
}

/// As [`live`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn live_in(tx: &mut Tx, user_id: &str, session_id: &str, now: Millis) -> Result<Option<Change>> {
    fetch!(tx.on(), fetch_optional, Change, LIVE, user_id, session_id, now)
}

/// Begins a change; a former one of the user ends.
///
/// # Errors
/// The database's.
pub async fn begin(
    tx: &mut Tx,
    id: &str,
    user_id: &str,
    session_id: &str,
    now: Millis,
    expires_at: Millis,
) -> Result<()> {
    end(tx, user_id).await?;
    execute!(
        tx.on(),
        "INSERT INTO email_changes (user_id, id, session_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        user_id,
        id,
        session_id,
        now,
        expires_at,
    )?;
    Ok(())
}

/// Remembers the address to be; says whether the change was still waiting for one.
///
/// # Errors
/// The database's.
pub async fn set_address(tx: &mut Tx, id: &str, new_email: &str, now: Millis, expires_at: Millis) -> Result<bool> {
    let set = execute!(
        tx.on(),
        "UPDATE email_changes SET new_email = $2, expires_at = $4
          WHERE id = $1 AND new_email IS NULL AND expires_at > $3",
        id,
        new_email,
        now,
        expires_at,
    )?;
    Ok(set == 1)
}

/// Gives a change the time of a code that was just sent again.
///
/// # Errors
/// The database's.
pub async fn prolong(tx: &mut Tx, id: &str, now: Millis, expires_at: Millis) -> Result<bool> {
    let prolonged = execute!(
        tx.on(),
        "UPDATE email_changes SET expires_at = $3 WHERE id = $1 AND expires_at > $2",
        id,
        now,
        expires_at,
    )?;
    Ok(prolonged == 1)
}

/// Ends the change of a user, if one is under way, and its codes.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(tx.on(), "DELETE FROM codes WHERE flow_id IN (SELECT id FROM email_changes WHERE user_id = $1)", user_id,)?;
    execute!(tx.on(), "DELETE FROM email_changes WHERE user_id = $1", user_id)?;
    Ok(())
}

/// Removes changes that have run out.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM email_changes WHERE expires_at <= $1", now)
}
