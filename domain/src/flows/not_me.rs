//! "This wasn't me": one page that ends all sign-ins and sets a new password.
//!
//! What it asks for is a mailed code. Somebody who came by a session must not be able to lock its owner out with this
//! page, so the session is no proof, however fresh; nor is the present password, which whoever is in the account may
//! know as well, and the change of a password asks for a code on top of it (PW-4). The mailbox proves as much as it
//! does for a forgotten password (PW-7), so this is no weaker door than that one: it signs nobody in, and the second
//! factor is asked afterwards as ever. Who cannot sign in any more begins there.

use super::activity::Kind;
use super::confirm::{self, Binding, Issued, Purpose};
use super::limits::{self, Wish};
use super::{change_password, managed, security_events};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::mail::letters::{self, Asked, Recipient};
use crate::mail::outbox;
use crate::store::{Tx, codes, users};
use crate::view::{NotMe, SecondFactor};

fn recipient(actor: &Actor) -> Recipient<'_> {
    let session = actor.session();
    Recipient { email: &session.email, name: &session.first_name, language: actor.visitor().language }
}

/// There is nothing to remember but the code, so the session itself is the flow it is bound to.
fn binding(actor: &Actor) -> Binding<'_> {
    Binding { user_id: actor.user_id(), flow_id: &actor.session().id, purpose: Purpose::NotMe, payload: "" }
}

/// What the page shows.
///
/// # Errors
/// The database's.
pub async fn state(backend: &Backend, actor: &Actor) -> Result<NotMe> {
    let (session, visitor) = (actor.session(), actor.visitor());
    Ok(NotMe {
        sent_to: session.email.clone(),
        sent: confirm::is_open(backend, &session.id, Purpose::NotMe).await?,
        resend_in_s: limits::mail_wait(backend, Wish::NotMe, &session.email, &visitor.place()).await?,
        factor: SecondFactor::read(&session.second_factor),
        factor_since: visitor.moment(session.second_factor_set_at),
        rules: change_password::rules(backend),
    })
}

async fn send(backend: &Backend, actor: &Actor) -> Result<Issued> {
    limits::try_from(backend, actor.visitor()).await?;
    let to = recipient(actor);
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, actor.user_id()).await?;
    let issued = confirm::issue(&mut tx, backend, actor.visitor(), binding(actor), to.email, |code, asked| {
        letters::not_me_code(to, code, asked, &backend.settings)
    })
    .await?;
    tx.commit().await?;
    outbox::wake(backend);
    Ok(issued)
}

/// Has a code mailed. Where that was done a moment ago, the former one stays valid.
///
/// # Errors
/// [`Error::TooMany`] for too many tries from one place, and where none may be mailed yet while none is valid here;
/// [`Error::ManagedByProvider`]; or the database's.
pub async fn begin(backend: &Backend, actor: &Actor) -> Result<()> {
    managed::by_us(actor)?;
    match send(backend, actor).await? {
        Issued::Wait { seconds } if !confirm::is_open(backend, &actor.session().id, Purpose::NotMe).await? => {
            Err(Error::TooMany { retry_after_s: seconds })
        }
        Issued::Wait { .. } | Issued::Sent => Ok(()),
    }
}

/// Has the code sent again; the former one is dead then (CODE-7).
///
/// # Errors
/// [`Error::TooMany`], also when it is too early, [`Error::ManagedByProvider`], or the database's.
pub async fn resend(backend: &Backend, actor: &Actor) -> Result<()> {
    managed::by_us(actor)?;
    match send(backend, actor).await? {
        Issued::Sent => Ok(()),
        Issued::Wait { seconds } => Err(Error::TooMany { retry_after_s: seconds }),
    }
}

/// The code, and a new password, twice. All sessions end, this one as well, with everything that was begun; the
/// password holds at once, and the owner is told (SESS-6, NOT-1).
///
/// # Errors
/// At the fields; [`Error::CodeWrong`]; [`Error::AttemptOver`] with the fifth wrong one, and then another has to be
/// sent; [`Error::ManagedByProvider`]; [`Error::TooMany`]; [`Error::Busy`]; or the database's.
pub async fn finish(backend: &Backend, actor: &Actor, new: &str, repeated: &str, typed: &str) -> Result<()> {
    managed::by_us(actor)?;
    limits::try_from(backend, actor.visitor()).await?;
    let user = users::by_id(&backend.db, actor.user_id()).await?.ok_or(Error::SignedOut)?;
    security_events::judge(backend, &user, new, repeated).await?;
    let (visitor, session) = (actor.visitor(), actor.session());
    let checked = confirm::check(backend, visitor, binding(actor), &session.email, typed).await;
    if matches!(checked, Err(Error::AttemptOver)) {
        let mut tx = backend.db.begin().await?;
        end_code(&mut tx, backend, actor).await?;
        tx.commit().await?;
    }
    let checked = checked?;
    let new_hash = security_events::hash(backend, &user, new).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &user.id).await?;
    confirm::use_up(&mut tx, backend, checked).await?;
    security_events::end_everything(&mut tx, &user.id, None).await?;
    users::set_password(&mut tx, &user.id, &new_hash, now).await?;
    let notice = letters::all_was_ended(recipient(actor), Asked { visitor, now, expires_at: now }, &backend.settings);
    outbox::put(&mut tx, backend, &notice, now + outbox::NOTICE).await?;
    security_events::record(&mut tx, backend, visitor, &user.id, Kind::NotMe, "").await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "not_me", user = user.id, address = %visitor.address, "all sign-ins ended by their owner");
    Ok(())
}

async fn end_code(tx: &mut Tx, backend: &Backend, actor: &Actor) -> Result<()> {
    security_events::one_at_a_time(tx, backend, actor.user_id()).await?;
    codes::end_flow(tx, &actor.session().id).await
}
