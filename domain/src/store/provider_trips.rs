//! Ways to a provider and back: each of one browser, of one use, for some minutes (OIDC-1).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A trip that has come back.
#[derive(Clone, sqlx_macros::FromRow)]
pub struct Trip {
    /// Its id.
    pub id: String,
    /// The id of the provider it led to.
    pub provider: String,
    /// Nonce and PKCE verifier, sealed.
    pub sealed: Vec<u8>,
    /// What it is for, as stored.
    pub purpose: String,
    /// The activation link it began with.
    pub activation_id: Option<String>,
    /// The session it began in.
    pub session_id: Option<String>,
    /// Where the person wanted to go.
    pub next_path: Option<String>,
    /// When it began.
    pub created_at: Millis,
}

/// A trip to be.
#[derive(Clone, Debug)]
pub struct NewTrip<'a> {
    /// Its id.
    pub id: &'a str,
    /// SHA-256 of `state`.
    pub state_hash: &'a [u8],
    /// SHA-256 of the token in the browser's cookie.
    pub browser_hash: &'a [u8],
    /// The id of the provider.
    pub provider: &'a str,
    /// Nonce and PKCE verifier, sealed.
    pub sealed: &'a [u8],
    /// What it is for.
    pub purpose: &'a str,
    /// The activation link it begins with.
    pub activation_id: Option<&'a str>,
    /// The session it begins in.
    pub session_id: Option<&'a str>,
    /// Where the person wants to go.
    pub next_path: Option<&'a str>,
}

/// Begins a trip; says whether the link or the session it begins with was still there.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, trip: &NewTrip<'_>, now: Millis, expires_at: Millis) -> Result<bool> {
    let begun = execute!(
        tx.on(),
        "INSERT INTO provider_trips (id, state_hash, browser_hash, provider, sealed, purpose, activation_id,
                                     session_id, next_path, created_at, expires_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
          WHERE ($7 IS NULL OR EXISTS (SELECT 1 FROM activations WHERE id = $7))
            AND ($8 IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE id = $8))",
        trip.id,
        trip.state_hash,
        trip.browser_hash,
        trip.provider,
        trip.sealed,
        trip.purpose,
        trip.activation_id,
        trip.session_id,
        trip.next_path,
        now,
        expires_at,
    )?;
    Ok(begun == 1)
}

/// Uses a trip up: the one with this state, begun in this browser, that has not run out.
///
/// # Errors
/// The database's.
pub async fn take(tx: &mut Tx, state_hash: &[u8], browser_hash: &[u8], now: Millis) -> Result<Option<Trip>> {
    fetch!(
        tx.on(),
        fetch_optional,
        Trip,
        "DELETE FROM provider_trips WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3
         RETURNING id, provider, sealed, purpose, activation_id, session_id, next_path, created_at",
        state_hash,
        browser_hash,
        now,
    )
}

/// Whom the link that a trip began with is for, if it still works.
///
/// # Errors
/// The database's.
pub async fn invited(tx: &mut Tx, activation_id: &str, now: Millis) -> Result<Option<String>> {
    let row = fetch!(
        tx.on(),
        fetch_optional,
        (Option<String>,),
        "SELECT user_id FROM activations WHERE id = $1 AND used_at IS NULL AND expires_at > $2",
        activation_id,
        now,
    )?;
    Ok(row.and_then(|(user_id,)| user_id))
}

/// Ends all trips that began in a session or with a link of this user (SESS-6).
///
/// # Errors
/// The database's.
pub async fn end_all(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "DELETE FROM provider_trips
          WHERE session_id IN (SELECT id FROM sessions WHERE user_id = $1)
             OR activation_id IN (SELECT id FROM activations WHERE user_id = $1)",
        user_id,
    )?;
    Ok(())
}

/// Removes trips that have run out.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM provider_trips WHERE expires_at <= $1", now)
}
