//! What happened to people's accounts, as a chain for each. What is chained stands in [`crate::flows::activity`].

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Entry {
    /// Its place in the chain, from 1 on.
    pub seq: i64,
    /// When.
    pub at: Millis,
    /// What, as a code of the closed list.
    pub kind: String,
    /// Who did it, where it was not the user.
    pub actor_id: Option<String>,
    /// In which client, where it belongs to one.
    pub tenant_id: Option<String>,
    /// From which network address.
    pub address: String,
    /// With which browser and system.
    pub browser: String,
    /// More, as JSON; or nothing.
    pub detail: String,
    /// HMAC of the former hash and all of it.
    pub hash: Vec<u8>,
}

/// The end of a user's chain, held until the transaction ends: how long it is with the entry that comes next, and
/// the hash of its last entry so far.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &mut Tx, user_id: &str) -> Result<(i64, Option<Vec<u8>>)> {
    fetch!(
        tx.on(),
        fetch_one,
        (i64, Option<Vec<u8>>),
        "UPDATE users SET activity_count = activity_count + 1 WHERE id = $1 RETURNING activity_count, activity_head",
        user_id,
    )
}

/// Appends an entry to a chain that is held.
///
/// # Errors
/// The database's.
pub async fn append(tx: &mut Tx, user_id: &str, entry: &Entry) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO activity (user_id, seq, at, kind, actor_id, tenant_id, address, browser, detail, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        user_id,
        entry.seq,
        entry.at,
        entry.kind.as_str(),
        entry.actor_id.as_deref(),
        entry.tenant_id.as_deref(),
        entry.address.as_str(),
        entry.browser.as_str(),
        entry.detail.as_str(),
        entry.hash.as_slice(),
    )?;
    execute!(tx.on(), "UPDATE users SET activity_head = $2 WHERE id = $1", user_id, entry.hash.as_slice())?;
    Ok(())
}

/// An entry as it is shown.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Shown {
    /// Its place in the chain.
    pub seq: i64,
    /// When.
    pub at: Millis,
    /// What, as a code of the closed list.
    pub kind: String,
    /// Who did it, where it was not the user.
    pub actor_id: Option<String>,
    /// The name of whoever did it, while their account is there.
    pub actor_name: Option<String>,
    /// From which network address.
    pub address: String,
    /// With which browser and system.
    pub browser: String,
    /// More, as JSON; or nothing.
    pub detail: String,
}

/// Up to `most` entries of a user before place `before`, newest first: those of `kinds`, a list with a blank around
/// each, or all where it is empty; with `by_others` only what somebody else did.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, user_id: &str, before: i64, kinds: &str, by_others: bool, most: i64) -> Result<Vec<Shown>> {
    fetch!(
        db.read(),
        fetch_all,
        Shown,
        "SELECT a.seq, a.at, a.kind, a.actor_id, o.first_name || ' ' || o.last_name AS actor_name,
                a.address, a.browser, a.detail
           FROM activity a LEFT JOIN users o ON o.id = a.actor_id
          WHERE a.user_id = $1 AND a.seq < $2 AND ($3 = '' OR $3 LIKE '% ' || a.kind || ' %')
            AND (NOT $4 OR a.actor_id IS NOT NULL)
          ORDER BY a.seq DESC LIMIT $5",
        user_id,
        before,
        kinds,
        by_others,
        most,
    )
}

/// A chain, as its user's row knows it.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Chain {
    /// Whose.
    pub user_id: String,
    /// How long.
    pub length: i64,
    /// The hash of its last entry.
    pub head: Option<Vec<u8>>,
}

/// Up to `most` chains of users whose ids come after `after`.
///
/// # Errors
/// The database's.
pub async fn chains(db: &Db, after: &str, most: i64) -> Result<Vec<Chain>> {
    fetch!(
        db.read(),
        fetch_all,
        Chain,
        "SELECT u.id AS user_id, u.activity_count AS length, u.activity_head AS head FROM users u
          WHERE u.id > $1 AND (u.activity_count <> 0 OR EXISTS (SELECT 1 FROM activity a WHERE a.user_id = u.id))
          ORDER BY u.id LIMIT $2",
        after,
        most,
    )
}

/// Up to `most` entries of a user that come after `after`, the oldest first.
///
/// # Errors
/// The database's.
pub async fn after(db: &Db, user_id: &str, after: i64, most: i64) -> Result<Vec<Entry>> {
    fetch!(
        db.read(),
        fetch_all,
        Entry,
        "SELECT seq, at, kind, actor_id, tenant_id, address, browser, detail, hash FROM activity
          WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        user_id,
        after,
        most,
    )
}
