//! The tab User groups: which groups one is in.

use crate::actor::Member;
use crate::backend::Backend;
use crate::error::Result;
use crate::store::groups::{self, GroupOfMember};
use crate::view::{BuiltinGroup, Group, Permission};
use crate::visitor::Visitor;

/// The groups of the member in the client of this page.
///
/// # Errors
/// The database's.
pub async fn view(backend: &Backend, member: &Member) -> Result<Vec<Group>> {
    let rows = groups::of_user(&backend.db, member.actor().user_id()).await?;
    let here = rows.into_iter().filter(|row| row.tenant_id == member.tenant_id());
    Ok(here.map(|row| group(row, member.actor().visitor())).collect())
}

pub(super) fn group(row: GroupOfMember, visitor: &Visitor) -> Group {
    Group {
        builtin: row.builtin.as_deref().and_then(BuiltinGroup::from_code),
        permissions: Permission::read_list(&row.permissions),
        since: visitor.moment(row.since),
        name: row.name,
        description: row.description,
    }
}
