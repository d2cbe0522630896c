//! Invitations that have come to somebody: reading, accepting and rejecting them.
//!
//! An invitation belongs to a client and to an address, and only the account whose proved address that is can answer
//! it, after a full sign-in (INV-1). It gives nothing before it is accepted, and then only what whoever invited could
//! still give at that moment (INV-2). The mailed link leads to the page and no further: the mail may be forwarded, or
//! opened by a scanner.

use serde_json::json;

use super::accounts::record;
use super::activity::Kind;
use super::{limits, rights, security_events};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::clock::{DAY, Millis};
use crate::error::{Error, Field, Result};
use crate::mail::letters;
use crate::mail::outbox;
use crate::secrets::token::Token;
use crate::store::invitations::{self, Invitation, Outcome, Received};
use crate::store::tenants::{self, Tenant};
use crate::store::users::{self, User};
use crate::store::{Tx, api_tokens, groups, memberships};
use crate::validate;
use crate::view::{self, BuiltinGroup, Client, InvitationLink, Invited, Permission, SecondFactor};
use crate::visitor::Visitor;

/// How long an invitation is open (INV-1).
pub const VALIDITY: Millis = 7 * DAY;

/// The open invitations of the person, the newest first. The mail is not needed for any of it.
///
/// # Errors
/// The database's.
pub async fn mine(backend: &Backend, actor: &Actor) -> Result<Vec<view::Invitation>> {
    let rows = invitations::to_address(&backend.db, &actor.session().email, backend.clock.now()).await?;
    Ok(rows.iter().map(|row| shown(row, actor.visitor())).collect())
}

/// What a mailed link leads to, for whoever has it. Looking answers nothing and uses nothing up, however often.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work, whatever the reason; or the database's.
pub async fn find(backend: &Backend, visitor: &Visitor, link: &str) -> Result<InvitationLink> {
    let row = by_link(backend, link).await?;
    let owner = users::by_email(&backend.db, &row.email).await?;
    let invited = match owner.map(|owner| owner.is_activated()) {
        None => Invited::Nobody,
        Some(false) => Invited::NotActivated,
        Some(true) => Invited::Account,
    };
    Ok(InvitationLink {
        invitation: shown(&row, visitor),
        email: row.email,
        invited,
        min_password: backend.settings.min_password,
    })
}

pub(super) async fn by_link(backend: &Backend, link: &str) -> Result<Received> {
    let token = Token::read(link).ok_or(Error::NotFound)?;
    invitations::by_token(&backend.db, &token.hash(), backend.clock.now()).await?.ok_or(Error::NotFound)
}

fn shown(row: &Received, reader: &Visitor) -> view::Invitation {
    let builtin = row.builtin.as_deref().and_then(BuiltinGroup::from_code);
    view::Invitation {
        id: row.id.clone(),
        client: Client { slug: row.slug.clone(), name: row.client.clone(), colour: row.colour.clone() },
        inviter: row.inviter.clone(),
        group: BuiltinGroup::name_of(builtin, &row.group_name, reader.language),
        permissions: Permission::read_list(&row.permissions),
        until: reader.moment(row.expires_at),
    }
}

/// An invitation to the address that is proved to be the person's at this moment, and the client. Until the transaction
/// ends, nobody's rights in the client change, nor the person's address.
async fn to_me(tx: &mut Tx, backend: &Backend, actor: &Actor, slug: &str, id: &str) -> Result<(Tenant, Invitation)> {
    // Looked for twice: strangers hold up no client, and what counts is how it is when nobody else changes it.
    let tenant = invitations::to_user(tx, slug, id, actor.user_id()).await?.ok_or(Error::NotFound)?;
    rights::one_at_a_time(tx, backend, &tenant.id).await?;
    security_events::one_at_a_time(tx, backend, actor.user_id()).await?;
    let address = users::proved_address(tx, actor.user_id()).await?;
    let invitation = invitations::by_id(tx, &tenant.id, id).await?;
    let invitation = invitation.filter(|to| Some(&to.email) == address.as_ref()).ok_or(Error::NotFound)?;
    if invitation.is_open(backend.clock.now()) { Ok((tenant, invitation)) } else { Err(Error::InvitationVoid) }
}

/// Whether whoever invited may still do so, and into this group; where a program did it for them, whether they may
/// still use the API (INV-2). Comes after [`rights::one_at_a_time`].
///
/// # Errors
/// The database's.
pub(super) async fn is_vouched_for(tx: &mut Tx, invitation: &Invitation) -> Result<bool> {
    let Invitation { tenant_id, invited_by, .. } = invitation;
    let held = if invitation.by_api {
        rights::held_by_api(tx, tenant_id, invited_by).await?
    } else {
        rights::held(tx, tenant_id, invited_by).await?
    };
    let given = Permission::read_list(&invitation.permissions);
    Ok(held.contains(&Permission::GuestsInvite) && rights::above(&held, &given).is_none())
}

/// Ends an invitation that has nothing to give, and says so.
pub(super) async fn refuse<T>(mut tx: Tx, backend: &Backend, invitation: &Invitation) -> Result<T> {
    invitations::end(&mut tx, invitation, Outcome::Void, None, backend.clock.now()).await?;
    tx.commit().await?;
    tracing::info!(event = "invitation_void", tenant = invitation.tenant_id, id = invitation.id, "invitation void");
    Err(Error::InvitationVoid)
}

/// Accepts an invitation: the person is a guest of the client from now on, in the group they were invited into. Of
/// several calls at once one does it. Says the client, which can be entered then.
///
/// # Errors
/// [`Error::NotFound`] for what does not exist and for an invitation to another address; [`Error::InvitationVoid`]
/// where it is no longer open, where whoever invited may no longer do so, or where the person belongs to the client
/// already; [`Error::TooMany`]; or the database's.
pub async fn accept(backend: &Backend, actor: &Actor, slug: &str, id: &str) -> Result<Client> {
    limits::try_from(backend, actor.visitor()).await?;
    let (now, user_id) = (backend.clock.now(), actor.user_id());
    let mut tx = backend.db.begin().await?;
    let (tenant, invitation) = to_me(&mut tx, backend, actor, slug, id).await?;
    let belongs = memberships::kind(&mut tx, &tenant.id, user_id).await?.is_some();
    if belongs || !is_vouched_for(&mut tx, &invitation).await? {
        return refuse(tx, backend, &invitation).await;
    }
    if !invitations::end(&mut tx, &invitation, Outcome::Accepted, Some(user_id), now).await? {
        return Err(Error::InvitationVoid);
    }
    tenants::join(&mut tx, &tenant.id, user_id, tenants::Kind::Guest, now).await?;
    groups::add_member(&mut tx, &tenant.id, &invitation.group_id, user_id, now).await?;
    ask_for_factor(&mut tx, backend, actor, &tenant.name).await?;
    record(&mut tx, backend, actor, &tenant, Kind::InvitationAccepted).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "invitation_accepted", user = user_id, tenant = tenant.id, "guest joined");
    Ok(Client { slug: tenant.slug, name: tenant.name, colour: tenant.colour })
}

/// A client that asks for a second factor asks its guests as well (TOTP-6): whoever has none gets codes by e-mail and
/// is told; of their sign-ins only those of programs end. What a provider asks of its people is not ours to say.
async fn ask_for_factor(tx: &mut Tx, backend: &Backend, actor: &Actor, client: &str) -> Result<()> {
    let (now, visitor) = (backend.clock.now(), actor.visitor());
    let user = users::by_id_in(tx, actor.user_id()).await?.ok_or(Error::SignedOut)?;
    let (from, to) = (user.factor(), SecondFactor::Email);
    let stays = from != SecondFactor::Off || user.provider.is_some();
    if stays || !tenants::any_requires_factor_in(tx, &user.id).await? {
        return Ok(());
    }
    api_tokens::end_all(tx, &user.id).await?;
    users::set_second_factor(tx, &user.id, to, now).await?;
    let recipient = security_events::recipient(&user, visitor);
    let letter = letters::factor_was_required(recipient, client, &backend.settings);
    outbox::put(tx, backend, &letter, now + outbox::NOTICE).await?;
    let detail = json!({ "from": from.code(), "to": to.code() }).to_string();
    security_events::record(tx, backend, visitor, &user.id, Kind::FactorChanged, &detail).await
}

/// Rejects an invitation, and tells whoever sent it; `reason` may be empty.
///
/// # Errors
/// At the reason; [`Error::NotFound`] and [`Error::InvitationVoid`] as [`accept`]; [`Error::TooMany`]; or the
/// database's.
pub async fn reject(backend: &Backend, actor: &Actor, slug: &str, id: &str, reason: &str) -> Result<()> {
    limits::try_from(backend, actor.visitor()).await?;
    let reason = validate::reason(reason).map_err(|problem| Error::at(Field::Reason, problem))?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    let (tenant, invitation) = to_me(&mut tx, backend, actor, slug, id).await?;
    if !invitations::end(&mut tx, &invitation, Outcome::Rejected, reason.as_deref(), now).await? {
        return Err(Error::InvitationVoid);
    }
    if let Some(inviter) = still_there(&mut tx, &invitation).await? {
        let (to, reason) = (security_events::recipient(&inviter, actor.visitor()), reason.as_deref());
        let letter = letters::invitation_was_rejected(to, &invitation.email, &tenant.name, reason);
        outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
    }
    record(&mut tx, backend, actor, &tenant, Kind::InvitationRejected).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "invitation_rejected", user = actor.user_id(), tenant = tenant.id, "invitation rejected");
    Ok(())
}

/// Whoever invited, while they belong to the client.
async fn still_there(tx: &mut Tx, invitation: &Invitation) -> Result<Option<User>> {
    let belongs = memberships::kind(tx, &invitation.tenant_id, &invitation.invited_by).await?.is_some();
    let inviter = users::by_id_in(tx, &invitation.invited_by).await?;
    Ok(inviter.filter(|inviter| belongs && inviter.disabled_at.is_none()))
}
