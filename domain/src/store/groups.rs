//! User groups and who is in them.

use unicode_normalization::UnicodeNormalization;

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;
use crate::view::{BuiltinGroup, Permission};

/// What a name is unique by in its client: those that differ in width, case and blanks alone have the same key, and so
/// has what looks like an emoji and what is one. Look-alikes beyond that are refused where names are chosen, see
/// [`crate::look_alike`].
#[must_use]
pub fn name_key(name: &str) -> String {
    // Upper case first: it makes `ß` and `SS`, and both small sigmas, the same.
    let folded = name.nfkc().collect::<String>().to_uppercase().to_lowercase();
    let folded: String = folded.nfkc().filter(|letter| *letter != '\u{FE0F}').collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Group {
    /// Its id.
    pub id: String,
    builtin: Option<String>,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    permissions: String,
    /// Whether people may join and leave it by themselves.
    pub open_to_join: bool,
}

impl Group {
    /// Which of the four, if one of them.
    #[must_use]
    pub fn builtin(&self) -> Option<BuiltinGroup> {
        self.builtin.as_deref().and_then(BuiltinGroup::from_code)
    }

    /// What it permits.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        Permission::read_list(&self.permissions)
    }
}

/// In which order the groups `g` of a client stand: the four first, then by name, as we fold it. Of what the databases
/// call the order of names, neither is the other's.
macro_rules! in_order {
    () => {
        "CASE g.builtin WHEN 'full_access' THEN 0 WHEN 'management' THEN 1 WHEN 'user' THEN 2 WHEN 'guest' THEN 3
              ELSE 4 END, g.name_key, g.id"
    };
}

pub(super) use in_order;

const BY_ID: &str = "SELECT id, builtin, name, description, permissions, open_to_join FROM groups
  WHERE tenant_id = $1 AND id = $2";

/// A group of a client.
///
/// # Errors
/// The database's.
pub async fn by_id(db: &Db, tenant_id: &str, id: &str) -> Result<Option<Group>> {
    fetch!(db.read(), fetch_optional, Group, BY_ID, tenant_id, id)
}

/// As [`by_id`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn by_id_in(tx: &mut Tx, tenant_id: &str, id: &str) -> Result<Option<Group>> {
    fetch!(tx.on(), fetch_optional, Group, BY_ID, tenant_id, id)
}

/// A group with how many are in it.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Counted {
    /// The group.
    #[sqlx(flatten)]
    pub group: Group,
    /// How many are in it, as far as was counted.
    pub members: i64,
}

/// The groups of a client by name, those that stand in each first. Members are counted up to `most`, so that a large
/// client costs no more.
///
/// # Errors
/// The database's.
pub async fn all(db: &Db, tenant_id: &str, most: i64) -> Result<Vec<Counted>> {
    fetch!(
        db.read(),
        fetch_all,
        Counted,
        concat!(
            "SELECT g.id, g.builtin, g.name, g.description, g.permissions, g.open_to_join,
                (SELECT COUNT(*) FROM (SELECT 1 AS one FROM group_members gm
                  WHERE gm.tenant_id = g.tenant_id AND gm.group_id = g.id LIMIT $2) counted) AS members
           FROM groups g WHERE g.tenant_id = $1
          ORDER BY ",
            in_order!()
        ),
        tenant_id,
        most,
    )
}

/// How many are in a group, counted up to `most`.
///
/// # Errors
/// The database's.
pub async fn members(db: &Db, tenant_id: &str, id: &str, most: i64) -> Result<i64> {
    let (members,) = fetch!(
        db.read(),
        fetch_one,
        (i64,),
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM group_members
          WHERE tenant_id = $1 AND group_id = $2 LIMIT $3) counted",
        tenant_id,
        id,
        most,
    )?;
    Ok(members)
}

/// A group as somebody sees it who is in it or may think of joining.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Seen {
    /// The group.
    #[sqlx(flatten)]
    pub group: Group,
    /// Since when they are in it, where they are.
    pub since: Option<Millis>,
}

/// The groups of a client that a user is in, and those open to joining, the four first, then by name.
///
/// # Errors
/// The database's.
pub async fn seen_by(db: &Db, tenant_id: &str, user_id: &str) -> Result<Vec<Seen>> {
    fetch!(
        db.read(),
        fetch_all,
        Seen,
        concat!(
            "SELECT g.id, g.builtin, g.name, g.description, g.permissions, g.open_to_join, gm.created_at AS since
           FROM groups g
           LEFT JOIN group_members gm ON gm.tenant_id = g.tenant_id AND gm.group_id = g.id AND gm.user_id = $2
          WHERE g.tenant_id = $1 AND (g.open_to_join OR gm.user_id IS NOT NULL)
          ORDER BY ",
            in_order!()
        ),
        tenant_id,
        user_id,
    )
}

/// A group a user is in.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct GroupOfMember {
    /// The client.
    pub tenant_id: String,
    /// Which of the four, if one of them.
    pub builtin: Option<String>,
    /// Its own name.
    pub name: String,
}

/// The groups of a user in all clients, of each the four first, then by name.
///
/// # Errors
/// The database's.
pub async fn of_user(db: &Db, user_id: &str) -> Result<Vec<GroupOfMember>> {
    fetch!(
        db.read(),
        fetch_all,
        GroupOfMember,
        concat!(
            "SELECT g.tenant_id, g.builtin, g.name
           FROM memberships m
           JOIN group_members gm ON gm.tenant_id = m.tenant_id AND gm.user_id = m.user_id
           JOIN groups g ON g.tenant_id = gm.tenant_id AND g.id = gm.group_id
          WHERE m.user_id = $1 ORDER BY ",
            in_order!()
        ),
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
    /// Whether people may join and leave it by themselves.
    pub open_to_join: bool,
}

/// Adds a group.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, group: &NewGroup<'_>, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO groups (tenant_id, id, builtin, name, description, permissions, created_at, name_key, open_to_join)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        group.tenant_id,
        group.id,
        group.builtin.map(BuiltinGroup::code),
        group.name,
        group.description,
        group.permissions,
        now,
        name_key(group.name),
        group.open_to_join,
    )?;
    Ok(())
}

/// The ids and names of all groups of a client.
///
/// # Errors
/// The database's.
pub async fn names(tx: &mut Tx, tenant_id: &str) -> Result<Vec<(String, String)>> {
    fetch!(tx.on(), fetch_all, (String, String), "SELECT id, name FROM groups WHERE tenant_id = $1", tenant_id)
}

/// Replaces what a group of a client is; which of the four it is stays.
///
/// # Errors
/// The database's.
pub async fn update(tx: &mut Tx, group: &NewGroup<'_>) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE groups SET name = $3, name_key = $4, description = $5, permissions = $6, open_to_join = $7
          WHERE tenant_id = $1 AND id = $2",
        group.tenant_id,
        group.id,
        group.name,
        name_key(group.name),
        group.description,
        group.permissions,
        group.open_to_join,
    )?;
    Ok(())
}

/// Removes a group, and with it who is in it and who is invited into it.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, tenant_id: &str, id: &str) -> Result<()> {
    execute!(tx.on(), "DELETE FROM groups WHERE tenant_id = $1 AND id = $2", tenant_id, id)?;
    Ok(())
}

/// How many invitations into a group are open.
///
/// # Errors
/// The database's.
pub async fn invitations(db: &Db, tenant_id: &str, id: &str, now: Millis) -> Result<i64> {
    let (open,) = fetch!(
        db.read(),
        fetch_one,
        (i64,),
        "SELECT COUNT(*) FROM invitations
          WHERE tenant_id = $1 AND group_id = $2 AND ended_at IS NULL AND expires_at > $3",
        tenant_id,
        id,
        now,
    )?;
    Ok(open)
}

/// Puts a member of the client into a group of the same client; says whether they were not in it before.
///
/// # Errors
/// The database's; a foreign group or user is refused there.
pub async fn add_member(tx: &mut Tx, tenant_id: &str, group_id: &str, user_id: &str, now: Millis) -> Result<bool> {
    let added = execute!(
        tx.on(),
        "INSERT INTO group_members (tenant_id, group_id, user_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, user_id, group_id) DO NOTHING",
        tenant_id,
        group_id,
        user_id,
        now,
    )?;
    Ok(added == 1)
}

/// Takes somebody out of a group; says whether they were in it.
///
/// # Errors
/// The database's.
pub async fn remove_member(tx: &mut Tx, tenant_id: &str, group_id: &str, user_id: &str) -> Result<bool> {
    let removed = execute!(
        tx.on(),
        "DELETE FROM group_members WHERE tenant_id = $1 AND group_id = $2 AND user_id = $3",
        tenant_id,
        group_id,
        user_id,
    )?;
    Ok(removed == 1)
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn names_that_look_alike_have_one_key() {
        for twin in [
            "Gr\u{fc}n 1",
            " gr\u{fc}N  1 ",
            "GRU\u{308}N\u{a0}1",
            "\u{ff27}r\u{fc}n\u{3000}\u{ff11}",
            "gr\u{fc}n \u{2460}",
            "gr\u{fc}n 1\u{fe0f}",
        ] {
            assert_eq!(name_key(twin), "gr\u{fc}n 1", "{twin}");
        }
        assert_eq!(name_key("Stra\u{df}e"), name_key("STRASSE"));
        assert_eq!(name_key("\u{39f}\u{394}\u{39f}\u{3a3}"), name_key("\u{3bf}\u{3b4}\u{3bf}\u{3c3}"));
        assert_ne!(name_key("Sales 1"), name_key("Sales 2"));
    }
}
