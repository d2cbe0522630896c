//! Who may do what in a client. Rights are asked twice: before anything is read, and again in the transaction that
//! writes, because those of a minute ago do not count (GRP-1, INV-2).

use crate::actor::Member;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::store::{Tx, api_tokens, group_members, limits};
use crate::view::Permission;

/// Whether the member may do this. Each refusal is logged (LOG-1).
///
/// # Errors
/// [`Error::NotPermitted`], which names the permission.
pub fn need(member: &Member, permission: Permission) -> Result<()> {
    if member.may(permission) { Ok(()) } else { Err(refused(member, permission)) }
}

/// Says so in the log (LOG-1).
fn refused(member: &Member, permission: Permission) -> Error {
    let (user, tenant) = (member.actor().user_id(), member.tenant_id());
    tracing::info!(event = "not_permitted", user, tenant, permission = permission.code(), "not permitted");
    Error::NotPermitted(permission)
}

/// As [`need`], of this very moment and until the transaction ends; says everything that the member may do. Comes first
/// in a transaction that changes rights.
///
/// # Errors
/// [`Error::NotPermitted`]; [`Error::SignedOut`] for a program whose token, or whose owner's right to use the API, has
/// ended meanwhile; or the database's.
pub async fn need_now(
    tx: &mut Tx,
    backend: &Backend,
    member: &Member,
    permission: Permission,
) -> Result<Vec<Permission>> {
    one_at_a_time(tx, backend, member.tenant_id()).await?;
    if let Some(bearer) = member.actor().bearer() {
        let stands = api_tokens::stands(tx, &bearer.id, member.actor().asked_at()).await?;
        return if stands { Ok(Permission::ALL.to_vec()) } else { Err(Error::SignedOut) };
    }
    let held = held(tx, member.tenant_id(), member.actor().user_id()).await?;
    may_give(member, &held, &[permission])?;
    Ok(held)
}

/// What changes rights in a client happens one after the other; taken first of all rows, so that nobody waits in a
/// circle.
///
/// # Errors
/// The database's.
pub async fn one_at_a_time(tx: &mut Tx, backend: &Backend, tenant_id: &str) -> Result<()> {
    limits::hold(tx, &format!("tenant:{tenant_id}"), backend.clock.now()).await.map(|_| ())
}

/// What a user may do in a client: the sum over the groups there. Nothing for those who are disabled or do not belong
/// to it.
///
/// # Errors
/// The database's.
pub async fn held(tx: &mut Tx, tenant_id: &str, user_id: &str) -> Result<Vec<Permission>> {
    let stored = group_members::permissions(tx, tenant_id, user_id).await?;
    Ok(Permission::read_list(&stored))
}

/// What a user may do in a client by the API: everything where they are at home and have the right to use it, whatever
/// their groups permit; nothing for all others.
///
/// # Errors
/// The database's.
pub async fn held_by_api(tx: &mut Tx, tenant_id: &str, user_id: &str) -> Result<Vec<Permission>> {
    let may = api_tokens::may_use(tx, tenant_id, user_id).await?;
    Ok(if may { Permission::ALL.to_vec() } else { Vec::new() })
}

/// Nobody gives or takes rights above their own (GRP-1). Each try is logged, as in [`need`].
///
/// # Errors
/// [`Error::NotPermitted`] with the first permission that is not held.
pub fn may_give(member: &Member, held: &[Permission], permissions: &[Permission]) -> Result<()> {
    above(held, permissions).map_or(Ok(()), |permission| Err(refused(member, permission)))
}

/// The first of these permissions that is not held.
pub(super) fn above(held: &[Permission], permissions: &[Permission]) -> Option<Permission> {
    permissions.iter().copied().find(|permission| !held.contains(permission))
}

/// Refuses where a user is the last who can give every right in a client: at home there, in the group Full access, not
/// disabled and with a password. Comes before whatever takes that from them, in the same transaction; of two such
/// transactions the second waits, and finds that the first was let through (TEN-3).
///
/// # Errors
/// [`Error::LastFullAccess`], or the database's.
pub async fn last_full_access(tx: &mut Tx, backend: &Backend, tenant_id: &str, user_id: &str) -> Result<()> {
    one_at_a_time(tx, backend, tenant_id).await?;
    let two = group_members::with_full_access(tx, tenant_id).await?;
    if two == [user_id] { Err(Error::LastFullAccess) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_held_can_be_given() {
        use Permission as P;
        let held = [P::UsersView, P::GroupsView];
        assert_eq!(above(&held, &[]), None);
        assert_eq!(above(&held, &[P::GroupsView, P::UsersView]), None);
        assert_eq!(above(&held, &[P::GroupsView, P::UsersEdit]), Some(P::UsersEdit));
        assert_eq!(above(&[], &[P::GroupsView]), Some(P::GroupsView));
    }
}
