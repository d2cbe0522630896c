//! Changing the e-mail address: a code to the address that holds, then one to the address to be (EM-1 to EM-4).

use super::activity::Kind;
use super::confirm::{self, Binding, Issued, Purpose};
use super::limits::{self, Wish};
use super::{managed, reauthenticate, security_events, undo_email};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Asked, Recipient};
use crate::mail::{address, outbox};
use crate::secrets::token::Token;
use crate::store::email_changes::{self, Change};
use crate::store::{self, Tx, sessions, users};
use crate::text::Language;
use crate::view::EmailChange;

/// Begins a change, or goes on with the one that still awaits its address: a code is mailed to the address that
/// holds. Where that code was mailed a moment ago, it stays valid.
///
/// # Errors
/// [`Error::ManagedByProvider`], [`Error::ReauthenticationNeeded`], [`Error::TooMany`], or the database's.
pub async fn begin(backend: &Backend, actor: &Actor) -> Result<()> {
    managed::by_us(actor)?;
    if !actor.is_fresh(backend.clock.now()) {
        return Err(Error::ReauthenticationNeeded);
    }
    limits::try_from(backend, actor.visitor()).await?;
    let mut tx = backend.db.begin().await?;
    begin_in(&mut tx, backend, actor).await?;
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}

async fn begin_in(tx: &mut Tx, backend: &Backend, actor: &Actor) -> Result<()> {
    let now = backend.clock.now();
    let (user_id, session, expires_at) = (actor.user_id(), &actor.session().id, now + confirm::VALIDITY);
    one_at_a_time(tx, backend, actor).await?;
    let waiting = email_changes::live_in(tx, user_id, session, now).await?;
    if let Some(Change { id, new_email: None }) = waiting {
        if send_first_code(tx, backend, actor, &id).await? == Issued::Sent {
            email_changes::prolong(tx, &id, now, expires_at).await?;
        }
        return Ok(());
    }
    let id = backend.rng.id(now);
    email_changes::begin(tx, &id, user_id, session, now, expires_at).await?;
    send_first_code(tx, backend, actor, &id).await?;
    Ok(())
}

/// What changes a change of one person happens one after the other; taken first of all rows, so that nobody waits in
/// a circle.
async fn one_at_a_time(tx: &mut Tx, backend: &Backend, actor: &Actor) -> Result<()> {
    let key = format!("change:{}", actor.user_id());
    store::limits::hold(tx, &key, backend.clock.now()).await.map(|_| ())
}

/// The password first, then as [`begin`], in one transaction; the session has a new token afterwards (SESS-3).
///
/// # Errors
/// As [`reauthenticate::prove_password`] and [`begin`]; then the session has its token still.
pub async fn begin_with_password(backend: &Backend, actor: &Actor, password: &str) -> Result<Token> {
    reauthenticate::prove_password(backend, actor, password).await?;
    let mut tx = backend.db.begin().await?;
    one_at_a_time(&mut tx, backend, actor).await?;
    let token = reauthenticate::renew(&mut tx, backend, actor).await?;
    begin_in(&mut tx, backend, actor).await?;
    tx.commit().await?;
    outbox::wake(backend);
    Ok(token)
}

fn recipient(actor: &Actor) -> Recipient<'_> {
    let session = actor.session();
    Recipient { email: &session.email, name: &session.first_name, language: actor.visitor().language }
}

fn first<'a>(actor: &'a Actor, id: &'a str) -> Binding<'a> {
    Binding { user_id: actor.user_id(), flow_id: id, purpose: Purpose::EmailChange, payload: "" }
}

async fn send_first_code(tx: &mut Tx, backend: &Backend, actor: &Actor, id: &str) -> Result<Issued> {
    let to = recipient(actor);
    confirm::issue(tx, backend, actor.visitor(), first(actor, id), to.email, |code, asked| {
        letters::email_change_code(to, code, asked, &backend.settings)
    })
    .await
}

/// The code to the new address. Where somebody else has it, all looks the same, and its owner gets a hint in place
/// of the code that nobody will ever know (ENUM-2).
async fn send_second_code(tx: &mut Tx, backend: &Backend, actor: &Actor, id: &str, new_email: &str) -> Result<Issued> {
    let owner = users::by_email_in(tx, new_email).await?;
    let binding = second(actor, id, new_email);
    let language = actor.visitor().language;
    confirm::issue(tx, backend, actor.visitor(), binding, new_email, |code, asked| match &owner {
        Some(owner) => {
            let language = owner.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
            letters::address_taken(Recipient { email: new_email, name: &owner.first_name, language }, asked)
        }
        None => letters::new_address_code(new_email, language, code, asked),
    })
    .await
}

fn second<'a>(actor: &'a Actor, id: &'a str, new_email: &'a str) -> Binding<'a> {
    Binding { user_id: actor.user_id(), flow_id: id, purpose: Purpose::NewEmail, payload: new_email }
}

/// How far the change has come.
///
/// # Errors
/// The database's.
pub async fn state(backend: &Backend, actor: &Actor) -> Result<EmailChange> {
    let now = backend.clock.now();
    let change = email_changes::live(&backend.db, actor.user_id(), &actor.session().id, now).await?;
    let Some(Change { id, new_email }) = change else {
        return Ok(if actor.is_fresh(now) { EmailChange::Idle } else { EmailChange::PasswordFirst });
    };
    let place = actor.visitor().place();
    Ok(match new_email {
        Some(new_email) => EmailChange::AwaitsProof {
            sent: confirm::was_sent(backend, &id, Purpose::NewEmail).await?,
            resend_in_s: limits::mail_wait(backend, Wish::Wanted, &new_email, &place).await?,
            new_email,
        },
        None => {
            let sent_to = actor.session().email.clone();
            EmailChange::AwaitsAddress {
                sent: confirm::was_sent(backend, &id, Purpose::EmailChange).await?,
                resend_in_s: limits::mail_wait(backend, Wish::Own, &sent_to, &place).await?,
                sent_to,
            }
        }
    })
}

async fn under_way(backend: &Backend, actor: &Actor) -> Result<Change> {
    let now = backend.clock.now();
    let change = email_changes::live(&backend.db, actor.user_id(), &actor.session().id, now).await?;
    change.ok_or(Error::AttemptOver)
}

/// New address and first code. Nothing changes yet but that a second code is mailed, to the new address.
///
/// # Errors
/// At the fields; [`Error::AttemptOver`] with the fifth wrong code; [`Error::TooMany`]; or the database's.
pub async fn request(backend: &Backend, actor: &Actor, new_email: &str, typed: &str) -> Result<()> {
    limits::try_from(backend, actor.visitor()).await?;
    let change = under_way(backend, actor).await?;
    let new_email = address::canonical(new_email).map_err(|problem| Error::at(Field::NewEmail, problem))?;
    if new_email == actor.session().email {
        return Err(Error::at(Field::NewEmail, Problem::OwnAddress));
    }
    let checked = checked(backend, actor, first(actor, &change.id), &actor.session().email, typed).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    one_at_a_time(&mut tx, backend, actor).await?;
    confirm::use_up(&mut tx, backend, checked).await?;
    if !email_changes::set_address(&mut tx, &change.id, &new_email, now, now + confirm::VALIDITY).await? {
        return Err(Error::AttemptOver);
    }
    send_second_code(&mut tx, backend, actor, &change.id, &new_email).await?;
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}

async fn checked<'a>(
    backend: &Backend,
    actor: &Actor,
    binding: Binding<'a>,
    address: &'a str,
    typed: &str,
) -> Result<confirm::Checked<'a>> {
    match confirm::check(backend, actor.visitor(), binding, address, typed).await {
        Err(Error::AttemptOver) => {
            cancel(backend, actor).await?;
            Err(Error::AttemptOver)
        }
        checked => checked,
    }
}

/// The second code: from now on the new address holds, other sessions and open codes end, both addresses are told,
/// and the session has a new token (EM-2, SESS-3, SESS-6). Back to an address that a link would put back, it is that
/// undoing: no link leads to the address that is left (EM-4).
///
/// # Errors
/// [`Error::CodeWrong`]; [`Error::AttemptOver`] with the fifth wrong one or when the address was taken meanwhile;
/// [`Error::TooMany`]; or the database's.
pub async fn finish(backend: &Backend, actor: &Actor, typed: &str) -> Result<Token> {
    limits::try_from(backend, actor.visitor()).await?;
    let change = under_way(backend, actor).await?;
    let new_email = change.new_email.ok_or(Error::AttemptOver)?;
    let checked = checked(backend, actor, second(actor, &change.id, &new_email), &new_email, typed).await?;
    let (now, token) = (backend.clock.now(), Token::new(&backend.rng));
    let (user_id, session) = (actor.user_id(), actor.session());
    let mut tx = backend.db.begin().await?;
    one_at_a_time(&mut tx, backend, actor).await?;
    confirm::use_up(&mut tx, backend, checked).await?;
    if !sessions::rotate(&mut tx, &session.id, &token.hash(), session.authenticated_at).await? {
        return Err(Error::SignedOut);
    }
    let goes_back = undo_email::goes_back(&mut tx, backend, user_id, &new_email).await?;
    security_events::end_everything(&mut tx, user_id, Some(&session.id)).await?;
    let free = users::by_email_in(&mut tx, &new_email).await?.is_none();
    if !free || !users::set_email(&mut tx, user_id, &new_email, now).await? {
        drop(tx);
        cancel(backend, actor).await?;
        return Err(Error::AttemptOver);
    }
    tell_both(&mut tx, backend, actor, &new_email, goes_back).await?;
    record(&mut tx, backend, actor, &new_email).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "email_changed", user = user_id, address = %actor.visitor().address, "address changed");
    Ok(token)
}

async fn tell_both(tx: &mut Tx, backend: &Backend, actor: &Actor, new_email: &str, goes_back: bool) -> Result<()> {
    let now = backend.clock.now();
    let asked = Asked { visitor: actor.visitor(), now, expires_at: now + undo_email::VALIDITY };
    let old = recipient(actor);
    let new = Recipient { email: new_email, ..old };
    let notice = if goes_back {
        letters::address_was_undone(old, new_email, asked)
    } else {
        let undo = undo_email::link(tx, backend, actor.user_id(), old.email).await?;
        letters::address_was_changed(old, new_email, &undo, asked)
    };
    outbox::put(tx, backend, &notice, now + outbox::NOTICE).await?;
    let notice = letters::address_is_new(new, old.email, asked, &backend.settings);
    outbox::put(tx, backend, &notice, now + outbox::NOTICE).await
}

async fn record(tx: &mut Tx, backend: &Backend, actor: &Actor, new_email: &str) -> Result<()> {
    let detail = serde_json::json!({ "from": actor.session().email, "to": new_email }).to_string();
    security_events::record(tx, backend, actor.visitor(), actor.user_id(), Kind::EmailChanged, &detail).await
}

/// Has the code of the present step sent again.
///
/// # Errors
/// [`Error::TooMany`] when it is too early, [`Error::AttemptOver`], or the database's.
pub async fn resend(backend: &Backend, actor: &Actor) -> Result<()> {
    limits::try_from(backend, actor.visitor()).await?;
    let change = under_way(backend, actor).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    one_at_a_time(&mut tx, backend, actor).await?;
    let issued = match &change.new_email {
        None => send_first_code(&mut tx, backend, actor, &change.id).await?,
        Some(new_email) => send_second_code(&mut tx, backend, actor, &change.id, new_email).await?,
    };
    if let Issued::Wait { seconds } = issued {
        return Err(Error::TooMany { retry_after_s: seconds });
    }
    if !email_changes::prolong(&mut tx, &change.id, now, now + confirm::VALIDITY).await? {
        return Err(Error::AttemptOver);
    }
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}

/// Gives a change up, if one is under way; its codes are dead.
///
/// # Errors
/// The database's.
pub async fn cancel(backend: &Backend, actor: &Actor) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    one_at_a_time(&mut tx, backend, actor).await?;
    email_changes::end(&mut tx, actor.user_id()).await?;
    tx.commit().await
}
