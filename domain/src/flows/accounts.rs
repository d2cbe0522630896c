//! The tab Accounts: which clients one belongs to.

use super::groups::group;
use crate::actor::{Member, client};
use crate::backend::Backend;
use crate::error::Result;
use crate::store::tenants::Kind;
use crate::store::{groups, tenants};
use crate::view::Account;

/// All clients of the person, the home client first.
///
/// # Errors
/// The database's.
pub async fn view(backend: &Backend, member: &Member) -> Result<Vec<Account>> {
    let (actor, visitor) = (member.actor(), member.actor().visitor());
    let memberships = tenants::memberships(&backend.db, actor.user_id()).await?;
    let groups = groups::of_user(&backend.db, actor.user_id()).await?;
    Ok(memberships
        .iter()
        .map(|membership| Account {
            client: client(membership),
            home: membership.kind() == Kind::Home,
            current: membership.tenant_id == member.tenant_id(),
            groups: groups
                .iter()
                .filter(|row| row.tenant_id == membership.tenant_id)
                .map(|row| group(row.clone(), visitor).titles(visitor.language).0)
                .collect(),
            last_entered: membership.last_entered_at.map(|at| visitor.moment(at)),
        })
        .collect())
}
