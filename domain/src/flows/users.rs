//! Making users. Nobody but the person ever sees or sets a password (PW-6).

use super::activity::{self, Entry, Kind as Happened, OPERATOR};
use super::{provider_users, rights, security_events};
use crate::backend::Backend;
use crate::clock::{DAY, Millis};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Recipient};
use crate::mail::{address, outbox};
use crate::secrets::token::Token;
use crate::store::tenants::Kind;
use crate::store::users::NewUser;
use crate::store::{Tx, activations, groups, tenants, user_edit, users};
use crate::text::Language;
use crate::validate;
use crate::view::BuiltinGroup;

/// How long an activation link works (PW-6).
pub const LINK: Millis = DAY;

/// Who is to become a user, and where.
#[derive(Clone, Debug)]
pub struct Invitee<'a> {
    /// As typed.
    pub email: &'a str,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// The language of the person, where it is known.
    pub language: Option<Language>,
    /// The home client.
    pub tenant_id: &'a str,
    /// One of its four groups.
    pub group: BuiltinGroup,
}

/// Adds a user without a password; says the id.
///
/// # Errors
/// At the fields, [`Error::NotFound`] where the client has no such group, or the database's.
pub async fn add(tx: &mut Tx, backend: &Backend, invitee: &Invitee<'_>) -> Result<String> {
    let email = address::canonical(invitee.email);
    let (first, last) = (validate::name(invitee.first_name), validate::name(invitee.last_name));
    validate::all(vec![
        (Field::Email, email.as_ref().err().copied()),
        (Field::FirstName, first.as_ref().err().copied()),
        (Field::LastName, last.as_ref().err().copied()),
    ])?;
    let now = backend.clock.now();
    let id = backend.rng.id(now);
    let user = NewUser {
        id: &id,
        email: &email.unwrap_or_default(),
        first_name: &first.unwrap_or_default(),
        last_name: &last.unwrap_or_default(),
        language: invitee.language.map(Language::tag),
        home_tenant_id: invitee.tenant_id,
    };
    if !users::insert(tx, &user, now).await? {
        return Err(Error::at(Field::Email, Problem::Taken));
    }
    tenants::join(tx, invitee.tenant_id, &id, Kind::Home, now).await?;
    let group = groups::builtin(tx, invitee.tenant_id, invitee.group).await?.ok_or(Error::NotFound)?;
    groups::add_member(tx, invitee.tenant_id, &group, &id, now).await?;
    Ok(id)
}

/// Ends that somebody may sign in, with every sign-in, code and pending change of theirs (SESS-6): for the operator,
/// who reaches those as well whose home is their own. Says whether they could until now.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::LastFullAccess`]; or the database's.
pub async fn disable(backend: &Backend, user_id: &str) -> Result<bool> {
    let (mut tx, user) = held(backend, user_id).await?;
    if user.disabled_at.is_some() {
        return Ok(false);
    }
    security_events::disable(&mut tx, backend, &user.home_tenant_id, user_id).await?;
    record(tx, backend, &user, Happened::UserDisabled).await.map(|()| true)
}

/// Lets somebody sign in again as before, with the password and the second factor or at the provider: for the operator.
/// Says whether they could not until now.
///
/// # Errors
/// [`Error::NotFound`], or the database's.
pub async fn enable(backend: &Backend, user_id: &str) -> Result<bool> {
    let (mut tx, user) = held(backend, user_id).await?;
    if user.disabled_at.is_none() {
        return Ok(false);
    }
    user_edit::enable(&mut tx, user_id).await?;
    record(tx, backend, &user, Happened::UserEnabled).await.map(|()| true)
}

/// A user, in a transaction in which nobody else changes how they get in, or anybody's rights in their home client.
async fn held(backend: &Backend, user_id: &str) -> Result<(Tx, users::User)> {
    let home = users::by_id(&backend.db, user_id).await?.ok_or(Error::NotFound)?.home_tenant_id;
    let mut tx = backend.db.begin().await?;
    rights::one_at_a_time(&mut tx, backend, &home).await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    let user = users::by_id_in(&mut tx, user_id).await?.ok_or(Error::NotFound)?;
    Ok((tx, user))
}

/// Puts what the operator did to a user into that user's activity, and makes all of it true.
async fn record(mut tx: Tx, backend: &Backend, user: &users::User, kind: Happened) -> Result<()> {
    let (by, tenant_id) = (Some(OPERATOR), Some(user.home_tenant_id.as_str()));
    let entry = Entry { user_id: &user.id, kind, visitor: None, by, tenant_id, detail: "" };
    activity::note(&mut tx, backend, &entry).await?;
    tx.commit().await?;
    tracing::info!(event = kind.code(), user = user.id, "a user was looked after by the operator");
    Ok(())
}

/// A user of this client who has no way in yet: whoever invites again sends a new link.
async fn waiting(tx: &mut Tx, email: &str, tenant_id: &str) -> Result<Option<String>> {
    let Ok(email) = address::canonical(email) else { return Ok(None) };
    let user = users::by_email_in(tx, &email).await?;
    let waits =
        |user: &users::User| !user.is_activated() && user.disabled_at.is_none() && user.home_tenant_id == tenant_id;
    Ok(user.filter(waits).map(|user| user.id))
}

/// Mails a one-use link by which a user chooses a password, or is led to the provider that manages the sign-in; a
/// former one stops working.
///
/// # Errors
/// The database's.
pub(super) async fn mail_link(tx: &mut Tx, backend: &Backend, id: &str, to: Recipient<'_>, client: &str) -> Result<()> {
    let (now, token) = (backend.clock.now(), Token::new(&backend.rng));
    let provider = users::by_id_in(tx, id).await?.and_then(|user| user.provider);
    activations::insert(tx, &backend.rng.id(now), &token.hash(), Some(id), now, now + LINK).await?;
    let link = backend.settings.link(&format!("/activate/{}", token.reveal()));
    let letter = match provider {
        Some(provider) => {
            let provider = backend.settings.provider_name(&provider);
            letters::activation_by_provider(to, client, &provider, &link, now + LINK)
        }
        None => letters::activation(to, client, &link, now + LINK),
    };
    outbox::put(tx, backend, &letter, now + LINK).await
}

/// Adds a user and mails a one-use link, by which the person chooses a password. For a user who has no way in yet it is
/// a new link, and the former one stops working.
///
/// # Errors
/// As [`add`], and [`Error::NotFound`] where there is no such client.
pub async fn invite(backend: &Backend, slug: &str, invitee: Invitee<'_>) -> Result<()> {
    invite_by(backend, slug, invitee, None).await
}

/// As [`invite`], with the sign-in managed by a provider. Without one, a user who has no way in yet keeps what was
/// chosen for them.
///
/// # Errors
/// As [`invite`], and at [`Field::Method`] for a provider that the operator's file does not name.
pub async fn invite_by(backend: &Backend, slug: &str, invitee: Invitee<'_>, provider: Option<&str>) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    let tenant = tenants::by_slug(&mut tx, slug).await?.ok_or(Error::NotFound)?;
    let (id, known) = match waiting(&mut tx, invitee.email, &tenant.id).await? {
        Some(id) => (id, true),
        None => (add(&mut tx, backend, &Invitee { tenant_id: &tenant.id, ..invitee.clone() }).await?, false),
    };
    security_events::one_at_a_time(&mut tx, backend, &id).await?;
    let user = users::by_id_in(&mut tx, &id).await?.ok_or(Error::NotFound)?;
    let changed = provider.is_some() && provider_users::change(&mut tx, backend, &user, provider).await?;
    let email = address::canonical(invitee.email).map_err(|problem| Error::at(Field::Email, problem))?;
    let language = invitee.language.unwrap_or_default();
    let to = Recipient { email: &email, name: invitee.first_name, language };
    mail_link(&mut tx, backend, &id, to, &tenant.name).await?;
    if changed && known {
        provider_users::tell(&mut tx, backend, &user, provider).await?;
    }
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "user_invited", user = id, tenant = tenant.id, "user invited");
    Ok(())
}
