//! What programs use in place of a session, as its owner sees it.

use serde::{Deserialize, Serialize};

use super::Moment;

/// The page of the keys that a person has made for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeys {
    /// Whether the person may use the API; without that there are no keys, and none can be made.
    pub allowed: bool,
    /// Those that hold, the newest first.
    pub keys: Vec<ApiKey>,
    /// Whether the last authentication is fresh enough to make and end keys (SESS-9).
    pub unlocked: bool,
    /// The name of the provider that the person signs in by, where that is not a password.
    pub provider: Option<String>,
    /// The one address.
    pub email: String,
    /// The name of the home client: all of the API works on its data, and on no other.
    pub client: String,
    /// The most days that a key may hold for; fewer where a provider manages the sign-in.
    pub most: u32,
}

/// A key that a person has made for a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// By which it is ended.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// Its last four letters.
    pub hint: String,
    /// When it was made.
    pub created: Moment,
    /// Until when it holds.
    pub expires: Moment,
    /// When it was last used, to the minute.
    pub last_used: Option<Moment>,
}
