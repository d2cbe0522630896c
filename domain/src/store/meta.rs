//! Facts about the installation itself.

use super::{Db, Tx, execute, fetch};
use crate::error::Result;

/// The key under which the fingerprint of the secret stands.
pub const KEY_FINGERPRINT: &str = "key_fingerprint";
/// The key that marks a database as filled by the demo.
pub const DEMO: &str = "demo";

/// The key that names the link by which the first client was made.
pub const SET_UP: &str = "set_up";

/// A stored fact.
///
/// # Errors
/// The database's.
pub async fn get(db: &Db, key: &str) -> Result<Option<String>> {
    let row = fetch!(db.read(), fetch_optional, (String,), "SELECT value FROM meta WHERE key = $1", key)?;
    Ok(row.map(|(value,)| value))
}

/// Stores a fact, unless it is there already; says what stands there now.
///
/// # Errors
/// The database's.
pub async fn keep(tx: &mut Tx, key: &str, value: &str) -> Result<String> {
    execute!(tx.on(), "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", key, value)?;
    let (kept,) = fetch!(tx.on(), fetch_one, (String,), "SELECT value FROM meta WHERE key = $1", key)?;
    Ok(kept)
}

/// Writes a whole and sound copy of a SQLite database while it is in use; Postgres has `pg_dump`.
///
/// # Errors
/// The database's; also when the file is there already.
pub async fn copy_to(db: &Db, file: &str) -> Result<()> {
    execute!(db.write(), "VACUUM INTO $1", file)?;
    Ok(())
}
