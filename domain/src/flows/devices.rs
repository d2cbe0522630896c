//! Where one is signed in, and ending it from afar (SESS-7).

use super::activity::Kind;
use super::{limits, security_events};
use crate::actor::{ABSOLUTE, Actor, IDLE};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::store::{Tx, sessions};
use crate::view::{DeviceSession, SignedInBy};

/// Everywhere the person is signed in: here first, then by last use.
///
/// # Errors
/// The database's.
pub async fn list(backend: &Backend, actor: &Actor) -> Result<Vec<DeviceSession>> {
    let (now, visitor) = (backend.clock.now(), actor.visitor());
    let rows = sessions::of_user(&backend.db, actor.user_id(), now - IDLE, now - ABSOLUTE).await?;
    let mut devices: Vec<_> = rows
        .into_iter()
        .map(|row| DeviceSession {
            this: row.id == actor.session().id,
            how: SignedInBy::read(&row.method),
            first_seen: visitor.moment(row.created_at),
            last_seen: visitor.moment(row.last_seen_at),
            id: row.id,
            browser: row.browser,
            address: row.address,
        })
        .collect();
    devices.sort_by_key(|device| !device.this);
    Ok(devices)
}

/// Ends one sign-in of the person, with everything that was begun in it. What does not exist and what is somebody
/// else's look alike.
///
/// # Errors
/// [`Error::ReauthenticationNeeded`] (OWASP ASVS 5.0, 7.5.2), [`Error::NotFound`], [`Error::SignedOut`] where this
/// session has ended meanwhile, or the database's.
pub async fn end(backend: &Backend, actor: &Actor, session_id: &str) -> Result<()> {
    let mut tx = begin(backend, actor).await?;
    let ended = sessions::end_own(&mut tx, actor.user_id(), session_id).await?.ok_or(Error::NotFound)?;
    let detail = serde_json::json!({ "browser": ended.browser, "address": ended.address }).to_string();
    record(&mut tx, backend, actor, Kind::SessionEnded, &detail).await?;
    tx.commit().await?;
    tracing::info!(event = "session_ended", user = actor.user_id(), "one session ended");
    Ok(())
}

/// Ends every sign-in of the person but this one, and all that is under way: half sign-ins, codes and pending changes
/// (EM-4, SESS-6).
///
/// # Errors
/// [`Error::ReauthenticationNeeded`], [`Error::SignedOut`], or the database's.
pub async fn end_others(backend: &Backend, actor: &Actor) -> Result<()> {
    let mut tx = begin(backend, actor).await?;
    limits::hold_codes(&mut tx, actor.user_id(), backend.clock.now()).await?;
    security_events::end_everything(&mut tx, actor.user_id(), Some(&actor.session().id)).await?;
    record(&mut tx, backend, actor, Kind::SessionsEnded, "").await?;
    tx.commit().await?;
    tracing::info!(event = "sessions_ended", user = actor.user_id(), "all other sessions ended");
    Ok(())
}

/// Whoever came by somebody's session must not be able to shut the owner out with it, and least of all with one that
/// the owner has just ended.
async fn begin(backend: &Backend, actor: &Actor) -> Result<Tx> {
    if !actor.is_fresh(backend.clock.now()) {
        return Err(Error::ReauthenticationNeeded);
    }
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, actor.user_id()).await?;
    if sessions::stands(&mut tx, &actor.session().id).await? { Ok(tx) } else { Err(Error::SignedOut) }
}

async fn record(tx: &mut Tx, backend: &Backend, actor: &Actor, kind: Kind, detail: &str) -> Result<()> {
    security_events::record(tx, backend, actor.visitor(), actor.user_id(), kind, detail).await
}
