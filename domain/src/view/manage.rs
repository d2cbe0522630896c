//! The pages of those who look after a client.

use serde::{Deserialize, Serialize};

use super::{ClientFilter, Permission};
use crate::text::Key;

/// A page of those who look after a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManagePage {
    /// Its users.
    Users,
    /// Its guests and their invitations.
    Guests,
    /// Its user groups.
    Groups,
    /// The client itself.
    Client,
    /// What happened in it.
    Activity,
}

impl ManagePage {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Users, Self::Guests, Self::Groups, Self::Client, Self::Activity];

    /// Its part of the URL.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Guests => "guests",
            Self::Groups => "groups",
            Self::Client => "client",
            Self::Activity => "activity",
        }
    }

    /// Its name.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Users => ClientFilter::Users.key(),
            Self::Guests => ClientFilter::Guests.key(),
            Self::Groups => ClientFilter::Groups.key(),
            Self::Client => ClientFilter::Client.key(),
            Self::Activity => Key::ActivityTitle,
        }
    }

    /// The permission that opens it.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Users => Permission::UsersView,
            Self::Guests => Permission::GuestsInvite,
            Self::Groups => Permission::GroupsView,
            Self::Client => Permission::ClientEdit,
            Self::Activity => Permission::ActivityView,
        }
    }
}
