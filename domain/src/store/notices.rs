//! What a worker tells people a little later: refused first steps of a sign-in, and first steps without a second.

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A first step that was refused.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Refused {
    /// Its id.
    pub id: String,
    /// Whose account; nobody's where nobody has the address.
    pub user_id: Option<String>,
    /// Network address.
    pub address: String,
    /// Browser and system.
    pub browser: String,
}

/// Keeps a refused first step, in one statement of its own, whoever it was for.
///
/// # Errors
/// The database's.
pub async fn refused(
    db: &Db,
    id: &str,
    user_id: Option<&str>,
    address: &str,
    browser: &str,
    now: Millis,
) -> Result<()> {
    execute!(
        db.write(),
        "INSERT INTO refused_sign_ins (id, user_id, address, browser, created_at) VALUES ($1, $2, $3, $4, $5)",
        id,
        user_id,
        address,
        browser,
        now,
    )?;
    Ok(())
}

/// Up to a hundred refused first steps, the oldest first.
///
/// # Errors
/// The database's.
pub async fn all_refused(db: &Db) -> Result<Vec<Refused>> {
    fetch!(
        db.read(),
        fetch_all,
        Refused,
        "SELECT id, user_id, address, browser FROM refused_sign_ins ORDER BY created_at, id LIMIT 100",
    )
}

/// Takes a refused first step away; says whether this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn take_refused(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(execute!(tx.on(), "DELETE FROM refused_sign_ins WHERE id = $1", id)? == 1)
}

/// A first step that was right, while the second is still to come.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Incomplete {
    /// Whose.
    pub user_id: String,
    /// Whether two came from the same origin, and nothing else.
    pub origin: String,
    /// The half sign-in, the newest one of this origin.
    pub sign_in_id: String,
    /// Network address.
    pub address: String,
    /// Browser and system.
    pub browser: String,
    /// The language of the browser.
    pub language: String,
    /// When the password was right, for the first time from this origin.
    pub begun_at: Millis,
}

/// Keeps a first step that was right until `due_at`; one of the same origin that waits already keeps its time, so that
/// nobody puts the letter off by beginning again.
///
/// # Errors
/// The database's.
pub async fn begun(tx: &mut Tx, row: &Incomplete, due_at: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO incomplete_sign_ins (user_id, origin, sign_in_id, address, browser, language, begun_at, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (user_id, origin) DO UPDATE SET sign_in_id = excluded.sign_in_id",
        &row.user_id,
        &row.origin,
        &row.sign_in_id,
        &row.address,
        &row.browser,
        &row.language,
        row.begun_at,
        due_at,
    )?;
    Ok(())
}

/// Makes the letter about one half sign-in due at once.
///
/// # Errors
/// The database's.
pub async fn hasten(db: &Db, user_id: &str, sign_in_id: &str, now: Millis) -> Result<()> {
    execute!(
        db.write(),
        "UPDATE incomplete_sign_ins SET due_at = $3 WHERE user_id = $1 AND sign_in_id = $2 AND due_at > $3",
        user_id,
        sign_in_id,
        now,
    )?;
    Ok(())
}

/// Forgets the half sign-ins that a whole one explains: itself, and those of the same origin.
///
/// # Errors
/// The database's.
pub async fn completed(tx: &mut Tx, user_id: &str, origin: &str, sign_in_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "DELETE FROM incomplete_sign_ins WHERE user_id = $1 AND (origin = $2 OR sign_in_id = $3)",
        user_id,
        origin,
        sign_in_id,
    )?;
    Ok(())
}

/// Up to a hundred half sign-ins that are due, the oldest first.
///
/// # Errors
/// The database's.
pub async fn due(db: &Db, now: Millis) -> Result<Vec<Incomplete>> {
    fetch!(
        db.read(),
        fetch_all,
        Incomplete,
        "SELECT user_id, origin, sign_in_id, address, browser, language, begun_at FROM incomplete_sign_ins
          WHERE due_at <= $1 ORDER BY due_at, user_id, origin LIMIT 100",
        now,
    )
}

/// Takes a half sign-in away that is due; says whether this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn take_due(tx: &mut Tx, user_id: &str, origin: &str, now: Millis) -> Result<bool> {
    let taken = execute!(
        tx.on(),
        "DELETE FROM incomplete_sign_ins WHERE user_id = $1 AND origin = $2 AND due_at <= $3",
        user_id,
        origin,
        now,
    )?;
    Ok(taken == 1)
}
