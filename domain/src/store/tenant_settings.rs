//! What may be changed of a client.

use super::{Db, Tx, execute, fetch, user_list};
use crate::clock::Millis;
use crate::error::Result;
use crate::view::UserFilter;

/// What may be changed of a client.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub colour: String,
    /// Whether everybody who belongs to it needs a second factor (TOTP-6).
    pub requires_second_factor: bool,
}

/// The settings of a client as they stand.
///
/// # Errors
/// The database's.
pub async fn get(tx: &mut Tx, tenant_id: &str) -> Result<Option<Settings>> {
    fetch!(
        tx.on(),
        fetch_optional,
        Settings,
        "SELECT name, colour, requires_second_factor FROM tenants WHERE id = $1",
        tenant_id,
    )
}

/// Sets them all.
///
/// # Errors
/// The database's.
pub async fn set(tx: &mut Tx, tenant_id: &str, settings: &Settings) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE tenants SET name = $2, colour = $3, requires_second_factor = $4 WHERE id = $1",
        tenant_id,
        settings.name.as_str(),
        settings.colour.as_str(),
        settings.requires_second_factor,
    )?;
    Ok(())
}

/// A client as its page shows it.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Shown {
    /// What may be changed.
    #[sqlx(flatten)]
    pub settings: Settings,
    /// How many of those at home in it have no second factor, as far as was counted.
    pub without_factor: i64,
}

/// A client as its page shows it. Those without a second factor are counted up to `most`, so that a large client costs
/// no more; how it stands with guests is no business of this client.
///
/// # Errors
/// The database's.
pub async fn shown(db: &Db, tenant_id: &str, most: i64) -> Result<Option<Shown>> {
    fetch!(
        db.read(),
        fetch_optional,
        Shown,
        "SELECT t.name, t.colour, t.requires_second_factor,
                (SELECT COUNT(*) FROM (SELECT 1 AS one FROM user_words
                  WHERE tenant_id = $1 AND word = $2 LIMIT $3) counted) AS without_factor
           FROM tenants t WHERE t.id = $1",
        tenant_id,
        user_list::mark(UserFilter::FactorOff).as_bytes(),
        most,
    )
}

/// Has codes come by e-mail for everybody in a client who signs in by password and has no second factor; sessions go
/// on.
///
/// # Errors
/// The database's.
pub async fn give_factor(tx: &mut Tx, tenant_id: &str, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE users SET second_factor = 'email', second_factor_set_at = $2
          WHERE second_factor = 'off' AND provider IS NULL
            AND id IN (SELECT user_id FROM memberships WHERE tenant_id = $1)",
        tenant_id,
        now,
    )?;
    user_list::factor_given(tx, tenant_id).await
}
