//! The tab User groups: which groups one is in, and joining and leaving others (GRP-1).

use serde_json::json;

use super::activity::{self, Entry, Kind};
use super::{limits, rights};
use crate::actor::Member;
use crate::backend::Backend;
use crate::error::{Error, Field, Problem, Result};
use crate::store::Tx;
use crate::store::groups::{self, Seen};
use crate::text::Language;
use crate::view::{BuiltinGroup, GroupLoss, GroupsTab, MyGroup, OpenGroup, Permission};

/// Name and description of a group; of one of the four, in the reader's language.
pub(super) fn titles(group: &groups::Group, language: Language) -> (String, String) {
    let builtin = group.builtin();
    let description = builtin.map_or(group.description.as_str(), |builtin| language.text(builtin.keys().1));
    (BuiltinGroup::name_of(builtin, &group.name, language), description.to_owned())
}

/// What the tab shows, in one read: the groups of the member in the client of this page, and those open to joining.
///
/// # Errors
/// The database's.
pub async fn tab(backend: &Backend, member: &Member) -> Result<GroupsTab> {
    let may_join = member.may(Permission::GroupsJoin);
    let mut tab = GroupsTab { mine: Vec::new(), others: Vec::new(), may_join };
    for Seen { group, since } in groups::seen_by(&backend.db, member.tenant_id(), member.actor().user_id()).await? {
        let visitor = member.actor().visitor();
        let (name, description) = titles(&group, visitor.language);
        let (permissions, may_leave) = (group.permissions(), may_join && is_open(&group));
        let id = group.id;
        if let Some(since) = since.map(|at| visitor.moment(at)) {
            tab.mine.push(MyGroup { id, name, description, permissions, since, may_leave });
        } else if may_leave {
            let lacks = member.first_lack(&permissions);
            tab.others.push(OpenGroup { id, name, description, permissions, lacks });
        }
    }
    Ok(tab)
}

/// The four are never joined or left by oneself.
fn is_open(group: &groups::Group) -> bool {
    group.open_to_join && group.builtin().is_none()
}

/// What the member would lose by leaving a group: what none of their other groups in this client permits.
///
/// # Errors
/// [`Error::NotPermitted`]; [`Error::NotFound`] for a group the member is not in; or the database's.
pub async fn loss(backend: &Backend, member: &Member, group_id: &str) -> Result<GroupLoss> {
    rights::need(member, Permission::GroupsJoin)?;
    let rows = groups::seen_by(&backend.db, member.tenant_id(), member.actor().user_id()).await?;
    let (left, others): (Vec<_>, Vec<_>) =
        rows.into_iter().filter(|row| row.since.is_some()).partition(|row| row.group.id == group_id);
    let Seen { group, .. } = left.into_iter().next().ok_or(Error::NotFound)?;
    let kept: Vec<Permission> = others.iter().flat_map(|row| row.group.permissions()).collect();
    let loses = group.permissions().into_iter().filter(|permission| !kept.contains(permission)).collect();
    let (name, _) = titles(&group, member.actor().visitor().language);
    Ok(GroupLoss { open: is_open(&group), last: others.is_empty(), id: group.id, name, loses })
}

/// Joins a group that is open to it and permits nothing that the member may not do already. Whoever is in it stays.
///
/// # Errors
/// [`Error::NotPermitted`]; [`Error::NotFound`] where the client has no such group; at the group where it is not open;
/// [`Error::TooMany`]; or the database's.
pub async fn join(backend: &Backend, member: &Member, group_id: &str) -> Result<()> {
    let (mut tx, held, group) = open_group(backend, member, group_id).await?;
    rights::may_give(member, &held, &group.permissions())?;
    let user_id = member.actor().user_id();
    if !groups::add_member(&mut tx, member.tenant_id(), &group.id, user_id, backend.clock.now()).await? {
        return Ok(());
    }
    note_own(&mut tx, backend, member, Kind::GroupJoined, &group).await?;
    tx.commit().await?;
    tracing::info!(event = "group_joined", user = user_id, tenant = member.tenant_id(), group = group.id, "joined");
    Ok(())
}

/// Leaves a group that one could join. Whoever is not in it stays out.
///
/// # Errors
/// As [`join`].
pub async fn leave(backend: &Backend, member: &Member, group_id: &str) -> Result<()> {
    let (mut tx, _, group) = open_group(backend, member, group_id).await?;
    let user_id = member.actor().user_id();
    if !groups::remove_member(&mut tx, member.tenant_id(), &group.id, user_id).await? {
        return Ok(());
    }
    note_own(&mut tx, backend, member, Kind::GroupLeft, &group).await?;
    tx.commit().await?;
    tracing::info!(event = "group_left", user = user_id, tenant = member.tenant_id(), group = group.id, "left");
    Ok(())
}

/// A group that the member may join and leave as far as the group is concerned, with what they may do, in a transaction
/// in which both stay so.
async fn open_group(
    backend: &Backend,
    member: &Member,
    group_id: &str,
) -> Result<(Tx, Vec<Permission>, groups::Group)> {
    rights::need(member, Permission::GroupsJoin)?;
    limits::try_by(backend, member.actor()).await?;
    let mut tx = backend.db.begin().await?;
    let held = rights::need_now(&mut tx, backend, member, Permission::GroupsJoin).await?;
    let group = groups::by_id_in(&mut tx, member.tenant_id(), group_id).await?.ok_or(Error::NotFound)?;
    if !is_open(&group) {
        return Err(Error::at(Field::Group, Problem::NotOpen));
    }
    Ok((tx, held, group))
}

async fn note_own(tx: &mut Tx, backend: &Backend, member: &Member, kind: Kind, group: &groups::Group) -> Result<()> {
    let (user_id, visitor) = (member.actor().user_id(), Some(member.actor().visitor()));
    let (tenant_id, detail) = (Some(member.tenant_id()), detail(group));
    activity::note(tx, backend, &Entry { user_id, kind, visitor, by: None, tenant_id, detail: &detail }).await
}

/// A group as entries name it, also after it is gone.
pub(super) fn detail(group: &groups::Group) -> String {
    json!({ "group": group.name, "builtin": group.builtin().map(BuiltinGroup::code) }).to_string()
}
