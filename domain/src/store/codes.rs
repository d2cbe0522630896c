//! Mailed codes. [`crate::flows::confirm`] is the only caller.

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A code after a try was counted.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct TriedCode {
    /// HMAC of the code with what it is bound to.
    pub mac: Vec<u8>,
    /// Tries so far, this one included.
    pub tries: i64,
    /// When it runs out.
    pub expires_at: Millis,
    /// When it was used.
    pub used_at: Option<Millis>,
}

/// A code to be.
#[derive(Clone, Debug)]
pub struct NewCode<'a> {
    /// The sign-in or change it belongs to.
    pub flow_id: &'a str,
    /// What it is for.
    pub purpose: &'a str,
    /// Whose.
    pub user_id: &'a str,
    /// HMAC.
    pub mac: &'a [u8],
    /// The canonical address it was mailed to.
    pub sent_to: &'a str,
}

/// Stores a code; the former one of the same flow and purpose is gone (CODE-7).
///
/// # Errors
/// The database's.
pub async fn put(tx: &mut Tx, code: &NewCode<'_>, now: Millis, expires_at: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO codes (flow_id, purpose, user_id, mac, tries, sent_to, created_at, expires_at)
         VALUES ($1, $2, $3, $4, 0, $5, $6, $7)
         ON CONFLICT (flow_id, purpose) DO UPDATE SET mac = excluded.mac, tries = 0, sent_to = excluded.sent_to,
                created_at = excluded.created_at, expires_at = excluded.expires_at, used_at = NULL",
        code.flow_id,
        code.purpose,
        code.user_id,
        code.mac,
        code.sent_to,
        now,
        expires_at,
    )?;
    Ok(())
}

/// Counts a try, before anybody compares anything (CODE-3). `None`: no such code, or all tries are gone.
///
/// # Errors
/// The database's.
pub async fn count_try(tx: &mut Tx, flow_id: &str, purpose: &str, most: i64) -> Result<Option<TriedCode>> {
    fetch!(
        tx.on(),
        fetch_optional,
        TriedCode,
        "UPDATE codes SET tries = tries + 1 WHERE flow_id = $1 AND purpose = $2 AND tries < $3
         RETURNING mac, tries, expires_at, used_at",
        flow_id,
        purpose,
        most,
    )
}

/// Uses a code up; says whether this was the one call that did (CODE-5).
///
/// # Errors
/// The database's.
pub async fn use_up(tx: &mut Tx, flow_id: &str, purpose: &str, mac: &[u8], now: Millis) -> Result<bool> {
    let used = execute!(
        tx.on(),
        "UPDATE codes SET used_at = $4
          WHERE flow_id = $1 AND purpose = $2 AND mac = $3 AND used_at IS NULL AND expires_at > $4",
        flow_id,
        purpose,
        mac,
        now,
    )?;
    Ok(used == 1)
}

/// Whether a code of this flow and purpose was ever sent.
///
/// # Errors
/// The database's.
pub async fn was_sent(db: &Db, flow_id: &str, purpose: &str) -> Result<bool> {
    let (sent,) = fetch!(
        db.read(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM codes WHERE flow_id = $1 AND purpose = $2)",
        flow_id,
        purpose,
    )?;
    Ok(sent)
}

/// Whether a code of this flow and purpose can still be used.
///
/// # Errors
/// The database's.
pub async fn is_open(db: &Db, flow_id: &str, purpose: &str, most: i64, now: Millis) -> Result<bool> {
    let (open,) = fetch!(
        db.read(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM codes WHERE flow_id = $1 AND purpose = $2 AND used_at IS NULL
                                               AND tries < $3 AND expires_at > $4)",
        flow_id,
        purpose,
        most,
        now,
    )?;
    Ok(open)
}

/// Ends the codes of one flow.
///
/// # Errors
/// The database's.
pub async fn end_flow(tx: &mut Tx, flow_id: &str) -> Result<()> {
    execute!(tx.on(), "DELETE FROM codes WHERE flow_id = $1", flow_id)?;
    Ok(())
}

/// Ends all codes of a user (SESS-6).
///
/// # Errors
/// The database's.
pub async fn end_all(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(tx.on(), "DELETE FROM codes WHERE user_id = $1", user_id)?;
    Ok(())
}

/// Removes codes that have run out.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM codes WHERE expires_at <= $1", now)
}
