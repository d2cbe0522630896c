//! Signing out.

use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::Result;
use crate::store::{email_changes, sessions};

/// Ends the session, and with it a change of the e-mail address that was begun in it (SESS-5, EM-4).
///
/// # Errors
/// The database's; then the session still stands.
pub async fn sign_out(backend: &Backend, actor: &Actor) -> Result<()> {
    let now = backend.clock.now();
    let session = &actor.session().id;
    let change = email_changes::live(&backend.db, actor.user_id(), session, now).await?;
    let mut tx = backend.db.begin().await?;
    if change.is_some() {
        email_changes::end(&mut tx, actor.user_id()).await?;
    }
    sessions::end(&mut tx, session).await?;
    tx.commit().await?;
    tracing::info!(event = "signed_out", user = actor.user_id(), "signed out");
    Ok(())
}
