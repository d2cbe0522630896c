//! Providers that manage the sign-in of some users elsewhere.

use serde::{Deserialize, Serialize};

/// A provider of the operator's file, as pages name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// What it is called in URLs, forms and the database.
    pub id: String,
    /// What it is called on buttons.
    pub name: String,
}
