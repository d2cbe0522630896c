//! How often the programs of one person may ask, all together. The counter is a row (RATE-3); one that cannot be read
//! refuses.

use crate::actor::Actor;
use crate::backend::Backend;
use crate::clock::{MINUTE, SECOND};
use crate::error::Result;
use crate::store::limits;

/// Requests a minute by one person, whatever tokens they show.
pub const PER_MINUTE: i64 = 600;

/// How far a person has come within the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a minute.
    pub limit: i64,
    /// How many are left.
    pub left: i64,
    /// Seconds until there are all of them again.
    pub resets_in_s: u32,
}

/// Counts a request; says how it stands, and whether it was within the limit.
///
/// # Errors
/// The database's.
pub async fn count(backend: &Backend, actor: &Actor) -> Result<(Rate, bool)> {
    let now = backend.clock.now();
    let key = backend.keys.limit_key("api", actor.user_id());
    let counter = limits::hit(&backend.db, &key, MINUTE, now).await?;
    let rest = (counter.since + MINUTE - now).max(1).saturating_add(SECOND - 1) / SECOND;
    let rate = Rate {
        limit: PER_MINUTE,
        left: (PER_MINUTE - counter.count).max(0),
        resets_in_s: u32::try_from(rest).unwrap_or(60),
    };
    Ok((rate, counter.count <= PER_MINUTE))
}
