//! Who manages the sign-in of a user, as long as there is no way in yet (OIDC-3).

use super::{at_home, is_current, log, may_let_in, note};
use crate::actor::Member;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::flows::activity::Kind;
use crate::flows::{limits, provider_users, rights};
use crate::store::users;
use crate::view::Permission;

/// Has the sign-in of a user of the client managed by the provider with this id, or by the user, with a password. A
/// mailed link leads there from now on; what was begun at another provider ends, and nothing else. Where it is so
/// already, nothing happened.
///
/// # Errors
/// At [`crate::Field::Method`] for a provider that the operator's file does not name; [`Error::ManagedByProvider`] for
/// a user who is bound to one, and [`Error::NotFound`] for one who has a password, also for guests;
/// [`Error::NotPermitted`], also for a user above one's own rights, and for one with API access where one may not do
/// everything oneself; [`Error::EditedMeanwhile`]; [`Error::TooMany`]; or the database's.
pub async fn set_method(
    backend: &Backend,
    member: &Member,
    id: &str,
    version: &str,
    provider: Option<&str>,
) -> Result<()> {
    rights::need(member, Permission::UsersEdit)?;
    limits::try_by(backend, member.actor()).await?;
    let mut tx = backend.db.begin().await?;
    let target = at_home(&mut tx, backend, member, id).await?;
    may_let_in(member, &target)?;
    is_current(backend, &target, version)?;
    let user = users::by_id_in(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !provider_users::change(&mut tx, backend, &user, provider).await? {
        return Ok(());
    }
    let detail = provider_users::changed(backend, &user, provider);
    note(&mut tx, backend, member, id, Kind::MethodChanged, &detail).await?;
    tx.commit().await?;
    log(member, id, Kind::MethodChanged);
    Ok(())
}
