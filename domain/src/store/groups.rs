//! User groups and who is in them.

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;
use crate::view::BuiltinGroup;

/// A group a user is in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GroupOfMember {
    /// The client.
    pub tenant_id: String,
    /// Which of the four, if one of them.
    pub builtin: Option<String>,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its permissions as stored.
    pub permissions: String,
    /// Since when the user is in it.
    pub since: Millis,
}

/// The groups of a user in all clients, by name.
///
/// # Errors
/// The database's.
pub async fn of_user(db: &Db, user_id: &str) -> Result<Vec<GroupOfMember>> {
    fetch!(
        db.read(),
        fetch_all,
        GroupOfMember,
        "SELECT g.tenant_id, g.builtin, g.name, g.description, g.permissions, gm.created_at AS since
           FROM memberships m
           JOIN group_members gm ON gm.tenant_id = m.tenant_id AND gm.user_id = m.user_id
           JOIN groups g ON g.tenant_id = gm.tenant_id AND g.id = gm.group_id
          WHERE m.user_id = $1 ORDER BY lower(g.name), g.id",
        user_id,
    )
}

/// The id of one of the four groups of a client.
///
/// # Errors
/// The database's.
pub async fn builtin(tx: &mut Tx, tenant_id: &str, group: BuiltinGroup) -> Result<Option<String>> {
    let row = fetch!(
        tx.on(),
        fetch_optional,
        (String,),
        "SELECT id FROM groups WHERE tenant_id = $1 AND builtin = $2",
        tenant_id,
        group.code(),
    )?;
    Ok(row.map(|(id,)| id))
}

/// A new group.
#[derive(Clone, Debug)]
pub struct NewGroup<'a> {
    /// The client.
    pub tenant_id: &'a str,
    /// Its id.
    pub id: &'a str,
    /// Which of the four, if one of them.
    pub builtin: Option<BuiltinGroup>,
    /// Its name, unique in the client.
    pub name: &'a str,
    /// Its description.
    pub description: &'a str,
    /// Permission codes, separated by blanks.
    pub permissions: &'a str,
}

/// Adds a group.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, group: &NewGroup<'_>, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO groups (tenant_id, id, builtin, name, description, permissions, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        group.tenant_id,
        group.id,
        group.builtin.map(BuiltinGroup::code),
        group.name,
        group.description,
        group.permissions,
        now,
    )?;
    Ok(())
}

/// Puts a member of the client into a group of the same client.
///
/// # Errors
/// The database's; a foreign group or user is refused there.
pub async fn add_member(tx: &mut Tx, tenant_id: &str, group_id: &str, user_id: &str, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO group_members (tenant_id, group_id, user_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, user_id, group_id) DO NOTHING",
        tenant_id,
        group_id,
        user_id,
        now,
    )?;
    Ok(())
}
