//! The tab Accounts: which clients one belongs to, entering another one, and leaving one as a guest (TEN-2, TEN-3).

use serde_json::json;

use super::activity::{self, Entry, Kind};
use super::{limits, rights};
use crate::actor::{Actor, Member, client};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::store::tenants::{self, Membership, Tenant};
use crate::store::{Tx, groups, memberships, users};
use crate::view::{Account, AccountLoss, BuiltinGroup, Client, Permission};

/// All clients of the person, the home client first.
///
/// # Errors
/// The database's.
pub async fn view(backend: &Backend, member: &Member) -> Result<Vec<Account>> {
    let actor = member.actor();
    let memberships = tenants::memberships(&backend.db, actor.user_id()).await?;
    let groups = groups::of_user(&backend.db, actor.user_id()).await?;
    Ok(memberships
        .iter()
        .map(|membership| Account {
            client: client(membership),
            home: membership.kind() == tenants::Kind::Home,
            current: membership.tenant_id == member.tenant_id(),
            groups: names(&groups, membership, actor),
            last_entered: membership.last_entered_at.map(|at| actor.visitor().moment(at)),
        })
        .collect())
}

/// What the groups of one client are called.
fn names(groups: &[groups::GroupOfMember], membership: &Membership, reader: &Actor) -> Vec<String> {
    let there = groups.iter().filter(|row| row.tenant_id == membership.tenant_id);
    let builtin = |row: &groups::GroupOfMember| row.builtin.as_deref().and_then(BuiltinGroup::from_code);
    there.map(|row| BuiltinGroup::name_of(builtin(row), &row.name, reader.visitor().language)).collect()
}

/// What the person loses by leaving a client as its guest.
///
/// # Errors
/// [`Error::NotFound`] for a client they do not belong to; [`Error::HomeClient`]; or the database's.
pub async fn loss(backend: &Backend, actor: &Actor, slug: &str) -> Result<AccountLoss> {
    let membership = tenants::membership(&backend.db, slug, actor.user_id()).await?.ok_or(Error::NotFound)?;
    if membership.kind() == tenants::Kind::Home {
        return Err(Error::HomeClient);
    }
    let groups = groups::of_user(&backend.db, actor.user_id()).await?;
    Ok(AccountLoss {
        client: client(&membership),
        groups: names(&groups, &membership, actor),
        permissions: Permission::read_list(membership.permission_codes()),
    })
}

/// Enters a client of the person's: from now on `/` leads there, for tabs that do not say otherwise. The home client
/// becomes no less home. It is recorded, and those who see the client's activity see it as well (TEN-2).
///
/// # Errors
/// [`Error::NotFound`] for a client they do not belong to; [`Error::TooMany`]; or the database's.
pub async fn enter(backend: &Backend, actor: &Actor, slug: &str) -> Result<Client> {
    limits::try_by(backend, actor).await?;
    let (now, user_id) = (backend.clock.now(), actor.user_id());
    let mut tx = backend.db.begin().await?;
    let (tenant, _) = memberships::of_slug(&mut tx, slug, user_id).await?.ok_or(Error::NotFound)?;
    users::set_current_tenant(&mut tx, user_id, &tenant.id).await?;
    if !memberships::entered(&mut tx, &tenant.id, user_id, now).await? {
        return Err(Error::NotFound);
    }
    record(&mut tx, backend, actor, &tenant, Kind::ClientEntered).await?;
    tx.commit().await?;
    tracing::info!(event = "client_entered", user = user_id, tenant = tenant.id, "client entered");
    Ok(Client { slug: tenant.slug, name: tenant.name, colour: tenant.colour })
}

/// Leaves a client as its guest: at once, in all tabs and on all instances, with all groups there. Says the part of
/// the URL of the client that `/` leads to from now on.
///
/// # Errors
/// [`Error::NotFound`] for a client they do not belong to; [`Error::HomeClient`]; [`Error::TooMany`]; or the
/// database's.
pub async fn leave(backend: &Backend, actor: &Actor, slug: &str) -> Result<String> {
    limits::try_by(backend, actor).await?;
    let user_id = actor.user_id();
    let mut tx = backend.db.begin().await?;
    let (tenant, kind) = memberships::of_slug(&mut tx, slug, user_id).await?.ok_or(Error::NotFound)?;
    if kind == tenants::Kind::Home {
        return Err(Error::HomeClient);
    }
    // Whoever puts them into a group there comes before or after, and only who belongs to a client holds others up.
    rights::one_at_a_time(&mut tx, backend, &tenant.id).await?;
    memberships::go_home(&mut tx, &tenant.id, user_id).await?;
    if !memberships::end_guest(&mut tx, &tenant.id, user_id).await? {
        return Err(Error::NotFound);
    }
    let current = memberships::current_slug(&mut tx, user_id).await?;
    record(&mut tx, backend, actor, &tenant, Kind::ClientLeft).await?;
    tx.commit().await?;
    tracing::info!(event = "client_left", user = user_id, tenant = tenant.id, "guest left");
    Ok(current)
}

/// Puts what the person did as to a client into their activity. Comes last in its transaction.
///
/// # Errors
/// The database's.
pub(super) async fn record(tx: &mut Tx, backend: &Backend, actor: &Actor, tenant: &Tenant, kind: Kind) -> Result<()> {
    let (user_id, visitor, tenant_id) = (actor.user_id(), Some(actor.visitor()), Some(tenant.id.as_str()));
    let detail = json!({ "client": tenant.name }).to_string();
    activity::note(tx, backend, &Entry { user_id, kind, visitor, by: None, tenant_id, detail: &detail }).await
}
