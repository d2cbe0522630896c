//! What flows work with: the database, time, keys, the hasher and the mail, in one handle.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{Notify, Semaphore};
use url::Url;

use crate::clock::{Clock, Rng};
use crate::mail::Mailer;
use crate::pixels::Shrinker;
use crate::secrets::Keys;
use crate::secrets::password::Hasher;
use crate::store::Db;
use crate::view::Provider;

/// The name of the product, as it stands in letters and passwords may not hold it.
pub const PRODUCT: &str = "Selfsame";

/// What the operator chose.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach us; links in letters start with it, whatever a request says (WEB-8).
    pub public_url: Url,
    /// The fewest code points of a password.
    pub min_password: u32,
    /// Whether this is the demo, with its `/dev` pages.
    pub demo: bool,
    /// Who else may manage the sign-in of users.
    pub providers: Vec<Provider>,
}

impl Settings {
    /// The public URL of a path that starts with a slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// Whether people reach us by https, and so cookies are for https only (SESS-2).
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The provider with this id.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// The name of the provider with this id, or the id where it is no longer in the operator's file.
    #[must_use]
    pub fn provider_name(&self, id: &str) -> String {
        self.provider(id).map_or(id, |provider| &provider.name).to_owned()
    }
}

/// What a [`Backend`] holds.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
    /// Keys from the one secret outside the database.
    pub keys: Keys,
    /// Hashes passwords.
    pub hasher: Arc<Hasher>,
    /// Sends letters.
    pub mailer: Mailer,
    /// Makes the squares that are kept of pictures.
    pub shrinker: Shrinker,
    /// The operator's choices.
    pub settings: Settings,
    /// Wakes the worker that sends letters.
    pub mail_waits: Notify,
    /// One place for each search that may walk along a whole list; see [`crate::flows::user_list::WALKS`].
    pub walks: Semaphore,
}

/// A handle to all of it; cloning copies the handle.
#[derive(Clone)]
pub struct Backend(Arc<Parts>);

impl Backend {
    /// Makes the handle.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Backend {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
