//! How often something may be tried. All counters are rows (RATE-3); a counter that cannot be read refuses.

mod codes;
mod mails;

use crate::actor::Actor;
use crate::backend::Backend;
use crate::clock::{MINUTE, Millis, SECOND};
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::limits::{self, Counter};
use crate::visitor::Visitor;

pub use codes::{
    CODE_FAILURES, CODE_IN_A_ROW, count_code, count_not_me, count_recovery, forget_codes, forget_not_me, hold_codes,
    take_code_back, unlock, wrong_codes,
};
pub use mails::{
    MAIL_GAP, MAILS_PER_ADDRESS, MAILS_PER_PLACE, MailPermit, Wish, give_mail_back, mail_wait, permit_mail,
};

/// Tries a minute from one place (RATE-2).
pub const PLACE_TRIES: i64 = 30;
/// What one person may do in a minute of what [`try_by`] counts, wherever they are (RATE-2).
pub const PERSON_ACTS: i64 = 30;
/// Failures a minute from one place (RATE-2).
pub const PLACE_FAILURES: i64 = 10;
/// Failures in five minutes before an account has to wait (RATE-1).
pub const ACCOUNT_FAILURES: i64 = 5;
/// Failures in a row after which each one costs the longest wait (RATE-1, NIST SP 800-63B 3.2.2).
const ACCOUNT_IN_A_ROW: i64 = 100;
const ACCOUNT_WINDOW: Millis = 5 * MINUTE;
const ACCOUNT_WAIT_MAX: Millis = 15 * MINUTE;

/// What says until when to wait.
fn refusal(until: Millis, now: Millis) -> Error {
    let seconds = (until - now).max(1).saturating_add(SECOND - 1) / SECOND;
    Error::TooMany { retry_after_s: u32::try_from(seconds).unwrap_or(u32::MAX) }
}

/// Counts a try from this place; every door does (RATE-2, RATE-5).
///
/// # Errors
/// [`Error::TooMany`], or the database's.
pub async fn try_from(backend: &Backend, visitor: &Visitor) -> Result<()> {
    in_a_minute(backend, &backend.keys.limit_key("try", &visitor.place()), PLACE_TRIES).await
}

/// Counts what those do who look after a client or their keys, and joining, leaving and entering: no secret is checked
/// there, so it counts for them and not for their place, and nobody else behind the same address is held up by it
/// (RATE-2). What programs ask was counted when it came, see [`super::api_rate`].
///
/// # Errors
/// [`Error::TooMany`], or the database's.
pub async fn try_by(backend: &Backend, actor: &Actor) -> Result<()> {
    if actor.bearer().is_some() {
        return Ok(());
    }
    in_a_minute(backend, &backend.keys.limit_key("act", actor.user_id()), PERSON_ACTS).await
}

/// Counts one more of something, of which there may be `most` in a minute, whatever becomes of it.
async fn in_a_minute(backend: &Backend, key: &str, most: i64) -> Result<()> {
    let now = backend.clock.now();
    let counter = limits::hit(&backend.db, key, MINUTE, now).await?;
    if counter.count > most { Err(refusal(counter.since + MINUTE, now)) } else { Ok(()) }
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

/// Refuses where there are `most` of something already, in a window that begins with the first of them. None more is
/// counted by others until the transaction ends.
///
/// # Errors
/// [`Error::TooMany`], or the database's.
pub(super) async fn below(tx: &mut Tx, key: &str, most: i64, window: Millis, now: Millis) -> Result<Counter> {
    let counter = limits::hold(tx, key, now).await?;
    let full = counter.count >= most && counter.since > now - window;
    if full { Err(refusal(counter.since + window, now)) } else { Ok(counter) }
}

/// As [`below`], and counts one more. It counts only if the transaction comes through.
///
/// # Errors
/// As [`below`].
pub(super) async fn count(tx: &mut Tx, key: &str, most: i64, window: Millis, now: Millis) -> Result<()> {
    let counter = below(tx, key, most, window, now).await?;
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
