//! Inviting guests into a client, for those who may (INV-1, INV-2). Whether somebody has an account with an address is
//! not told, neither by what is said nor by the work that is done (ENUM-2).

use serde_json::json;

use super::activity::{self, Entry, Kind};
use super::invitations::VALIDITY;
use super::{limits, paging, rights};
use crate::actor::Member;
use crate::backend::Backend;
use crate::clock::{DAY, HOUR, Millis};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Invited, Recipient};
use crate::mail::{address, outbox};
use crate::secrets::token::Token;
use crate::store::groups::{self, Group};
use crate::store::invitations::{self, NewInvitation, Outcome};
use crate::store::{Tx, group_members, users};
use crate::text::Language;
use crate::view::{BuiltinGroup, InviteGroup, Inviting, Permission, RejectedInvitation, SentInvitation};
use crate::visitor::Visitor;

/// Invitations on a page.
pub const SHOWN: usize = 50;
/// Invitations an hour by one person, those sent again included.
pub const PER_HOUR: i64 = 20;
/// Letters a day from one client to one address with something to accept, whoever sends them.
pub const PER_DAY: i64 = 5;
/// Invitations a day to one address that are mailed, from all clients together. What comes after them is found by
/// whoever has an account and signs in, and by nobody else; whoever invites is not told which (ENUM-2).
pub const MAILED_PER_DAY: i64 = 10;
/// So many rejected ones are shown, of so many days.
const REJECTED: i64 = 20;

/// What the client has open, from the newest on or from before the one with the id `before`, and the member's own that
/// were rejected of late.
///
/// # Errors
/// [`Error::NotPermitted`], or the database's.
pub async fn open(backend: &Backend, member: &Member, before: Option<&str>) -> Result<Inviting> {
    rights::need(member, Permission::GuestsInvite)?;
    let (now, tenant_id, reader) = (backend.clock.now(), member.tenant_id(), member.actor().visitor());
    let before = before.unwrap_or("");
    let mut rows = invitations::open(&backend.db, tenant_id, before, now, paging::most(SHOWN)).await?;
    let more = paging::cut(&mut rows, SHOWN);
    let older = rows.last().filter(|_| more).map(|row| row.id.clone());
    let me = member.actor().user_id();
    let rejected = invitations::rejected(&backend.db, tenant_id, me, now - VALIDITY, REJECTED).await?;
    let turned_down = |row: invitations::Rejected| RejectedInvitation {
        at: reader.moment(row.ended_at),
        email: row.email,
        reason: row.reason,
    };
    Ok(Inviting {
        open: rows.into_iter().map(|row| shown(row, reader)).collect(),
        older,
        rejected: rejected.into_iter().map(turned_down).collect(),
    })
}

/// One that the client has open.
///
/// # Errors
/// [`Error::NotPermitted`]; [`Error::NotFound`], also for one that has ended and for those of other clients; or the
/// database's.
pub async fn one(backend: &Backend, member: &Member, id: &str) -> Result<SentInvitation> {
    rights::need(member, Permission::GuestsInvite)?;
    let row = invitations::open_one(&backend.db, member.tenant_id(), id, backend.clock.now()).await?;
    row.map(|row| shown(row, member.actor().visitor())).ok_or(Error::NotFound)
}

fn shown(row: invitations::Sent, reader: &Visitor) -> SentInvitation {
    let builtin = row.builtin.as_deref().and_then(BuiltinGroup::from_code);
    SentInvitation {
        group: BuiltinGroup::name_of(builtin, &row.group_name, reader.language),
        sent: reader.moment(row.created_at),
        until: reader.moment(row.expires_at),
        id: row.id,
        email: row.email,
        inviter: row.inviter,
    }
}

/// The groups to invite into, each with the permission that the member lacks for it, where it permits something above
/// their own rights.
///
/// # Errors
/// [`Error::NotPermitted`], or the database's.
pub async fn groups_to_choose(backend: &Backend, member: &Member) -> Result<Vec<InviteGroup>> {
    rights::need(member, Permission::GuestsInvite)?;
    let language = member.actor().visitor().language;
    // How many are in them is not shown.
    let all = groups::all(&backend.db, member.tenant_id(), 0).await?;
    let choice = |group: Group| {
        let lacks = member.first_lack(&group.permissions());
        InviteGroup {
            builtin: group.builtin(),
            name: BuiltinGroup::name_of(group.builtin(), &group.name, language),
            permissions: group.permissions(),
            preselected: lacks.is_none() && group.builtin() == Some(BuiltinGroup::Guest),
            lacks,
            id: group.id,
        }
    };
    Ok(all.into_iter().map(|counted| choice(counted.group)).collect())
}

/// Invites somebody as a guest, into one of [`groups_to_choose`] for which nothing is missing. Whatever the client had
/// open for this address ends, and its link is dead.
///
/// # Errors
/// At the fields, also where somebody with this address belongs to the client already; [`Error::NotPermitted`], also
/// for a group above the member's own rights; [`Error::NotFound`] for a group that is not of this client;
/// [`Error::TooMany`]; or the database's.
pub async fn invite(backend: &Backend, member: &Member, email: &str, group_id: &str) -> Result<()> {
    invite_new(backend, member, email, group_id).await.map(|_| ())
}

/// As [`invite`]; says what [`open`] would show of it.
///
/// # Errors
/// As [`invite`].
pub async fn invite_new(backend: &Backend, member: &Member, email: &str, group_id: &str) -> Result<SentInvitation> {
    rights::need(member, Permission::GuestsInvite)?;
    limits::try_by(backend, member.actor()).await?;
    let email = address::canonical(email).map_err(|problem| Error::at(Field::Email, problem))?;
    if group_id.is_empty() {
        return Err(Error::at(Field::Group, Problem::Empty));
    }
    let (now, tenant_id) = (backend.clock.now(), member.tenant_id());
    let mut tx = backend.db.begin().await?;
    let group = group_to_give(&mut tx, backend, member, group_id).await?;
    let mailed = count(&mut tx, backend, member, &email).await?;
    if group_members::by_email(&mut tx, tenant_id, &email).await?.is_some() {
        return Err(Error::at(Field::Email, Problem::AlreadyMember));
    }
    invitations::replace(&mut tx, tenant_id, &email, now).await?;
    let (id, invited_by) = (backend.rng.id(now), member.actor().user_id());
    let invitation = NewInvitation { tenant_id, id: &id, email: &email, group_id, invited_by };
    invitations::insert(&mut tx, &invitation, now, now + VALIDITY).await?;
    let sent_at = send(tx, backend, member, &invitation, &group, mailed).await?;
    let (inviter, reader) = (member.actor().person().name, member.actor().visitor());
    Ok(SentInvitation {
        group: BuiltinGroup::name_of(group.builtin(), &group.name, reader.language),
        sent: reader.moment(sent_at),
        until: reader.moment(sent_at + VALIDITY),
        id,
        email,
        inviter,
    })
}

/// A group of the client that the member may give at this moment.
async fn group_to_give(tx: &mut Tx, backend: &Backend, member: &Member, group_id: &str) -> Result<Group> {
    let held = rights::need_now(tx, backend, member, Permission::GuestsInvite).await?;
    let group = groups::by_id_in(tx, member.tenant_id(), group_id).await?.ok_or(Error::NotFound)?;
    rights::may_give(member, &held, &group.permissions())?;
    Ok(group)
}

/// Nobody writes to many strangers, nor many times to one. Says whether a letter goes as well: what others write to the
/// same address neither keeps a client from inviting nor is told to it.
async fn count(tx: &mut Tx, backend: &Backend, member: &Member, email: &str) -> Result<bool> {
    let now = backend.clock.now();
    let inviter = backend.keys.limit_key("inviter", member.actor().user_id());
    limits::count(tx, &inviter, PER_HOUR, HOUR, now).await?;
    count_for_address(tx, backend, member, email).await?;
    match limits::count(tx, &backend.keys.limit_key("mailed", email), MAILED_PER_DAY, DAY, now).await {
        Err(Error::TooMany { .. }) => Ok(false),
        counted => counted.map(|()| true),
    }
}

/// Counts a letter of the member's client to somebody who may not know it.
///
/// # Errors
/// [`Error::TooMany`], or the database's.
pub(super) async fn count_for_address(tx: &mut Tx, backend: &Backend, member: &Member, email: &str) -> Result<()> {
    let key = backend.keys.limit_key("invited", &format!("{} {email}", member.tenant_id()));
    limits::count(tx, &key, PER_DAY, DAY, backend.clock.now()).await
}

/// A new link; a former one of this invitation is dead. All that goes with it is committed here. Says when it was.
async fn send(
    mut tx: Tx,
    backend: &Backend,
    member: &Member,
    invitation: &NewInvitation<'_>,
    group: &Group,
    mailed: bool,
) -> Result<Millis> {
    let (now, token, client) = (backend.clock.now(), Token::new(&backend.rng), member.client().name);
    let expires_at = now + VALIDITY;
    if !invitations::set_link(&mut tx, invitation, &token.hash(), now, expires_at).await? {
        return Err(Error::NotFound);
    }
    let by_api = member.actor().bearer().is_some();
    invitations::set_by_api(&mut tx, invitation.tenant_id, invitation.id, by_api).await?;
    let user = users::by_email_in(&mut tx, invitation.email).await?;
    let known = user.as_ref().and_then(|user| user.language.as_deref()).and_then(Language::from_tag);
    let language = known.unwrap_or(member.actor().visitor().language);
    let to = Recipient { email: invitation.email, name: "", language };
    let what = Invited {
        inviter: &member.actor().person().name,
        client: &client,
        group: &BuiltinGroup::name_of(group.builtin(), &group.name, language),
        link: &backend.settings.link(&format!("/invitation/{}", token.reveal())),
        expires_at,
    };
    if mailed {
        outbox::put(&mut tx, backend, &letters::invitation(to, what), expires_at).await?;
    }
    record(&mut tx, backend, member, Kind::Invited, invitation.email).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "invited", user = invitation.invited_by, tenant = invitation.tenant_id, "guest invited");
    Ok(now)
}

async fn record(tx: &mut Tx, backend: &Backend, member: &Member, kind: Kind, email: &str) -> Result<()> {
    let (actor, tenant_id) = (member.actor(), Some(member.tenant_id()));
    let detail = json!({ "email": email, "client": member.client().name }).to_string();
    let (user_id, visitor) = (actor.user_id(), Some(actor.visitor()));
    activity::note(tx, backend, &Entry { user_id, kind, visitor, by: None, tenant_id, detail: &detail }).await
}

/// An invitation of this client that is open at this moment.
async fn open_one(tx: &mut Tx, backend: &Backend, member: &Member, id: &str) -> Result<invitations::Invitation> {
    let invitation = invitations::by_id(tx, member.tenant_id(), id).await?;
    invitation.filter(|invitation| invitation.is_open(backend.clock.now())).ok_or(Error::NotFound)
}

/// Sends an open invitation again: it is open for another seven days, and the former link is dead. Whoever sends it
/// vouches for it from now on (INV-2).
///
/// # Errors
/// [`Error::NotPermitted`], also for a group above the member's own rights; [`Error::NotFound`]; [`Error::TooMany`]; or
/// the database's.
pub async fn send_again(backend: &Backend, member: &Member, id: &str) -> Result<()> {
    rights::need(member, Permission::GuestsInvite)?;
    limits::try_by(backend, member.actor()).await?;
    let (tenant_id, invited_by) = (member.tenant_id(), member.actor().user_id());
    let mut tx = backend.db.begin().await?;
    rights::need_now(&mut tx, backend, member, Permission::GuestsInvite).await?;
    let row = open_one(&mut tx, backend, member, id).await?;
    let group = group_to_give(&mut tx, backend, member, &row.group_id).await?;
    let mailed = count(&mut tx, backend, member, &row.email).await?;
    let (email, group_id) = (row.email.as_str(), row.group_id.as_str());
    let invitation = NewInvitation { tenant_id, id, email, group_id, invited_by };
    send(tx, backend, member, &invitation, &group, mailed).await.map(|_| ())
}

/// Takes an open invitation back: it is gone for whoever was invited, and its link is dead.
///
/// # Errors
/// [`Error::NotPermitted`], [`Error::NotFound`], [`Error::TooMany`], or the database's.
pub async fn withdraw(backend: &Backend, member: &Member, id: &str) -> Result<()> {
    rights::need(member, Permission::GuestsInvite)?;
    limits::try_by(backend, member.actor()).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    rights::need_now(&mut tx, backend, member, Permission::GuestsInvite).await?;
    let invitation = open_one(&mut tx, backend, member, id).await?;
    if !invitations::end(&mut tx, &invitation, Outcome::Withdrawn, None, now).await? {
        return Err(Error::NotFound);
    }
    record(&mut tx, backend, member, Kind::InvitationWithdrawn, &invitation.email).await?;
    tx.commit().await?;
    let user = member.actor().user_id();
    tracing::info!(event = "invitation_withdrawn", user, tenant = invitation.tenant_id, "invitation withdrawn");
    Ok(())
}
