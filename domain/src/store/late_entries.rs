//! What one act means for many people, until a worker has written it into the activity of each.

use super::{Db, Tx, execute, fetch};
use crate::error::Result;

/// An act that concerns many people.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// Its id.
    pub id: &'a str,
    /// The client it was done in.
    pub tenant_id: &'a str,
    /// What it is to them, as a code of the closed list.
    pub kind: &'a str,
    /// Who did it.
    pub actor_id: &'a str,
    /// From which network address.
    pub address: &'a str,
    /// With which browser and system.
    pub browser: &'a str,
    /// In which language.
    pub language: &'a str,
    /// More, as JSON.
    pub detail: &'a str,
}

/// Keeps an act for everybody in a group.
///
/// # Errors
/// The database's.
pub async fn for_group(tx: &mut Tx, act: &Act<'_>, group_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO late_entries (act_id, user_id, tenant_id, kind, actor_id, address, browser, language, detail)
         SELECT $1, gm.user_id, gm.tenant_id, $3, $4, $5, $6, $7, $8 FROM group_members gm
          WHERE gm.tenant_id = $2 AND gm.group_id = $9",
        act.id,
        act.tenant_id,
        act.kind,
        act.actor_id,
        act.address,
        act.browser,
        act.language,
        act.detail,
        group_id,
    )?;
    Ok(())
}

/// Keeps an act for everybody in a client who signs in by password and has no second factor.
///
/// # Errors
/// The database's.
pub async fn for_those_without_factor(tx: &mut Tx, act: &Act<'_>) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO late_entries (act_id, user_id, tenant_id, kind, actor_id, address, browser, language, detail)
         SELECT $1, m.user_id, m.tenant_id, $3, $4, $5, $6, $7, $8
           FROM memberships m JOIN users u ON u.id = m.user_id
          WHERE m.tenant_id = $2 AND u.second_factor = 'off' AND u.provider IS NULL",
        act.id,
        act.tenant_id,
        act.kind,
        act.actor_id,
        act.address,
        act.browser,
        act.language,
        act.detail,
    )?;
    Ok(())
}

/// What is still to be written into somebody's activity.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Late {
    /// The act.
    pub act_id: String,
    /// Whose activity.
    pub user_id: String,
    /// The client it was done in.
    pub tenant_id: String,
    /// What it is, as a code of the closed list.
    pub kind: String,
    /// Who did it.
    pub actor_id: String,
    /// From which network address.
    pub address: String,
    /// With which browser and system.
    pub browser: String,
    /// In which language.
    pub language: String,
    /// More, as JSON.
    pub detail: String,
}

/// Up to `most` entries, those of the oldest act first.
///
/// # Errors
/// The database's.
pub async fn some(db: &Db, most: i64) -> Result<Vec<Late>> {
    fetch!(
        db.read(),
        fetch_all,
        Late,
        "SELECT act_id, user_id, tenant_id, kind, actor_id, address, browser, language, detail
           FROM late_entries
          ORDER BY act_id, user_id LIMIT $1",
        most,
    )
}

/// Takes an entry away; says whether this was the one call that did.
///
/// # Errors
/// The database's.
pub async fn take(tx: &mut Tx, act_id: &str, user_id: &str) -> Result<bool> {
    let taken = execute!(tx.on(), "DELETE FROM late_entries WHERE act_id = $1 AND user_id = $2", act_id, user_id)?;
    Ok(taken == 1)
}
