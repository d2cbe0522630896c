//! Changing the password: the one that holds, the one to be, and then a code by mail before it holds (PW-4).

use super::activity::Kind;
use super::confirm::{self, Binding, Issued, Purpose};
use super::limits::{self, Wish};
use super::{managed, reauthenticate, security_events, set_up};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Asked, Recipient};
use crate::mail::outbox;
use crate::secrets::password::Password;
use crate::secrets::token::Token;
use crate::store::password_changes::{self, Change, NewChange};
use crate::store::{Tx, sessions, users};
use crate::validate::{self, PASSWORD_MAX};
use crate::view::{PasswordChange, PasswordRules};

/// What can be told of a new password before it is typed.
#[must_use]
pub fn rules(backend: &Backend) -> PasswordRules {
    PasswordRules { min: backend.settings.min_password, max: PASSWORD_MAX }
}

/// The password that holds, and the one to be, twice. Nothing changes yet but that a code is mailed. Asked again for
/// the same one, as by a double click, the code that is on its way stays valid.
///
/// # Errors
/// At the fields, the present password's as in [`reauthenticate::prove_password`]; [`Error::TooMany`];
/// [`Error::Busy`]; [`Error::ManagedByProvider`]; [`Error::SignedOut`] when the session has ended meanwhile; or the
/// database's.
pub async fn request(backend: &Backend, actor: &Actor, current: &str, new: &str, repeated: &str) -> Result<()> {
    managed::by_us(actor)?;
    let missing = current.is_empty().then_some(Problem::Empty);
    let fields = validate::all(vec![(Field::CurrentPassword, missing)]);
    set_up::together(fields, validate::new_password(new, repeated, backend.settings.min_password))?;
    reauthenticate::prove_password(backend, actor, current).await?;
    let user = users::by_id(&backend.db, actor.user_id()).await?.ok_or(Error::SignedOut)?;
    security_events::judge(backend, &user, new, repeated).await?;
    let new_hash = security_events::hash(backend, &user, new).await?;
    let Some(waiting) = begin(backend, actor, &new_hash, false).await? else { return Ok(()) };
    if backend.hasher.verify(Password::read(new), Some(waiting.new_hash.clone())).await? {
        return send_again(backend, actor, &waiting).await.map(|_| ());
    }
    begin(backend, actor, &new_hash, true).await.map(|_| ())
}

/// Begins a change, unless one waits in this session that is not to be replaced: that one is said.
async fn begin(backend: &Backend, actor: &Actor, new_hash: &str, replace: bool) -> Result<Option<Change>> {
    let now = backend.clock.now();
    let (user_id, session_id) = (actor.user_id(), actor.session().id.as_str());
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    let waiting = password_changes::live_in(&mut tx, user_id, session_id, now).await?;
    if waiting.is_some() && !replace {
        return Ok(waiting);
    }
    let change = Change { id: backend.rng.id(now), new_hash: new_hash.to_owned() };
    let row = NewChange { id: &change.id, user_id, session_id, new_hash };
    if !password_changes::begin(&mut tx, &row, now, now + confirm::VALIDITY).await? {
        return Err(Error::SignedOut);
    }
    send_code(&mut tx, backend, actor, &change).await?;
    tx.commit().await?;
    outbox::wake(backend);
    Ok(None)
}

fn recipient(actor: &Actor) -> Recipient<'_> {
    let session = actor.session();
    Recipient { email: &session.email, name: &session.first_name, language: actor.visitor().language }
}

fn binding<'a>(actor: &'a Actor, change: &'a Change) -> Binding<'a> {
    Binding {
        user_id: actor.user_id(),
        flow_id: &change.id,
        purpose: Purpose::PasswordChange,
        payload: &change.new_hash,
    }
}

async fn send_code(tx: &mut Tx, backend: &Backend, actor: &Actor, change: &Change) -> Result<Issued> {
    let to = recipient(actor);
    confirm::issue(tx, backend, actor.visitor(), binding(actor, change), to.email, |code, asked| {
        letters::password_change_code(to, code, asked, &backend.settings)
    })
    .await
}

async fn send_again(backend: &Backend, actor: &Actor, change: &Change) -> Result<Issued> {
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, actor.user_id()).await?;
    let issued = send_code(&mut tx, backend, actor, change).await?;
    if issued == Issued::Sent && !password_changes::prolong(&mut tx, &change.id, now, now + confirm::VALIDITY).await? {
        return Err(Error::AttemptOver);
    }
    tx.commit().await?;
    outbox::wake(backend);
    Ok(issued)
}

/// How far the change has come.
///
/// # Errors
/// The database's.
pub async fn state(backend: &Backend, actor: &Actor) -> Result<PasswordChange> {
    let now = backend.clock.now();
    let change = password_changes::live(&backend.db, actor.user_id(), &actor.session().id, now).await?;
    let Some(change) = change else { return Ok(PasswordChange::Idle) };
    let sent_to = actor.session().email.clone();
    Ok(PasswordChange::AwaitsCode {
        sent: confirm::was_sent(backend, &change.id, Purpose::PasswordChange).await?,
        resend_in_s: limits::mail_wait(backend, Wish::Own, &sent_to, &actor.visitor().place()).await?,
        sent_to,
    })
}

async fn under_way(backend: &Backend, actor: &Actor) -> Result<Change> {
    let now = backend.clock.now();
    let change = password_changes::live(&backend.db, actor.user_id(), &actor.session().id, now).await?;
    change.ok_or(Error::AttemptOver)
}

/// The code: from now on the new password holds, everything that was begun before it ends, the address is told, and
/// the session has a new token (PW-4, SESS-3, SESS-6).
///
/// # Errors
/// [`Error::CodeWrong`]; [`Error::AttemptOver`] with the fifth wrong one; [`Error::TooMany`]; [`Error::SignedOut`]
/// when the session has ended meanwhile; [`Error::ManagedByProvider`]; or the database's.
pub async fn confirm(backend: &Backend, actor: &Actor, typed: &str) -> Result<Token> {
    managed::by_us(actor)?;
    limits::try_from(backend, actor.visitor()).await?;
    let change = under_way(backend, actor).await?;
    let (user_id, session) = (actor.user_id(), actor.session());
    let checked = confirm::check(backend, actor.visitor(), binding(actor, &change), &session.email, typed).await;
    if matches!(checked, Err(Error::AttemptOver)) {
        cancel(backend, actor).await?;
    }
    let checked = checked?;
    let (now, token) = (backend.clock.now(), Token::new(&backend.rng));
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    confirm::use_up(&mut tx, backend, checked).await?;
    if !sessions::rotate(&mut tx, &session.id, &token.hash(), session.authenticated_at).await? {
        return Err(Error::SignedOut);
    }
    security_events::end_everything(&mut tx, user_id, Some(&session.id)).await?;
    users::set_password(&mut tx, user_id, &change.new_hash, now).await?;
    let asked = Asked { visitor: actor.visitor(), now, expires_at: now };
    let notice = letters::password_was_changed(recipient(actor), asked, &backend.settings);
    outbox::put(&mut tx, backend, &notice, now + outbox::NOTICE).await?;
    security_events::record(&mut tx, backend, actor.visitor(), user_id, Kind::PasswordChanged, "").await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "password_changed", user = user_id, address = %actor.visitor().address, "password changed");
    Ok(token)
}

/// Has the code sent again; the former one is dead then (CODE-7).
///
/// # Errors
/// [`Error::TooMany`] when it is too early, [`Error::AttemptOver`], [`Error::ManagedByProvider`], or the database's.
pub async fn resend(backend: &Backend, actor: &Actor) -> Result<()> {
    managed::by_us(actor)?;
    limits::try_from(backend, actor.visitor()).await?;
    let change = under_way(backend, actor).await?;
    match send_again(backend, actor, &change).await? {
        Issued::Sent => Ok(()),
        Issued::Wait { seconds } => Err(Error::TooMany { retry_after_s: seconds }),
    }
}

/// Gives the change up, if one is under way in this session; its code is dead, and the old password holds. One in
/// another session goes on: a stolen one must not keep its owner from changing the password.
///
/// # Errors
/// The database's.
pub async fn cancel(backend: &Backend, actor: &Actor) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, actor.user_id()).await?;
    password_changes::end_in_session(&mut tx, &actor.session().id).await?;
    tx.commit().await
}
