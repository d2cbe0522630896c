//! Authenticator apps: one sealed secret a person, and the last period whose code was taken (TOTP-3, TOTP-5).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// An app.
#[derive(Clone, sqlx_macros::FromRow)]
pub struct App {
    /// Its id: another set-up is another app.
    pub id: String,
    /// The sealed secret.
    pub sealed: Vec<u8>,
    /// The key it is sealed with.
    pub key_id: String,
    /// The last period whose code was taken, counted in 30 s since 1970.
    pub last_step: i64,
}

/// The app of a user.
///
/// # Errors
/// The database's.
pub async fn of_user(db: &Db, user_id: &str) -> Result<Option<App>> {
    fetch!(db.read(), fetch_optional, App, "SELECT id, sealed, key_id, last_step FROM totp WHERE user_id = $1", user_id,)
}

/// Adds the app of a user, who has none.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, user_id: &str, app: &App, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO totp (user_id, id, sealed, key_id, last_step, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        user_id,
        &app.id,
        &app.sealed,
        &app.key_id,
        app.last_step,
        now,
    )?;
    Ok(())
}

/// Takes the code of a period; says whether this was the one call that did (TOTP-3).
///
/// # Errors
/// The database's.
pub async fn use_step(tx: &mut Tx, id: &str, step: i64) -> Result<bool> {
    Ok(execute!(tx.on(), "UPDATE totp SET last_step = $2 WHERE id = $1 AND last_step < $2", id, step)? == 1)
}

/// Deletes the app of a user, if there is one.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(tx.on(), "DELETE FROM totp WHERE user_id = $1", user_id)?;
    Ok(())
}
