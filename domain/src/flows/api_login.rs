//! Signing in to the API: the password, then the code of the second factor, as on the pages and with the same counters
//! (API-1, API-2, RATE-5). What begins is a token for a program, and no session.

use serde_json::json;

use super::activity::Kind;
use super::{incomplete, limits, lost_app, proof, recovery_codes, security_events, sign_in};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::clock::{MINUTE, Millis};
use crate::error::{Error, Result};
use crate::mail::letters::{self, Asked};
use crate::mail::outbox;
use crate::secrets::token::Token;
use crate::store::Tx;
use crate::store::api_tokens::{self, NewToken};
use crate::store::sign_ins::Door;
use crate::store::users::User;
use crate::view::{SecondFactor, SignedInBy};
use crate::visitor::Visitor;

/// How long the token of a sign-in holds (API-1).
pub const VALIDITY: Millis = 60 * MINUTE;

/// The first step was right.
pub enum Begun {
    /// The second comes next.
    Code {
        /// Stands for the sign-in; no token of the API (SESS-8).
        login: Token,
        /// Where the code comes from: by e-mail or from the app.
        by: SecondFactor,
        /// Until when it may be typed.
        expires_at: Millis,
    },
    /// There is no second one: the second factor is off.
    SignedIn(SignedIn),
}

/// The whole sign-in was right.
pub struct SignedIn {
    /// For the program.
    pub token: Token,
    /// Until when it holds.
    pub expires_at: Millis,
}

/// Who may sign in here: those who may use the API, and whose sign-in is managed by us (OIDC-3).
fn may_use(user: &User) -> bool {
    user.api_access && user.provider.is_none()
}

/// E-mail address and password. Unknown address, wrong password, disabled user, and one who may not use the API are one
/// answer, after the same work (API-3, ENUM-1).
///
/// # Errors
/// [`Error::SignInRefused`], also for what is empty; [`Error::TooMany`]; [`Error::Busy`]; or the database's.
pub async fn begin(backend: &Backend, visitor: &Visitor, email: &str, password: &str) -> Result<Begun> {
    let user = sign_in::password(backend, visitor, email, password, may_use).await?;
    lost_app::after_the_wait(backend, visitor, &user).await?;
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &user.id).await?;
    let user = sign_in::unchanged(&mut tx, backend, user).await?;
    if !may_use(&user) {
        return Err(Error::SignInRefused);
    }
    if sign_in::needs_no_code(&mut tx, &user).await? {
        incomplete::completed(&mut tx, backend, visitor, &user.id, None).await?;
        return enter(tx, backend, visitor, &user, SignedInBy::Password).await.map(Begun::SignedIn);
    }
    let by = if user.factor() == SecondFactor::App { SecondFactor::App } else { SecondFactor::Email };
    let expires_at = backend.clock.now() + sign_in::VALIDITY;
    let login = sign_in::half_way(tx, backend, visitor, &user, Door::Api, None).await?;
    Ok(Begun::Code { login, by, expires_at })
}

/// The code of the factor in use, or a recovery code in place of one of the app. Of several right ones at once exactly
/// one gets a token.
///
/// # Errors
/// [`Error::CodeWrong`]; [`Error::ClockWrong`]; [`Error::AttemptOver`] with the fifth wrong one, for a sign-in that was
/// not begun here, and where the right to use the API has ended meanwhile; [`Error::TooMany`]; or the database's.
pub async fn finish(backend: &Backend, visitor: &Visitor, login: &str, code: &str) -> Result<SignedIn> {
    limits::try_from(backend, visitor).await?;
    let sign_in = sign_in::half(backend, Door::Api, login).await?;
    let checked = if sign_in.factor() == SecondFactor::App {
        let door = proof::Door::SignIn(&sign_in.id);
        proof::app_or_recovery(backend, visitor, door, &sign_in.user_id, code).await
    } else {
        let binding = sign_in::binding(&sign_in.user_id, &sign_in.id);
        proof::mail(backend, visitor, binding, &sign_in.email, code).await
    };
    let checked = sign_in::right(backend, &sign_in, checked).await?;
    let how = checked.how();
    let mut tx = backend.db.begin().await?;
    // Whoever takes the right to use the API holds the same row, and ends the tokens that are there then.
    security_events::one_at_a_time(&mut tx, backend, &sign_in.user_id).await?;
    let user = sign_in::use_up(&mut tx, backend, visitor, &sign_in, checked).await?;
    if !may_use(&user) {
        return Err(Error::AttemptOver);
    }
    enter(tx, backend, visitor, &user, how).await
}

/// A token begins: the one place where one of a sign-in does. All that goes with it is committed here.
async fn enter(mut tx: Tx, backend: &Backend, visitor: &Visitor, user: &User, how: SignedInBy) -> Result<SignedIn> {
    let now = backend.clock.now();
    let (id, token) = (backend.rng.id(now), Token::new(&backend.rng));
    let row = NewToken {
        id: &id,
        token_hash: &token.hash(),
        user_id: &user.id,
        kind: api_tokens::Kind::Login,
        name: "",
        hint: "",
        browser: &visitor.browser,
        address: &visitor.address.to_canonical().to_string(),
        warn_at: None,
    };
    api_tokens::insert(&mut tx, &row, now, now + VALIDITY).await?;
    if matches!(how, SignedInBy::App | SignedInBy::RecoveryCode) {
        lost_app::is_found(&mut tx, backend, visitor, &user.id).await?;
    }
    if how == SignedInBy::RecoveryCode {
        recovery_codes::tell_of_use(&mut tx, backend, visitor, user).await?;
    }
    tell_of_new_place(&mut tx, backend, visitor, user).await?;
    let detail = json!({ "by": how.code() }).to_string();
    security_events::record(&mut tx, backend, visitor, &user.id, Kind::ApiSignedIn, &detail).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "api_signed_in", user = user.id, address = %visitor.address, "a program signed in");
    Ok(SignedIn { token, expires_at: now + VALIDITY })
}

/// Programs carry no mark by which they are known again, so it is the place that may be a new one (NOT-1).
async fn tell_of_new_place(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user: &User) -> Result<()> {
    let now = backend.clock.now();
    let place = backend.keys.limit_key("api-place", &format!("{} {}", user.id, visitor.place()));
    if !api_tokens::seen_place(tx, &user.id, &place, now).await? {
        return Ok(());
    }
    let asked = Asked { visitor, now, expires_at: now };
    let letter = letters::api_new_place(security_events::recipient(user, visitor), asked, &backend.settings);
    outbox::put(tx, backend, &letter, now + outbox::NOTICE).await
}

/// Ends the token of a sign-in that the program shows.
///
/// # Errors
/// [`Error::NotFound`] for a key, which its owner ends under Security; or the database's.
pub async fn end(backend: &Backend, actor: &Actor) -> Result<()> {
    let bearer = actor.bearer().filter(|bearer| !bearer.is_key).ok_or(Error::NotFound)?;
    let mut tx = backend.db.begin().await?;
    api_tokens::end_one(&mut tx, &bearer.id).await?;
    tx.commit().await?;
    tracing::info!(event = "api_signed_out", user = actor.user_id(), "a program signed out");
    Ok(())
}
