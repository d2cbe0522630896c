//! What one act means for many people, written into the activity of each by a worker: nobody who deletes a group has to
//! wait until thousands of people have read of it.

use super::activity::{self, Entry, Kind};
use super::{incomplete, security_events};
use crate::actor::Member;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::mail::letters;
use crate::mail::outbox;
use crate::store::late_entries::{self, Act, Late};
use crate::store::tenants::{self, Kind as Belongs};
use crate::store::users::User;
use crate::store::{Tx, memberships, users};
use crate::text::Language;
use crate::visitor::Visitor;

/// So many are written at a time; letters are sent in between.
const BATCH: i64 = 100;

/// Keeps for everybody in a group that they are no longer in it. Comes before the group goes; call [`outbox::wake`]
/// after the commit.
///
/// # Errors
/// The database's.
pub(super) async fn group_deleted(
    tx: &mut Tx,
    backend: &Backend,
    member: &Member,
    group_id: &str,
    detail: &str,
) -> Result<()> {
    let (id, address) = (backend.rng.id(backend.clock.now()), address(member));
    let act = act(&id, &address, member, Kind::GroupTaken, detail);
    late_entries::for_group(tx, &act, group_id).await
}

/// Keeps for everybody in the client without a second factor that codes come by e-mail from now on, and that they are
/// told. Comes before they do; call [`outbox::wake`] after the commit.
///
/// # Errors
/// The database's.
pub(super) async fn factor_required(tx: &mut Tx, backend: &Backend, member: &Member) -> Result<()> {
    let (id, address) = (backend.rng.id(backend.clock.now()), address(member));
    let act = act(&id, &address, member, Kind::FactorChanged, r#"{"from":"off","to":"email"}"#);
    late_entries::for_those_without_factor(tx, &act).await
}

fn address(member: &Member) -> String {
    member.actor().visitor().address.to_canonical().to_string()
}

fn act<'a>(id: &'a str, address: &'a str, member: &'a Member, kind: Kind, detail: &'a str) -> Act<'a> {
    Act {
        id,
        tenant_id: member.tenant_id(),
        kind: kind.code(),
        actor_id: member.actor().user_id(),
        address,
        browser: &member.actor().visitor().browser,
        language: member.actor().visitor().language.tag(),
        detail,
    }
}

/// Writes what waits, once, up to a hundred entries; where that was not all, the worker comes back soon.
///
/// # Errors
/// The database's.
pub async fn write_due(backend: &Backend) -> Result<()> {
    let rows = late_entries::some(&backend.db, BATCH).await?;
    for row in &rows {
        write(backend, row).await?;
    }
    if !rows.is_empty() {
        outbox::wake(backend);
    }
    Ok(())
}

async fn write(backend: &Backend, row: &Late) -> Result<()> {
    let kind = Kind::read(&row.kind).ok_or(Error::internal())?;
    let mut tx = backend.db.begin().await?;
    if !late_entries::take(&mut tx, &row.act_id, &row.user_id).await? {
        return Ok(());
    }
    let visitor =
        incomplete::visitor(&row.address, &row.browser, Language::from_tag(&row.language).unwrap_or_default());
    if kind == Kind::FactorChanged {
        let user = users::by_id_in(&mut tx, &row.user_id).await?.ok_or(Error::NotFound)?;
        tell_of_factor(&mut tx, backend, row, &user, &visitor).await?;
    }
    let entry = Entry {
        user_id: &row.user_id,
        kind,
        visitor: Some(&visitor),
        by: Some(row.actor_id.as_str()).filter(|by| *by != row.user_id),
        tenant_id: is_theirs(&mut tx, kind, row).await?.then_some(row.tenant_id.as_str()),
        detail: &row.detail,
    };
    activity::note(&mut tx, backend, &entry).await?;
    tx.commit().await
}

/// Whether the client may read of it in its own activity: not how its guests used to sign in.
async fn is_theirs(tx: &mut Tx, kind: Kind, row: &Late) -> Result<bool> {
    if kind != Kind::FactorChanged {
        return Ok(true);
    }
    Ok(memberships::kind(tx, &row.tenant_id, &row.user_id).await? == Some(Belongs::Home))
}

/// To the person, in their language or else in that of whoever requires it.
async fn tell_of_factor(tx: &mut Tx, backend: &Backend, row: &Late, user: &User, by: &Visitor) -> Result<()> {
    // Nobody has proved the address of whoever never came, and no sign-in of theirs becomes another. Nor does that of
    // whoever was bound to a provider meanwhile, whose matter it is from then on (OIDC-3).
    if !user.is_activated() || user.provider.is_some() {
        return Ok(());
    }
    let Some(tenant) = tenants::by_id_in(tx, &row.tenant_id).await? else { return Ok(()) };
    let letter = letters::factor_was_required(security_events::recipient(user, by), &tenant.name, &backend.settings);
    outbox::put(tx, backend, &letter, backend.clock.now() + outbox::NOTICE).await
}
