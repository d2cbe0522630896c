//! Who is in which group, and what that lets them do.

use super::{Db, Tx, fetch};
use crate::clock::Millis;
use crate::error::Result;
use crate::store::tenants::Kind;

/// The permissions of all groups of a user in a client, as stored, one after the other; none for those who are
/// disabled.
///
/// # Errors
/// The database's.
pub async fn permissions(tx: &mut Tx, tenant_id: &str, user_id: &str) -> Result<String> {
    let (stored,) = fetch!(
        tx.on(),
        fetch_one,
        (Option<String>,),
        "SELECT string_agg(g.permissions, ' ') FROM group_members gm
           JOIN groups g ON g.tenant_id = gm.tenant_id AND g.id = gm.group_id
           JOIN users u ON u.id = gm.user_id
          WHERE gm.tenant_id = $1 AND gm.user_id = $2 AND u.disabled_at IS NULL",
        tenant_id,
        user_id,
    )?;
    Ok(stored.unwrap_or_default())
}

/// As [`permissions`], also of those who are disabled: enabling them brings it all back.
///
/// # Errors
/// The database's.
pub async fn permissions_of_all(tx: &mut Tx, tenant_id: &str, user_id: &str) -> Result<String> {
    let (stored,) = fetch!(
        tx.on(),
        fetch_one,
        (Option<String>,),
        "SELECT string_agg(g.permissions, ' ') FROM group_members gm
           JOIN groups g ON g.tenant_id = gm.tenant_id AND g.id = gm.group_id
          WHERE gm.tenant_id = $1 AND gm.user_id = $2",
        tenant_id,
        user_id,
    )?;
    Ok(stored.unwrap_or_default())
}

/// Up to two of those who are at home in a client, in its group Full access, not disabled and with a way in.
///
/// # Errors
/// The database's.
pub async fn with_full_access(tx: &mut Tx, tenant_id: &str) -> Result<Vec<String>> {
    let rows = fetch!(
        tx.on(),
        fetch_all,
        (String,),
        "SELECT u.id FROM groups g
           JOIN group_members gm ON gm.tenant_id = g.tenant_id AND gm.group_id = g.id
           JOIN memberships m ON m.tenant_id = gm.tenant_id AND m.user_id = gm.user_id
           JOIN users u ON u.id = gm.user_id
          WHERE g.tenant_id = $1 AND g.builtin = 'full_access' AND m.kind = 'home'
            AND u.disabled_at IS NULL AND (u.password_hash IS NOT NULL OR u.provider_bound_at IS NOT NULL)
          LIMIT 2",
        tenant_id,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The member of a client with this canonical address.
///
/// # Errors
/// The database's.
pub async fn by_email(tx: &mut Tx, tenant_id: &str, email: &str) -> Result<Option<String>> {
    let row = fetch!(
        tx.on(),
        fetch_optional,
        (String,),
        "SELECT u.id FROM users u JOIN memberships m ON m.tenant_id = $1 AND m.user_id = u.id WHERE u.email = $2",
        tenant_id,
        email,
    )?;
    Ok(row.map(|(id,)| id))
}

/// Somebody in a group.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct InGroup {
    /// Who.
    pub user_id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The one address.
    pub email: String,
    /// The id of the profile picture.
    pub picture: Option<String>,
    kind: String,
    /// Since when they are in the group.
    pub since: Millis,
}

impl InGroup {
    /// Home or guest.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::read(&self.kind)
    }
}

/// Up to `most` of those in a group who came before the moment and user `before`, the last to come first.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, tenant_id: &str, group_id: &str, before: (Millis, &str), most: i64) -> Result<Vec<InGroup>> {
    let (since, user_id) = before;
    fetch!(
        db.read(),
        fetch_all,
        InGroup,
        "SELECT u.id AS user_id, u.first_name, u.last_name, u.email, p.id AS picture, m.kind, gm.created_at AS since
           FROM group_members gm
           JOIN memberships m ON m.tenant_id = gm.tenant_id AND m.user_id = gm.user_id
           JOIN users u ON u.id = gm.user_id
           LEFT JOIN pictures p ON p.user_id = u.id
          WHERE gm.tenant_id = $1 AND gm.group_id = $2 AND (gm.created_at, gm.user_id) < ($3, $4)
          ORDER BY gm.created_at DESC, gm.user_id DESC LIMIT $5",
        tenant_id,
        group_id,
        since,
        user_id,
        most,
    )
}

/// Somebody in a group, and what they may do without it.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Without {
    /// Who.
    pub user_id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The one address.
    pub email: String,
    /// The id of the profile picture.
    pub picture: Option<String>,
    kept: Option<String>,
}

impl Without {
    /// The stored permissions of their other groups, one after the other.
    #[must_use]
    pub fn kept(&self) -> &str {
        self.kept.as_deref().unwrap_or("")
    }
}

/// Up to `most` of those in a group, the last to come first, with what their other groups permit.
///
/// # Errors
/// The database's.
pub async fn without(db: &Db, tenant_id: &str, group_id: &str, most: i64) -> Result<Vec<Without>> {
    fetch!(
        db.read(),
        fetch_all,
        Without,
        "SELECT u.id AS user_id, u.first_name, u.last_name, u.email, p.id AS picture,
                (SELECT string_agg(g.permissions, ' ') FROM group_members other
                   JOIN groups g ON g.tenant_id = other.tenant_id AND g.id = other.group_id
                  WHERE other.tenant_id = gm.tenant_id AND other.user_id = gm.user_id
                    AND other.group_id <> gm.group_id) AS kept
           FROM group_members gm
           JOIN users u ON u.id = gm.user_id
           LEFT JOIN pictures p ON p.user_id = u.id
          WHERE gm.tenant_id = $1 AND gm.group_id = $2
          ORDER BY gm.created_at DESC, gm.user_id DESC LIMIT $3",
        tenant_id,
        group_id,
        most,
    )
}
