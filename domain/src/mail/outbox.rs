//! The outbox: letters are written in the transaction that causes them, and a worker sends them.

use std::{iter, mem};

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

use super::Letter;
use crate::backend::Backend;
use crate::clock::{DAY, HOUR, MINUTE, Millis, SECOND};
use crate::error::{Error, Result};
use crate::flows::{api_keys, api_repeats, incomplete, late_entries, lost_app, recover};
use crate::store::outbox::{self, Leased};
use crate::store::{
    Tx, activations, api_tokens, codes, email_changes, factor_changes, factor_resets, invitations, limits, links,
    password_changes, provider_trips, reset_asks, sessions, sign_ins,
};
use crate::{actor, store};

/// How long a notice is worth sending.
pub const NOTICE: Millis = 72 * HOUR;
/// A worker that has not finished by then has died.
const LEASE: Millis = 2 * MINUTE;
/// Where the outbox is looked into without being asked.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);
/// From one round to the next: while many people sign in at once, their letters leave together, and nobody's work is
/// held up by a look into the outbox for each of them.
const GAP: std::time::Duration = std::time::Duration::from_millis(100);
const CONTEXT: &str = "outbox";

/// Puts a letter into the outbox; it is worth sending until `expires_at`. Call [`wake`] after the commit.
///
/// # Errors
/// The database's.
pub async fn put(tx: &mut Tx, backend: &Backend, letter: &Letter, expires_at: Millis) -> Result<()> {
    let now = backend.clock.now();
    let plain = serde_json::to_vec(letter).map_err(|_| Error::internal())?;
    let sealed = backend.keys.seal(&backend.rng, CONTEXT, &plain);
    outbox::insert(tx, &backend.rng.id(now), &sealed, now, expires_at).await
}

/// Tells the worker that there is something to send.
pub fn wake(backend: &Backend) {
    backend.mail_waits.notify_one();
}

/// Sends what is due, once; says how many letters left.
///
/// # Errors
/// The database's. A relay that refuses is no error: the letter is tried again.
pub async fn deliver_due(backend: &Backend) -> Result<usize> {
    deliver_lot(backend).await.map(|lot| lot.sent)
}

/// What became of the letters that were due.
struct Lot {
    /// Whether there may be more than were taken.
    is_full: bool,
    sent: usize,
}

async fn deliver_lot(backend: &Backend) -> Result<Lot> {
    let now = backend.clock.now();
    outbox::drop_expired(&backend.db, now).await?;
    let leased = outbox::lease(&backend.db, now, now + LEASE).await?;
    let is_full = leased.len() >= outbox::AT_ONCE;
    let mut letters = JoinSet::new();
    for letter in leased {
        letters.spawn(deliver(backend.clone(), letter));
    }
    let (mut sent, mut left) = (0, Vec::new());
    while let Some(first) = letters.join_next().await {
        left.extend(which_left(first));
        left.extend(iter::from_fn(|| letters.try_join_next()).filter_map(which_left));
        // What cannot be recorded now is with the next; the others are still on their way.
        if record(backend, &left).await.is_ok() {
            sent += mem::take(&mut left).len();
        }
    }
    match record(backend, &left).await {
        Ok(()) => sent += left.len(),
        Err(error) => tracing::warn!(?error, many = left.len(), "letters have left and will once more"),
    }
    Ok(Lot { is_full, sent })
}

async fn record(backend: &Backend, left: &[String]) -> Result<()> {
    outbox::sent(&backend.db, left, backend.clock.now()).await
}

fn which_left(done: std::result::Result<Result<Option<String>>, JoinError>) -> Option<String> {
    match done {
        Ok(Ok(left)) => left,
        Ok(Err(error)) => {
            tracing::warn!(?error, "that a letter did not leave could not be recorded");
            None
        }
        Err(error) => {
            tracing::error!(%error, "a letter could not be sent");
            None
        }
    }
}

/// Sends a letter; says which it was if it left.
async fn deliver(backend: Backend, leased: Leased) -> Result<Option<String>> {
    let now = backend.clock.now();
    let letter =
        backend.keys.open(CONTEXT, &leased.sealed).and_then(|plain| serde_json::from_slice::<Letter>(&plain).ok());
    let Some(letter) = letter else {
        tracing::error!(id = leased.id, "a letter was sealed with another key and is dropped");
        outbox::drop_one(&backend.db, &leased.id, now).await?;
        return Ok(None);
    };
    if leased.attempts == 1 {
        backend.mailer.show(&letter, now);
    }
    let Err(error) = backend.mailer.send(&letter, &leased.id).await else { return Ok(Some(leased.id)) };
    tracing::warn!(id = leased.id, attempts = leased.attempts, %error, "a letter could not be sent");
    outbox::failed(&backend.db, &leased.id, backend.clock.now() + back_off(leased.attempts)).await?;
    Ok(None)
}

/// 5 s, 10 s, 20 s … at most 5 s × 2¹⁰.
fn back_off(attempts: i64) -> Millis {
    5 * SECOND * (1 << attempts.saturating_sub(1).clamp(0, 10))
}

/// Sends letters and clears away what has run out, until it is stopped. A relay that hangs holds up neither a
/// request nor a connection to the database.
pub async fn run(backend: Backend) {
    let (mut cleared_at, mut next) = (0, Instant::now());
    let mut rounds = tokio::time::interval(LOOK);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = rounds.tick() => make_round(&backend).await,
            () = backend.mail_waits.notified() => {}
        }
        tokio::time::sleep_until(next).await;
        next = Instant::now() + GAP;
        if let Err(error) = recover::answer_due(&backend).await {
            tracing::warn!(?error, "who asked for a new password could not be read");
        }
        if let Err(error) = late_entries::write_due(&backend).await {
            tracing::warn!(?error, "what is still to be recorded could not be");
        }
        match deliver_lot(&backend).await {
            Ok(Lot { is_full: true, .. }) => {
                next = Instant::now();
                wake(&backend);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(?error, "the outbox could not be read");
                // The database is gone; asking it again at once would not bring it back.
                tokio::time::sleep(LOOK).await;
            }
        }
        let now = backend.clock.now();
        if now - cleared_at > 10 * MINUTE {
            cleared_at = now;
            backend.hasher.rest();
            if let Err(error) = clear(&backend, now).await {
                tracing::warn!(?error, "what has run out could not be cleared away");
            }
        }
    }
}

/// Looks for what nobody wakes the worker for: at each letter there would be nothing new to find.
async fn make_round(backend: &Backend) {
    if let Err(error) = incomplete::tell_due(backend).await {
        tracing::warn!(?error, "what is to be told of sign-ins could not be read");
    }
    if let Err(error) = lost_app::tell_due(backend).await {
        tracing::warn!(?error, "what is to be told of lost apps could not be read");
    }
    if let Err(error) = api_keys::tell_due(backend).await {
        tracing::warn!(?error, "what is to be told of keys that end could not be read");
    }
}

/// Removes rows that nothing needs any more.
///
/// # Errors
/// The database's.
pub async fn clear(backend: &Backend, now: Millis) -> Result<()> {
    let db = &backend.db;
    sessions::prune(db, now - actor::IDLE, now - actor::ABSOLUTE).await?;
    sign_ins::prune(db, now).await?;
    api_tokens::prune(db, now).await?;
    api_tokens::prune_places(db, now - 90 * DAY).await?;
    store::api_repeats::prune(db, now - api_repeats::KEPT).await?;
    provider_trips::prune(db, now).await?;
    codes::prune(db, now).await?;
    email_changes::prune(db, now).await?;
    password_changes::prune(db, now).await?;
    factor_changes::prune(db, now).await?;
    factor_resets::prune(db, now).await?;
    links::prune(db, now).await?;
    reset_asks::prune(db, now - recover::VALIDITY).await?;
    activations::prune(db, now - 7 * DAY).await?;
    invitations::prune(db, now - 30 * DAY).await?;
    limits::prune(db, now - 2 * DAY, now).await?;
    store::outbox::prune(db, now - 7 * DAY).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_ten_times() {
        assert_eq!([1, 2, 3, 11, 12, 40].map(back_off), [5, 10, 20, 5_120, 5_120, 5_120].map(|s| s * SECOND));
    }
}
