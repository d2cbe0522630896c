//! Sign-ins that the owner should hear of: refused ones, half ones, and whole ones in a new browser (NOT-1).
//!
//! What an answer must not wait for, or must not show by the time it takes, is left to a worker.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;

use super::activity::Kind;
use super::security_events::{self, recipient};
use crate::backend::Backend;
use crate::clock::{HOUR, MINUTE, Millis};
use crate::error::{Error, Result};
use crate::mail::letters::{self, Asked};
use crate::mail::outbox;
use crate::store::limits::Counter;
use crate::store::notices::{self, Incomplete, Refused};
use crate::store::users::{self, User};
use crate::store::{self, Tx};
use crate::text::Language;
use crate::view::SignedInBy;
use crate::visitor::Visitor;

/// How long the second step may take before the owner hears that the password was right (NOT-1).
pub const PATIENCE: Millis = 3 * MINUTE;
/// Letters an hour about that to one person; the activity has the rest.
pub const LETTERS: i64 = 5;

fn address(visitor: &Visitor) -> String {
    visitor.address.to_canonical().to_string()
}

/// Whether two sign-ins of one person came from the same device or, where the person has not signed in on it yet, from
/// the same place and browser. What it was made of cannot be read from it.
fn origin(backend: &Backend, visitor: &Visitor, user_id: &str) -> String {
    let device = visitor.device.as_ref().and_then(|device| device.known_to(&backend.keys, user_id));
    let whence = device.map_or_else(|| format!("{} {}", visitor.place(), visitor.browser), str::to_owned);
    backend.keys.limit_key("origin", &format!("{user_id} {whence}"))
}

/// Keeps a refused first step for the activity of whoever has the address. It costs the same where nobody has it, so
/// that the answer does not tell (ENUM-1).
///
/// # Errors
/// The database's.
pub async fn refused(backend: &Backend, visitor: &Visitor, user_id: Option<&str>) -> Result<()> {
    let now = backend.clock.now();
    let id = backend.rng.id(now);
    notices::refused(&backend.db, &id, user_id, &address(visitor), &visitor.browser, now).await?;
    tracing::info!(event = "sign_in_refused", user = user_id, address = %visitor.address, "sign-in refused");
    Ok(())
}

/// The first step was right: unless the second one follows, the owner hears of it.
///
/// # Errors
/// The database's.
pub async fn begun(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user_id: &str, sign_in_id: &str) -> Result<()> {
    let now = backend.clock.now();
    let row = Incomplete {
        user_id: user_id.to_owned(),
        origin: origin(backend, visitor, user_id),
        sign_in_id: sign_in_id.to_owned(),
        address: address(visitor),
        browser: visitor.browser.clone(),
        language: visitor.language.tag().to_owned(),
        begun_at: now,
    };
    notices::begun(tx, &row, now + PATIENCE).await
}

/// The second step came to nothing, so there is nothing to wait for. Giving up is no such end: whoever knows the
/// password would only have to cancel for the owner to hear nothing, so the letter keeps its time then.
///
/// # Errors
/// The database's.
pub async fn failed(backend: &Backend, user_id: &str, sign_in_id: &str) -> Result<()> {
    notices::hasten(&backend.db, user_id, sign_in_id, backend.clock.now()).await
}

/// The second step was right: nobody is told of the first one any more, nor of others from the same origin. Comes
/// before anything is recorded, as everywhere: two that hold the same rows in another order would wait for each other.
///
/// # Errors
/// The database's.
pub async fn completed(
    tx: &mut Tx,
    backend: &Backend,
    visitor: &Visitor,
    user_id: &str,
    sign_in_id: Option<&str>,
) -> Result<()> {
    notices::completed(tx, user_id, &origin(backend, visitor, user_id), sign_in_id.unwrap_or("")).await
}

/// A session has begun: it is recorded, and where the browser is a new one the owner is told by mail. After it come
/// only rows that nobody takes before the user's own; call [`outbox::wake`] after the commit.
///
/// # Errors
/// The database's.
pub async fn arrived(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user: &User, by: SignedInBy) -> Result<()> {
    let now = backend.clock.now();
    let known = visitor.device.as_ref().is_some_and(|device| device.known_to(&backend.keys, &user.id).is_some());
    // Until somebody has signed in once, there is no browser that a new one could differ from.
    let new = !users::first_sign_in(tx, &user.id, now).await? && !known;
    if new {
        let asked = Asked { visitor, now, expires_at: now };
        let letter = letters::new_device(recipient(user, visitor), asked, &backend.settings);
        outbox::put(tx, backend, &letter, now + outbox::NOTICE).await?;
    }
    let detail = json!({ "by": by.code(), "new": new }).to_string();
    security_events::record(tx, backend, visitor, &user.id, Kind::SignedIn, &detail).await
}

/// Tells what is due, once: refused first steps in the activity, half sign-ins there and by mail.
///
/// # Errors
/// The database's.
pub async fn tell_due(backend: &Backend) -> Result<()> {
    for row in notices::all_refused(&backend.db).await? {
        tell_refused(backend, &row).await?;
    }
    for row in notices::due(&backend.db, backend.clock.now()).await? {
        tell_incomplete(backend, &row).await?;
    }
    Ok(())
}

/// Whoever asked then, as far as it was kept. Times are told in UTC: the time zone may have been a stranger's.
pub(super) fn visitor(address: &str, browser: &str, language: Language) -> Visitor {
    Visitor {
        address: address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        browser: browser.to_owned(),
        language,
        zone: jiff::tz::TimeZone::UTC,
        device: None,
    }
}

async fn tell_refused(backend: &Backend, row: &Refused) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    if !notices::take_refused(&mut tx, &row.id).await? {
        return Ok(());
    }
    if let Some(user_id) = &row.user_id
        && let Some(user) = users::by_id_in(&mut tx, user_id).await?
    {
        let visitor = visitor(&row.address, &row.browser, Language::default());
        security_events::record(&mut tx, backend, &visitor, &user.id, Kind::SignInFailed, "").await?;
    }
    tx.commit().await
}

async fn tell_incomplete(backend: &Backend, row: &Incomplete) -> Result<()> {
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    let key = format!("incomplete:{}", row.user_id);
    let counter = store::limits::hold(&mut tx, &key, now).await?;
    if !notices::take_due(&mut tx, &row.user_id, &row.origin, now).await? {
        return Ok(());
    }
    let user = users::by_id_in(&mut tx, &row.user_id).await?.ok_or(Error::NotFound)?;
    let visitor = visitor(&row.address, &row.browser, Language::from_tag(&row.language).unwrap_or_default());
    let rested = counter.since <= now - HOUR;
    let (count, since) = if rested { (0, now) } else { (counter.count, counter.since) };
    if count < LETTERS {
        store::limits::put(&mut tx, &key, Counter { count: count + 1, since, ..counter }, now).await?;
        let asked = Asked { visitor: &visitor, now: row.begun_at, expires_at: now };
        let letter = letters::code_not_entered(recipient(&user, &visitor), asked, &backend.settings);
        outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
    }
    security_events::record(&mut tx, backend, &visitor, &user.id, Kind::CodeNotEntered, "").await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "code_not_entered", user = user.id, address = row.address, "half a sign-in");
    Ok(())
}
