//! The second factor, shown: by a mailed code, a code of the app, or a recovery code. Every door counts in the same
//! counters, and each try is counted and committed before anything is compared (CODE-3, CODE-4, RATE-5).

use super::confirm::{self, Binding, TRIES};
use super::limits;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::secrets::recovery::RecoveryCode;
use crate::secrets::totp::{Compared, PERIOD, Secret};
use crate::store::factor_changes::Change;
use crate::store::totp::App;
use crate::store::{Tx, factor_changes, links, recovery_codes, sign_ins, totp};
use crate::view::SignedInBy;
use crate::visitor::Visitor;

/// Where a code is typed that nobody mailed. Each gives five tries (CODE-3).
#[derive(Clone, Copy, Debug)]
pub enum Door<'a> {
    /// The second step of this sign-in.
    SignIn(&'a str),
    /// This change of the second factor.
    Change(&'a str),
    /// This link, which undoes a change of the address.
    Undo(&'a str),
}

impl Door<'_> {
    async fn count(self, tx: &mut Tx) -> Result<Option<i64>> {
        match self {
            Self::SignIn(id) => sign_ins::count_try(tx, id, TRIES).await,
            Self::Change(id) => factor_changes::count_try(tx, id, TRIES).await,
            Self::Undo(id) => links::count_try(tx, id, TRIES).await,
        }
    }
}

/// What is typed there.
#[derive(Clone, Copy)]
enum Kind {
    Factor,
    Recovery,
}

/// A code that was compared and found right, and is still to be used up.
pub enum Checked<'a> {
    /// A mailed one.
    Mail(confirm::Checked<'a>),
    /// One of the app.
    App(AppCode<'a>),
    /// A recovery code.
    Recovery(UnusedCode<'a>),
}

impl Checked<'_> {
    /// How somebody signs in with it.
    #[must_use]
    pub const fn how(&self) -> SignedInBy {
        match self {
            Self::Mail(_) => SignedInBy::Email,
            Self::App(_) => SignedInBy::App,
            Self::Recovery(_) => SignedInBy::RecoveryCode,
        }
    }
}

/// The code of one period, of one app.
pub struct AppCode<'a> {
    user_id: &'a str,
    app: String,
    step: i64,
}

/// A recovery code that was unused when it was looked for.
pub struct UnusedCode<'a> {
    user_id: &'a str,
    hash: Vec<u8>,
}

/// Compares with the code that was mailed; as [`confirm::check`].
///
/// # Errors
/// As [`confirm::check`].
pub async fn mail<'a>(
    backend: &Backend,
    visitor: &Visitor,
    binding: Binding<'a>,
    address: &'a str,
    typed: &str,
) -> Result<Checked<'a>> {
    confirm::check(backend, visitor, binding, address, typed).await.map(Checked::Mail)
}

/// Compares with the codes of the person's app. One that was taken before is answered like a wrong one (TOTP-3).
///
/// # Errors
/// [`Error::CodeWrong`], [`Error::ClockWrong`], [`Error::AttemptOver`] with the fifth wrong one (the caller ends what
/// it was for), [`Error::TooMany`] while the factor pauses, or the database's.
pub async fn app<'a>(
    backend: &Backend,
    visitor: &Visitor,
    door: Door<'_>,
    user_id: &'a str,
    typed: &str,
) -> Result<Checked<'a>> {
    let app = totp::of_user(&backend.db, user_id).await?.ok_or_else(|| unreadable(user_id))?;
    let secret = (app.key_id == backend.keys.fingerprint())
        .then(|| Secret::open(&app.sealed, &backend.keys, &app.id))
        .flatten()
        .ok_or_else(|| unreadable(user_id))?;
    let step = step_of(backend, visitor, door, user_id, Whose::App(&app), &secret, typed).await?;
    Ok(Checked::App(AppCode { user_id, app: app.id, step }))
}

fn unreadable(user_id: &str) -> Error {
    tracing::error!(user = user_id, "the secret of an app is not there, or was sealed with another key");
    Error::internal()
}

/// Whose secret a code is compared with. With it stands the last period whose code is void (TOTP-3).
#[derive(Clone, Copy)]
pub enum Whose<'a> {
    /// Of the app in use.
    App(&'a App),
    /// Of the app to be.
    SetUp(&'a Change),
}

impl Whose<'_> {
    const fn last_step(self) -> i64 {
        match self {
            Self::App(app) => app.last_step,
            Self::SetUp(change) => change.last_step,
        }
    }

    /// Makes the code of a period void, and those before it.
    async fn void(self, backend: &Backend, step: i64) -> Result<()> {
        let mut tx = backend.db.begin().await?;
        match self {
            Self::App(app) => totp::use_step(&mut tx, &app.id, step).await?,
            Self::SetUp(change) => factor_changes::use_step(&mut tx, &change.id, step).await?,
        };
        tx.commit().await
    }
}

/// Compares what was typed with the codes of `secret`; says the period, which is later than the last void one. A code
/// that is still to come was named as such to whoever typed it, so it is void from then on.
///
/// # Errors
/// As [`app`].
pub async fn step_of(
    backend: &Backend,
    visitor: &Visitor,
    door: Door<'_>,
    user_id: &str,
    whose: Whose<'_>,
    secret: &Secret,
    typed: &str,
) -> Result<i64> {
    let left = counted(backend, visitor, door, user_id, Kind::Factor).await?;
    let now = backend.clock.now();
    match secret.compare(typed, now) {
        Compared::Right(step) if step > whose.last_step() => Ok(step),
        Compared::ClockWrong(step) => {
            if step > now / PERIOD {
                whose.void(backend, step).await?;
            }
            Err(wrong(backend, visitor, left, true).await?)
        }
        Compared::Right(_) | Compared::Wrong => Err(wrong(backend, visitor, left, false).await?),
    }
}

/// Looks for a recovery code of the person.
///
/// # Errors
/// [`Error::CodeWrong`], [`Error::AttemptOver`] with the fifth wrong one (the caller ends what it was for),
/// [`Error::TooMany`] while the factor pauses, or the database's.
pub async fn recovery<'a>(
    backend: &Backend,
    visitor: &Visitor,
    door: Door<'_>,
    user_id: &'a str,
    typed: &str,
) -> Result<Checked<'a>> {
    let left = counted(backend, visitor, door, user_id, Kind::Recovery).await?;
    if let Some(code) = RecoveryCode::read(typed) {
        let hash = code.hash();
        if recovery_codes::is_unused(&backend.db, user_id, &hash).await? {
            return Ok(Checked::Recovery(UnusedCode { user_id, hash }));
        }
    }
    Err(wrong(backend, visitor, left, false).await?)
}

/// A code of the app, or a recovery code where it looks like one: for changes of the factor, so that whoever has lost
/// the app can set up another, and for the way back to a former address.
///
/// # Errors
/// As [`app`] and [`recovery`].
pub async fn app_or_recovery<'a>(
    backend: &Backend,
    visitor: &Visitor,
    door: Door<'_>,
    user_id: &'a str,
    typed: &str,
) -> Result<Checked<'a>> {
    if RecoveryCode::read(typed).is_some() {
        recovery(backend, visitor, door, user_id, typed).await
    } else {
        app(backend, visitor, door, user_id, typed).await
    }
}

/// Counts a try and commits it; says how many are left after it.
async fn counted(backend: &Backend, visitor: &Visitor, door: Door<'_>, user_id: &str, kind: Kind) -> Result<u32> {
    limits::place_is_open(backend, visitor).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    match kind {
        Kind::Factor => limits::count_code(&mut tx, user_id, now).await?,
        Kind::Recovery => limits::count_recovery(&mut tx, user_id, now).await?,
    }
    let Some(tries) = door.count(&mut tx).await? else {
        // All tries are with others at this moment: nothing is compared, so nothing counts.
        return Err(Error::CodeWrong { tries_left: 0 });
    };
    tx.commit().await?;
    Ok(u32::try_from(TRIES - tries).unwrap_or(0))
}

/// The refusal of a wrong code, after it was counted as a failure of the place.
async fn wrong(backend: &Backend, visitor: &Visitor, tries_left: u32, clock: bool) -> Result<Error> {
    limits::place_failed(backend, visitor).await?;
    Ok(match tries_left {
        0 => Error::AttemptOver,
        tries_left if clock => Error::ClockWrong { tries_left },
        tries_left => Error::CodeWrong { tries_left },
    })
}

/// Uses a code up, in the transaction of its effect (CODE-5, TOTP-3, REC-1). Of several at once exactly one gets here.
///
/// # Errors
/// [`Error::CodeWrong`] when another call was quicker, or the database's.
pub async fn use_up(tx: &mut Tx, backend: &Backend, checked: Checked<'_>) -> Result<()> {
    let now = backend.clock.now();
    let used = match checked {
        Checked::Mail(code) => return confirm::use_up(tx, backend, code).await,
        // The counter first, in the order of all others; a refusal takes it back.
        Checked::App(AppCode { user_id, app, step }) => {
            limits::forget_codes(tx, user_id, now).await?;
            totp::use_step(tx, &app, step).await?
        }
        Checked::Recovery(UnusedCode { user_id, hash }) => {
            limits::forget_codes(tx, user_id, now).await?;
            recovery_codes::use_up(tx, user_id, &hash, now).await?
        }
    };
    if used { Ok(()) } else { Err(Error::CodeWrong { tries_left: 0 }) }
}
