//! The way back in for somebody who has lost the app: the password, a mailed code, and a day's wait in which the owner
//! of the account hears of it and can stop it. After it, codes come by e-mail again.

use serde_json::json;

use super::activity::Kind;
use super::confirm::{self, Binding, Issued, Purpose};
use super::limits::{self, Wish};
use super::{incomplete, second_factor, security_events, sign_in};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::clock::{DAY, Millis};
use crate::error::{Error, Result};
use crate::mail::letters::{self, Asked, Recipient};
use crate::mail::outbox;
use crate::store::sign_ins::{self, Door, SignIn};
use crate::store::users::{self, User};
use crate::store::{Tx, factor_resets};
use crate::text::Language;
use crate::view::{LostApp, SecondFactor};
use crate::visitor::Visitor;

/// Between the right code and the first sign-in without the app.
pub const WAIT: Millis = DAY;
/// How long the way back in stays open after that.
pub const OPEN: Millis = 7 * DAY;

/// A half sign-in of somebody whose factor is the app.
async fn half(backend: &Backend, token: &str) -> Result<SignIn> {
    let sign_in = sign_in::half(backend, Door::Page, token).await?;
    if sign_in.factor() == SecondFactor::App { Ok(sign_in) } else { Err(Error::NotFound) }
}

fn binding(sign_in: &SignIn) -> Binding<'_> {
    Binding { user_id: &sign_in.user_id, flow_id: &sign_in.id, purpose: Purpose::FactorReset, payload: "" }
}

/// Has a code mailed, or mailed again: with it the wait begins. Nothing is mailed while somebody waits already.
///
/// # Errors
/// [`Error::TooMany`], also when it is too early for another; [`Error::AttemptOver`]; [`Error::NotFound`] where the
/// factor is no app; or the database's.
pub async fn ask(backend: &Backend, visitor: &Visitor, token: &str) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let (sign_in, now) = (half(backend, token).await?, backend.clock.now());
    if factor_resets::due_at(&backend.db, &sign_in.user_id, now).await?.is_some() {
        return Ok(());
    }
    let user = users::by_id(&backend.db, &sign_in.user_id).await?.ok_or(Error::AttemptOver)?;
    let to = security_events::recipient(&user, visitor);
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &user.id).await?;
    let issued = confirm::issue(&mut tx, backend, visitor, binding(&sign_in), to.email, |code, asked| {
        letters::lost_app_code(to, code, asked, &backend.settings)
    });
    if let Issued::Wait { seconds } = issued.await? {
        return Err(Error::TooMany { retry_after_s: seconds });
    }
    if !sign_ins::prolong(&mut tx, &sign_in.id, now, now + sign_in::VALIDITY).await? {
        return Err(Error::AttemptOver);
    }
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}

/// The mailed code: the wait begins, and the owner is told how to stop it. The sign-in stays half a one.
///
/// # Errors
/// [`Error::CodeWrong`]; [`Error::AttemptOver`] with the fifth wrong one, and then the password is asked again;
/// [`Error::NotFound`] where the factor is no app; [`Error::TooMany`]; or the database's.
pub async fn confirm(backend: &Backend, visitor: &Visitor, token: &str, typed: &str) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let sign_in = half(backend, token).await?;
    let checked = confirm::check(backend, visitor, binding(&sign_in), &sign_in.email, typed).await;
    if matches!(checked, Err(Error::AttemptOver)) {
        sign_in::end(backend, &sign_in.id).await?;
        incomplete::failed(backend, &sign_in.user_id, &sign_in.id).await?;
    }
    let checked = checked?;
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &sign_in.user_id).await?;
    confirm::use_up(&mut tx, backend, checked).await?;
    // Where a wait is under way nothing happens: asking again does not put it off.
    let now = backend.clock.now();
    if factor_resets::begin(&mut tx, &sign_in.user_id, now, now + WAIT, now + WAIT + OPEN).await? {
        tell_of_wait(&mut tx, backend, visitor, &sign_in.user_id).await?;
    }
    tx.commit().await?;
    outbox::wake(backend);
    let address = visitor.address;
    tracing::info!(event = "factor_reset_asked", user = sign_in.user_id, %address, "app reported as lost");
    Ok(())
}

async fn tell_of_wait(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user_id: &str) -> Result<()> {
    let now = backend.clock.now();
    let user = users::by_id_in(tx, user_id).await?.ok_or(Error::AttemptOver)?;
    let to = security_events::recipient(&user, visitor);
    let asked = Asked { visitor, now, expires_at: now + WAIT };
    let letter = letters::app_was_reported_lost(to, asked, &backend.settings);
    outbox::put(tx, backend, &letter, now + outbox::NOTICE).await?;
    security_events::record(tx, backend, visitor, user_id, Kind::FactorResetAsked, "").await
}

/// What the page at the second step shows.
///
/// # Errors
/// [`Error::AttemptOver`], [`Error::NotFound`] where the factor is no app, or the database's.
pub async fn state(backend: &Backend, visitor: &Visitor, token: &str) -> Result<LostApp> {
    let sign_in = half(backend, token).await?;
    if let Some(until) = factor_resets::due_at(&backend.db, &sign_in.user_id, backend.clock.now()).await? {
        return Ok(LostApp::Waits { until: visitor.moment(until) });
    }
    let wait_s = limits::mail_wait(backend, Wish::Own, &sign_in.email, &visitor.place()).await?;
    Ok(if confirm::is_open(backend, &sign_in.id, Purpose::FactorReset).await? {
        LostApp::AwaitsCode { sent_to: sign_in.email, resend_in_s: wait_s }
    } else {
        LostApp::Idle { send_to: sign_in.email, wait_s }
    })
}

/// Stops the wait, for somebody who is signed in; says nothing where there is none.
///
/// # Errors
/// The database's.
pub async fn cancel(backend: &Backend, actor: &Actor) -> Result<()> {
    let (now, user_id) = (backend.clock.now(), actor.user_id());
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    limits::hold_codes(&mut tx, user_id, now).await?;
    is_found(&mut tx, backend, actor.visitor(), user_id).await?;
    tx.commit().await
}

/// The app is there after all: whoever signs in with it, or with a recovery code, stops the wait. Comes after the
/// counter of codes is held, and last in its transaction.
///
/// # Errors
/// The database's.
pub(super) async fn is_found(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user_id: &str) -> Result<()> {
    if !factor_resets::end(tx, user_id).await? {
        return Ok(());
    }
    security_events::record(tx, backend, visitor, user_id, Kind::FactorResetCancelled, "").await
}

/// Somebody has shown the password: where the wait is over, the app is forgotten, everything that was begun before
/// ends, and the address is told. The caller goes on with the user as they are by then, as long as the password is the
/// one that was shown.
///
/// # Errors
/// The database's.
pub(super) async fn after_the_wait(backend: &Backend, visitor: &Visitor, user: &User) -> Result<()> {
    let now = backend.clock.now();
    if user.factor() != SecondFactor::App {
        return Ok(());
    }
    let due_at = factor_resets::due_at(&backend.db, &user.id, now).await?;
    if due_at.is_none_or(|due_at| due_at > now) {
        return Ok(());
    }
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &user.id).await?;
    limits::hold_codes(&mut tx, &user.id, now).await?;
    if factor_resets::take_due(&mut tx, &user.id, now).await? {
        second_factor::back_to_email(&mut tx, &user.id, now).await?;
        let asked = Asked { visitor, now, expires_at: now };
        let letter =
            letters::lost_app_was_forgotten(security_events::recipient(user, visitor), asked, &backend.settings);
        outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
        let (from, to) = (SecondFactor::App.code(), SecondFactor::Email.code());
        let detail = json!({ "from": from, "to": to }).to_string();
        security_events::record(&mut tx, backend, visitor, &user.id, Kind::FactorReset, &detail).await?;
    }
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}

/// Tells those whose wait is over, once, by mail.
///
/// # Errors
/// The database's.
pub async fn tell_due(backend: &Backend) -> Result<()> {
    let now = backend.clock.now();
    for user_id in factor_resets::untold(&backend.db, now).await? {
        let mut tx = backend.db.begin().await?;
        let Some(open_until) = factor_resets::tell(&mut tx, &user_id, now).await? else { continue };
        let user = users::by_id_in(&mut tx, &user_id).await?.ok_or(Error::NotFound)?;
        let language = user.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
        let to = Recipient { email: &user.email, name: &user.first_name, language };
        let letter = letters::wait_is_over(to, open_until, &backend.settings);
        outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
        tx.commit().await?;
        outbox::wake(backend);
    }
    Ok(())
}
