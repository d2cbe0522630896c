//! Changes of the second factor that are not through yet: at most one a user, bound to a session (TOTP-4).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A change under way.
#[derive(Clone, sqlx_macros::FromRow)]
pub struct Change {
    /// Its id, to which its codes are bound.
    pub id: String,
    /// What is to be.
    pub target: String,
    /// When the factor in use was shown.
    pub proved_at: Option<Millis>,
    /// The secret of the app to be, sealed.
    pub secret: Option<Vec<u8>>,
    /// The recovery codes to be, sealed.
    pub recovery_codes: Option<Vec<u8>>,
    /// The last period whose code of the app to be is void, counted in 30 s since 1970.
    pub last_step: i64,
}

const LIVE: &str = "SELECT id, target, proved_at, secret, recovery_codes, last_step FROM factor_changes
  WHERE user_id = $1 AND session_id = $2 AND expires_at > $3";

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

/// A change to be.
#[derive(Clone, Debug)]
pub struct NewChange<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// The session it is begun in.
    pub session_id: &'a str,
    /// What is to be.
    pub target: &'a str,
}

/// Begins a change; a former one of the user ends. Says whether the session was still there.
///
/// # Errors
/// The database's.
pub async fn begin(tx: &mut Tx, change: &NewChange<'_>, now: Millis, expires_at: Millis) -> Result<bool> {
    end(tx, change.user_id).await?;
    let begun = execute!(
        tx.on(),
        "INSERT INTO factor_changes (user_id, id, session_id, target, tries, last_step, created_at, expires_at)
         SELECT s.user_id, $3, s.id, $4, 0, 0, $5, $6 FROM sessions s WHERE s.user_id = $1 AND s.id = $2",
        change.user_id,
        change.session_id,
        change.id,
        change.target,
        now,
        expires_at,
    )?;
    Ok(begun == 1)
}

/// Counts a try of a code that was not mailed, before anybody compares anything; says the tries so far (CODE-3).
/// `None`: no such change, or all tries are gone.
///
/// # Errors
/// The database's.
pub async fn count_try(tx: &mut Tx, id: &str, most: i64) -> Result<Option<i64>> {
    let tried = fetch!(
        tx.on(),
        fetch_optional,
        (i64,),
        "UPDATE factor_changes SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING tries",
        id,
        most,
    )?;
    Ok(tried.map(|(tries,)| tries))
}

/// Remembers that the factor in use was shown, and what is to be kept; the tries begin anew. Says whether the change
/// was still waiting for that.
///
/// # Errors
/// The database's.
pub async fn proved(
    tx: &mut Tx,
    id: &str,
    secret: Option<&[u8]>,
    recovery_codes: &[u8],
    now: Millis,
    expires_at: Millis,
) -> Result<bool> {
    let proved = execute!(
        tx.on(),
        "UPDATE factor_changes SET proved_at = $4, secret = $2, recovery_codes = $3, tries = 0, expires_at = $5
          WHERE id = $1 AND proved_at IS NULL AND expires_at > $4",
        id,
        secret,
        recovery_codes,
        now,
        expires_at,
    )?;
    Ok(proved == 1)
}

/// Makes the code of a period void for the app to be, and those before it; says whether this was the one call that did
/// (TOTP-3).
///
/// # Errors
/// The database's.
pub async fn use_step(tx: &mut Tx, id: &str, step: i64) -> Result<bool> {
    Ok(execute!(tx.on(), "UPDATE factor_changes SET last_step = $2 WHERE id = $1 AND last_step < $2", id, step)? == 1)
}

/// Gives a change the time of a code that was just sent; says whether it was still there.
///
/// # Errors
/// The database's.
pub async fn prolong(tx: &mut Tx, id: &str, now: Millis, expires_at: Millis) -> Result<bool> {
    let prolonged = execute!(
        tx.on(),
        "UPDATE factor_changes SET expires_at = $3 WHERE id = $1 AND expires_at > $2",
        id,
        now,
        expires_at,
    )?;
    Ok(prolonged == 1)
}

/// Takes a change that comes true; says whether this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn take(tx: &mut Tx, id: &str, now: Millis) -> Result<bool> {
    Ok(execute!(tx.on(), "DELETE FROM factor_changes WHERE id = $1 AND expires_at > $2", id, now)? == 1)
}

/// Ends the change of a user, if one is under way, and its codes.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "DELETE FROM codes WHERE flow_id IN (SELECT id FROM factor_changes WHERE user_id = $1)",
        user_id,
    )?;
    execute!(tx.on(), "DELETE FROM factor_changes WHERE user_id = $1", user_id)?;
    Ok(())
}

/// Ends the change that was begun in a session, if it was, and its codes.
///
/// # Errors
/// The database's.
pub async fn end_in_session(tx: &mut Tx, session_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "DELETE FROM codes WHERE flow_id IN (SELECT id FROM factor_changes WHERE session_id = $1)",
        session_id,
    )?;
    execute!(tx.on(), "DELETE FROM factor_changes WHERE session_id = $1", session_id)?;
    Ok(())
}

/// Removes changes that have run out.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM factor_changes WHERE expires_at <= $1", now)
}
