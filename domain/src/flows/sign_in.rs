//! Signing in: the password, then the code that was mailed.

use super::confirm::{self, Binding, Issued, Purpose};
use super::limits::{self, PasswordDoor, Wish};
use crate::backend::Backend;
use crate::clock::{MINUTE, Millis};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Recipient};
use crate::mail::{address, outbox};
use crate::secrets::password::Password;
use crate::secrets::token::Token;
use crate::store::sessions::NewSession;
use crate::store::sign_ins::{NewSignIn, SignIn};
use crate::store::users::User;
use crate::store::{Tx, sessions, sign_ins, tenants, users};
use crate::text::Language;
use crate::validate;
use crate::view::CodePrompt;
use crate::visitor::{Device, Visitor};

/// How long the second step may take, from the last code on (SESS-8).
pub const VALIDITY: Millis = 10 * MINUTE;

/// The first step was right.
pub struct Begun {
    /// For the cookie of the half sign-in; not a session (SESS-8).
    pub token: Token,
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
    limits::try_from(backend, visitor).await?;
    let email = address::canonical(email).unwrap_or_else(|_| email.trim().to_ascii_lowercase());
    let user = users::by_email(&backend.db, &email).await?;
    let door = PasswordDoor::new(backend, visitor, &email, user.as_ref().map(|user| user.id.as_str()));
    door.check(backend).await?;
    let stored = user.as_ref().and_then(|user| user.password_hash.clone());
    let right = backend.hasher.verify(Password::read(password), stored).await?;
    let user = user.filter(|user| right && user.disabled_at.is_none());
    door.settle(backend, user.is_some()).await?;
    let user = user.ok_or(Error::SignInRefused)?;
    rehash_if_outdated(backend, &user, password).await?;
    begin_for(backend, visitor, &user, next_path).await
}

async fn begin_for(backend: &Backend, visitor: &Visitor, user: &User, next_path: Option<&str>) -> Result<Begun> {
    let now = backend.clock.now();
    let (id, token) = (backend.rng.id(now), Token::new(&backend.rng));
    let mut tx = backend.db.begin().await?;
    let row = NewSignIn { id: &id, token_hash: &token.hash(), user_id: &user.id, next_path };
    sign_ins::insert(&mut tx, &row, now, now + VALIDITY).await?;
    send_code(&mut tx, backend, visitor, user, &id).await?;
    tx.commit().await?;
    outbox::wake(backend);
    Ok(Begun { token })
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

const fn binding<'a>(user_id: &'a str, sign_in: &'a str) -> Binding<'a> {
    Binding { user_id, flow_id: sign_in, purpose: Purpose::SignIn, payload: "" }
}

async fn half(backend: &Backend, token: &str) -> Result<SignIn> {
    let token = Token::read(token).ok_or(Error::AttemptOver)?;
    sign_ins::live(&backend.db, &token.hash(), backend.clock.now()).await?.ok_or(Error::AttemptOver)
}

/// What the page of the second step shows.
///
/// # Errors
/// [`Error::AttemptOver`], or the database's.
pub async fn prompt(backend: &Backend, visitor: &Visitor, token: &str) -> Result<CodePrompt> {
    let sign_in = half(backend, token).await?;
    Ok(CodePrompt {
        sent: confirm::was_sent(backend, &sign_in.id, Purpose::SignIn).await?,
        resend_in_s: limits::mail_wait(backend, Wish::Own, &sign_in.email, &visitor.place()).await?,
        sent_to: sign_in.email,
    })
}

/// Has a new code sent; the former one is dead then (CODE-7).
///
/// # Errors
/// [`Error::TooMany`] when it is too early, [`Error::AttemptOver`], or the database's.
pub async fn resend(backend: &Backend, visitor: &Visitor, token: &str) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let sign_in = half(backend, token).await?;
    let user = users::by_id(&backend.db, &sign_in.user_id).await?.ok_or(Error::AttemptOver)?;
    let mut tx = backend.db.begin().await?;
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

/// The code. The half sign-in ends and a session begins, in one transaction.
///
/// # Errors
/// [`Error::CodeWrong`]; [`Error::AttemptOver`] with the fifth wrong one, and then the password is asked again
/// (CODE-3); [`Error::TooMany`]; or the database's.
pub async fn finish(backend: &Backend, visitor: &Visitor, token: &str, typed: &str) -> Result<Finished> {
    limits::try_from(backend, visitor).await?;
    let sign_in = half(backend, token).await?;
    let binding = binding(&sign_in.user_id, &sign_in.id);
    let checked = match confirm::check(backend, visitor, binding, &sign_in.email, typed).await {
        Err(Error::AttemptOver) => {
            end(backend, &sign_in.id).await?;
            return Err(Error::AttemptOver);
        }
        checked => checked?,
    };
    let now = backend.clock.now();
    let (id, session) = (backend.rng.id(now), Token::new(&backend.rng));
    let mut tx = backend.db.begin().await?;
    confirm::use_up(&mut tx, backend, checked).await?;
    let user = users::by_id_in(&mut tx, &sign_in.user_id).await?.filter(|user| user.disabled_at.is_none());
    let user = user.ok_or(Error::AttemptOver)?;
    if !sign_ins::end(&mut tx, &sign_in.id).await? {
        return Err(Error::AttemptOver);
    }
    let row = NewSession {
        id: &id,
        token_hash: &session.hash(),
        user_id: &user.id,
        method: "password, email",
        browser: &visitor.browser,
        address: &visitor.address.to_canonical().to_string(),
    };
    sessions::insert(&mut tx, &row, now).await?;
    tenants::entered_current(&mut tx, &user.id, now).await?;
    tx.commit().await?;
    tracing::info!(event = "signed_in", user = user.id, address = %visitor.address, "signed in");
    Ok(Finished {
        token: session,
        device: Device::marked(visitor.device.as_ref(), &backend.keys, &backend.rng, &user.id),
        next_path: sign_in.next_path,
        look: (user.language, user.theme),
    })
}

/// Gives a half sign-in up.
///
/// # Errors
/// The database's.
pub async fn cancel(backend: &Backend, token: &str) -> Result<()> {
    match half(backend, token).await {
        Ok(sign_in) => end(backend, &sign_in.id).await,
        Err(Error::AttemptOver) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn end(backend: &Backend, sign_in: &str) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    crate::store::codes::end_flow(&mut tx, sign_in).await?;
    sign_ins::end(&mut tx, sign_in).await?;
    tx.commit().await
}
