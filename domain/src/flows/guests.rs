//! The guests of a client, for those who may invite them: who they are, and ending that they are guests (TEN-3).

use serde_json::json;

use super::activity::{self, Entry, Kind};
use super::security_events::recipient;
use super::{limits, paging, rights};
use crate::actor::{Member, person};
use crate::backend::Backend;
use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::mail::{letters, outbox};
use crate::store::memberships::{self, GuestGroup};
use crate::store::tenants::Kind as Membership;
use crate::store::{group_members, users};
use crate::view::{BuiltinGroup, Guest, GuestPage, Permission};
use crate::visitor::Visitor;

/// Guests on a page.
pub const SHOWN: usize = 50;

/// The guests of the client, the newest first, from the newest on or from those after what [`GuestPage::more`] said.
///
/// # Errors
/// [`Error::NotPermitted`], or the database's.
pub async fn list(backend: &Backend, member: &Member, after: Option<&str>) -> Result<GuestPage> {
    rights::need(member, Permission::GuestsInvite)?;
    let after = after.and_then(read_place).unwrap_or((Millis::MAX, ""));
    let most = paging::most(SHOWN);
    let mut rows = memberships::guests(&backend.db, member.tenant_id(), after, most).await?;
    let groups = memberships::groups_of_guests(&backend.db, member.tenant_id(), after, most).await?;
    let more = paging::cut(&mut rows, SHOWN);
    let more = rows.last().filter(|_| more).map(|row| format!("{}-{}", row.created_at, row.user_id));
    let reader = member.actor().visitor();
    Ok(GuestPage { guests: rows.into_iter().map(|row| guest(row, &groups, reader)).collect(), more })
}

/// Where a page ends, as it stands in URLs.
fn read_place(written: &str) -> Option<(Millis, &str)> {
    let (since, user_id) = written.split_once('-')?;
    Some((since.parse().ok()?, user_id))
}

fn guest(row: memberships::Guest, groups: &[GuestGroup], reader: &Visitor) -> Guest {
    let name = |group: &GuestGroup| {
        BuiltinGroup::name_of(group.builtin.as_deref().and_then(BuiltinGroup::from_code), &group.name, reader.language)
    };
    Guest {
        person: person(&row.user_id, &row.first_name, &row.last_name, &row.email, row.picture.as_deref()),
        groups: groups.iter().filter(|group| group.user_id == row.user_id).map(name).collect(),
        since: reader.moment(row.created_at),
        last_entered: row.last_entered_at.map(|at| reader.moment(at)),
        home: row.home,
        id: row.user_id,
    }
}

/// Ends that somebody is a guest of this client: at their next request they are out, in every tab and on every
/// instance. Their account and their other clients stay, and they are told (NOT-1).
///
/// # Errors
/// [`Error::NotPermitted`], also for a guest with rights above the member's own; [`Error::NotFound`] for whoever is no
/// guest here; [`Error::TooMany`]; or the database's.
pub async fn remove(backend: &Backend, member: &Member, user_id: &str) -> Result<()> {
    rights::need(member, Permission::GuestsInvite)?;
    limits::try_by(backend, member.actor()).await?;
    let (now, tenant_id, client) = (backend.clock.now(), member.tenant_id(), member.client().name);
    let mut tx = backend.db.begin().await?;
    let held = rights::need_now(&mut tx, backend, member, Permission::GuestsInvite).await?;
    if memberships::kind(&mut tx, tenant_id, user_id).await? != Some(Membership::Guest) {
        return Err(Error::NotFound);
    }
    let theirs = group_members::permissions_of_all(&mut tx, tenant_id, user_id).await?;
    rights::may_give(member, &held, &Permission::read_list(&theirs))?;
    memberships::go_home(&mut tx, tenant_id, user_id).await?;
    if !memberships::end_guest(&mut tx, tenant_id, user_id).await? {
        return Err(Error::NotFound);
    }
    let user = users::by_id_in(&mut tx, user_id).await?.ok_or(Error::NotFound)?;
    let letter = letters::guest_was_removed(recipient(&user, member.actor().visitor()), &client);
    outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
    let (actor, kind) = (member.actor(), Kind::GuestRemoved);
    let (by, visitor, detail) = (Some(actor.user_id()), Some(actor.visitor()), json!({ "client": client }).to_string());
    let entry = Entry { user_id, kind, visitor, by, tenant_id: Some(tenant_id), detail: &detail };
    activity::note(&mut tx, backend, &entry).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "guest_removed", user = user_id, tenant = tenant_id, by = actor.user_id(), "guest removed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::read_place;

    #[test]
    fn a_place_in_the_list_reads_back_and_nonsense_is_none() {
        assert_eq!(read_place("1795265100000-0191-ab"), Some((1_795_265_100_000, "0191-ab")));
        for wrong in ["", "-", "x-y", "99999999999999999999-a", "17952651"] {
            assert_eq!(read_place(wrong), None, "{wrong}");
        }
    }
}
