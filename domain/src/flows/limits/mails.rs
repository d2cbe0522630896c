//! How often a code may be mailed (CODE-7).

use super::{one_more, refusal};
use crate::backend::Backend;
use crate::clock::{HOUR, Millis, SECOND};
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::limits::{self, Counter};

/// Between two mailed codes to one address (CODE-7).
pub const MAIL_GAP: Millis = 60 * SECOND;
/// Mailed codes an hour to one address, as far as none of them was used (CODE-7).
pub const MAILS_PER_ADDRESS: i64 = 5;
/// Mailed codes an hour from one place, and activation letters an hour by one person (CODE-7).
pub const MAILS_PER_PLACE: i64 = 20;

/// Whether a code may be mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailPermit {
    /// Now.
    Now,
    /// In so many seconds.
    In(u32),
}

/// Whose wish a code or a link is. Each counts by itself: whoever wants an address, or only knows it, neither sees nor
/// uses up what its owner is sent (ENUM-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The owner's, to their own address.
    Own,
    /// Somebody's, to an address they would like to have.
    Wanted,
    /// Somebody's who has forgotten a password, to the address they say is theirs.
    Reset,
    /// Of whoever is in a session, to its owner: so far without a proof that they are the owner.
    NotMe,
}

fn address_key(backend: &Backend, wish: Wish, address: &str) -> String {
    let kind = match wish {
        Wish::Own => "mail",
        Wish::Wanted => "wanted",
        Wish::Reset => "reset",
        Wish::NotMe => "not_me",
    };
    backend.keys.limit_key(kind, address)
}

/// Until when a counter of an hour is full.
fn full_until(counter: Counter, most: i64, now: Millis) -> Millis {
    let full = counter.count >= most && counter.since > now - HOUR;
    if full { counter.since + HOUR } else { 0 }
}

/// Whether a code may be mailed to this canonical address from this place, and if so counts it (CODE-7). For what one
/// person sends to another, the person stands in for the place.
///
/// # Errors
/// The database's.
pub async fn permit_mail(tx: &mut Tx, backend: &Backend, wish: Wish, address: &str, place: &str) -> Result<MailPermit> {
    let now = backend.clock.now();
    let (place_key, address_key) = (backend.keys.limit_key("mails", place), address_key(backend, wish, address));
    // The address first, as everywhere: two that hold the same rows in another order would wait for each other.
    let to = limits::hold(tx, &address_key, now).await?;
    let from = limits::hold(tx, &place_key, now).await?;
    let full = full_until(from, MAILS_PER_PLACE, now).max(full_until(to, MAILS_PER_ADDRESS, now));
    let until = to.blocked_until.max(full);
    if until > now {
        let Error::TooMany { retry_after_s } = refusal(until, now) else { return Ok(MailPermit::Now) };
        return Ok(MailPermit::In(retry_after_s));
    }
    limits::put(tx, &place_key, one_more(from, HOUR, now), now).await?;
    let to = Counter { blocked_until: now + MAIL_GAP, ..one_more(to, HOUR, now) };
    limits::put(tx, &address_key, to, now).await?;
    Ok(MailPermit::Now)
}

/// A used code proves that its mail was wanted: it no longer counts, and the next may follow at once.
///
/// # Errors
/// The database's.
pub async fn give_mail_back(tx: &mut Tx, backend: &Backend, wish: Wish, address: &str) -> Result<()> {
    let now = backend.clock.now();
    let key = address_key(backend, wish, address);
    let counter = limits::hold(tx, &key, now).await?;
    limits::put(tx, &key, Counter { count: (counter.count - 1).max(0), blocked_until: 0, ..counter }, now).await
}

/// Seconds until another code may be mailed to this address from this place.
///
/// # Errors
/// The database's.
pub async fn mail_wait(backend: &Backend, wish: Wish, address: &str, place: &str) -> Result<u32> {
    let now = backend.clock.now();
    let to = limits::get(&backend.db, &address_key(backend, wish, address)).await?;
    let from = limits::get(&backend.db, &backend.keys.limit_key("mails", place)).await?;
    let full = full_until(from, MAILS_PER_PLACE, now).max(full_until(to, MAILS_PER_ADDRESS, now));
    let until = to.blocked_until.max(full);
    let Error::TooMany { retry_after_s } = refusal(until, now) else { return Ok(0) };
    Ok(if until > now { retry_after_s } else { 0 })
}
