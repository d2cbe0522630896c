//! Passwords: what a new one must be, and how they are hashed (PW-1 to PW-5).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use super::Keys;
use crate::clock::Rng;
use crate::error::{Error, Problem, Result};
use crate::validate::PASSWORD_MAX;

/// How long a hash may wait for its turn.
const QUEUE: Duration = Duration::from_secs(2);
const SALT: usize = 16;
const HASH: usize = 32;

static COMMON: &str = include_str!("../../data/common-passwords.txt");

/// What somebody typed as a password, in NFKC (PW-2). It cannot be printed.
pub struct Password(String);

impl Password {
    /// Takes what was typed; `None` when it is longer than any password may be, so that it is never hashed (PW-1).
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        // A code point has at most four bytes; the first check keeps a megabyte from being normalised.
        let fits = typed.len() <= 4 * PASSWORD_MAX as usize && typed.chars().count() <= PASSWORD_MAX as usize;
        fits.then(|| Self(typed.nfkc().collect()))
    }

    /// Code points after normalisation: letters typed in two parts count once.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether it may be a new password, given words that belong to its owner (PW-3).
    ///
    /// # Errors
    /// Says why not.
    pub fn judge(&self, own_words: &[&str]) -> Result<(), Problem> {
        let lower = self.0.to_lowercase();
        if COMMON.lines().any(|common| common == lower) || is_repetition(&lower) {
            return Err(Problem::CommonPassword);
        }
        let words = own_words.iter().flat_map(|words| words.split(|c: char| !c.is_alphanumeric()));
        let mut rest = lower.clone();
        let mut own = false;
        for word in words.filter(|word| word.chars().count() >= 4) {
            let word = word.to_lowercase();
            own |= rest.contains(&word);
            rest = rest.replace(&word, "");
        }
        // An own word may stand in a long password, as long as enough is left without it.
        if own && rest.chars().filter(|c| c.is_alphabetic()).count() < 8 {
            return Err(Problem::ContainsOwn);
        }
        if u8::from(zxcvbn::zxcvbn(&self.0, own_words).score()) < 3 {
            return Err(Problem::Guessable);
        }
        Ok(())
    }
}

/// One short piece, said again and again.
fn is_repetition(lower: &str) -> bool {
    let letters: Vec<char> = lower.chars().collect();
    (1..=letters.len() / 2).any(|size| {
        letters.len().is_multiple_of(size) && size <= 8 && letters.chunks(size).all(|chunk| chunk == &letters[..size])
    })
}

/// Cost of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub time: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Cost {
    /// OWASP's figure for Argon2id, and the least we allow (PW-5).
    pub const DEFAULT: Self = Self { memory_kib: 19_456, time: 2, parallelism: 1 };

    /// A hash of this cost, as PHC string.
    fn stored(self, salt: &[u8], digest: &[u8]) -> String {
        let Self { memory_kib, time, parallelism } = self;
        let (salt, digest) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(digest));
        format!("$argon2id$v=19$m={memory_kib},t={time},p={parallelism}${salt}${digest}")
    }
}

/// Hashes passwords: at most as many at a time as there are cores, each in a buffer that is kept for the next.
pub struct Hasher {
    pepper: [u8; 32],
    cost: Cost,
    turns: Arc<Semaphore>,
    buffers: Mutex<Vec<Vec<Block>>>,
    dummy: String,
}

impl Hasher {
    /// A hasher for `workers` hashes at a time; `None` when the cost is below [`Cost::DEFAULT`] or impossible.
    #[must_use]
    pub fn new(keys: &Keys, rng: &Rng, cost: Cost, workers: usize) -> Option<Arc<Self>> {
        let floor = Cost::DEFAULT;
        if cost.memory_kib < floor.memory_kib || cost.time < floor.time || cost.parallelism < floor.parallelism {
            return None;
        }
        Self::at_any_cost(keys, rng, cost, workers)
    }

    /// As [`Hasher::new`], without the floor: for tests, which hash hundreds of times.
    #[must_use]
    pub fn at_any_cost(keys: &Keys, rng: &Rng, cost: Cost, workers: usize) -> Option<Arc<Self>> {
        let hasher = Self {
            pepper: *keys.password_pepper(),
            cost,
            turns: Arc::new(Semaphore::new(workers)),
            buffers: Mutex::new(Vec::new()),
            // No password has this one, and to find that out takes as long as with any other.
            dummy: cost.stored(&rng.bytes::<SALT>(), &[0; HASH]),
        };
        hasher.argon(cost)?;
        Some(Arc::new(hasher))
    }

    /// Gives back the memory that no hash is being made in: [`Cost::memory_kib`] for each core, which a server that
    /// nobody signs in to has no use for.
    pub fn rest(&self) {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The hash of a new password, as PHC string.
    ///
    /// # Errors
    /// [`Error::Busy`] when the queue does not move within two seconds.
    pub async fn hash(self: &Arc<Self>, password: Password, rng: &Rng) -> Result<String> {
        let salt = rng.bytes::<SALT>();
        self.turn(move |hasher| hasher.hash_now(&password, &salt)).await
    }

    /// Compares with a stored hash. Without one, the same work is done for nothing, and the answer is no (ENUM-1).
    ///
    /// # Errors
    /// [`Error::Busy`] when the queue does not move within two seconds.
    pub async fn verify(self: &Arc<Self>, password: Option<Password>, stored: Option<String>) -> Result<bool> {
        self.turn(move |hasher| {
            let real = password.is_some() && stored.is_some();
            let password = password.unwrap_or_else(|| Password(String::new()));
            let stored = stored.as_deref().unwrap_or(&hasher.dummy);
            let matches = hasher.matches(&password, stored);
            // A hash from before the cost was raised is quicker; the rest of the work is done for nothing.
            if !matches && hasher.is_outdated(stored) {
                let _ = hasher.digest(hasher.cost, &password, &[0; SALT]);
            }
            real & matches
        })
        .await
    }

    /// Whether a stored hash was made at a lower cost than the present one, and so is to be made anew.
    #[must_use]
    pub fn is_outdated(&self, stored: &str) -> bool {
        let now = self.cost;
        Stored::read(stored).is_none_or(|Stored { cost, .. }| {
            cost.memory_kib < now.memory_kib || cost.time < now.time || cost.parallelism < now.parallelism
        })
    }

    async fn turn<T: Send + 'static>(self: &Arc<Self>, work: impl FnOnce(&Self) -> T + Send + 'static) -> Result<T> {
        let turns = Arc::clone(&self.turns);
        let Ok(Ok(permit)) = tokio::time::timeout(QUEUE, turns.acquire_owned()).await else {
            return Err(Error::Busy);
        };
        let hasher = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let result = work(&hasher);
            drop(permit);
            result
        })
        .await
        .map_err(|_| Error::internal())
    }

    fn hash_now(&self, password: &Password, salt: &[u8]) -> String {
        self.cost.stored(salt, &self.digest(self.cost, password, salt).expect("the cost was checked"))
    }

    fn matches(&self, password: &Password, stored: &str) -> bool {
        let Some(stored) = Stored::read(stored) else { return false };
        self.digest(stored.cost, password, &stored.salt).is_some_and(|digest| digest.ct_eq(&stored.digest).into())
    }

    fn argon(&self, cost: Cost) -> Option<Argon2<'_>> {
        let params = Params::new(cost.memory_kib, cost.time, cost.parallelism, Some(HASH)).ok()?;
        Argon2::new_with_secret(&self.pepper, Algorithm::Argon2id, Version::V0x13, params).ok()
    }

    fn digest(&self, cost: Cost, password: &Password, salt: &[u8]) -> Option<[u8; HASH]> {
        let argon = self.argon(cost)?;
        let mut buffer = self.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        buffer.resize(argon.params().block_count(), Block::default());
        let mut digest = [0; HASH];
        let done = argon.hash_password_into_with_memory(password.0.as_bytes(), salt, &mut digest, &mut buffer);
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        done.ok().map(|()| digest)
    }
}

/// A stored hash: `$argon2id$v=19$m=…,t=…,p=…$salt$digest`.
struct Stored {
    cost: Cost,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Stored {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let mut costs = parts.next()?.split(',');
        let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse().ok();
        let cost = Cost { memory_kib: cost("m=")?, time: cost("t=")?, parallelism: cost("p=")? };
        let salt = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
        let digest = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
        Some(Self { cost, salt, digest })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    use tokio::task::JoinSet;

    use super::*;

    fn judged(password: &str) -> Result<(), Problem> {
        let own = ["Selfsame", "Acme Ltd", "Olivia", "Okafor", "olivia.okafor"];
        Password::read(password).expect("short enough").judge(&own)
    }

    fn cheap() -> Arc<Hasher> {
        let keys = Keys::derive(b"0123456789abcdef0123456789abcdef").expect("long enough");
        let cost = Cost { memory_kib: 64, time: 1, parallelism: 1 };
        Hasher::at_any_cost(&keys, &Rng::seeded(1), cost, 2).expect("possible")
    }

    #[test]
    fn the_list_holds_enough_that_fits_the_policy() {
        let fitting = COMMON.lines().filter(|line| line.chars().count() >= 12).count();
        assert!(fitting >= 3_000, "{fitting}");
    }

    #[test]
    fn common_own_and_easy_passwords_are_refused_with_the_reason() {
        assert_eq!(judged("passwordpassword"), Err(Problem::CommonPassword));
        assert_eq!(judged("Password1234"), Err(Problem::CommonPassword));
        assert_eq!(judged("xq7xq7xq7xq7xq7"), Err(Problem::CommonPassword));
        assert_eq!(judged("SelfsameAcme2026"), Err(Problem::ContainsOwn));
        assert_eq!(judged("Olivia-Okafor-1"), Err(Problem::ContainsOwn));
        assert_eq!(judged("mnopqrstuvwxyzab"), Err(Problem::Guessable));
        assert_eq!(judged("correct horse ü 中文 x"), Ok(()));
        assert_eq!(judged("velvet kettle under orbit"), Ok(()));
    }

    #[tokio::test]
    async fn composed_and_decomposed_are_the_same_password() {
        let hasher = cheap();
        let stored = hasher.hash(Password::read("correct horse \u{fc} 中文 x").unwrap(), &Rng::System).await.unwrap();
        let typed = Password::read("correct horse u\u{308} 中文 x");
        assert_eq!(hasher.verify(typed, Some(stored.clone())).await, Ok(true));
        assert_eq!(hasher.verify(Password::read("correct horse u 中文 x"), Some(stored)).await, Ok(false));
    }

    #[tokio::test]
    async fn memory_is_kept_while_people_sign_in_and_given_back_at_rest() {
        let hasher = cheap();
        let password = || Password::read("velvet kettle under orbit");
        let kept = || hasher.buffers.lock().expect("no panic").len();
        assert_eq!(kept(), 0, "what the start took is given back");
        for _ in 0..3 {
            assert_eq!(hasher.verify(password(), None).await, Ok(false));
            assert_eq!(kept(), 1);
        }
        hasher.rest();
        assert_eq!(kept(), 0);
        assert_eq!(hasher.verify(password(), None).await, Ok(false), "the next takes it anew");
    }

    #[tokio::test]
    async fn who_waits_two_seconds_in_vain_is_told_that_we_are_busy() {
        let (hasher, rng, since) = (cheap(), Rng::System, Instant::now());
        let password = || Password::read("velvet kettle under orbit").expect("short enough");
        let turns = Arc::clone(&hasher.turns).acquire_many_owned(2).await.expect("both turns");
        let (made, compared) = tokio::join!(hasher.hash(password(), &rng), hasher.verify(Some(password()), None));
        let waited = since.elapsed();
        assert_eq!((made, compared), (Err(Error::Busy), Err(Error::Busy)));
        assert!((2_000..4_000).contains(&waited.as_millis()), "{waited:?}");
        drop(turns);
        assert_eq!(hasher.verify(Some(password()), None).await, Ok(false), "whoever waited in vain keeps no turn");
        assert_eq!(hasher.turns.available_permits(), 2);
    }

    #[tokio::test]
    async fn whose_turn_comes_within_two_seconds_is_served() {
        let hasher = cheap();
        let turns = Arc::clone(&hasher.turns).acquire_many_owned(2).await.expect("both turns");
        let soon = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(turns);
        };
        let (compared, ()) = tokio::join!(hasher.verify(Password::read("velvet kettle under orbit"), None), soon);
        assert_eq!(compared, Ok(false));
    }

    #[tokio::test]
    async fn no_more_hashes_are_made_at_a_time_than_there_are_workers() {
        static NOW: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let (hasher, mut all) = (cheap(), JoinSet::new());
        for _ in 0..6 {
            let hasher = Arc::clone(&hasher);
            all.spawn(async move {
                let work = |_: &Hasher| {
                    MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(100));
                    NOW.fetch_sub(1, Ordering::SeqCst);
                };
                hasher.turn(work).await
            });
        }
        assert_eq!(all.join_all().await, vec![Ok(()); 6]);
        assert_eq!(MOST.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn the_last_of_128_letters_counts() {
        let hasher = cheap();
        let (one, other) = ("a".repeat(127) + "x", "a".repeat(127) + "y");
        let stored = hasher.hash(Password::read(&one).unwrap(), &Rng::System).await.unwrap();
        assert_eq!(hasher.verify(Password::read(&one), Some(stored.clone())).await, Ok(true));
        assert_eq!(hasher.verify(Password::read(&other), Some(stored)).await, Ok(false));
        assert!(Password::read(&"a".repeat(129)).is_none());
    }

    #[tokio::test]
    async fn without_a_hash_nothing_matches_and_a_raised_cost_outdates() {
        let hasher = cheap();
        assert_eq!(hasher.verify(Password::read("nobody's"), None).await, Ok(false));
        let stored = hasher.hash(Password::read("some password").unwrap(), &Rng::System).await.unwrap();
        assert!(!hasher.is_outdated(&stored));
        assert!(hasher.is_outdated(&stored.replace("m=64", "m=32")));
        assert_eq!(hasher.verify(Password::read("some password"), Some(stored.replace("t=1", "t=9"))).await, Ok(false));
    }

    #[test]
    fn the_cost_can_only_be_raised() {
        let keys = Keys::derive(b"0123456789abcdef0123456789abcdef").expect("long enough");
        let weak = Cost { memory_kib: 1_024, ..Cost::DEFAULT };
        assert!(Hasher::new(&keys, &Rng::System, weak, 1).is_none());
    }
}
