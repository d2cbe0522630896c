//! Signing out.

use super::activity::Kind;
use super::security_events;
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::Result;
use crate::store::{email_changes, factor_changes, password_changes, sessions};

/// Ends the session, and with it the changes of address, password and second factor that were begun in it (SESS-5,
/// EM-4).
///
/// # Errors
/// The database's; then the session still stands.
pub async fn sign_out(backend: &Backend, actor: &Actor) -> Result<()> {
    let now = backend.clock.now();
    let (user_id, session) = (actor.user_id(), &actor.session().id);
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    if email_changes::live_in(&mut tx, user_id, session, now).await?.is_some() {
        email_changes::end(&mut tx, user_id).await?;
    }
    password_changes::end_in_session(&mut tx, session).await?;
    factor_changes::end_in_session(&mut tx, session).await?;
    if sessions::end(&mut tx, session).await? {
        security_events::record(&mut tx, backend, actor.visitor(), user_id, Kind::SignedOut, "").await?;
    }
    tx.commit().await?;
    tracing::info!(event = "signed_out", user = user_id, "signed out");
    Ok(())
}
