//! Whether a user may sign in, and how: disabling, enabling, ending sign-ins, and codes by e-mail in place of what was
//! lost. All of it is for others only; one's own way in is changed under Security, with a proof.

use serde_json::json;

use super::activity::Kind;
use super::user_edit::{at_home, log, may_let_in, not_oneself, note, recipient};
use super::{limits, rights, second_factor, security_events};
use crate::actor::Member;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::mail::{letters, outbox};
use crate::store::{api_tokens, sessions, user_edit};
use crate::view::{Permission, SecondFactor};

/// Has codes come by e-mail again for a user who has lost the app, and opens a factor that wrong codes have locked.
/// Says whether the factor was another one; the user is signed out everywhere then, and told. That wrong codes were
/// forgotten stands in their activity, or else whoever guesses could have them forgotten and nobody would notice.
///
/// # Errors
/// [`Error::NotPermitted`], also for a user above one's own rights, and for one with API access where one may not do
/// everything oneself; [`Error::NotFound`], also for guests; [`Error::ManagedByProvider`]; [`Error::Oneself`];
/// [`Error::TooMany`]; or the database's.
pub async fn reset_factor(backend: &Backend, member: &Member, id: &str) -> Result<bool> {
    rights::need(member, Permission::UsersEdit)?;
    not_oneself(member, id)?;
    limits::try_by(backend, member.actor()).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    let target = at_home(&mut tx, backend, member, id).await?;
    may_let_in(member, &target)?;
    let row = target.row;
    if row.provider.is_some() {
        return Err(Error::ManagedByProvider);
    }
    let were_wrong = limits::wrong_codes(&mut tx, id, now).await? > 0;
    limits::forget_codes(&mut tx, id, now).await?;
    let from = row.factor();
    if from != SecondFactor::Email {
        second_factor::back_to_email(&mut tx, id, now).await?;
        if row.activated {
            let letter = letters::factor_was_reset_by(recipient(member, &row), &member.client().name);
            outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
        }
        let detail = json!({ "from": from.code(), "to": SecondFactor::Email.code() }).to_string();
        note(&mut tx, backend, member, id, Kind::FactorReset, &detail).await?;
    } else if were_wrong {
        note(&mut tx, backend, member, id, Kind::FactorOpened, "").await?;
    }
    tx.commit().await?;
    outbox::wake(backend);
    log(member, id, Kind::FactorReset);
    Ok(from != SecondFactor::Email)
}

/// Disables a user: every sign-in, half sign-in, token, key, code and pending change of theirs ends at once, on every
/// instance (SESS-6). Whoever is disabled already stays so.
///
/// # Errors
/// As [`end_sessions`], and [`Error::LastFullAccess`].
pub async fn disable(backend: &Backend, member: &Member, id: &str) -> Result<()> {
    rights::need(member, Permission::UsersEdit)?;
    not_oneself(member, id)?;
    limits::try_by(backend, member.actor()).await?;
    let mut tx = backend.db.begin().await?;
    if at_home(&mut tx, backend, member, id).await?.row.disabled {
        return Ok(());
    }
    security_events::disable(&mut tx, backend, member.tenant_id(), id).await?;
    note(&mut tx, backend, member, id, Kind::UserDisabled, "").await?;
    tx.commit().await?;
    log(member, id, Kind::UserDisabled);
    Ok(())
}

/// Lets a disabled user sign in again, as they did before.
///
/// # Errors
/// As [`end_sessions`]; [`Error::NotPermitted`] also for a user with API access where one may not do everything
/// oneself.
pub async fn enable(backend: &Backend, member: &Member, id: &str) -> Result<()> {
    rights::need(member, Permission::UsersEdit)?;
    not_oneself(member, id)?;
    limits::try_by(backend, member.actor()).await?;
    let mut tx = backend.db.begin().await?;
    let target = at_home(&mut tx, backend, member, id).await?;
    may_let_in(member, &target)?;
    if !target.row.disabled {
        return Ok(());
    }
    user_edit::enable(&mut tx, id).await?;
    note(&mut tx, backend, member, id, Kind::UserEnabled, "").await?;
    tx.commit().await?;
    log(member, id, Kind::UserEnabled);
    Ok(())
}

/// Ends all sign-ins of a user, those to the API as well (SESS-7); says how many there were. Keys stay.
///
/// # Errors
/// [`Error::NotPermitted`], also for a user above one's own rights; [`Error::NotFound`], also for guests;
/// [`Error::Oneself`]; [`Error::TooMany`]; or the database's.
pub async fn end_sessions(backend: &Backend, member: &Member, id: &str) -> Result<u64> {
    rights::need(member, Permission::UsersEdit)?;
    not_oneself(member, id)?;
    limits::try_by(backend, member.actor()).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    at_home(&mut tx, backend, member, id).await?;
    let by_api = api_tokens::end_logins(&mut tx, id, now).await?;
    let ended = by_api + sessions::end_others(&mut tx, id, "").await?;
    if ended > 0 {
        note(&mut tx, backend, member, id, Kind::SessionsEnded, "").await?;
    }
    tx.commit().await?;
    log(member, id, Kind::SessionsEnded);
    Ok(ended)
}
