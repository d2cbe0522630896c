//! The second factor: choosing another one, setting up an app, and doing without where clients allow it (TOTP-1 to
//! TOTP-6).

use serde_json::json;

use super::activity::{self, Entry, Kind, OPERATOR};
use super::factor_change::{self, Target};
use super::limits::{self, Wish};
use super::proof::{self, Door, Whose};
use super::{managed, recovery_codes, security_events};
use crate::actor::Actor;
use crate::backend::{Backend, PRODUCT};
use crate::clock::Millis;
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Asked, Recipient};
use crate::mail::outbox;
use crate::secrets::recovery::RecoveryCode;
use crate::secrets::token::Token;
use crate::secrets::totp::qr_svg;
use crate::store::factor_changes::{self, Change};
use crate::store::totp::{self, App};
use crate::store::{self, Tx, factor_resets, sessions, tenants, users};
use crate::text::Language;
use crate::view::{FactorChange, FactorOptions, SecondFactor, SignedInBy};

/// Whether every client of a user allows no second factor at all (TOTP-6).
///
/// # Errors
/// The database's.
pub async fn may_be_off(tx: &mut Tx, user_id: &str) -> Result<bool> {
    Ok(!tenants::any_requires_factor_in(tx, user_id).await?)
}

/// What may be chosen, and what there is to know of the factor in use.
///
/// # Errors
/// The database's.
pub async fn options(backend: &Backend, actor: &Actor) -> Result<FactorOptions> {
    let (now, factor) = (backend.clock.now(), factor_change::factor(actor));
    let recovery_left = match factor {
        SecondFactor::App => Some(recovery_codes::left(backend, actor).await?),
        SecondFactor::Off | SecondFactor::Email => None,
    };
    let reset_due = factor_resets::due_at(&backend.db, actor.user_id(), now).await?;
    Ok(FactorOptions {
        factor,
        may_be_off: !tenants::any_requires_factor(&backend.db, actor.user_id()).await?,
        recovery_low: recovery_left.is_some_and(|left| left <= recovery_codes::LOW),
        recovery_left,
        reset_due: reset_due.map(|at| actor.visitor().moment(at)),
    })
}

/// Begins a change of the factor. Where codes are mailed today, one is; the factor in use stays until the change is
/// through. From one app to another is a change as well.
///
/// # Errors
/// [`Error::ReauthenticationNeeded`]; [`Error::BadRequest`] for the factor in use; [`Error::NotFound`] for none where a
/// client asks for one; [`Error::ManagedByProvider`]; [`Error::TooMany`]; or the database's.
pub async fn begin(backend: &Backend, actor: &Actor, target: SecondFactor) -> Result<()> {
    managed::by_us(actor)?;
    if target == factor_change::factor(actor) && target != SecondFactor::App {
        return Err(Error::BadRequest);
    }
    if target == SecondFactor::Off && tenants::any_requires_factor(&backend.db, actor.user_id()).await? {
        return Err(Error::NotFound);
    }
    factor_change::begin(backend, actor, Target::Factor(target)).await
}

/// How far the change has come. What is to be kept is shown until the change is through, and never again.
///
/// # Errors
/// The database's.
pub async fn state(backend: &Backend, actor: &Actor) -> Result<FactorChange> {
    let change = factor_change::live(backend, actor).await?;
    let Some(change) = change.filter(|change| Target::of(change) != Target::Recovery) else {
        let fresh = actor.is_fresh(backend.clock.now());
        return Ok(if fresh { FactorChange::Idle } else { FactorChange::PasswordFirst });
    };
    if change.proved_at.is_some() {
        return set_up_view(backend, actor, change);
    }
    let (by, sent_to) = (factor_change::shown_by(actor), actor.session().email.clone());
    let by_mail = by == SecondFactor::Email;
    let wait = limits::mail_wait(backend, Wish::Own, &sent_to, &actor.visitor().place()).await?;
    Ok(FactorChange::AwaitsCode {
        by,
        sent: by_mail && factor_change::was_sent(backend, &change).await?,
        resend_in_s: if by_mail { wait } else { 0 },
        sent_to,
        target: SecondFactor::read(&change.target),
    })
}

fn set_up_view(backend: &Backend, actor: &Actor, change: Change) -> Result<FactorChange> {
    let secret = factor_change::secret(backend, &change)?;
    let account = actor.session().email.clone();
    let qr_svg = secret.url(&account).as_deref().and_then(qr_svg).ok_or(Error::internal())?;
    let recovery_codes = factor_change::codes(backend, &change)?.iter().map(RecoveryCode::shown).collect();
    Ok(FactorChange::SetUp {
        id: change.id,
        qr_svg,
        secret_groups: secret.groups(),
        issuer: PRODUCT.to_owned(),
        account,
        recovery_codes,
    })
}

/// The factor in use was shown.
pub struct Proved {
    /// For the session cookie; the former token is dead (SESS-3).
    pub token: Token,
    /// Whether the new factor holds. An app has to show its first code before it does.
    pub through: bool,
}

/// A code of the factor in use, or a recovery code where that is the app. For an app to be, secret and recovery codes
/// are made; any other factor holds from now on. Either way the session has a new token.
///
/// # Errors
/// [`Error::CodeWrong`]; [`Error::ClockWrong`]; [`Error::AttemptOver`] with the fifth wrong one; [`Error::TooMany`];
/// [`Error::NotFound`] where a client asks for a factor meanwhile; [`Error::SignedOut`] when the session has ended
/// meanwhile; or the database's.
pub async fn prove(backend: &Backend, actor: &Actor, typed: &str) -> Result<Proved> {
    limits::try_from(backend, actor.visitor()).await?;
    let change = factor_change::under_way(backend, actor, false, |target| target != Target::Recovery).await?;
    let checked = factor_change::check(backend, actor, &change, typed).await?;
    let target = SecondFactor::read(&change.target);
    if target == SecondFactor::App {
        let token = factor_change::prepare(backend, actor, &change, checked).await?;
        return Ok(Proved { token, through: false });
    }
    let how = checked.how();
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, actor.user_id()).await?;
    proof::use_up(&mut tx, backend, checked).await?;
    if target == SecondFactor::Off && !may_be_off(&mut tx, actor.user_id()).await? {
        return Err(Error::NotFound);
    }
    let token = come_true(tx, backend, actor, &change, target, None, how).await?;
    Ok(Proved { token, through: true })
}

/// The app shows its first right code, and the person says that the recovery codes are kept: from now on the app is the
/// second factor. The code is used up by it (TOTP-3). The session has a new token.
///
/// # Errors
/// At the box where the codes are not kept; [`Error::CodeWrong`]; [`Error::ClockWrong`]; [`Error::AttemptOver`] with
/// the fifth wrong one, and for another set-up than the one under way; [`Error::TooMany`]; or the database's.
pub async fn set_up(backend: &Backend, actor: &Actor, id: &str, typed: &str, kept: bool) -> Result<Token> {
    limits::try_from(backend, actor.visitor()).await?;
    let change = factor_change::under_way(backend, actor, true, |target| target != Target::Recovery).await?;
    if change.id != id {
        return Err(Error::AttemptOver);
    }
    if !kept {
        return Err(Error::at(Field::Kept, Problem::NotKept));
    }
    let (secret, codes) = (factor_change::secret(backend, &change)?, factor_change::codes(backend, &change)?);
    let (visitor, user_id, door) = (actor.visitor(), actor.user_id(), Door::Change(&change.id));
    let step = proof::step_of(backend, visitor, door, user_id, Whose::SetUp(&change), &secret, typed).await;
    let last_step = factor_change::ended_if_over(backend, actor, step).await?;
    let now = backend.clock.now();
    let app_id = backend.rng.id(now);
    let sealed = secret.seal(&backend.keys, &backend.rng, &app_id);
    let app = App { id: app_id, sealed, key_id: backend.keys.fingerprint(), last_step };
    let new = NewApp { app, hashes: codes.iter().map(RecoveryCode::hash).collect() };
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    limits::forget_codes(&mut tx, user_id, now).await?;
    come_true(tx, backend, actor, &change, SecondFactor::App, Some(&new), SignedInBy::App).await
}

/// An app and the hashes of its recovery codes.
struct NewApp {
    app: App,
    hashes: Vec<Vec<u8>>,
}

/// The new factor holds: secret and recovery codes of before are gone, everything that was begun before ends, the
/// address is told, and the session has a new token (SESS-3, SESS-6, TOTP-5, NOT-1). `how` is by what the factor of
/// before was shown.
async fn come_true(
    mut tx: Tx,
    backend: &Backend,
    actor: &Actor,
    change: &Change,
    to: SecondFactor,
    new: Option<&NewApp>,
    how: SignedInBy,
) -> Result<Token> {
    let (now, token, from) = (backend.clock.now(), Token::new(&backend.rng), factor_change::factor(actor));
    let (user_id, session, visitor) = (actor.user_id(), actor.session(), actor.visitor());
    // Of several at once exactly one takes it.
    if !factor_changes::take(&mut tx, &change.id, now).await? {
        return Err(Error::AttemptOver);
    }
    if !sessions::rotate(&mut tx, &session.id, &token.hash(), session.authenticated_at).await? {
        return Err(Error::SignedOut);
    }
    security_events::end_everything(&mut tx, user_id, Some(&session.id)).await?;
    switch(&mut tx, user_id, to, new, now).await?;
    let asked = Asked { visitor, now, expires_at: now };
    let letter = letters::factor_was_changed(factor_change::recipient(actor), [from, to], asked, &backend.settings);
    outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
    factor_change::tell_of_recovery(&mut tx, backend, actor, how).await?;
    let detail = json!({ "from": from.code(), "to": to.code() }).to_string();
    security_events::record(&mut tx, backend, visitor, user_id, Kind::FactorChanged, &detail).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "factor_changed", user = user_id, address = %visitor.address, "second factor changed");
    Ok(token)
}

/// Puts another factor in the place of the one in use; of that nothing is left.
async fn switch(tx: &mut Tx, user_id: &str, to: SecondFactor, new: Option<&NewApp>, now: Millis) -> Result<()> {
    totp::delete(tx, user_id).await?;
    store::recovery_codes::delete(tx, user_id).await?;
    if let Some(NewApp { app, hashes }) = new {
        totp::insert(tx, user_id, app, now).await?;
        store::recovery_codes::replace(tx, user_id, hashes, now).await?;
    }
    users::set_second_factor(tx, user_id, to, now).await
}

/// Ends everything of a user, and has codes come by e-mail again. Comes after [`security_events::one_at_a_time`].
pub(super) async fn back_to_email(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    security_events::end_everything(tx, user_id, None).await?;
    switch(tx, user_id, SecondFactor::Email, None, now).await
}

/// Has codes come by e-mail again, and opens a factor that wrong codes have locked: for the operator, who has made sure
/// of whom it is for. Says whether the factor was another one; everybody is signed out then, and the address is told.
///
/// # Errors
/// [`Error::ManagedByProvider`], [`Error::NotFound`], or the database's.
pub async fn reset(backend: &Backend, user_id: &str) -> Result<bool> {
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    limits::forget_codes(&mut tx, user_id, now).await?;
    let user = users::by_id_in(&mut tx, user_id).await?.ok_or(Error::NotFound)?;
    if user.provider.is_some() {
        return Err(Error::ManagedByProvider);
    }
    let from = user.factor();
    if from != SecondFactor::Email {
        back_to_email(&mut tx, user_id, now).await?;
        let language = user.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
        let to = Recipient { email: &user.email, name: &user.first_name, language };
        let letter = letters::factor_was_reset(to, &backend.settings);
        outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
        let detail = json!({ "from": from.code(), "to": SecondFactor::Email.code() }).to_string();
        let by = Some(OPERATOR);
        let entry = Entry { user_id, kind: Kind::FactorReset, visitor: None, by, tenant_id: None, detail: &detail };
        activity::note(&mut tx, backend, &entry).await?;
    }
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "factor_reset", user = user_id, "second factor reset by the operator");
    Ok(from != SecondFactor::Email)
}

/// Has the mailed code sent again; the former one is dead then (CODE-7).
///
/// # Errors
/// [`Error::TooMany`] when it is too early; [`Error::AttemptOver`], also where the app has the code; or the database's.
pub async fn resend(backend: &Backend, actor: &Actor) -> Result<()> {
    factor_change::resend(backend, actor).await
}

/// Gives the change up, if one is under way; its codes are dead, and the factor in use stays.
///
/// # Errors
/// The database's.
pub async fn cancel(backend: &Backend, actor: &Actor) -> Result<()> {
    factor_change::cancel(backend, actor).await
}

/// Whether to offer the app: to everybody who has neither chosen a factor nor said "not now", and signs in by password.
///
/// # Errors
/// The database's.
pub async fn offer(backend: &Backend, actor: &Actor) -> Result<bool> {
    Ok(factor_change::factor(actor) != SecondFactor::App
        && actor.provider().is_none()
        && !users::factor_was_offered(&backend.db, actor.user_id()).await?)
}

/// Not now: the app is not offered again.
///
/// # Errors
/// The database's.
pub async fn not_now(backend: &Backend, actor: &Actor) -> Result<()> {
    users::offered_factor(&backend.db, actor.user_id(), backend.clock.now()).await
}
