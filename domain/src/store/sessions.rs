//! Sessions: rows of our own, so that they can be listed, ended one by one, and rotated (SESS-1 to SESS-7).

use super::invitations::vouched;
use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A live session and its user, in one read.
#[derive(Clone, sqlx_macros::FromRow)]
pub struct LiveSession {
    /// The session's id; its token is elsewhere.
    pub id: String,
    /// Who.
    pub user_id: String,
    /// Browser and system.
    pub browser: String,
    /// Network address.
    pub address: String,
    /// When it began.
    pub created_at: Millis,
    /// When it was last used, to the minute.
    pub last_seen_at: Millis,
    /// When the person last proved who they are.
    pub authenticated_at: Millis,
    /// The one address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The id of the profile picture.
    pub picture: Option<String>,
    /// The chosen language.
    pub language: Option<String>,
    /// The chosen theme.
    pub theme: Option<String>,
    /// The second factor in use.
    pub second_factor: String,
    /// Since when.
    pub second_factor_set_at: Millis,
    /// When the password was set.
    pub password_set_at: Option<Millis>,
    /// The id of the provider that the user signs in by, where that is not a password.
    pub provider: Option<String>,
    /// Whether the user may use the API.
    pub api_access: bool,
    /// The client `/` leads to.
    pub current_slug: String,
    /// How many invitations are open, as far as whoever invites may still do so.
    pub open_invitations: i64,
}

/// The session with this token hash, if it has not ended: used after `idle_since`, begun after `begun_since`, and
/// its user not disabled.
///
/// # Errors
/// The database's.
pub async fn live(
    db: &Db,
    token_hash: &[u8],
    idle_since: Millis,
    begun_since: Millis,
    now: Millis,
) -> Result<Option<LiveSession>> {
    fetch!(
        db.read(),
        fetch_optional,
        LiveSession,
        concat!(
            "SELECT s.id, s.user_id, s.browser, s.address, s.created_at, s.last_seen_at, s.authenticated_at,
                u.email, u.first_name, u.last_name, p.id AS picture, u.language, u.theme, u.second_factor,
                u.second_factor_set_at, u.password_set_at, u.provider, u.api_access, t.slug AS current_slug,
                (SELECT COUNT(*) FROM invitations i
                  WHERE i.email = u.email AND i.ended_at IS NULL AND i.expires_at > $4 AND ",
            vouched!(),
            ") AS open_invitations
           FROM sessions s JOIN users u ON u.id = s.user_id JOIN tenants t ON t.id = u.current_tenant_id
                LEFT JOIN pictures p ON p.user_id = u.id
          WHERE s.token_hash = $1 AND s.last_seen_at > $2 AND s.created_at > $3 AND u.disabled_at IS NULL"
        ),
        token_hash,
        idle_since,
        begun_since,
        now,
    )
}

/// A session to be.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Its id.
    pub id: &'a str,
    /// SHA-256 of its token.
    pub token_hash: &'a [u8],
    /// Whose.
    pub user_id: &'a str,
    /// How the person signed in.
    pub method: &'a str,
    /// Browser and system.
    pub browser: &'a str,
    /// Network address.
    pub address: &'a str,
}

/// Begins a session.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, session: &NewSession<'_>, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO sessions (id, token_hash, user_id, method, browser, address, created_at, last_seen_at,
                               authenticated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)",
        session.id,
        session.token_hash,
        session.user_id,
        session.method,
        session.browser,
        session.address,
        now,
    )?;
    Ok(())
}

/// Sets when the person of a session that has just begun last proved who they are, where that was not here and now.
///
/// # Errors
/// The database's.
pub async fn set_authenticated(tx: &mut Tx, id: &str, at: Millis) -> Result<()> {
    execute!(tx.on(), "UPDATE sessions SET authenticated_at = $2 WHERE id = $1", id, at)?;
    Ok(())
}

/// Remembers that a session was used.
///
/// # Errors
/// The database's.
pub async fn touch(db: &Db, id: &str, now: Millis) -> Result<()> {
    execute!(db.write(), "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2", id, now)?;
    Ok(())
}

/// Gives a session a new token, so that the old one is dead (SESS-3); says whether the session was still there.
///
/// # Errors
/// The database's.
pub async fn rotate(tx: &mut Tx, id: &str, token_hash: &[u8], authenticated_at: Millis) -> Result<bool> {
    let rotated = execute!(
        tx.on(),
        "UPDATE sessions SET token_hash = $2, authenticated_at = $3 WHERE id = $1",
        id,
        token_hash,
        authenticated_at,
    )?;
    Ok(rotated == 1)
}

/// Ends a session, and with it everything that hangs on it; says whether it was still there.
///
/// # Errors
/// The database's.
pub async fn end(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(execute!(tx.on(), "DELETE FROM sessions WHERE id = $1", id)? == 1)
}

/// Whether a session is still there.
///
/// # Errors
/// The database's.
pub async fn stands(tx: &mut Tx, id: &str) -> Result<bool> {
    let (stands,) = fetch!(tx.on(), fetch_one, (bool,), "SELECT EXISTS (SELECT 1 FROM sessions WHERE id = $1)", id)?;
    Ok(stands)
}

/// Where a person is signed in.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Device {
    /// The session's id.
    pub id: String,
    /// How the person signed in, as stored.
    pub method: String,
    /// Browser and system.
    pub browser: String,
    /// Network address.
    pub address: String,
    /// When it began.
    pub created_at: Millis,
    /// When it was last used, to the minute.
    pub last_seen_at: Millis,
}

/// The sessions of a user that have not ended by time, the last used first (SESS-7).
///
/// # Errors
/// The database's.
pub async fn of_user(db: &Db, user_id: &str, idle_since: Millis, begun_since: Millis) -> Result<Vec<Device>> {
    fetch!(
        db.read(),
        fetch_all,
        Device,
        "SELECT id, method, browser, address, created_at, last_seen_at FROM sessions
          WHERE user_id = $1 AND last_seen_at > $2 AND created_at > $3 ORDER BY last_seen_at DESC, id DESC",
        user_id,
        idle_since,
        begun_since,
    )
}

/// Ends a session of this user, and of nobody else; says which one it was (SESS-7).
///
/// # Errors
/// The database's.
pub async fn end_own(tx: &mut Tx, user_id: &str, id: &str) -> Result<Option<Device>> {
    fetch!(
        tx.on(),
        fetch_optional,
        Device,
        "DELETE FROM sessions WHERE user_id = $1 AND id = $2
         RETURNING id, method, browser, address, created_at, last_seen_at",
        user_id,
        id,
    )
}

/// Ends all sessions of a user but one (SESS-6); an empty `keep` ends all.
///
/// # Errors
/// The database's.
pub async fn end_others(tx: &mut Tx, user_id: &str, keep: &str) -> Result<u64> {
    execute!(tx.on(), "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", user_id, keep)
}

/// How many sessions a user has.
///
/// # Errors
/// The database's.
pub async fn count(db: &Db, user_id: &str) -> Result<i64> {
    let (count,) = fetch!(db.read(), fetch_one, (i64,), "SELECT COUNT(*) FROM sessions WHERE user_id = $1", user_id)?;
    Ok(count)
}

/// Removes sessions that ended by time.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, idle_since: Millis, begun_since: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM sessions WHERE last_seen_at <= $1 OR created_at <= $2", idle_since, begun_since,)
}
