//! Who enters and leaves a client, and who is a guest there (TEN-2, TEN-3).

use super::groups::in_order;
use super::tenants::{Kind, Tenant};
use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// How a user belongs to a client, if at all.
///
/// # Errors
/// The database's.
pub async fn kind(tx: &mut Tx, tenant_id: &str, user_id: &str) -> Result<Option<Kind>> {
    let row = fetch!(
        tx.on(),
        fetch_optional,
        (String,),
        "SELECT kind FROM memberships WHERE tenant_id = $1 AND user_id = $2",
        tenant_id,
        user_id,
    )?;
    Ok(row.map(|(kind,)| Kind::read(&kind)))
}

/// The client with this slug, and how a user belongs to it; nothing for those who do not. One read for both, so that a
/// client of others costs what none at all does (TEN-1).
///
/// # Errors
/// The database's.
pub async fn of_slug(tx: &mut Tx, slug: &str, user_id: &str) -> Result<Option<(Tenant, Kind)>> {
    #[derive(sqlx_macros::FromRow)]
    struct Belonging {
        #[sqlx(flatten)]
        tenant: Tenant,
        kind: String,
    }
    let row = fetch!(
        tx.on(),
        fetch_optional,
        Belonging,
        "SELECT t.id, t.slug, t.name, t.colour, m.kind
           FROM tenants t JOIN memberships m ON m.tenant_id = t.id AND m.user_id = $2
          WHERE t.slug = $1",
        slug,
        user_id,
    )?;
    Ok(row.map(|row| (row.tenant, Kind::read(&row.kind))))
}

/// Remembers that a user entered a client; says whether they belong to it.
///
/// # Errors
/// The database's.
pub async fn entered(tx: &mut Tx, tenant_id: &str, user_id: &str, now: Millis) -> Result<bool> {
    let entered = execute!(
        tx.on(),
        "UPDATE memberships SET last_entered_at = $3 WHERE tenant_id = $1 AND user_id = $2",
        tenant_id,
        user_id,
        now,
    )?;
    Ok(entered == 1)
}

/// Ends that a user is a guest of a client, with all groups there; says whether this was the one call that did. Comes
/// after [`go_home`].
///
/// # Errors
/// The database's.
pub async fn end_guest(tx: &mut Tx, tenant_id: &str, user_id: &str) -> Result<bool> {
    let ended = execute!(
        tx.on(),
        "DELETE FROM memberships WHERE tenant_id = $1 AND user_id = $2 AND kind = 'guest'",
        tenant_id,
        user_id,
    )?;
    Ok(ended == 1)
}

/// Whoever was in this client last is at home again. The user's own row is held from here on: what lists users anew
/// holds it as well and asks for the membership then, so that the two never wait for each other.
///
/// # Errors
/// The database's.
pub async fn go_home(tx: &mut Tx, tenant_id: &str, user_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE users
            SET current_tenant_id = CASE WHEN current_tenant_id = $1 THEN home_tenant_id ELSE current_tenant_id END
          WHERE id = $2",
        tenant_id,
        user_id,
    )?;
    Ok(())
}

/// The part of the URL of the client that `/` leads a user to.
///
/// # Errors
/// The database's.
pub async fn current_slug(tx: &mut Tx, user_id: &str) -> Result<String> {
    let (slug,) = fetch!(
        tx.on(),
        fetch_one,
        (String,),
        "SELECT t.slug FROM users u JOIN tenants t ON t.id = u.current_tenant_id WHERE u.id = $1",
        user_id,
    )?;
    Ok(slug)
}

/// A guest of a client.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Guest {
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
    /// The name of the home client; empty where it is of this one person alone.
    pub home: String,
    /// Since when they are a guest.
    pub created_at: Millis,
    /// When they last entered the client.
    pub last_entered_at: Option<Millis>,
}

/// Up to `most` guests of a client, the newest first, from those on that come after `after`: since when somebody is a
/// guest, and their id.
///
/// # Errors
/// The database's.
pub async fn guests(db: &Db, tenant_id: &str, after: (Millis, &str), most: i64) -> Result<Vec<Guest>> {
    fetch!(
        db.read(),
        fetch_all,
        Guest,
        "SELECT m.user_id, u.first_name, u.last_name, u.email, p.id AS picture,
                CASE WHEN t.personal THEN '' ELSE t.name END AS home, m.created_at, m.last_entered_at
           FROM memberships m JOIN users u ON u.id = m.user_id JOIN tenants t ON t.id = u.home_tenant_id
                LEFT JOIN pictures p ON p.user_id = u.id
          WHERE m.tenant_id = $1 AND m.kind = 'guest' AND (m.created_at, m.user_id) < ($2, $3)
          ORDER BY m.created_at DESC, m.user_id DESC LIMIT $4",
        tenant_id,
        after.0,
        after.1,
        most,
    )
}

/// A group that a guest is in.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct GuestGroup {
    /// Who.
    pub user_id: String,
    /// Which of the four, if one of them.
    pub builtin: Option<String>,
    /// Its own name.
    pub name: String,
}

/// The groups of those guests of a client that [`guests`] shows for the same `after` and `most`.
///
/// # Errors
/// The database's.
pub async fn groups_of_guests(db: &Db, tenant_id: &str, after: (Millis, &str), most: i64) -> Result<Vec<GuestGroup>> {
    fetch!(
        db.read(),
        fetch_all,
        GuestGroup,
        concat!(
            "SELECT gm.user_id, g.builtin, g.name
           FROM (SELECT m.tenant_id, m.user_id FROM memberships m
                  WHERE m.tenant_id = $1 AND m.kind = 'guest' AND (m.created_at, m.user_id) < ($2, $3)
                  ORDER BY m.created_at DESC, m.user_id DESC LIMIT $4) shown
           JOIN group_members gm ON gm.tenant_id = shown.tenant_id AND gm.user_id = shown.user_id
           JOIN groups g ON g.tenant_id = gm.tenant_id AND g.id = gm.group_id
          ORDER BY ",
            in_order!()
        ),
        tenant_id,
        after.0,
        after.1,
        most,
    )
}

/// Makes a client the home of one person alone, in whose name it goes.
///
/// # Errors
/// The database's.
pub async fn make_personal(tx: &mut Tx, tenant_id: &str) -> Result<()> {
    execute!(tx.on(), "UPDATE tenants SET personal = TRUE WHERE id = $1", tenant_id)?;
    Ok(())
}

/// Gives the personal client of a user their new name, where their home is one.
///
/// # Errors
/// The database's.
pub async fn rename_personal(tx: &mut Tx, user_id: &str, name: &str) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE tenants SET name = $2
          WHERE personal AND id = (SELECT u.home_tenant_id FROM users u WHERE u.id = $1)",
        user_id,
        name,
    )?;
    Ok(())
}
