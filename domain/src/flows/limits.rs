//! How often something may be tried. All counters are rows (RATE-3); a counter that cannot be read refuses.

use crate::backend::Backend;
use crate::clock::{HOUR, MINUTE, Millis, SECOND};
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::limits::{self, Counter};
use crate::visitor::Visitor;

/// Tries a minute from one place (RATE-2).
pub const PLACE_TRIES: i64 = 30;
/// Failures a minute from one place (RATE-2).
pub const PLACE_FAILURES: i64 = 10;
/// Failures in five minutes before an account has to wait (RATE-1).
pub const ACCOUNT_FAILURES: i64 = 5;
/// Failures in a row after which each one costs the longest wait (RATE-1, NIST SP 800-63B 3.2.2).
const ACCOUNT_IN_A_ROW: i64 = 100;
const ACCOUNT_WINDOW: Millis = 5 * MINUTE;
const ACCOUNT_WAIT_MAX: Millis = 15 * MINUTE;
/// Wrong codes in a row, over all purposes, before a pause (CODE-4).
pub const CODE_FAILURES: i64 = 10;
/// Wrong codes in a row after which the factor is locked (CODE-4).
pub const CODE_IN_A_ROW: i64 = 100;
const CODE_PAUSE: Millis = 15 * MINUTE;
const CODE_PAUSE_MAX: Millis = 24 * HOUR;
/// Between two mailed codes to one address (CODE-7).
pub const MAIL_GAP: Millis = 60 * SECOND;
/// Mailed codes an hour to one address, as far as none of them was used (CODE-7).
pub const MAILS_PER_ADDRESS: i64 = 5;
/// Mailed codes an hour from one place (CODE-7).
pub const MAILS_PER_PLACE: i64 = 20;

fn refusal(until: Millis, now: Millis) -> Error {
    let seconds = (until - now).max(1).saturating_add(SECOND - 1) / SECOND;
    Error::TooMany { retry_after_s: u32::try_from(seconds).unwrap_or(u32::MAX) }
}

/// Counts a try from this place; every door does (RATE-2, RATE-5).
///
/// # Errors
/// [`Error::TooMany`], or the database's.
pub async fn try_from(backend: &Backend, visitor: &Visitor) -> Result<()> {
    let now = backend.clock.now();
    let key = backend.keys.limit_key("try", &visitor.place());
    let counter = limits::hit(&backend.db, &key, MINUTE, now).await?;
    if counter.count > PLACE_TRIES { Err(refusal(counter.since + MINUTE, now)) } else { Ok(()) }
}

/// The door that a password opens, for one account from one place (RATE-1).
pub struct PasswordDoor {
    place: String,
    account: String,
}

impl PasswordDoor {
    /// For an address, whether anybody has it or not. A device the owner has signed in on has a bucket of its own,
    /// so that a stranger's guesses do not lock the owner out.
    #[must_use]
    pub fn new(backend: &Backend, visitor: &Visitor, email: &str, user_id: Option<&str>) -> Self {
        let device = visitor.device.as_ref().zip(user_id);
        let device = device.and_then(|(device, user)| device.known_to(&backend.keys, user)).unwrap_or("");
        Self {
            place: backend.keys.limit_key("fail", &visitor.place()),
            account: backend.keys.limit_key("password", &format!("{email} {device}")),
        }
    }

    /// Refuses before anything is hashed, while the door is shut.
    ///
    /// # Errors
    /// [`Error::TooMany`], or the database's.
    pub async fn check(&self, backend: &Backend) -> Result<()> {
        let now = backend.clock.now();
        open_for_place(limits::get(&backend.db, &self.place).await?, now)?;
        open_for_account(limits::get(&backend.db, &self.account).await?, now)
    }

    /// Takes the outcome of a comparison to account, in a transaction of its own. Parallel guesses come here one
    /// after the other, and those for which the door has shut meanwhile learn nothing; parallel right passwords all
    /// pass (RATE-4).
    ///
    /// # Errors
    /// [`Error::TooMany`] when the door has shut meanwhile, or the database's.
    pub async fn settle(&self, backend: &Backend, right: bool) -> Result<()> {
        let now = backend.clock.now();
        let mut tx = backend.db.begin().await?;
        let place = limits::hold(&mut tx, &self.place, now).await?;
        let account = limits::hold(&mut tx, &self.account, now).await?;
        let open = open_for_place(place, now).and_then(|()| open_for_account(account, now));
        if open.is_ok() {
            if right {
                limits::put(&mut tx, &self.account, Counter::default(), now).await?;
            } else {
                limits::put(&mut tx, &self.place, one_more(place, MINUTE, now), now).await?;
                limits::put(&mut tx, &self.account, failed_account(account, now), now).await?;
            }
        }
        tx.commit().await?;
        open
    }
}

fn one_more(counter: Counter, window: Millis, now: Millis) -> Counter {
    if counter.since <= now - window {
        Counter { count: 1, since: now, ..counter }
    } else {
        Counter { count: counter.count + 1, ..counter }
    }
}

/// Counts one more of something, of which there may be `most` in a window that begins with the first of them. It counts
/// only if the transaction comes through.
///
/// # Errors
/// [`Error::TooMany`], or the database's.
pub(super) async fn count(tx: &mut Tx, key: &str, most: i64, window: Millis, now: Millis) -> Result<()> {
    let counter = limits::hold(tx, key, now).await?;
    if counter.count >= most && counter.since > now - window {
        return Err(refusal(counter.since + window, now));
    }
    limits::put(tx, key, one_more(counter, window, now), now).await
}

fn open_for_place(place: Counter, now: Millis) -> Result<()> {
    let shut = place.count >= PLACE_FAILURES && place.since > now - MINUTE;
    if shut { Err(refusal(place.since + MINUTE, now)) } else { Ok(()) }
}

fn open_for_account(account: Counter, now: Millis) -> Result<()> {
    if account.blocked_until > now { Err(refusal(account.blocked_until, now)) } else { Ok(()) }
}

/// One failure more: the fifth in five minutes shuts the door for a second, each further one for twice as long.
fn failed_account(account: Counter, now: Millis) -> Counter {
    let in_a_row = account.in_a_row + 1;
    // `since` is the latest failure: five within five minutes are never missed, wherever a window might begin.
    let rested = if account.count < ACCOUNT_FAILURES {
        account.since <= now - ACCOUNT_WINDOW
    } else {
        account.blocked_until <= now - ACCOUNT_WAIT_MAX && in_a_row < ACCOUNT_IN_A_ROW
    };
    let count = if rested { 1 } else { account.count + 1 };
    let wait = if count < ACCOUNT_FAILURES {
        0
    } else if in_a_row >= ACCOUNT_IN_A_ROW {
        ACCOUNT_WAIT_MAX
    } else {
        (SECOND << (count - ACCOUNT_FAILURES).min(20)).min(ACCOUNT_WAIT_MAX)
    };
    Counter { count, in_a_row, since: now, blocked_until: if wait == 0 { 0 } else { now + wait } }
}

/// Refuses codes from a place that has failed too often, at whatever door (RATE-2, RATE-5).
///
/// # Errors
/// [`Error::TooMany`], or the database's.
pub async fn place_is_open(backend: &Backend, visitor: &Visitor) -> Result<()> {
    let key = backend.keys.limit_key("fail", &visitor.place());
    open_for_place(limits::get(&backend.db, &key).await?, backend.clock.now())
}

/// Counts a wrong code as a failure of the place (RATE-2, RATE-5).
///
/// # Errors
/// The database's.
pub async fn place_failed(backend: &Backend, visitor: &Visitor) -> Result<()> {
    let key = backend.keys.limit_key("fail", &visitor.place());
    limits::hit(&backend.db, &key, MINUTE, backend.clock.now()).await.map(|_| ())
}

fn code_key(user_id: &str) -> String {
    format!("code:{user_id}")
}

/// Codes of "This wasn't me" count by themselves: whoever is in a session may type them, and must not pause the factor
/// of its owner by it.
fn not_me_key(user_id: &str) -> String {
    format!("code:not_me:{user_id}")
}

/// Counts a try of a code before it is compared: per account, over codes, browsers, instances and all purposes but
/// that of [`count_not_me`] (CODE-4). The caller commits before comparing.
///
/// # Errors
/// [`Error::TooMany`] while the factor pauses, or the database's.
pub async fn count_code(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    count_in(tx, &code_key(user_id), now).await
}

/// As [`count_code`], for "This wasn't me", with the same pauses.
///
/// # Errors
/// [`Error::TooMany`] while such codes pause, or the database's.
pub async fn count_not_me(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    count_in(tx, &not_me_key(user_id), now).await
}

async fn count_in(tx: &mut Tx, key: &str, now: Millis) -> Result<()> {
    let counter = limits::hold(tx, key, now).await?;
    if counter.blocked_until > now {
        return Err(refusal(counter.blocked_until, now));
    }
    limits::put(tx, key, one_more_code(counter, now), now).await
}

fn one_more_code(counter: Counter, now: Millis) -> Counter {
    let in_a_row = counter.in_a_row + 1;
    let blocked_until = if in_a_row >= CODE_IN_A_ROW {
        Millis::MAX
    } else if in_a_row % CODE_FAILURES == 0 {
        now + (CODE_PAUSE << (in_a_row / CODE_FAILURES - 1)).min(CODE_PAUSE_MAX)
    } else {
        0
    };
    Counter { in_a_row, blocked_until, ..counter }
}

/// As [`count_code`], for a recovery code: what a hundred wrong codes have locked, a right one of these opens. So it
/// may be tried even then, once in a quarter of an hour; with 112 bits to guess that gives nothing away (REC-1).
///
/// # Errors
/// [`Error::TooMany`] while the factor pauses, or the database's.
pub async fn count_recovery(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    let key = code_key(user_id);
    let counter = limits::hold(tx, &key, now).await?;
    let locked = counter.in_a_row >= CODE_IN_A_ROW;
    // Wrong codes have no window; in a locked counter `since` is the last recovery code.
    let until = if locked { counter.since + CODE_PAUSE } else { counter.blocked_until };
    if until > now {
        return Err(refusal(until, now));
    }
    let since = if locked { now } else { counter.since };
    limits::put(tx, &key, Counter { since, ..one_more_code(counter, now) }, now).await
}

/// A right code makes the wrong ones before it forgotten (CODE-4).
///
/// # Errors
/// The database's.
pub async fn forget_codes(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    forget_in(tx, &code_key(user_id), now).await
}

/// As [`forget_codes`], for "This wasn't me".
///
/// # Errors
/// The database's.
pub async fn forget_not_me(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    forget_in(tx, &not_me_key(user_id), now).await
}

async fn forget_in(tx: &mut Tx, key: &str, now: Millis) -> Result<()> {
    limits::hold(tx, key, now).await?;
    limits::put(tx, key, Counter::default(), now).await
}

/// Takes back the one try that was counted for a right code which makes no wrong ones forgotten; a pause that it would
/// have begun ends.
///
/// # Errors
/// The database's.
pub async fn take_code_back(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    let key = code_key(user_id);
    let counter = limits::hold(tx, &key, now).await?;
    let blocked_until = if counter.in_a_row % CODE_FAILURES == 0 { 0 } else { counter.blocked_until };
    let in_a_row = (counter.in_a_row - 1).max(0);
    limits::put(tx, &key, Counter { in_a_row, blocked_until, ..counter }, now).await
}

/// Holds the counter of wrong codes until the transaction ends: whoever is about to use a code up waits, and finds it
/// gone. For what ends codes without one of its own.
///
/// # Errors
/// The database's.
pub async fn hold_codes(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    limits::hold(tx, &code_key(user_id), now).await.map(|_| ())
}

/// Opens a factor that too many wrong codes have paused or locked: for the operator. A recovery code does so as well.
///
/// # Errors
/// The database's.
pub async fn unlock(backend: &Backend, user_id: &str) -> Result<()> {
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    forget_codes(&mut tx, user_id, now).await?;
    forget_not_me(&mut tx, user_id, now).await?;
    tx.commit().await
}

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

/// Whether a code may be mailed to this canonical address from this place, and if so counts it (CODE-7).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_second_to_a_quarter_of_an_hour() {
        let (mut counter, mut now, mut waits) = (Counter::default(), 1_000_000_000, Vec::new());
        for _ in 0..17 {
            counter = failed_account(counter, now);
            waits.push((counter.blocked_until - now).max(0) / SECOND);
            now = now.max(counter.blocked_until);
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        // After a quarter of an hour of rest the account has five tries again.
        let rested = failed_account(counter, now + ACCOUNT_WAIT_MAX);
        assert_eq!((rested.count, rested.blocked_until), (1, 0));
    }

    #[test]
    fn from_the_hundredth_failure_on_every_one_costs_the_longest_wait() {
        let counter = Counter { count: 40, in_a_row: 99, since: 0, blocked_until: 0 };
        let now = 1_000_000_000;
        let shut = failed_account(counter, now);
        assert_eq!((shut.in_a_row, shut.blocked_until), (100, now + ACCOUNT_WAIT_MAX));
    }
}
