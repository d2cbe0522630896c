//! What a change of the second factor and new recovery codes have in common: begun while the sign-in is fresh, bound to
//! one session, gone on with only after the factor in use was shown, and over after ten minutes (SESS-9, TOTP-4).

use super::confirm::{self, Binding, Issued, Purpose, VALIDITY};
use super::proof::{self, Checked, Door};
use super::{limits, managed, recovery_codes, security_events};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::mail::letters::{self, Recipient};
use crate::mail::outbox;
use crate::secrets::recovery::{self, RecoveryCode};
use crate::secrets::token::Token;
use crate::secrets::totp::Secret;
use crate::store::factor_changes::{self, Change, NewChange};
use crate::store::{Tx, sessions, users};
use crate::view::{SecondFactor, SignedInBy};

/// Where others have the factor to be, new recovery codes have this.
const RECOVERY: &str = "recovery";

/// What is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Another factor, or the app of another phone.
    Factor(SecondFactor),
    /// New recovery codes.
    Recovery,
}

impl Target {
    const fn code(self) -> &'static str {
        match self {
            Self::Factor(factor) => factor.code(),
            Self::Recovery => RECOVERY,
        }
    }

    /// What a change is about.
    pub(super) fn of(change: &Change) -> Self {
        if change.target == RECOVERY { Self::Recovery } else { Self::Factor(SecondFactor::read(&change.target)) }
    }
}

/// The factor in use.
pub(super) fn factor(actor: &Actor) -> SecondFactor {
    SecondFactor::read(&actor.session().second_factor)
}

/// How the factor in use is shown. Where there is none, a mailed code keeps a stolen session from choosing one.
pub(super) fn shown_by(actor: &Actor) -> SecondFactor {
    match factor(actor) {
        SecondFactor::App => SecondFactor::App,
        SecondFactor::Off | SecondFactor::Email => SecondFactor::Email,
    }
}

pub(super) fn recipient(actor: &Actor) -> Recipient<'_> {
    let session = actor.session();
    Recipient { email: &session.email, name: &session.first_name, language: actor.visitor().language }
}

/// Begins a change, or goes on with one for the same that waits for its code. Where the code is mailed and was a moment
/// ago, it stays valid.
///
/// # Errors
/// [`Error::ManagedByProvider`], [`Error::ReauthenticationNeeded`], [`Error::TooMany`], [`Error::SignedOut`] when the
/// session has ended meanwhile, or the database's.
pub(super) async fn begin(backend: &Backend, actor: &Actor, target: Target) -> Result<()> {
    managed::by_us(actor)?;
    let now = backend.clock.now();
    if !actor.is_fresh(now) {
        return Err(Error::ReauthenticationNeeded);
    }
    limits::try_from(backend, actor.visitor()).await?;
    let (user_id, session_id) = (actor.user_id(), actor.session().id.as_str());
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    let waiting = factor_changes::live_in(&mut tx, user_id, session_id, now).await?;
    let waiting = waiting.filter(|change| Target::of(change) == target && change.proved_at.is_none());
    let id = waiting.as_ref().map_or_else(|| backend.rng.id(now), |change| change.id.clone());
    let row = NewChange { id: &id, user_id, session_id, target: target.code() };
    if waiting.is_none() && !factor_changes::begin(&mut tx, &row, now, now + VALIDITY).await? {
        return Err(Error::SignedOut);
    }
    if send_code(&mut tx, backend, actor, &id, target).await? == Issued::Sent {
        factor_changes::prolong(&mut tx, &id, now, now + VALIDITY).await?;
    }
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}

fn binding<'a>(actor: &'a Actor, id: &'a str, target: Target) -> Binding<'a> {
    Binding { user_id: actor.user_id(), flow_id: id, purpose: Purpose::FactorChange, payload: target.code() }
}

/// Mails the code, where it is mailed.
async fn send_code(tx: &mut Tx, backend: &Backend, actor: &Actor, id: &str, target: Target) -> Result<Issued> {
    let (SecondFactor::Email, Target::Factor(wanted)) = (shown_by(actor), target) else { return Ok(Issued::Sent) };
    let to = recipient(actor);
    confirm::issue(tx, backend, actor.visitor(), binding(actor, id, target), to.email, |code, asked| {
        letters::factor_change_code(to, code, wanted, asked, &backend.settings)
    })
    .await
}

/// The change under way in this session.
///
/// # Errors
/// The database's.
pub(super) async fn live(backend: &Backend, actor: &Actor) -> Result<Option<Change>> {
    let now = backend.clock.now();
    factor_changes::live(&backend.db, actor.user_id(), &actor.session().id, now).await
}

/// Whether a code was ever mailed for this change.
///
/// # Errors
/// The database's.
pub(super) async fn was_sent(backend: &Backend, change: &Change) -> Result<bool> {
    confirm::was_sent(backend, &change.id, Purpose::FactorChange).await
}

/// The change under way that waits for a code of the factor in use, or has seen it, of those that `fits` takes.
///
/// # Errors
/// [`Error::AttemptOver`] where there is none, or the database's.
pub(super) async fn under_way(
    backend: &Backend,
    actor: &Actor,
    proved: bool,
    fits: impl Fn(Target) -> bool + Send,
) -> Result<Change> {
    let change = live(backend, actor).await?;
    change.filter(|change| change.proved_at.is_some() == proved && fits(Target::of(change))).ok_or(Error::AttemptOver)
}

/// Compares what was typed with a code of the factor in use; the fifth wrong one ends the change.
///
/// # Errors
/// As [`confirm::check`] and [`proof::app_or_recovery`].
pub(super) async fn check<'a>(
    backend: &Backend,
    actor: &'a Actor,
    change: &'a Change,
    typed: &str,
) -> Result<Checked<'a>> {
    let (visitor, user_id) = (actor.visitor(), actor.user_id());
    let checked = if shown_by(actor) == SecondFactor::App {
        proof::app_or_recovery(backend, visitor, Door::Change(&change.id), user_id, typed).await
    } else {
        let binding = binding(actor, &change.id, Target::of(change));
        proof::mail(backend, visitor, binding, &actor.session().email, typed).await
    };
    ended_if_over(backend, actor, checked).await
}

/// Ends the change where the attempt is over.
///
/// # Errors
/// What `outcome` says, or the database's.
pub(super) async fn ended_if_over<T>(backend: &Backend, actor: &Actor, outcome: Result<T>) -> Result<T> {
    if matches!(outcome, Err(Error::AttemptOver)) {
        cancel(backend, actor).await?;
    }
    outcome
}

/// Uses the code up and makes what is to be kept: ten recovery codes and, for an app, its secret. They wait sealed, and
/// nothing of them holds yet; the session has a new token (SESS-3).
///
/// # Errors
/// [`Error::CodeWrong`] when another call was quicker, [`Error::AttemptOver`], [`Error::SignedOut`] when the session
/// has ended meanwhile, or the database's.
pub(super) async fn prepare(backend: &Backend, actor: &Actor, change: &Change, checked: Checked<'_>) -> Result<Token> {
    let (now, token, session) = (backend.clock.now(), Token::new(&backend.rng), actor.session());
    let codes = recovery::seal(&RecoveryCode::set(&backend.rng), &backend.keys, &backend.rng, &change.id);
    let secret = match Target::of(change) {
        Target::Factor(_) => Some(Secret::new(&backend.rng).seal(&backend.keys, &backend.rng, &change.id)),
        Target::Recovery => None,
    };
    let how = checked.how();
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, actor.user_id()).await?;
    proof::use_up(&mut tx, backend, checked).await?;
    if !factor_changes::proved(&mut tx, &change.id, secret.as_deref(), &codes, now, now + VALIDITY).await? {
        return Err(Error::AttemptOver);
    }
    if !sessions::rotate(&mut tx, &session.id, &token.hash(), session.authenticated_at).await? {
        return Err(Error::SignedOut);
    }
    tell_of_recovery(&mut tx, backend, actor, how).await?;
    tx.commit().await?;
    outbox::wake(backend);
    Ok(token)
}

/// Tells the person where it was a recovery code that showed the factor in use. Comes last in its transaction.
///
/// # Errors
/// The database's.
pub(super) async fn tell_of_recovery(tx: &mut Tx, backend: &Backend, actor: &Actor, how: SignedInBy) -> Result<()> {
    if how != SignedInBy::RecoveryCode {
        return Ok(());
    }
    let user = users::by_id_in(tx, actor.user_id()).await?.ok_or(Error::SignedOut)?;
    recovery_codes::tell_of_use(tx, backend, actor.visitor(), &user).await
}

/// The recovery codes that wait in a change.
///
/// # Errors
/// [`Error::AttemptOver`] where there are none.
pub(super) fn codes(backend: &Backend, change: &Change) -> Result<Vec<RecoveryCode>> {
    let sealed = change.recovery_codes.as_deref().ok_or(Error::AttemptOver)?;
    recovery::open(sealed, &backend.keys, &change.id).ok_or(Error::AttemptOver)
}

/// The secret that waits in a change.
///
/// # Errors
/// [`Error::AttemptOver`] where there is none.
pub(super) fn secret(backend: &Backend, change: &Change) -> Result<Secret> {
    let sealed = change.secret.as_deref().ok_or(Error::AttemptOver)?;
    Secret::open(sealed, &backend.keys, &change.id).ok_or(Error::AttemptOver)
}

/// Has the mailed code sent again; the former one is dead then (CODE-7).
///
/// # Errors
/// [`Error::TooMany`] when it is too early; [`Error::AttemptOver`], also where the app has the code; or the database's.
pub(super) async fn resend(backend: &Backend, actor: &Actor) -> Result<()> {
    limits::try_from(backend, actor.visitor()).await?;
    let by_mail = shown_by(actor) == SecondFactor::Email;
    let change = under_way(backend, actor, false, |_| by_mail).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, actor.user_id()).await?;
    if let Issued::Wait { seconds } = send_code(&mut tx, backend, actor, &change.id, Target::of(&change)).await? {
        return Err(Error::TooMany { retry_after_s: seconds });
    }
    if !factor_changes::prolong(&mut tx, &change.id, now, now + VALIDITY).await? {
        return Err(Error::AttemptOver);
    }
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}

/// Gives the change up, if one is under way in this session; its codes are dead, and the factor in use stays. One in
/// another session goes on: a stolen one must not keep its owner from changing the factor.
///
/// # Errors
/// The database's.
pub(super) async fn cancel(backend: &Backend, actor: &Actor) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, actor.user_id()).await?;
    factor_changes::end_in_session(&mut tx, &actor.session().id).await?;
    tx.commit().await
}
