//! Sign-ins that have shown the password and not yet the second factor. None of them is a session (SESS-8).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;
use crate::view::SecondFactor;

/// Where a sign-in is made. What was begun at one door is finished there and at no other (SESS-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The pages.
    Page,
    /// The API.
    Api,
}

impl Door {
    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
        }
    }
}

/// A sign-in half-way.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct SignIn {
    /// Its id.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// The address of the user.
    pub email: String,
    /// Where the person wanted to go.
    pub next_path: Option<String>,
    second_factor: String,
}

impl SignIn {
    /// The second factor of the user.
    #[must_use]
    pub fn factor(&self) -> SecondFactor {
        SecondFactor::read(&self.second_factor)
    }
}

/// The sign-in with this token hash, unless it was begun at another door, has run out, or its user was disabled.
///
/// # Errors
/// The database's.
pub async fn live(db: &Db, door: Door, token_hash: &[u8], now: Millis) -> Result<Option<SignIn>> {
    fetch!(
        db.read(),
        fetch_optional,
        SignIn,
        "SELECT s.id, s.user_id, u.email, s.next_path, u.second_factor
           FROM sign_ins s JOIN users u ON u.id = s.user_id
          WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.door = $3 AND u.disabled_at IS NULL",
        token_hash,
        now,
        door.code(),
    )
}

/// A sign-in to be.
#[derive(Clone, Debug)]
pub struct NewSignIn<'a> {
    /// Its id.
    pub id: &'a str,
    /// SHA-256 of its token.
    pub token_hash: &'a [u8],
    /// Whose.
    pub user_id: &'a str,
    /// Where it is made.
    pub door: Door,
    /// Where the person wants to go.
    pub next_path: Option<&'a str>,
}

/// Begins a sign-in.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, sign_in: &NewSignIn<'_>, now: Millis, expires_at: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO sign_ins (id, token_hash, user_id, door, next_path, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        sign_in.id,
        sign_in.token_hash,
        sign_in.user_id,
        sign_in.door.code(),
        sign_in.next_path,
        now,
        expires_at,
    )?;
    Ok(())
}

/// Counts a try of a code that was not mailed, before anybody compares anything; says the tries so far (CODE-3).
/// `None`: no such sign-in, or all tries are gone.
///
/// # Errors
/// The database's.
pub async fn count_try(tx: &mut Tx, id: &str, most: i64) -> Result<Option<i64>> {
    let tried = fetch!(
        tx.on(),
        fetch_optional,
        (i64,),
        "UPDATE sign_ins SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING tries",
        id,
        most,
    )?;
    Ok(tried.map(|(tries,)| tries))
}

/// Gives a sign-in the time of a code that was just sent again; says whether it was still there.
///
/// # Errors
/// The database's.
pub async fn prolong(tx: &mut Tx, id: &str, now: Millis, expires_at: Millis) -> Result<bool> {
    let prolonged = execute!(
        tx.on(),
        "UPDATE sign_ins SET expires_at = $3 WHERE id = $1 AND expires_at > $2",
        id,
        now,
        expires_at,
    )?;
    Ok(prolonged == 1)
}

/// Ends a sign-in; says whether it was still there.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(execute!(tx.on(), "DELETE FROM sign_ins WHERE id = $1", id)? == 1)
}

/// Ends all sign-ins of a user (SESS-6).
///
/// # Errors
/// The database's.
pub async fn end_all(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(tx.on(), "DELETE FROM sign_ins WHERE user_id = $1", user_id)?;
    Ok(())
}

/// Removes sign-ins that have run out.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM sign_ins WHERE expires_at <= $1", now)
}
