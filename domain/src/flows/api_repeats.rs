//! A request by which a program creates something may be sent again with a key of its own, where the answer got lost:
//! it is not done again, and what was answered is answered again.

use crate::actor::Actor;
use crate::backend::Backend;
use crate::clock::{DAY, Millis, SECOND};
use crate::error::Result;
use crate::secrets::token;
use crate::store::api_repeats::{self, Claimed, Row};

/// How long an answer is kept.
pub const KEPT: Millis = DAY;
/// Whoever has not answered by then has died.
const STALE: Millis = 60 * SECOND;

/// What is kept of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its HTTP status.
    pub status: u16,
    /// Its `Location`.
    pub location: Option<String>,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its body.
    pub body: String,
}

/// What is to become of a request with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is to be done.
    Ours,
    /// It was done, and this was the answer.
    Done(Kept),
    /// It is being done at this moment.
    Busy,
    /// Something else was asked with this key.
    Other,
}

/// The name of a key, from which it cannot be read.
fn key_of(backend: &Backend, key: &str) -> String {
    backend.keys.limit_key("repeat", key)
}

/// Claims a key of the person for this request. Of several calls at once one is to do it; it calls [`keep`] or
/// [`forget`] afterwards.
///
/// # Errors
/// The database's.
pub async fn claim(backend: &Backend, actor: &Actor, key: &str, request: &[u8]) -> Result<Claim> {
    let (now, key) = (backend.clock.now(), key_of(backend, key));
    let request = backend.keys.limit_key("repeat", &token::encode(request));
    api_repeats::prune_one(&backend.db, actor.user_id(), &key, now - KEPT).await?;
    let claimed = api_repeats::claim(&backend.db, actor.user_id(), &key, &request, now, now - STALE).await?;
    Ok(match claimed {
        Claimed::Ours => Claim::Ours,
        Claimed::Found(row) if row.request != request => Claim::Other,
        Claimed::Found(row) => done(row).map_or(Claim::Busy, Claim::Done),
    })
}

fn done(row: Row) -> Option<Kept> {
    let status = u16::try_from(row.status?).ok()?;
    Some(Kept { status, location: row.location, etag: row.etag, body: row.body.unwrap_or_default() })
}

/// Keeps the answer to a request whose key was claimed.
///
/// # Errors
/// The database's.
pub async fn keep(backend: &Backend, actor: &Actor, key: &str, kept: &Kept) -> Result<()> {
    let row = api_repeats::Kept {
        status: i64::from(kept.status),
        location: kept.location.as_deref(),
        etag: kept.etag.as_deref(),
        body: &kept.body,
    };
    api_repeats::keep(&backend.db, actor.user_id(), &key_of(backend, key), &row).await
}

/// Gives a key back that was claimed, where nothing was done: the same request may be sent again, or another one.
///
/// # Errors
/// The database's.
pub async fn forget(backend: &Backend, actor: &Actor, key: &str) -> Result<()> {
    api_repeats::forget(&backend.db, actor.user_id(), &key_of(backend, key)).await
}
