//! Time and randomness, replaceable in tests. Nothing else in the house asks the system for either.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::SystemTime;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Unix milliseconds.
pub type Millis = i64;

/// A second in [`Millis`].
pub const SECOND: Millis = 1_000;
/// A minute in [`Millis`].
pub const MINUTE: Millis = 60 * SECOND;
/// An hour in [`Millis`].
pub const HOUR: Millis = 60 * MINUTE;
/// A day in [`Millis`].
pub const DAY: Millis = 24 * HOUR;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock; the value is the latest moment seen, so that a step back revives nothing.
    System(Arc<AtomicI64>),
    /// A clock that stands until a test moves it.
    Mock(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::System(Arc::new(AtomicI64::new(0)))
    }

    /// A clock that stands at `now`.
    #[must_use]
    pub fn mock(now: Millis) -> Self {
        Self::Mock(Arc::new(AtomicI64::new(now)))
    }

    /// Now; never earlier than what it said before.
    #[must_use]
    pub fn now(&self) -> Millis {
        match self {
            Self::System(latest) => {
                let now = system_time();
                latest.fetch_max(now, Ordering::Relaxed).max(now)
            }
            Self::Mock(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a mock clock on; the system's clock moves by itself.
    pub fn advance(&self, by: Millis) {
        if let Self::Mock(now) = self {
            now.fetch_add(by, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that may ask the system")]
fn system_time() -> Millis {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Where randomness comes from.
#[derive(Clone, Debug)]
pub enum Rng {
    /// The system's generator.
    System,
    /// A known sequence: SHA-256 over a seed and a counter.
    Seeded(Arc<(u64, AtomicU64)>),
}

impl Rng {
    /// A known sequence.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new((seed, AtomicU64::new(0))))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the system has no randomness to give: going on without would be worse.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the system")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => getrandom::fill(&mut bytes).expect("the system gives randomness"),
            Self::Seeded(state) => {
                for chunk in bytes.chunks_mut(32) {
                    let count = state.1.fetch_add(1, Ordering::Relaxed);
                    let block = Sha256::new().chain_update(state.0.to_be_bytes()).chain_update(count.to_be_bytes());
                    chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
                }
            }
        }
        bytes
    }

    /// A new id: UUIDv7 (RFC 9562, 5.7), sorted by time.
    #[must_use]
    pub fn id(&self, now: Millis) -> String {
        let millis = u64::try_from(now).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes::<10>()).into_uuid().to_string()
    }
}

/// A time zone by its IANA name, if the name is known.
#[must_use]
pub fn zone(name: &str) -> Option<jiff::tz::TimeZone> {
    jiff::tz::TimeZone::get(name).ok()
}

/// `at` as people read it: `21 Nov 2026, 14:05` or `21.11.2026, 14:05`; UTC is named as such.
#[must_use]
pub fn human(at: Millis, language: crate::Language, zone: &jiff::tz::TimeZone) -> String {
    let Ok(moment) = Timestamp::from_millisecond(at) else { return String::new() };
    let local = moment.to_zoned(zone.clone());
    let form = match language {
        crate::Language::En => "%-d %b %Y, %H:%M",
        crate::Language::De => "%d.%m.%Y, %H:%M",
    };
    let utc = if zone.iana_name() == Some("UTC") { " UTC" } else { "" };
    format!("{}{utc}", local.strftime(form))
}

/// `at` as RFC 3339.
#[must_use]
pub fn machine(at: Millis) -> String {
    Timestamp::from_millisecond(at).map(|moment| moment.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_in_both_languages_and_two_zones() {
        let at = 1_795_265_100_000;
        let berlin = zone("Europe/Berlin").expect("bundled");
        assert_eq!(human(at, crate::Language::De, &berlin), "21.11.2026, 13:45");
        assert_eq!(human(at, crate::Language::En, &jiff::tz::TimeZone::UTC), "21 Nov 2026, 12:45 UTC");
        assert_eq!(machine(at), "2026-11-21T12:45:00Z");
    }

    #[test]
    fn the_system_clock_never_goes_back() {
        let clock = Clock::System(Arc::new(AtomicI64::new(i64::MAX - 1)));
        assert_eq!(clock.now(), i64::MAX - 1);
    }

    #[test]
    fn ids_are_version_7_and_sorted_by_time() {
        let rng = Rng::seeded(1);
        let (first, second) = (rng.id(1_000), rng.id(2_000));
        assert!(first < second && first.as_bytes()[14] == b'7', "{first} {second}");
    }
}
