//! Wishes for a new password, until a worker has looked whose they are (ENUM-2).

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A wish for a new password.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Ask {
    /// Its id.
    pub id: String,
    /// For which address; perhaps nobody's.
    pub email: String,
    /// Network address.
    pub address: String,
    /// Browser and system.
    pub browser: String,
    /// The language of the browser.
    pub language: String,
    /// When.
    pub created_at: Millis,
}

/// Keeps a wish, in one statement of its own, whoever it is for.
///
/// # Errors
/// The database's.
pub async fn insert(db: &Db, ask: &Ask) -> Result<()> {
    execute!(
        db.write(),
        "INSERT INTO reset_asks (id, email, address, browser, language, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        &ask.id,
        &ask.email,
        &ask.address,
        &ask.browser,
        &ask.language,
        ask.created_at,
    )?;
    Ok(())
}

/// Up to a hundred wishes, the oldest first.
///
/// # Errors
/// The database's.
pub async fn waiting(db: &Db) -> Result<Vec<Ask>> {
    fetch!(
        db.read(),
        fetch_all,
        Ask,
        "SELECT id, email, address, browser, language, created_at FROM reset_asks ORDER BY created_at, id LIMIT 100",
    )
}

/// Takes a wish away; says whether this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn take(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(execute!(tx.on(), "DELETE FROM reset_asks WHERE id = $1", id)? == 1)
}

/// Removes wishes that nobody came to.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, created_before: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM reset_asks WHERE created_at <= $1", created_before)
}
