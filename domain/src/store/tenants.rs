//! Clients, and who belongs to them.

use super::{Db, Tx, execute, fetch, user_list};
use crate::clock::Millis;
use crate::error::Result;

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Tenant {
    /// Its id.
    pub id: String,
    /// Its part of the URL.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub colour: String,
}

/// How a user belongs to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The one main client.
    Home,
    /// A guest.
    Guest,
}

impl Kind {
    const fn code(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Guest => "guest",
        }
    }

    pub(crate) fn read(code: &str) -> Self {
        if code == "home" { Self::Home } else { Self::Guest }
    }
}

/// A client as one of its members sees it.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Membership {
    /// The client's id.
    pub tenant_id: String,
    /// Its part of the URL.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub colour: String,
    /// Whether it is of one person alone, whose home it is.
    pub personal: bool,
    kind: String,
    /// When the user last entered it.
    pub last_entered_at: Option<Millis>,
    permissions: Option<String>,
}

impl Membership {
    /// Home or guest.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::read(&self.kind)
    }

    /// The stored permissions of all groups, one after the other.
    #[must_use]
    pub fn permission_codes(&self) -> &str {
        self.permissions.as_deref().unwrap_or("")
    }
}

/// The membership of a user in the client with this slug.
///
/// # Errors
/// The database's.
pub async fn membership(db: &Db, slug: &str, user_id: &str) -> Result<Option<Membership>> {
    fetch!(
        db.read(),
        fetch_optional,
        Membership,
        "SELECT t.id AS tenant_id, t.slug, t.name, t.colour, t.personal, m.kind, m.last_entered_at,
                (SELECT string_agg(g.permissions, ' ') FROM group_members gm
                   JOIN groups g ON g.tenant_id = gm.tenant_id AND g.id = gm.group_id
                  WHERE gm.tenant_id = m.tenant_id AND gm.user_id = m.user_id) AS permissions
           FROM tenants t JOIN memberships m ON m.tenant_id = t.id AND m.user_id = $2
          WHERE t.slug = $1",
        slug,
        user_id,
    )
}

/// All memberships of a user, the home client first, then by name.
///
/// # Errors
/// The database's.
pub async fn memberships(db: &Db, user_id: &str) -> Result<Vec<Membership>> {
    fetch!(
        db.read(),
        fetch_all,
        Membership,
        "SELECT t.id AS tenant_id, t.slug, t.name, t.colour, t.personal, m.kind, m.last_entered_at,
                NULL AS permissions
           FROM memberships m JOIN tenants t ON t.id = m.tenant_id
          WHERE m.user_id = $1 ORDER BY CASE m.kind WHEN 'home' THEN 0 ELSE 1 END, lower(t.name), t.id",
        user_id,
    )
}

/// The client with this slug.
///
/// # Errors
/// The database's.
pub async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Tenant>> {
    fetch!(tx.on(), fetch_optional, Tenant, "SELECT id, slug, name, colour FROM tenants WHERE slug = $1", slug)
}

const BY_ID: &str = "SELECT id, slug, name, colour FROM tenants WHERE id = $1";

/// The client with this id.
///
/// # Errors
/// The database's.
pub async fn by_id(db: &Db, id: &str) -> Result<Option<Tenant>> {
    fetch!(db.read(), fetch_optional, Tenant, BY_ID, id)
}

/// As [`by_id`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn by_id_in(tx: &mut Tx, id: &str) -> Result<Option<Tenant>> {
    fetch!(tx.on(), fetch_optional, Tenant, BY_ID, id)
}

/// Whether there is any client.
///
/// # Errors
/// The database's.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    let (any,) = fetch!(tx.on(), fetch_one, (bool,), "SELECT EXISTS (SELECT 1 FROM tenants)")?;
    Ok(any)
}

/// Adds a client; says whether its slug was free.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, tenant: &Tenant, now: Millis) -> Result<bool> {
    let added = execute!(
        tx.on(),
        "INSERT INTO tenants (id, slug, name, colour, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (slug) DO NOTHING",
        &tenant.id,
        &tenant.slug,
        &tenant.name,
        &tenant.colour,
        now,
    )?;
    Ok(added == 1)
}

/// Makes a user a member.
///
/// # Errors
/// The database's; one home is enforced there.
pub async fn join(tx: &mut Tx, tenant_id: &str, user_id: &str, kind: Kind, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO memberships (tenant_id, user_id, kind, created_at) VALUES ($1, $2, $3, $4)",
        tenant_id,
        user_id,
        kind.code(),
        now,
    )?;
    user_list::refresh(tx, user_id).await
}

const REQUIRES_FACTOR: &str = "SELECT EXISTS (SELECT 1 FROM memberships m JOIN tenants t ON t.id = m.tenant_id
                WHERE m.user_id = $1 AND t.requires_second_factor)
         OR EXISTS (SELECT 1 FROM users WHERE id = $1 AND requires_second_factor)";

/// Whether any client of a user asks for a second factor of everybody, or the home client of this user (TOTP-6).
///
/// # Errors
/// The database's.
pub async fn any_requires_factor(db: &Db, user_id: &str) -> Result<bool> {
    let (required,) = fetch!(db.read(), fetch_one, (bool,), REQUIRES_FACTOR, user_id)?;
    Ok(required)
}

/// As [`any_requires_factor`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn any_requires_factor_in(tx: &mut Tx, user_id: &str) -> Result<bool> {
    let (required,) = fetch!(tx.on(), fetch_one, (bool,), REQUIRES_FACTOR, user_id)?;
    Ok(required)
}

/// Remembers that a user entered the client that `/` leads them to.
///
/// # Errors
/// The database's.
pub async fn entered_current(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE memberships SET last_entered_at = $2
          WHERE user_id = $1 AND tenant_id = (SELECT current_tenant_id FROM users WHERE id = $1)",
        user_id,
        now,
    )?;
    Ok(())
}
