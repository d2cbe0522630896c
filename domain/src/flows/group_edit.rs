//! The pages of user groups: which there are, making, changing and deleting them, and who is in them (GRP-1, TEN-3).

use serde_json::json;

use super::activity::{self, Entry, Kind};
use super::client_activity::{self, Event};
use super::groups::{detail, titles};
use super::{late_entries, limits, paging, rights};
use crate::actor::{Member, person};
use crate::backend::Backend;
use crate::clock::Millis;
use crate::error::{Error, Field, Problem, Result};
use crate::look_alike::Shapes;
use crate::mail::{address, outbox};
use crate::store::group_members::{self, InGroup, Without};
use crate::store::groups::Group;
use crate::store::tenants::Kind as Belongs;
use crate::store::{Tx, groups};
use crate::text::Language;
use crate::validate;
use crate::view::{BuiltinGroup, GroupDetails, GroupLosses, GroupMember, GroupMembers, MANY, Permission, PersonLoss};

/// Members on a page.
pub const SHOWN: usize = 50;
/// Groups of a client at most, the four included: several pages list them whole.
pub const GROUPS_MAX: u32 = 200;

/// What a group is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewGroup<'a> {
    /// Its name, as typed; unique in the client.
    pub name: &'a str,
    /// Its description, as typed; may be empty.
    pub description: &'a str,
    /// Whether people may join and leave it by themselves.
    pub open: bool,
    /// What it is to permit; may be nothing. What is of no use without another permission brings that along.
    pub permissions: &'a [Permission],
}

/// Stands for all of a group that can be changed: another one, whoever changed it and wherever, is another version.
#[must_use]
pub fn version(backend: &Backend, group: &GroupDetails) -> String {
    // The four have names in each language, which are nothing that could be changed.
    let own = group.builtin.is_none().then_some((&group.name, &group.description));
    let all = json!(["group", group.id, own, group.open, Permission::write_list(&group.permissions)]);
    backend.keys.limit_key("version", &all.to_string())
}

/// All groups of the client, the four that stand in each first, then by name.
///
/// # Errors
/// [`Error::NotPermitted`], or the database's.
pub async fn list(backend: &Backend, member: &Member) -> Result<Vec<GroupDetails>> {
    rights::need(member, Permission::GroupsView)?;
    let rows = groups::all(&backend.db, member.tenant_id(), i64::from(MANY)).await?;
    Ok(rows.iter().map(|row| details(member, &row.group, row.members)).collect())
}

/// One group of the client.
///
/// # Errors
/// [`Error::NotPermitted`]; [`Error::NotFound`]; or the database's.
pub async fn one(backend: &Backend, member: &Member, group_id: &str) -> Result<GroupDetails> {
    rights::need(member, Permission::GroupsView)?;
    read_one(backend, member, group_id).await
}

async fn read_one(backend: &Backend, member: &Member, group_id: &str) -> Result<GroupDetails> {
    let group = groups::by_id(&backend.db, member.tenant_id(), group_id).await?.ok_or(Error::NotFound)?;
    let members = groups::members(&backend.db, member.tenant_id(), group_id, i64::from(MANY)).await?;
    Ok(details(member, &group, members))
}

fn details(member: &Member, group: &Group, members: i64) -> GroupDetails {
    let (name, description) = titles(group, member.actor().visitor().language);
    let permissions = group.permissions();
    let lacks = member.first_lack(&[Permission::GroupsEdit]).or_else(|| member.first_lack(&permissions));
    GroupDetails {
        id: group.id.clone(),
        builtin: group.builtin(),
        name,
        description,
        open: group.open_to_join,
        members: u32::try_from(members).unwrap_or(MANY),
        permissions,
        lacks,
    }
}

/// Makes a group; says its id.
///
/// # Errors
/// [`Error::NotPermitted`], also for what it is to permit above the member's own rights; at the fields, also where the
/// client has [`GROUPS_MAX`] groups; [`Error::TooMany`]; or the database's.
pub async fn create(backend: &Backend, member: &Member, new: &NewGroup<'_>) -> Result<String> {
    rights::need(member, Permission::GroupsEdit)?;
    limits::try_by(backend, member.actor()).await?;
    let (name, description) = checked(new)?;
    let given = Permission::with_needed(new.permissions);
    let (now, permissions) = (backend.clock.now(), Permission::write_list(&given));
    let id = backend.rng.id(now);
    let mut tx = backend.db.begin().await?;
    let held = rights::need_now(&mut tx, backend, member, Permission::GroupsEdit).await?;
    rights::may_give(member, &held, &given)?;
    if is_free(&mut tx, member, &name, &id).await? >= GROUPS_MAX as usize {
        return Err(Error::at(Field::GroupName, Problem::TooManyGroups { max: GROUPS_MAX }));
    }
    let row = groups::NewGroup {
        tenant_id: member.tenant_id(),
        id: &id,
        builtin: None,
        name: &name,
        description: &description,
        permissions: &permissions,
        open_to_join: new.open,
    };
    groups::insert(&mut tx, &row, now).await?;
    let detail = json!({ "group": name, "more": permissions, "open": new.open.then_some(true) }).to_string();
    client_activity::record(&mut tx, backend, member, Event::GroupCreated, &detail).await?;
    tx.commit().await?;
    told(member, "group_created", &id);
    Ok(id)
}

fn told(member: &Member, event: &str, group: &str) {
    tracing::info!(event, user = member.actor().user_id(), tenant = member.tenant_id(), group, "user group");
}

/// Name and description without the blanks around them.
fn checked(new: &NewGroup<'_>) -> Result<(String, String)> {
    let (name, description) = (validate::name(new.name), validate::description(new.description));
    validate::all(vec![
        (Field::GroupName, name.as_ref().err().copied()),
        (Field::Description, description.as_ref().err().copied()),
    ])?;
    Ok((name.unwrap_or_default(), description.unwrap_or_default()))
}

/// Refuses a name that another group of the client than `id` has, or that looks like one: nobody shall take it for the
/// other. The four have a name in each language. Says how many groups there are.
async fn is_free(tx: &mut Tx, member: &Member, name: &str, id: &str) -> Result<usize> {
    let groups = groups::names(tx, member.tenant_id()).await?;
    let mut others: Vec<&str> =
        groups.iter().filter(|(other, _)| other != id).map(|(_, theirs)| theirs.as_str()).collect();
    for group in BuiltinGroup::ALL {
        others.extend([Language::En, Language::De].map(|language| language.text(group.keys().0)));
    }
    let (key, shapes) = (groups::name_key(name), Shapes::of(name));
    let problem = |problem| Err(Error::at(Field::GroupName, problem));
    if others.iter().any(|theirs| groups::name_key(theirs) == key) {
        problem(Problem::Taken)
    } else if others.iter().any(|theirs| shapes.are_like(theirs)) {
        problem(Problem::LooksTaken)
    } else {
        Ok(groups.len())
    }
}

/// A group that the member may change, with all that they may do, in a transaction in which both stay so.
async fn begin(backend: &Backend, member: &Member, group_id: &str) -> Result<(Tx, Vec<Permission>, Group)> {
    rights::need(member, Permission::GroupsEdit)?;
    limits::try_by(backend, member.actor()).await?;
    let mut tx = backend.db.begin().await?;
    let held = rights::need_now(&mut tx, backend, member, Permission::GroupsEdit).await?;
    let group = groups::by_id_in(&mut tx, member.tenant_id(), group_id).await?.ok_or(Error::NotFound)?;
    rights::may_give(member, &held, &group.permissions())?;
    Ok((tx, held, group))
}

/// The four stay as they are.
fn is_own(group: &Group) -> Result<()> {
    group.builtin().map_or(Ok(()), |_| Err(Error::at(Field::GroupName, Problem::Builtin)))
}

/// Refuses where somebody has seen another version than there is by now.
fn is_current(backend: &Backend, member: &Member, group: &Group, seen: Option<&str>) -> Result<()> {
    let now = version(backend, &details(member, group, 0));
    if seen.is_none_or(|seen| seen == now) { Ok(()) } else { Err(Error::EditedMeanwhile) }
}

/// Makes a group what it is to be, where it still is as the [`version`] that was `seen` stands for. Where it is to be
/// what it is, nothing happened.
///
/// # Errors
/// [`Error::NotPermitted`], also for what it permits or is to permit above the member's own rights;
/// [`Error::NotFound`]; at the fields; [`Error::EditedMeanwhile`]; [`Error::TooMany`]; or the database's.
pub async fn save(backend: &Backend, member: &Member, group_id: &str, seen: &str, new: &NewGroup<'_>) -> Result<()> {
    save_seen(backend, member, group_id, Some(seen), new).await
}

/// As [`save`]; where nothing was `seen`, whatever version there is becomes this.
///
/// # Errors
/// As [`save`].
pub async fn save_seen(
    backend: &Backend,
    member: &Member,
    group_id: &str,
    seen: Option<&str>,
    new: &NewGroup<'_>,
) -> Result<()> {
    rights::need(member, Permission::GroupsEdit)?;
    let (name, description) = checked(new)?;
    let (mut tx, held, group) = begin(backend, member, group_id).await?;
    is_own(&group)?;
    is_current(backend, member, &group, seen)?;
    let given = Permission::with_needed(new.permissions);
    rights::may_give(member, &held, &given)?;
    let permissions = Permission::write_list(&given);
    let row = groups::NewGroup {
        tenant_id: member.tenant_id(),
        id: &group.id,
        builtin: None,
        name: &name,
        description: &description,
        permissions: &permissions,
        open_to_join: new.open,
    };
    let Some(detail) = change(&group, &row) else { return Ok(()) };
    is_free(&mut tx, member, &name, &group.id).await?;
    groups::update(&mut tx, &row).await?;
    client_activity::record(&mut tx, backend, member, Event::GroupEdited, &detail).await?;
    tx.commit().await?;
    told(member, "group_edited", &group.id);
    Ok(())
}

/// What becomes another, as an entry keeps it; `None` where nothing does.
fn change(from: &Group, to: &groups::NewGroup<'_>) -> Option<String> {
    let (old, new) = (from.permissions(), Permission::read_list(to.permissions));
    let without = |list: &[Permission], other: &[Permission]| {
        let left: Vec<_> = list.iter().copied().filter(|permission| !other.contains(permission)).collect();
        Permission::write_list(&left)
    };
    let renamed = from.name != to.name;
    let opened = from.open_to_join != to.open_to_join;
    let same = !renamed && !opened && old == new && from.description == to.description;
    let detail = json!({
        "group": to.name,
        "old": renamed.then_some(&from.name),
        "more": without(&new, &old),
        "less": without(&old, &new),
        "open": opened.then_some(to.open_to_join),
    });
    (!same).then(|| detail.to_string())
}

/// Deletes a group. Everybody in it is out at their next request, and reads of it in their activity.
///
/// # Errors
/// [`Error::NotPermitted`], also where the group permits more than the member may; [`Error::NotFound`]; at the name for
/// one of the four; [`Error::TooMany`]; or the database's.
pub async fn delete(backend: &Backend, member: &Member, group_id: &str) -> Result<()> {
    delete_seen(backend, member, group_id, None).await
}

/// As [`delete`], where the group still is as the [`version`] that was `seen` stands for, if anything was.
///
/// # Errors
/// As [`delete`], and [`Error::EditedMeanwhile`].
pub async fn delete_seen(backend: &Backend, member: &Member, group_id: &str, seen: Option<&str>) -> Result<()> {
    let (mut tx, _, group) = begin(backend, member, group_id).await?;
    is_own(&group)?;
    is_current(backend, member, &group, seen)?;
    let detail = detail(&group);
    late_entries::group_deleted(&mut tx, backend, member, &group.id, &detail).await?;
    groups::delete(&mut tx, member.tenant_id(), &group.id).await?;
    client_activity::record(&mut tx, backend, member, Event::GroupDeleted, &detail).await?;
    tx.commit().await?;
    outbox::wake(backend);
    told(member, "group_deleted", &group.id);
    Ok(())
}

/// Who would lose what if a group were deleted.
///
/// # Errors
/// [`Error::NotPermitted`]; [`Error::NotFound`]; at the name for one of the four; or the database's.
pub async fn losses(backend: &Backend, member: &Member, group_id: &str) -> Result<GroupLosses> {
    rights::need(member, Permission::GroupsEdit)?;
    rights::need(member, Permission::GroupsView)?;
    let (db, tenant_id) = (&backend.db, member.tenant_id());
    let group = read_one(backend, member, group_id).await?;
    if group.builtin.is_some() {
        return Err(Error::at(Field::GroupName, Problem::Builtin));
    }
    let rows = group_members::without(db, tenant_id, group_id, i64::try_from(SHOWN).unwrap_or(i64::MAX)).await?;
    let invitations = groups::invitations(db, tenant_id, group_id, backend.clock.now()).await?;
    Ok(GroupLosses {
        people: rows.iter().map(|row| person_loss(row, &group.permissions)).collect(),
        invitations: u32::try_from(invitations).unwrap_or(u32::MAX),
        group,
    })
}

fn person_loss(row: &Without, permissions: &[Permission]) -> PersonLoss {
    let kept = Permission::read_list(row.kept());
    PersonLoss {
        person: person(&row.user_id, &row.first_name, &row.last_name, &row.email, row.picture.as_deref()),
        loses: permissions.iter().copied().filter(|permission| !kept.contains(permission)).collect(),
    }
}

/// A page of those in a group, from the last who came or from `after` on, as the page before said it.
///
/// # Errors
/// [`Error::NotPermitted`] for those who may neither see users nor edit groups; [`Error::NotFound`]; or the database's.
pub async fn members(backend: &Backend, member: &Member, group_id: &str, after: Option<&str>) -> Result<GroupMembers> {
    if !member.may(Permission::GroupsEdit) {
        rights::need(member, Permission::UsersView)?;
    }
    let (db, tenant_id) = (&backend.db, member.tenant_id());
    groups::by_id(db, tenant_id, group_id).await?.ok_or(Error::NotFound)?;
    let before = after.and_then(place).unwrap_or((Millis::MAX, ""));
    let mut rows = group_members::page(db, tenant_id, group_id, before, paging::most(SHOWN)).await?;
    let more = paging::cut(&mut rows, SHOWN);
    let older = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.since, row.user_id));
    Ok(GroupMembers { members: rows.iter().map(|row| in_group(member, row)).collect(), older })
}

fn place(after: &str) -> Option<(Millis, &str)> {
    let (since, user_id) = after.split_once('.')?;
    Some((since.parse().ok()?, user_id))
}

fn in_group(reader: &Member, row: &InGroup) -> GroupMember {
    GroupMember {
        id: row.user_id.clone(),
        person: person(&row.user_id, &row.first_name, &row.last_name, &row.email, row.picture.as_deref()),
        guest: row.kind() == Belongs::Guest,
        since: reader.actor().visitor().moment(row.since),
    }
}

/// Puts whoever has this address into a group; they belong to the client already. Whoever is in it stays.
///
/// # Errors
/// [`Error::NotPermitted`], also where the group permits more than the member may; [`Error::NotFound`]; at the address,
/// also where nobody in this client has it; [`Error::TooMany`]; or the database's.
pub async fn add_member(backend: &Backend, member: &Member, group_id: &str, email: &str) -> Result<()> {
    let (mut tx, _, group) = begin(backend, member, group_id).await?;
    let email = address::canonical(email).map_err(|problem| Error::at(Field::Email, problem))?;
    let user = group_members::by_email(&mut tx, member.tenant_id(), &email).await?;
    let user_id = user.ok_or_else(|| Error::at(Field::Email, Problem::NobodyHere))?;
    if !groups::add_member(&mut tx, member.tenant_id(), &group.id, &user_id, backend.clock.now()).await? {
        return Ok(());
    }
    note(&mut tx, backend, member, &user_id, Kind::GroupAdded, &group).await?;
    tx.commit().await?;
    told(member, "group_member_added", &group.id);
    Ok(())
}

/// Takes somebody out of a group. Their rights end with it at their next request.
///
/// # Errors
/// [`Error::NotPermitted`], also where the group permits more than the member may; [`Error::NotFound`] where there is
/// no such group, or nobody like that in it; [`Error::LastFullAccess`]; [`Error::TooMany`]; or the database's.
pub async fn remove_member(backend: &Backend, member: &Member, group_id: &str, user_id: &str) -> Result<()> {
    let (mut tx, _, group) = begin(backend, member, group_id).await?;
    if group.builtin() == Some(BuiltinGroup::FullAccess) {
        rights::last_full_access(&mut tx, backend, member.tenant_id(), user_id).await?;
    }
    if !groups::remove_member(&mut tx, member.tenant_id(), &group.id, user_id).await? {
        return Err(Error::NotFound);
    }
    note(&mut tx, backend, member, user_id, Kind::GroupTaken, &group).await?;
    tx.commit().await?;
    told(member, "group_member_removed", &group.id);
    Ok(())
}

/// Puts what the member did to somebody into that person's activity.
async fn note(tx: &mut Tx, backend: &Backend, member: &Member, user_id: &str, kind: Kind, group: &Group) -> Result<()> {
    let entry = Entry {
        user_id,
        kind,
        visitor: Some(member.actor().visitor()),
        by: Some(member.actor().user_id()).filter(|by| *by != user_id),
        tenant_id: Some(member.tenant_id()),
        detail: &detail(group),
    };
    activity::note(tx, backend, &entry).await
}
