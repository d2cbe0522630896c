//! Undoing a change of the e-mail address, by the link in the notice to the former one: the way back for somebody
//! whose account was taken.

use serde_json::json;

use super::activity::Kind;
use super::{change_password, limits, security_events};
use crate::backend::Backend;
use crate::clock::{HOUR, Millis};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Asked, Recipient};
use crate::mail::outbox;
use crate::secrets::token::Token;
use crate::store::Tx;
use crate::store::links::{self, Link, NewLink};
use crate::store::users::{self, User};
use crate::view::UndoEmail;
use crate::visitor::Visitor;

/// How long a link works.
pub const VALIDITY: Millis = 72 * HOUR;

/// Makes the link for the notice to the former address; says its URL. In the transaction that changes the address.
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
    links::insert(tx, &row, now, now + VALIDITY).await?;
    Ok(backend.settings.link(&format!("/undo-email/{}", token.reveal())))
}

/// A link that still works, while there is something to undo.
async fn owner(backend: &Backend, link: &str) -> Result<(Link, User)> {
    let (link, user) = security_events::owner(backend, links::Kind::UndoEmail, link).await?;
    if user.email == link.email { Err(Error::NotFound) } else { Ok((link, user)) }
}

/// What a link would bring back. Looking does not use it up.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work, whatever the reason; or the database's.
pub async fn look(backend: &Backend, link: &str) -> Result<UndoEmail> {
    let (link, _) = owner(backend, link).await?;
    let free = users::by_email(&backend.db, &link.email).await?.is_none();
    Ok(UndoEmail { email: link.email, free, rules: change_password::rules(backend) })
}

/// A new password, twice: whoever changed the address may know the present one. The former address holds again, all
/// sessions end, links that would undo later changes die, and both addresses are told. The second factor stays as it
/// is: who has only a former mailbox is not let past it.
///
/// # Errors
/// At the fields, and then the link still works; [`Problem::NoLongerFree`] when somebody else has the address by now,
/// and then nothing changes; [`Error::NotFound`]; [`Error::TooMany`]; [`Error::Busy`]; or the database's.
pub async fn finish(backend: &Backend, visitor: &Visitor, link: &str, new: &str, repeated: &str) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let (link, mut user) = owner(backend, link).await?;
    let undone = std::mem::replace(&mut user.email, link.email.clone());
    security_events::judge(backend, &user, new, repeated).await?;
    let new_hash = security_events::hash(backend, &user, new).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &user.id).await?;
    limits::hold_codes(&mut tx, &user.id, now).await?;
    if !links::use_up(&mut tx, &link.id, now).await? {
        return Err(Error::NotFound);
    }
    links::end_undoing(&mut tx, &user.id, link.created_at).await?;
    security_events::end_everything(&mut tx, &user.id, None).await?;
    let free = users::by_email_in(&mut tx, &user.email).await?.is_none();
    if !free || !users::set_email(&mut tx, &user.id, &user.email, now).await? {
        return Err(Error::at(Field::Email, Problem::NoLongerFree));
    }
    users::set_password(&mut tx, &user.id, &new_hash, now).await?;
    tell_both(&mut tx, backend, visitor, &user, &undone).await?;
    let detail = json!({ "from": undone, "to": user.email }).to_string();
    security_events::record(&mut tx, backend, visitor, &user.id, Kind::EmailChangeUndone, &detail).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "email_change_undone", user = user.id, address = %visitor.address, "address put back");
    Ok(())
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
