//! What those who look after users change of them. Whether they may stands in [`crate::flows::user_edit`].

use super::groups::{Group, in_order};
use super::{Db, Tx, execute, fetch, user_list};
use crate::clock::Millis;
use crate::error::Result;
use crate::view::SecondFactor;

/// A group of a client, and whether a user is in it.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Choice {
    /// The group.
    #[sqlx(flatten)]
    pub group: Group,
    /// Whether the user is in it.
    pub chosen: bool,
}

const CHOICES: &str = concat!(
    "SELECT g.id, g.builtin, g.name, g.description, g.permissions, g.open_to_join,
        gm.user_id IS NOT NULL AS chosen
   FROM groups g
   LEFT JOIN group_members gm ON gm.tenant_id = g.tenant_id AND gm.group_id = g.id AND gm.user_id = $2
  WHERE g.tenant_id = $1
  ORDER BY ",
    in_order!()
);

/// All groups of a client, those that stand in each first, and which of them a user is in.
///
/// # Errors
/// The database's.
pub async fn choices(db: &Db, tenant_id: &str, user_id: &str) -> Result<Vec<Choice>> {
    fetch!(db.read(), fetch_all, Choice, CHOICES, tenant_id, user_id)
}

/// As [`choices`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn choices_in(tx: &mut Tx, tenant_id: &str, user_id: &str) -> Result<Vec<Choice>> {
    fetch!(tx.on(), fetch_all, Choice, CHOICES, tenant_id, user_id)
}

const CLIENT_REQUIRES: &str = "SELECT EXISTS (SELECT 1 FROM tenants WHERE id = $1 AND requires_second_factor)";

/// Whether a client asks for a second factor of everybody (TOTP-6).
///
/// # Errors
/// The database's.
pub async fn client_requires_factor(db: &Db, tenant_id: &str) -> Result<bool> {
    let (requires,) = fetch!(db.read(), fetch_one, (bool,), CLIENT_REQUIRES, tenant_id)?;
    Ok(requires)
}

/// As [`client_requires_factor`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn client_requires_factor_in(tx: &mut Tx, tenant_id: &str) -> Result<bool> {
    let (requires,) = fetch!(tx.on(), fetch_one, (bool,), CLIENT_REQUIRES, tenant_id)?;
    Ok(requires)
}

/// Sets the second factor of a user who has not signed in yet: the app is still offered then.
///
/// # Errors
/// The database's.
pub async fn set_first_factor(tx: &mut Tx, id: &str, factor: SecondFactor, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE users SET second_factor = $2, second_factor_set_at = $3 WHERE id = $1",
        id,
        factor.code(),
        now,
    )?;
    user_list::refresh(tx, id).await
}

/// Sets the language of a user; `None` follows the browser.
///
/// # Errors
/// The database's.
pub async fn set_language(tx: &mut Tx, id: &str, language: Option<&str>) -> Result<()> {
    execute!(tx.on(), "UPDATE users SET language = $2 WHERE id = $1", id, language)?;
    Ok(())
}

/// Sets whether the home client asks for a second factor of a user.
///
/// # Errors
/// The database's.
pub async fn set_requirement(tx: &mut Tx, id: &str, required: bool) -> Result<()> {
    execute!(tx.on(), "UPDATE users SET requires_second_factor = $2 WHERE id = $1", id, required)?;
    Ok(())
}

/// Sets whether a user may use the API.
///
/// # Errors
/// The database's.
pub async fn set_api_access(tx: &mut Tx, id: &str, allowed: bool) -> Result<()> {
    execute!(tx.on(), "UPDATE users SET api_access = $2 WHERE id = $1", id, allowed)?;
    user_list::refresh(tx, id).await
}

/// Lets a disabled user sign in again.
///
/// # Errors
/// The database's.
pub async fn enable(tx: &mut Tx, id: &str) -> Result<()> {
    execute!(tx.on(), "UPDATE users SET disabled_at = NULL WHERE id = $1", id)?;
    user_list::refresh(tx, id).await
}
