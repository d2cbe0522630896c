//! Changes of a password that are not through yet: at most one a user, bound to a session (PW-4).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A change under way.
#[derive(Clone, sqlx_macros::FromRow)]
pub struct Change {
    /// Its id, to which its code is bound.
    pub id: String,
    /// Argon2id hash of the password to be.
    pub new_hash: String,
}

const LIVE: &str =
    "SELECT id, new_hash FROM password_changes WHERE user_id = $1 AND session_id = $2 AND expires_at > $3";

/// The change that was asked for in this session, unless it has run out.
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

/// A change to be.
pub struct NewChange<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// The session it is bound to.
    pub session_id: &'a str,
    /// Argon2id hash of the password to be.
    pub new_hash: &'a str,
}

/// Begins a change; a former one of the user ends. Says whether the session was still there.
///
/// # Errors
/// The database's.
pub async fn begin(tx: &mut Tx, change: &NewChange<'_>, now: Millis, expires_at: Millis) -> Result<bool> {
    end(tx, change.user_id).await?;
    let begun = execute!(
        tx.on(),
        "INSERT INTO password_changes (user_id, id, session_id, new_hash, created_at, expires_at)
         SELECT s.user_id, $3, s.id, $4, $5, $6 FROM sessions s WHERE s.user_id = $1 AND s.id = $2",
        change.user_id,
        change.session_id,
        change.id,
        change.new_hash,
        now,
        expires_at,
    )?;
    Ok(begun == 1)
}

/// Gives a change the time of a code that was just sent again; says whether it was still there.
///
/// # Errors
/// The database's.
pub async fn prolong(tx: &mut Tx, id: &str, now: Millis, expires_at: Millis) -> Result<bool> {
    let prolonged = execute!(
        tx.on(),
        "UPDATE password_changes SET expires_at = $3 WHERE id = $1 AND expires_at > $2",
        id,
        now,
        expires_at,
    )?;
    Ok(prolonged == 1)
}

/// Ends the change of a user, if one is under way, and its code.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "DELETE FROM codes WHERE flow_id IN (SELECT id FROM password_changes WHERE user_id = $1)",
        user_id,
    )?;
    execute!(tx.on(), "DELETE FROM password_changes WHERE user_id = $1", user_id)?;
    Ok(())
}

/// Ends the change that was asked for in a session, if it was, and its code.
///
/// # Errors
/// The database's.
pub async fn end_in_session(tx: &mut Tx, session_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "DELETE FROM codes WHERE flow_id IN (SELECT id FROM password_changes WHERE session_id = $1)",
        session_id,
    )?;
    execute!(tx.on(), "DELETE FROM password_changes WHERE session_id = $1", session_id)?;
    Ok(())
}

/// Removes changes that have run out.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM password_changes WHERE expires_at <= $1", now)
}
