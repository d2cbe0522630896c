//! Recovery codes: how many are left, new ones in place of the old, and the notice when one is used (REC-1).

use serde_json::json;

use super::activity::Kind;
use super::factor_change::{self, Target};
use super::{limits, managed, security_events};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Asked};
use crate::mail::outbox;
use crate::secrets::recovery::RecoveryCode;
use crate::secrets::token::Token;
use crate::store::users::User;
use crate::store::{Tx, factor_changes, recovery_codes};
use crate::view::{RecoveryChange, SecondFactor};
use crate::visitor::Visitor;

/// With so few left, new ones are advised.
pub const LOW: u32 = 3;

/// How many codes are unused.
///
/// # Errors
/// The database's.
pub async fn left(backend: &Backend, actor: &Actor) -> Result<u32> {
    let left = recovery_codes::left(&backend.db, actor.user_id()).await?;
    Ok(u32::try_from(left).unwrap_or(0))
}

/// Begins the way to new codes; a code of the app is asked for next.
///
/// # Errors
/// [`Error::ManagedByProvider`], [`Error::ReauthenticationNeeded`], [`Error::NotFound`] where the factor is no app,
/// [`Error::TooMany`], or the database's.
pub async fn begin(backend: &Backend, actor: &Actor) -> Result<()> {
    managed::by_us(actor)?;
    if factor_change::factor(actor) != SecondFactor::App {
        return Err(Error::NotFound);
    }
    factor_change::begin(backend, actor, Target::Recovery).await
}

/// How far it has come.
///
/// # Errors
/// The database's.
pub async fn state(backend: &Backend, actor: &Actor) -> Result<RecoveryChange> {
    let change = factor_change::live(backend, actor).await?;
    let Some(change) = change.filter(|change| Target::of(change) == Target::Recovery) else {
        let fresh = actor.is_fresh(backend.clock.now());
        return Ok(if fresh { RecoveryChange::Idle } else { RecoveryChange::PasswordFirst });
    };
    if change.proved_at.is_none() {
        return Ok(RecoveryChange::AwaitsCode);
    }
    let codes = factor_change::codes(backend, &change)?.iter().map(RecoveryCode::shown).collect();
    Ok(RecoveryChange::Shown { id: change.id, codes })
}

/// A code of the app, or one of the recovery codes of before. New codes are made and shown; those of before hold until
/// the new ones are kept. The session has a new token (SESS-3).
///
/// # Errors
/// [`Error::CodeWrong`]; [`Error::ClockWrong`]; [`Error::AttemptOver`] with the fifth wrong one; [`Error::TooMany`];
/// [`Error::SignedOut`] when the session has ended meanwhile; or the database's.
pub async fn prove(backend: &Backend, actor: &Actor, typed: &str) -> Result<Token> {
    limits::try_from(backend, actor.visitor()).await?;
    let change = factor_change::under_way(backend, actor, false, |target| target == Target::Recovery).await?;
    let checked = factor_change::check(backend, actor, &change, typed).await?;
    factor_change::prepare(backend, actor, &change, checked).await
}

/// The new codes are kept: from now on they hold, those of before are void, and the address is told.
///
/// # Errors
/// At the box where they are not kept; [`Error::AttemptOver`], also for other codes than those shown last;
/// [`Error::TooMany`]; or the database's.
pub async fn keep(backend: &Backend, actor: &Actor, id: &str, kept: bool) -> Result<()> {
    limits::try_from(backend, actor.visitor()).await?;
    let change = factor_change::under_way(backend, actor, true, |target| target == Target::Recovery).await?;
    if change.id != id {
        return Err(Error::AttemptOver);
    }
    if !kept {
        return Err(Error::at(Field::Kept, Problem::NotKept));
    }
    let hashes: Vec<Vec<u8>> = factor_change::codes(backend, &change)?.iter().map(RecoveryCode::hash).collect();
    let (now, user_id, visitor) = (backend.clock.now(), actor.user_id(), actor.visitor());
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    if !factor_changes::take(&mut tx, &change.id, now).await? {
        return Err(Error::AttemptOver);
    }
    recovery_codes::replace(&mut tx, user_id, &hashes, now).await?;
    let asked = Asked { visitor, now, expires_at: now };
    let letter = letters::recovery_was_renewed(factor_change::recipient(actor), asked, &backend.settings);
    outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
    security_events::record(&mut tx, backend, visitor, user_id, Kind::RecoveryRenewed, "").await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "recovery_renewed", user = user_id, address = %visitor.address, "new recovery codes");
    Ok(())
}

/// Gives new codes up that are not kept yet; those of before hold.
///
/// # Errors
/// The database's.
pub async fn cancel(backend: &Backend, actor: &Actor) -> Result<()> {
    factor_change::cancel(backend, actor).await
}

/// Tells a person that a recovery code was used, and how many are left. Comes last in its transaction; call
/// [`outbox::wake`] after the commit.
///
/// # Errors
/// The database's.
pub(super) async fn tell_of_use(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user: &User) -> Result<()> {
    let now = backend.clock.now();
    let left = recovery_codes::left_in(tx, &user.id).await?;
    let to = security_events::recipient(user, visitor);
    let (low, asked) = (left <= i64::from(LOW), Asked { visitor, now, expires_at: now });
    let letter = letters::recovery_was_used(to, left, low, asked, &backend.settings);
    outbox::put(tx, backend, &letter, now + outbox::NOTICE).await?;
    let detail = json!({ "left": left }).to_string();
    security_events::record(tx, backend, visitor, &user.id, Kind::RecoveryUsed, &detail).await
}
