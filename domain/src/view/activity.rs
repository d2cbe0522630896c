//! Where one is signed in, and what happened to one's account.

use serde::{Deserialize, Serialize};

use super::Moment;
use crate::text::Key;

/// How a person signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignedInBy {
    /// With the password alone.
    Password,
    /// With the password and a code by e-mail.
    Email,
    /// With the password and a code of the app.
    App,
    /// With the password and a recovery code.
    RecoveryCode,
    /// At a provider that manages the sign-in.
    Provider,
}

impl SignedInBy {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Password, Self::Email, Self::App, Self::RecoveryCode, Self::Provider];

    /// As stored with the session.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Email => "password, email",
            Self::App => "password, app",
            Self::RecoveryCode => "password, recovery code",
            Self::Provider => "provider",
        }
    }

    /// Of a stored code, if it is one.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.code() == code)
    }

    /// In a few words.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Password => Key::DevicesByPassword,
            Self::Email => Key::DevicesByEmail,
            Self::App => Key::DevicesByApp,
            Self::RecoveryCode => Key::DevicesByRecoveryCode,
            Self::Provider => Key::DevicesByProvider,
        }
    }
}

/// A place where the person is signed in (SESS-7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSession {
    /// By which it is ended.
    pub id: String,
    /// Browser and system.
    pub browser: String,
    /// Network address.
    pub address: String,
    /// When it began.
    pub first_seen: Moment,
    /// When it was last used, to the minute.
    pub last_seen: Moment,
    /// How the person signed in there, where it is known.
    pub how: Option<SignedInBy>,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// Which part of one's activity is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActivityFilter {
    /// Signing in and out.
    SignIns,
    /// Name, address and picture.
    Details,
    /// The password.
    Password,
    /// The second factor and recovery codes.
    Factor,
    /// User groups.
    Groups,
    /// Entering and leaving clients, and invitations.
    Clients,
    /// Using the API.
    Api,
    /// What others did.
    Others,
}

impl ActivityFilter {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::SignIns,
        Self::Details,
        Self::Password,
        Self::Factor,
        Self::Groups,
        Self::Clients,
        Self::Api,
        Self::Others,
    ];

    /// As it stands in URLs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignIns => "sign-ins",
            Self::Details => "details",
            Self::Password => "password",
            Self::Factor => "two-factor",
            Self::Groups => "groups",
            Self::Clients => "clients",
            Self::Api => "api",
            Self::Others => "others",
        }
    }

    /// Of a code in a URL, if it is one.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.code() == code)
    }

    /// Its name.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::SignIns => Key::ActivityShowSignIns,
            Self::Details => Key::ActivityShowDetails,
            Self::Password => Key::ActivityShowPassword,
            Self::Factor => Key::ActivityShowFactor,
            Self::Groups => Key::ActivityShowGroups,
            Self::Clients => Key::ActivityShowClients,
            Self::Api => Key::ActivityShowApi,
            Self::Others => Key::ActivityShowOthers,
        }
    }
}

/// Something that happened to one's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityEntry {
    /// Its number among those of the person, from 1 on.
    pub seq: i64,
    /// What happened, in the reader's language.
    pub what: String,
    /// More about it, in the reader's language; may be empty.
    pub detail: String,
    /// When.
    pub at: Moment,
    /// Browser and system; empty where nobody asked by a browser.
    pub browser: String,
    /// Network address; empty where nobody asked from one.
    pub address: String,
    /// Who did it, where it was somebody else.
    pub by: Option<String>,
}

/// A page of one's activity, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityPage {
    /// At most 25.
    pub entries: Vec<ActivityEntry>,
    /// Before which number the next page goes on, where there is more.
    pub older: Option<i64>,
}
