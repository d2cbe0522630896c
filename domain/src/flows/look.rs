//! Language and theme: they follow the browser until chosen, and then go with the person.

use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::Result;
use crate::store::users;
use crate::text::Language;

/// A chosen theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// As in `data-theme` and in the cookie.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a code, if it is one.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.code() == code)
    }
}

/// Keeps what was chosen; `None` follows the browser again.
///
/// # Errors
/// The database's.
pub async fn choose(backend: &Backend, actor: &Actor, language: Option<Language>, theme: Option<Theme>) -> Result<()> {
    users::set_look(&backend.db, actor.user_id(), language.map(Language::tag), theme.map(Theme::code)).await
}
