//! Whether the line to Postgres still stands (S13). A router that has forgotten a connection says nothing, and TCP waits
//! for a quarter of an hour.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};

/// So long a connection has to say that it is there.
const PING: Duration = Duration::from_secs(1);
/// A connection that rested longer is asked before it is used.
const RESTED: Duration = Duration::from_secs(30);

/// What the connections of a pool have shown of the line they share.
#[derive(Default)]
pub(super) struct Line {
    doubted: Moment,
    lost: Moment,
}

impl Line {
    /// Whether a connection may be used after it has rested. Once one was found dead, those that have rested since
    /// before are taken for dead as well: to ask them would take as many seconds as there are connections.
    pub(super) async fn holds(&self, connection: &mut PgConnection, rested: Duration) -> bool {
        if self.lost.is_within(rested) {
            return false;
        }
        if rested < RESTED && !self.doubted.is_within(rested) {
            return true;
        }
        let asked = Instant::now();
        let answers = is_there(connection).await;
        if !answers {
            self.lost.was(asked);
        }
        answers
    }

    /// Before it rests. The pool would ask by itself, but wait for the answer without end, and hold the place of the
    /// connection meanwhile. Who does not answer may be slow with a statement that was given up, so the others are no
    /// more than doubted.
    ///
    /// # Errors
    /// It does not answer, and is to be closed without a word.
    pub(super) async fn came_back(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let asked = Instant::now();
        if is_there(connection).await {
            return Ok(());
        }
        self.doubted.was(asked);
        Err(io::Error::new(io::ErrorKind::TimedOut, "the database does not answer").into())
    }
}

async fn is_there(connection: &mut PgConnection) -> bool {
    matches!(tokio::time::timeout(PING, connection.ping()).await, Ok(Ok(())))
}

/// When something was seen last.
#[derive(Default)]
struct Moment(Mutex<Option<Instant>>);

impl Moment {
    fn was(&self, at: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    fn is_within(&self, last: Duration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at.elapsed() < last)
    }
}
