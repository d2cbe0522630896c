//! What every change of the way into an account has in common: it comes one after the other, it ends what was begun
//! before it, and a new password is judged the same way everywhere.

use super::activation::judged;
use super::activity::{self, Entry, Kind};
use super::{limits, rights};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::Recipient;
use crate::secrets::password::Password;
use crate::secrets::token::Token;
use crate::store::links::Link;
use crate::store::users::User;
use crate::store::{self, Tx, links, tenants, users};
use crate::store::{api_tokens, codes, email_changes, factor_changes, factor_resets, password_changes, provider_trips};
use crate::store::{sessions, sign_ins};
use crate::text::Language;
use crate::visitor::Visitor;

/// What changes how somebody gets in happens one after the other; taken first of all rows, so that nobody waits in a
/// circle.
///
/// # Errors
/// The database's.
pub async fn one_at_a_time(tx: &mut Tx, backend: &Backend, user_id: &str) -> Result<()> {
    let key = format!("change:{user_id}");
    store::limits::hold(tx, &key, backend.clock.now()).await.map(|_| ())
}

/// As [`one_at_a_time`], for what the actor does: whoever was disabled or signed out since they asked is out, however
/// long the request has taken to come, and so is a program whose token has ended (SESS-6).
///
/// # Errors
/// [`Error::SignedOut`], or the database's.
pub(super) async fn still_here(tx: &mut Tx, backend: &Backend, actor: &Actor) -> Result<()> {
    one_at_a_time(tx, backend, actor.user_id()).await?;
    let stands = match actor.bearer() {
        Some(bearer) => api_tokens::stands(tx, &bearer.id, actor.asked_at()).await?,
        None => sessions::stands(tx, &actor.session().id).await?,
    };
    if stands { Ok(()) } else { Err(Error::SignedOut) }
}

/// Ends everything of a user that a change of password, second factor or address must not survive: sessions but the
/// one to keep, half sign-ins, tokens and keys of the API, ways to a provider, codes, pending changes, and links to a
/// new password (SESS-6, EM-4, API-1). A link that undoes a change of the address stays: whoever took the account must
/// not end it by one change more.
///
/// Comes after [`one_at_a_time`] and before the user's own row is touched.
///
/// # Errors
/// The database's.
pub async fn end_everything(tx: &mut Tx, user_id: &str, keep_session: Option<&str>) -> Result<()> {
    // Codes, half sign-ins, sessions: a sign-in touches them in this order, so the two never wait for each other, and
    // one that gets through before us is ended with the rest.
    codes::end_all(tx, user_id).await?;
    sign_ins::end_all(tx, user_id).await?;
    api_tokens::end_all(tx, user_id).await?;
    provider_trips::end_all(tx, user_id).await?;
    email_changes::end(tx, user_id).await?;
    password_changes::end(tx, user_id).await?;
    factor_changes::end(tx, user_id).await?;
    factor_resets::end(tx, user_id).await?;
    links::end_resets(tx, user_id).await?;
    sessions::end_others(tx, user_id, keep_session.unwrap_or("")).await?;
    Ok(())
}

/// Disables a user, and ends everything of theirs with it (SESS-6). Comes after [`one_at_a_time`].
///
/// # Errors
/// [`Error::LastFullAccess`], or the database's.
pub(super) async fn disable(tx: &mut Tx, backend: &Backend, home_id: &str, user_id: &str) -> Result<()> {
    let now = backend.clock.now();
    rights::last_full_access(tx, backend, home_id, user_id).await?;
    limits::hold_codes(tx, user_id, now).await?;
    end_everything(tx, user_id, None).await?;
    users::disable(tx, user_id, now).await
}

/// Puts what happened to a user, done by themselves from where `visitor` is, into their activity. Comes last in its
/// transaction.
///
/// # Errors
/// The database's.
pub(super) async fn record(
    tx: &mut Tx,
    backend: &Backend,
    visitor: &Visitor,
    user_id: &str,
    kind: Kind,
    detail: &str,
) -> Result<()> {
    let entry = Entry { user_id, kind, visitor: Some(visitor), by: None, tenant_id: None, detail };
    activity::note(tx, backend, &entry).await
}

/// To the user, in their language or else in the visitor's.
pub(super) fn recipient<'a>(user: &'a User, visitor: &Visitor) -> Recipient<'a> {
    let language = user.language.as_deref().and_then(Language::from_tag).unwrap_or(visitor.language);
    Recipient { email: &user.email, name: &user.first_name, language }
}

/// A one-use link that still works, and whose it is. What does not work is not found, whatever the reason.
///
/// # Errors
/// [`Error::NotFound`], or the database's.
pub(super) async fn owner(backend: &Backend, kind: links::Kind, link: &str) -> Result<(Link, User)> {
    let token = Token::read(link).ok_or(Error::NotFound)?;
    let link = links::live(&backend.db, kind, &token.hash(), backend.clock.now()).await?.ok_or(Error::NotFound)?;
    let user = users::by_id(&backend.db, &link.user_id).await?.filter(|user| user.disabled_at.is_none());
    Ok((link, user.ok_or(Error::NotFound)?))
}

/// Judges a new password of somebody who has one, with the words that belong to them (PW-1 to PW-3). It says nothing
/// of the one that holds.
///
/// # Errors
/// At the field; or the database's.
pub(super) async fn judge(backend: &Backend, user: &User, new: &str, repeated: &str) -> Result<()> {
    let clients = tenants::memberships(&backend.db, &user.id).await?;
    let local_part = user.email.split('@').next().unwrap_or("");
    let own = [user.first_name.as_str(), &user.last_name, local_part];
    let own: Vec<&str> = own.into_iter().chain(clients.iter().map(|client| client.name.as_str())).collect();
    judged(backend, new, repeated, &own).map(|_| ())
}

/// The hash of a new password that was judged, unless it is the one that holds. Whoever asks has proved something
/// first, or else this would be one more door to guess at (RATE-5).
///
/// # Errors
/// At the field, [`Error::Busy`], or the database's.
pub(super) async fn hash(backend: &Backend, user: &User, new: &str) -> Result<String> {
    if backend.hasher.verify(Password::read(new), user.password_hash.clone()).await? {
        return Err(Error::at(Field::NewPassword, Problem::SameAsOld));
    }
    let password = Password::read(new).ok_or(Error::BadRequest)?;
    backend.hasher.hash(password, &backend.rng).await
}
