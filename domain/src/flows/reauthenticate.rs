//! Proving again who one is, before something sensitive (SESS-9).

use super::activity::{self, Kind};
use super::limits::{self, PasswordDoor};
use super::managed;
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Error, Field, Problem, Result};
use crate::secrets::password::Password;
use crate::secrets::token::Token;
use crate::store::{Tx, sessions, users};

/// Compares the password, through the same door as at sign-in (RATE-5). A wrong one is recorded: its owner should see
/// that somebody guesses in a session of theirs.
///
/// # Errors
/// [`Error::ManagedByProvider`]; at the field when it is wrong; [`Error::TooMany`]; [`Error::Busy`]; or the database's.
pub async fn prove_password(backend: &Backend, actor: &Actor, password: &str) -> Result<()> {
    managed::by_us(actor)?;
    if password.is_empty() {
        return Err(Error::at(Field::CurrentPassword, Problem::Empty));
    }
    limits::try_from(backend, actor.visitor()).await?;
    let user = users::by_id(&backend.db, actor.user_id()).await?.ok_or(Error::SignedOut)?;
    let door = PasswordDoor::new(backend, actor.visitor(), &user.email, Some(&user.id));
    door.check(backend).await?;
    let right = backend.hasher.verify(Password::read(password), user.password_hash).await?;
    door.settle(backend, right).await?;
    if right {
        return Ok(());
    }
    let mut tx = backend.db.begin().await?;
    activity::record(&mut tx, backend, actor, Kind::WrongPassword).await?;
    tx.commit().await?;
    Err(Error::at(Field::CurrentPassword, Problem::WrongPassword))
}

/// Gives the session a new token and a new time of authentication; the old token is dead (SESS-3).
///
/// # Errors
/// [`Error::SignedOut`] when the session has ended meanwhile, or the database's.
pub async fn renew(tx: &mut Tx, backend: &Backend, actor: &Actor) -> Result<Token> {
    let token = Token::new(&backend.rng);
    let renewed = sessions::rotate(tx, &actor.session().id, &token.hash(), backend.clock.now()).await?;
    if renewed { Ok(token) } else { Err(Error::SignedOut) }
}

/// [`prove_password`] and [`renew`] in one.
///
/// # Errors
/// As both.
pub async fn with_password(backend: &Backend, actor: &Actor, password: &str) -> Result<Token> {
    prove_password(backend, actor, password).await?;
    let mut tx = backend.db.begin().await?;
    let token = renew(&mut tx, backend, actor).await?;
    tx.commit().await?;
    Ok(token)
}
