//! How often a code may be wrong (CODE-4).

use super::refusal;
use crate::backend::Backend;
use crate::clock::{HOUR, MINUTE, Millis};
use crate::error::Result;
use crate::store::Tx;
use crate::store::limits::{self, Counter};

/// Wrong codes in a row, over all purposes, before a pause (CODE-4).
pub const CODE_FAILURES: i64 = 10;
/// Wrong codes in a row after which the factor is locked (CODE-4).
pub const CODE_IN_A_ROW: i64 = 100;
const CODE_PAUSE: Millis = 15 * MINUTE;
const CODE_PAUSE_MAX: Millis = 24 * HOUR;

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

/// How many codes were wrong in a row so far, over all purposes but "This wasn't me". The counter is held.
///
/// # Errors
/// The database's.
pub async fn wrong_codes(tx: &mut Tx, user_id: &str, now: Millis) -> Result<i64> {
    limits::hold(tx, &code_key(user_id), now).await.map(|counter| counter.in_a_row)
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
