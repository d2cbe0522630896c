//! Undoing a change of the e-mail address, by the link in the notice to the former one: the way back for somebody
//! whose account was taken. The mailbox alone does not pass by an app that was there before the change.

use serde_json::json;

use super::activity::Kind;
use super::proof::{self, Checked, Door};
use super::{change_password, limits, recovery_codes, security_events};
use crate::backend::Backend;
use crate::clock::{HOUR, Millis};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Asked, Recipient};
use crate::mail::outbox;
use crate::secrets::token::Token;
use crate::store::Tx;
use crate::store::links::{self, Link, NewLink};
use crate::store::users::{self, User};
use crate::view::{SignedInBy, UndoEmail};
use crate::visitor::Visitor;

/// How long a link works.
pub const VALIDITY: Millis = 72 * HOUR;

/// Makes the link for the notice to the former address; says its URL. In the transaction that changes the address, and
/// after [`security_events::one_at_a_time`].
///
/// # Errors
/// The database's.
pub(super) async fn link(tx: &mut Tx, backend: &Backend, user_id: &str, former: &str) -> Result<String> {
    let (now, token) = (backend.clock.now(), Token::new(&backend.rng));
    let row = NewLink {
        id: &backend.rng.id(now),
        token_hash: &token.hash(),
        kind: links::Kind::UndoEmail,
        user_id,
        email: former,
    };
    // A later change has a later link, also where another instance's clock is ahead: by that, one undoes the other.
    let newest = links::newest_undoing(tx, user_id).await?;
    let made_at = newest.map_or(now, |newest| now.max(newest + 1));
    links::insert(tx, &row, made_at, now + VALIDITY).await?;
    Ok(backend.settings.link(&format!("/undo-email/{}", token.reveal())))
}

/// Whether a change to this address is nothing but the way back by hand, while a link to it still works. Then it is
/// taken as that: the link is used up, those of the changes in between die, and the address that is left gets none, or
/// else whoever took an account could go back and keep a link to it.
///
/// Comes after [`security_events::one_at_a_time`].
///
/// # Errors
/// The database's.
pub(super) async fn goes_back(tx: &mut Tx, backend: &Backend, user_id: &str, new_email: &str) -> Result<bool> {
    let made_at = links::undoing_to(tx, user_id, new_email, backend.clock.now()).await?;
    if let Some(made_at) = made_at {
        links::end_undoing(tx, user_id, made_at).await?;
    }
    Ok(made_at.is_some())
}

/// A link that still works, while there is something to undo.
async fn owner(backend: &Backend, link: &str) -> Result<(Link, User)> {
    let (link, user) = security_events::owner(backend, links::Kind::UndoEmail, link).await?;
    // The address of whoever a provider manages is the provider's to change (OIDC-3).
    if user.email == link.email || user.provider.is_some() { Err(Error::NotFound) } else { Ok((link, user)) }
}

/// What a link would bring back. Looking does not use it up.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work, whatever the reason; or the database's.
pub async fn look(backend: &Backend, link: &str) -> Result<UndoEmail> {
    let (link, _) = owner(backend, link).await?;
    let free = users::by_email(&backend.db, &link.email).await?.is_none();
    let asks_app = links::app_is_still_there(&backend.db, &link.id).await?;
    Ok(UndoEmail { email: link.email, free, asks_app, rules: change_password::rules(backend) })
}

/// A new password, twice: whoever changed the address may know the present one. The former address holds again, all
/// sessions end, links that would undo later changes die, and both addresses are told.
///
/// The second factor stays as it is, and where it is an app that was there before the change, `typed` is a code of it or
/// a recovery code: who has only a former mailbox is not let past it. An app that was set up since may be that of
/// whoever took the account, so it is not asked for. Where codes come by e-mail, they go to the former mailbox again.
///
/// # Errors
/// At the fields, and then the link still works; [`Problem::NoLongerFree`] when somebody else has the address by now,
/// and then nothing changes; [`Error::CodeWrong`]; [`Error::ClockWrong`]; [`Error::AttemptOver`] with the fifth wrong
/// code, and then the link is dead; [`Error::NotFound`]; [`Error::TooMany`]; [`Error::Busy`]; or the database's.
pub async fn finish(
    backend: &Backend,
    visitor: &Visitor,
    link: &str,
    new: &str,
    repeated: &str,
    typed: &str,
) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let (link, mut user) = owner(backend, link).await?;
    // Before anything is compared: a link that cannot do anything is no door at which to guess passwords.
    if users::by_email(&backend.db, &link.email).await?.is_some() {
        return Err(no_longer_free());
    }
    let undone = std::mem::replace(&mut user.email, link.email.clone());
    security_events::judge(backend, &user, new, repeated).await?;
    let checked = shown(backend, visitor, &link, typed).await?;
    let by_recovery = checked.as_ref().is_some_and(|checked| checked.how() == SignedInBy::RecoveryCode);
    let new_hash = security_events::hash(backend, &user, new).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    use_up(&mut tx, backend, &link, checked).await?;
    let free = users::by_email_in(&mut tx, &user.email).await?.is_none();
    if !free || !users::set_email(&mut tx, &user.id, &user.email, now).await? {
        return Err(no_longer_free());
    }
    users::set_password(&mut tx, &user.id, &new_hash, now).await?;
    tell_both(&mut tx, backend, visitor, &user, &undone).await?;
    if by_recovery {
        recovery_codes::tell_of_use(&mut tx, backend, visitor, &user).await?;
    }
    let detail = json!({ "from": undone, "to": user.email }).to_string();
    security_events::record(&mut tx, backend, visitor, &user.id, Kind::EmailChangeUndone, &detail).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "email_change_undone", user = user.id, address = %visitor.address, "address put back");
    Ok(())
}

fn no_longer_free() -> Error {
    Error::at(Field::Email, Problem::NoLongerFree)
}

/// The code, compared, where one is asked for. A right one costs no try, as its password may still be refused; the fifth
/// wrong one ends the link.
async fn shown<'a>(backend: &Backend, visitor: &Visitor, link: &'a Link, typed: &str) -> Result<Option<Checked<'a>>> {
    if !links::app_is_still_there(&backend.db, &link.id).await? {
        return Ok(None);
    }
    // There is no second link to be had, so a field that was overlooked costs nothing.
    if typed.trim().is_empty() {
        return Err(Error::at(Field::Code, Problem::Empty));
    }
    let checked = proof::app_or_recovery(backend, visitor, Door::Undo(&link.id), &link.user_id, typed).await;
    match checked {
        Ok(_) => links::forget_tries(&backend.db, &link.id).await?,
        Err(Error::AttemptOver) => end(backend, link).await?,
        Err(_) => {}
    }
    checked.map(Some)
}

async fn end(backend: &Backend, link: &Link) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &link.user_id).await?;
    links::use_up(&mut tx, &link.id, backend.clock.now()).await?;
    tx.commit().await
}

/// Uses the link and the code up, and ends all that was begun before.
async fn use_up(tx: &mut Tx, backend: &Backend, link: &Link, checked: Option<Checked<'_>>) -> Result<()> {
    let now = backend.clock.now();
    security_events::one_at_a_time(tx, backend, &link.user_id).await?;
    limits::hold_codes(tx, &link.user_id, now).await?;
    if !links::use_up(tx, &link.id, now).await? {
        return Err(Error::NotFound);
    }
    if let Some(checked) = checked {
        proof::use_up(tx, backend, checked).await?;
    }
    links::end_undoing(tx, &link.user_id, link.created_at).await?;
    security_events::end_everything(tx, &link.user_id, None).await
}

async fn tell_both(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user: &User, undone: &str) -> Result<()> {
    let now = backend.clock.now();
    let asked = Asked { visitor, now, expires_at: now };
    let back = security_events::recipient(user, visitor);
    let gone = Recipient { email: undone, ..back };
    let letter = letters::address_was_put_back(back, undone, asked, &backend.settings);
    outbox::put(tx, backend, &letter, now + outbox::NOTICE).await?;
    outbox::put(tx, backend, &letters::address_was_undone(gone, &user.email, asked), now + outbox::NOTICE).await
}
