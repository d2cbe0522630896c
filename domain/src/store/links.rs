//! One-use links of people who have an account: to a new password (PW-7), and back to a former address (EM-4).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A new password in place of one that was forgotten.
    Reset,
    /// The former address back in place of the present one.
    UndoEmail,
}

impl Kind {
    const fn code(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::UndoEmail => "undo_email",
        }
    }
}

/// A link that still works.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Link {
    /// Its id.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// The address it was mailed to.
    pub email: String,
    /// When it was made.
    pub created_at: Millis,
}

/// The link of this kind with this token hash, if it still works.
///
/// # Errors
/// The database's.
pub async fn live(db: &Db, kind: Kind, token_hash: &[u8], now: Millis) -> Result<Option<Link>> {
    fetch!(
        db.read(),
        fetch_optional,
        Link,
        "SELECT id, user_id, email, created_at FROM links WHERE token_hash = $1 AND kind = $2 AND expires_at > $3",
        token_hash,
        kind.code(),
        now,
    )
}

/// A link to be.
#[derive(Clone, Debug)]
pub struct NewLink<'a> {
    /// Its id.
    pub id: &'a str,
    /// SHA-256 of its token.
    pub token_hash: &'a [u8],
    /// What it is for.
    pub kind: Kind,
    /// Whose.
    pub user_id: &'a str,
    /// The address it is mailed to.
    pub email: &'a str,
}

/// Adds a link, which remembers the app of its user.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, link: &NewLink<'_>, now: Millis, expires_at: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO links (id, token_hash, kind, user_id, email, app, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, (SELECT t.id FROM totp t WHERE t.user_id = $4), $6, $7)",
        link.id,
        link.token_hash,
        link.kind.code(),
        link.user_id,
        link.email,
        now,
        expires_at,
    )?;
    Ok(())
}

/// Whether the user still has the app of when the link was made. Ids tell, as clocks of instances may differ.
///
/// # Errors
/// The database's.
pub async fn app_is_still_there(db: &Db, id: &str) -> Result<bool> {
    let (there,) = fetch!(
        db.read(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM links l JOIN totp t ON t.user_id = l.user_id AND t.id = l.app WHERE l.id = $1)",
        id,
    )?;
    Ok(there)
}

/// Counts a try of a code that was not mailed, before anybody compares anything; says the tries so far (CODE-3).
/// `None`: no such link, or all tries are gone.
///
/// # Errors
/// The database's.
pub async fn count_try(tx: &mut Tx, id: &str, most: i64) -> Result<Option<i64>> {
    let tried = fetch!(
        tx.on(),
        fetch_optional,
        (i64,),
        "UPDATE links SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING tries",
        id,
        most,
    )?;
    Ok(tried.map(|(tries,)| tries))
}

/// Forgets the tries of a link.
///
/// # Errors
/// The database's.
pub async fn forget_tries(db: &Db, id: &str) -> Result<()> {
    execute!(db.write(), "UPDATE links SET tries = 0 WHERE id = $1", id)?;
    Ok(())
}

/// Uses a link up, by which it is gone; says whether this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn use_up(tx: &mut Tx, id: &str, now: Millis) -> Result<bool> {
    Ok(execute!(tx.on(), "DELETE FROM links WHERE id = $1 AND expires_at > $2", id, now)? == 1)
}

/// Ends the links of a user to a new password.
///
/// # Errors
/// The database's.
pub async fn end_resets(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(tx.on(), "DELETE FROM links WHERE user_id = $1 AND kind = 'reset'", user_id)?;
    Ok(())
}

/// When the newest of the links of a user that undo a change of the address was made.
///
/// # Errors
/// The database's.
pub async fn newest_undoing(tx: &mut Tx, user_id: &str) -> Result<Option<Millis>> {
    let (newest,) = fetch!(
        tx.on(),
        fetch_one,
        (Option<Millis>,),
        "SELECT MAX(created_at) FROM links WHERE user_id = $1 AND kind = 'undo_email'",
        user_id,
    )?;
    Ok(newest)
}

/// When the link of a user was made that would bring this address back, if there is one that still works.
///
/// # Errors
/// The database's.
pub async fn undoing_to(tx: &mut Tx, user_id: &str, email: &str, now: Millis) -> Result<Option<Millis>> {
    let (made_at,) = fetch!(
        tx.on(),
        fetch_one,
        (Option<Millis>,),
        "SELECT MIN(created_at) FROM links
          WHERE user_id = $1 AND kind = 'undo_email' AND email = $2 AND expires_at > $3",
        user_id,
        email,
        now,
    )?;
    Ok(made_at)
}

/// Whether a link that still works would bring this address back to whoever had it: then it is free for nobody else.
///
/// # Errors
/// The database's.
pub async fn leads_back_to(tx: &mut Tx, email: &str, now: Millis) -> Result<bool> {
    let (leads,) = fetch!(
        tx.on(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM links WHERE kind = 'undo_email' AND email = $1 AND expires_at > $2)",
        email,
        now,
    )?;
    Ok(leads)
}

/// Ends the links of a user that would undo a change of the address made at `since` or later.
///
/// # Errors
/// The database's.
pub async fn end_undoing(tx: &mut Tx, user_id: &str, since: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "DELETE FROM links WHERE user_id = $1 AND kind = 'undo_email' AND created_at >= $2",
        user_id,
        since,
    )?;
    Ok(())
}

/// Removes links that have run out.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM links WHERE expires_at <= $1", now)
}
