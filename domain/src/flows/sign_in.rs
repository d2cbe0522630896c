//! Signing in: the password, then the code that was mailed or that the app shows.

use super::confirm::{self, Binding, Issued, Purpose};
use super::limits::{self, PasswordDoor, Wish};
use super::proof::{self, Checked};
use super::{incomplete, lost_app, recovery_codes, second_factor, security_events};
use crate::backend::Backend;
use crate::clock::{MINUTE, Millis};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Recipient};
use crate::mail::{address, outbox};
use crate::secrets::password::Password;
use crate::secrets::token::Token;
use crate::store::sessions::NewSession;
use crate::store::sign_ins::{Door, NewSignIn, SignIn};
use crate::store::users::User;
use crate::store::{Tx, sessions, sign_ins, tenants, user_list, users};
use crate::text::Language;
use crate::validate;
use crate::view::{CodePrompt, SecondFactor, SignedInBy};
use crate::visitor::{Device, Visitor};

/// How long the second step may take, from the last code on (SESS-8).
pub const VALIDITY: Millis = 10 * MINUTE;

/// The first step was right.
pub enum Begun {
    /// The second comes next. The token is for the cookie of the half sign-in; not a session (SESS-8).
    Half(Token),
    /// There is no second one: the second factor is off.
    SignedIn(Finished),
}

/// The whole sign-in was right.
pub struct Finished {
    /// For the session cookie.
    pub token: Token,
    /// For the cookie by which the device is known again.
    pub device: Device,
    /// Where the person wanted to go.
    pub next_path: Option<String>,
    /// The chosen language and theme, which go with the person.
    pub look: (Option<String>, Option<String>),
}

/// E-mail address and password. Unknown address, wrong password and disabled user are one answer, after the same
/// work (ENUM-1).
///
/// # Errors
/// [`Error::SignInRefused`], [`Error::TooMany`], [`Error::Busy`], an empty field, or the database's.
pub async fn begin(
    backend: &Backend,
    visitor: &Visitor,
    email: &str,
    password: &str,
    next_path: Option<&str>,
) -> Result<Begun> {
    let missing = |text: &str| text.is_empty().then_some(Problem::Empty);
    validate::all(vec![(Field::Email, missing(email.trim())), (Field::Password, missing(password))])?;
    // Whom a provider manages has no password; and if one were ever left there, it would open nothing (OIDC-3).
    let user = self::password(backend, visitor, email, password, |user| user.provider.is_none()).await?;
    lost_app::after_the_wait(backend, visitor, &user).await?;
    begin_for(backend, visitor, user, next_path).await
}

/// The first step at every door that a password opens: says whose it is. Whoever `may` not come in by this one is told
/// the same as with a wrong password, after the same work (ENUM-1, API-3).
///
/// # Errors
/// [`Error::SignInRefused`], [`Error::TooMany`], [`Error::Busy`], or the database's.
pub(super) async fn password(
    backend: &Backend,
    visitor: &Visitor,
    email: &str,
    password: &str,
    may: fn(&User) -> bool,
) -> Result<User> {
    limits::try_from(backend, visitor).await?;
    // What is no address is nobody's; and one of the databases cannot even ask for NUL.
    let typed = |_| email.trim().to_ascii_lowercase().replace('\0', "\u{FFFD}");
    let email = address::canonical(email).unwrap_or_else(typed);
    let user = users::by_email(&backend.db, &email).await?;
    let door = PasswordDoor::new(backend, visitor, &email, user.as_ref().map(|user| user.id.as_str()));
    door.check(backend).await?;
    let stored = user.as_ref().and_then(|user| user.password_hash.clone());
    let right = backend.hasher.verify(Password::read(password), stored).await?;
    let owner = user.as_ref().map(|user| user.id.clone());
    let user = user.filter(|user| right && user.disabled_at.is_none() && may(user));
    door.settle(backend, user.is_some()).await?;
    let Some(user) = user else {
        incomplete::refused(backend, visitor, owner.as_deref()).await?;
        return Err(Error::SignInRefused);
    };
    rehash_if_outdated(backend, &user, password).await?;
    Ok(user)
}

async fn begin_for(backend: &Backend, visitor: &Visitor, user: User, next_path: Option<&str>) -> Result<Begun> {
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &user.id).await?;
    let user = unchanged(&mut tx, backend, user).await?;
    if needs_no_code(&mut tx, &user).await? {
        let next_path = next_path.map(str::to_owned);
        incomplete::completed(&mut tx, backend, visitor, &user.id, None).await?;
        return enter(tx, backend, visitor, user, SignedInBy::Password, next_path, None).await.map(Begun::SignedIn);
    }
    half_way(tx, backend, visitor, &user, Door::Page, next_path).await.map(Begun::Half)
}

/// Whether the password is enough. Where a client asks for a second factor by now, there is one, whatever was chosen
/// before (TOTP-6).
///
/// # Errors
/// The database's.
pub(super) async fn needs_no_code(tx: &mut Tx, user: &User) -> Result<bool> {
    Ok(user.factor() == SecondFactor::Off && second_factor::may_be_off(tx, &user.id).await?)
}

/// The second step comes next, at the same door; where codes are mailed, one is. All of it is committed here.
///
/// # Errors
/// The database's.
pub(super) async fn half_way(
    mut tx: Tx,
    backend: &Backend,
    visitor: &Visitor,
    user: &User,
    door: Door,
    next_path: Option<&str>,
) -> Result<Token> {
    let now = backend.clock.now();
    let (id, token) = (backend.rng.id(now), Token::new(&backend.rng));
    let row = NewSignIn { id: &id, token_hash: &token.hash(), user_id: &user.id, door, next_path };
    sign_ins::insert(&mut tx, &row, now, now + VALIDITY).await?;
    if user.factor() != SecondFactor::App {
        send_code(&mut tx, backend, visitor, user, &id).await?;
    }
    incomplete::begun(&mut tx, backend, visitor, &user.id, &id).await?;
    tx.commit().await?;
    outbox::wake(backend);
    Ok(token)
}

/// The user as they are by now. A password that was replaced after it was compared opens nothing any more (SESS-6);
/// one that was only hashed anew does.
///
/// # Errors
/// [`Error::SignInRefused`], or the database's.
pub(super) async fn unchanged(tx: &mut Tx, backend: &Backend, shown: User) -> Result<User> {
    let outdated = shown.password_hash.as_deref().is_some_and(|hash| backend.hasher.is_outdated(hash));
    let same = |user: &User| {
        user.password_hash == shown.password_hash || outdated && user.password_set_at == shown.password_set_at
    };
    let user = users::by_id_in(tx, &shown.id).await?;
    user.filter(|user| user.disabled_at.is_none() && same(user)).ok_or(Error::SignInRefused)
}

async fn rehash_if_outdated(backend: &Backend, user: &User, password: &str) -> Result<()> {
    let Some(stored) = user.password_hash.as_deref().filter(|stored| backend.hasher.is_outdated(stored)) else {
        return Ok(());
    };
    let Some(password) = Password::read(password) else { return Ok(()) };
    let anew = backend.hasher.hash(password, &backend.rng).await?;
    users::rehash(&backend.db, &user.id, stored, &anew).await
}

async fn send_code(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user: &User, sign_in: &str) -> Result<Issued> {
    let language = user.language.as_deref().and_then(Language::from_tag).unwrap_or(visitor.language);
    let to = Recipient { email: &user.email, name: &user.first_name, language };
    let binding = binding(&user.id, sign_in);
    confirm::issue(tx, backend, visitor, binding, &user.email, |code, asked| {
        letters::login_code(to, code, asked, &backend.settings)
    })
    .await
}

pub(super) const fn binding<'a>(user_id: &'a str, sign_in: &'a str) -> Binding<'a> {
    Binding { user_id, flow_id: sign_in, purpose: Purpose::SignIn, payload: "" }
}

/// The half sign-in with this token, if it was begun at this door.
///
/// # Errors
/// [`Error::AttemptOver`], or the database's.
pub(super) async fn half(backend: &Backend, door: Door, token: &str) -> Result<SignIn> {
    let token = Token::read(token).ok_or(Error::AttemptOver)?;
    sign_ins::live(&backend.db, door, &token.hash(), backend.clock.now()).await?.ok_or(Error::AttemptOver)
}

/// What the page of the second step shows.
///
/// # Errors
/// [`Error::AttemptOver`], or the database's.
pub async fn prompt(backend: &Backend, visitor: &Visitor, token: &str) -> Result<CodePrompt> {
    let sign_in = half(backend, Door::Page, token).await?;
    Ok(CodePrompt {
        by: if sign_in.factor() == SecondFactor::App { SecondFactor::App } else { SecondFactor::Email },
        sent: confirm::was_sent(backend, &sign_in.id, Purpose::SignIn).await?,
        resend_in_s: limits::mail_wait(backend, Wish::Own, &sign_in.email, &visitor.place()).await?,
        sent_to: sign_in.email,
    })
}

/// Has a new code sent; the former one is dead then (CODE-7).
///
/// # Errors
/// [`Error::TooMany`] when it is too early, [`Error::AttemptOver`], [`Error::NotFound`] where the app has the code, or
/// the database's.
pub async fn resend(backend: &Backend, visitor: &Visitor, token: &str) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let sign_in = half(backend, Door::Page, token).await?;
    if sign_in.factor() == SecondFactor::App {
        return Err(Error::NotFound);
    }
    let user = users::by_id(&backend.db, &sign_in.user_id).await?.ok_or(Error::AttemptOver)?;
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &user.id).await?;
    if let Issued::Wait { seconds } = send_code(&mut tx, backend, visitor, &user, &sign_in.id).await? {
        return Err(Error::TooMany { retry_after_s: seconds });
    }
    let now = backend.clock.now();
    if !sign_ins::prolong(&mut tx, &sign_in.id, now, now + VALIDITY).await? {
        return Err(Error::AttemptOver);
    }
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}

/// The code of the factor in use. The half sign-in ends and a session begins, in one transaction.
///
/// # Errors
/// [`Error::CodeWrong`]; [`Error::ClockWrong`]; [`Error::AttemptOver`] with the fifth wrong one, and then the password
/// is asked again (CODE-3); [`Error::TooMany`]; or the database's.
pub async fn finish(backend: &Backend, visitor: &Visitor, token: &str, typed: &str) -> Result<Finished> {
    limits::try_from(backend, visitor).await?;
    let sign_in = half(backend, Door::Page, token).await?;
    let checked = match sign_in.factor() {
        SecondFactor::App => {
            let door = proof::Door::SignIn(&sign_in.id);
            proof::app(backend, visitor, door, &sign_in.user_id, typed).await
        }
        SecondFactor::Off | SecondFactor::Email => {
            proof::mail(backend, visitor, binding(&sign_in.user_id, &sign_in.id), &sign_in.email, typed).await
        }
    };
    finish_with(backend, visitor, &sign_in, checked).await
}

/// A recovery code in place of the one of the app; it is used up (REC-1).
///
/// # Errors
/// As [`finish`], and [`Error::NotFound`] where the factor is no app.
pub async fn finish_with_recovery(backend: &Backend, visitor: &Visitor, token: &str, typed: &str) -> Result<Finished> {
    limits::try_from(backend, visitor).await?;
    let sign_in = half(backend, Door::Page, token).await?;
    if sign_in.factor() != SecondFactor::App {
        return Err(Error::NotFound);
    }
    let door = proof::Door::SignIn(&sign_in.id);
    let checked = proof::recovery(backend, visitor, door, &sign_in.user_id, typed).await;
    finish_with(backend, visitor, &sign_in, checked).await
}

async fn finish_with(
    backend: &Backend,
    visitor: &Visitor,
    sign_in: &SignIn,
    checked: Result<Checked<'_>>,
) -> Result<Finished> {
    let checked = right(backend, sign_in, checked).await?;
    let how = checked.how();
    let mut tx = backend.db.begin().await?;
    let user = use_up(&mut tx, backend, visitor, sign_in, checked).await?;
    enter(tx, backend, visitor, user, how, sign_in.next_path.clone(), None).await
}

/// A code that was right. With the fifth wrong one the sign-in ends, and its owner hears of it.
///
/// # Errors
/// That of the code, or the database's.
pub(super) async fn right<'a>(
    backend: &Backend,
    sign_in: &SignIn,
    checked: Result<Checked<'a>>,
) -> Result<Checked<'a>> {
    if matches!(checked, Err(Error::AttemptOver)) {
        end(backend, &sign_in.id).await?;
        incomplete::failed(backend, &sign_in.user_id, &sign_in.id).await?;
    }
    checked
}

/// Uses a right code up, and the sign-in with it; says whose it was, as they are by now.
///
/// # Errors
/// [`Error::CodeWrong`] and [`Error::AttemptOver`] where another call was quicker, or the database's.
pub(super) async fn use_up(
    tx: &mut Tx,
    backend: &Backend,
    visitor: &Visitor,
    sign_in: &SignIn,
    checked: Checked<'_>,
) -> Result<User> {
    proof::use_up(tx, backend, checked).await?;
    let user = users::by_id_in(tx, &sign_in.user_id).await?.filter(|user| user.disabled_at.is_none());
    let user = user.ok_or(Error::AttemptOver)?;
    if !sign_ins::end(tx, &sign_in.id).await? {
        return Err(Error::AttemptOver);
    }
    incomplete::completed(tx, backend, visitor, &user.id, Some(&sign_in.id)).await?;
    Ok(user)
}

/// A session begins: the one place where it does. All that goes with it is committed here. `authenticated_at` is when
/// the person last proved who they are, where that was not here and now (SESS-9).
///
/// # Errors
/// The database's.
pub(super) async fn enter(
    mut tx: Tx,
    backend: &Backend,
    visitor: &Visitor,
    user: User,
    how: SignedInBy,
    next_path: Option<String>,
    authenticated_at: Option<Millis>,
) -> Result<Finished> {
    let now = backend.clock.now();
    let (id, session) = (backend.rng.id(now), Token::new(&backend.rng));
    let row = NewSession {
        id: &id,
        token_hash: &session.hash(),
        user_id: &user.id,
        method: how.code(),
        browser: &visitor.browser,
        address: &visitor.address.to_canonical().to_string(),
    };
    sessions::insert(&mut tx, &row, now).await?;
    if let Some(at) = authenticated_at {
        sessions::set_authenticated(&mut tx, &id, at).await?;
    }
    if matches!(how, SignedInBy::App | SignedInBy::RecoveryCode) {
        lost_app::is_found(&mut tx, backend, visitor, &user.id).await?;
    }
    if how == SignedInBy::RecoveryCode {
        recovery_codes::tell_of_use(&mut tx, backend, visitor, &user).await?;
    }
    incomplete::arrived(&mut tx, backend, visitor, &user, how).await?;
    // After the user's own row, as where somebody leaves a client: else the two would wait for each other.
    tenants::entered_current(&mut tx, &user.id, now).await?;
    user_list::signed_in(&mut tx, &user.id, now).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "signed_in", user = user.id, address = %visitor.address, "signed in");
    Ok(Finished {
        token: session,
        device: Device::marked(visitor.device.as_ref(), &backend.keys, &backend.rng, &user.id),
        next_path,
        look: (user.language, user.theme),
    })
}

/// Gives a half sign-in up.
///
/// # Errors
/// The database's.
pub async fn cancel(backend: &Backend, token: &str) -> Result<()> {
    match half(backend, Door::Page, token).await {
        Ok(sign_in) => end(backend, &sign_in.id).await,
        Err(Error::AttemptOver) => Ok(()),
        Err(error) => Err(error),
    }
}

pub(super) async fn end(backend: &Backend, sign_in: &str) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    crate::store::codes::end_flow(&mut tx, sign_in).await?;
    sign_ins::end(&mut tx, sign_in).await?;
    tx.commit().await
}
