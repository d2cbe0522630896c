//! Many users at a time, who all look alike: for measuring only.

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// One of many. All have the same password, and their address counts as proved.
#[derive(Clone, Debug)]
pub struct OneOfMany<'a> {
    /// The id.
    pub id: &'a str,
    /// The canonical address.
    pub email: &'a str,
    /// The last name; the first is the same for all.
    pub last_name: &'a str,
    /// The home client.
    pub tenant_id: &'a str,
    /// Argon2id hash.
    pub password_hash: &'a str,
}

/// Adds a user; [`join`] makes members of a whole batch.
///
/// # Errors
/// The database's; a taken address is one.
pub async fn add_user(tx: &mut Tx, user: &OneOfMany<'_>, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO users (id, email, email_proved_at, first_name, last_name, password_hash, password_set_at,
                            second_factor, second_factor_set_at, home_tenant_id, current_tenant_id, api_access,
                            created_at)
         VALUES ($1, $2, $6, 'Bench', $3, $4, $6, 'email', $6, $5, $5, FALSE, $6)",
        user.id,
        user.email,
        user.last_name,
        user.password_hash,
        user.tenant_id,
        now,
    )?;
    Ok(())
}

/// Makes those whose ids lie between `first` and `last` members of their home client and of one of its groups.
///
/// # Errors
/// The database's.
pub async fn join(tx: &mut Tx, tenant_id: &str, group_id: &str, first: &str, last: &str) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO memberships (tenant_id, user_id, kind, created_at)
         SELECT u.home_tenant_id, u.id, 'home', u.created_at FROM users u
          WHERE u.id >= $2 AND u.id <= $3 AND u.home_tenant_id = $1",
        tenant_id,
        first,
        last,
    )?;
    execute!(
        tx.on(),
        "INSERT INTO group_members (tenant_id, group_id, user_id, created_at)
         SELECT g.tenant_id, g.id, m.user_id, m.created_at
           FROM groups g JOIN memberships m ON m.tenant_id = g.tenant_id
          WHERE g.tenant_id = $1 AND g.id = $2 AND m.user_id >= $3 AND m.user_id <= $4",
        tenant_id,
        group_id,
        first,
        last,
    )?;
    Ok(())
}

/// How many members a client has.
///
/// # Errors
/// The database's.
pub async fn members(db: &Db, tenant_id: &str) -> Result<i64> {
    let (count,) =
        fetch!(db.read(), fetch_one, (i64,), "SELECT COUNT(*) FROM memberships WHERE tenant_id = $1", tenant_id)?;
    Ok(count)
}
