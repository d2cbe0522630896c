//! What people may do in a client, and the four groups that stand in each.

use serde::{Deserialize, Serialize};

use crate::text::{Key, Language};

/// What a group may permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Permission {
    /// `users.view`
    UsersView,
    /// `users.edit`
    UsersEdit,
    /// `guests.invite`
    GuestsInvite,
    /// `groups.view`
    GroupsView,
    /// `groups.join`
    GroupsJoin,
    /// `groups.edit`
    GroupsEdit,
    /// `activity.view`
    ActivityView,
    /// `client.edit`
    ClientEdit,
}

impl Permission {
    /// The whole closed list.
    pub const ALL: [Self; 8] = [
        Self::UsersView,
        Self::UsersEdit,
        Self::GuestsInvite,
        Self::GroupsView,
        Self::GroupsJoin,
        Self::GroupsEdit,
        Self::ActivityView,
        Self::ClientEdit,
    ];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UsersView => "users.view",
            Self::UsersEdit => "users.edit",
            Self::GuestsInvite => "guests.invite",
            Self::GroupsView => "groups.view",
            Self::GroupsJoin => "groups.join",
            Self::GroupsEdit => "groups.edit",
            Self::ActivityView => "activity.view",
            Self::ClientEdit => "client.edit",
        }
    }

    /// What it lets people do, in a few words.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::UsersView => Key::PermissionUsersView,
            Self::UsersEdit => Key::PermissionUsersEdit,
            Self::GuestsInvite => Key::PermissionGuestsInvite,
            Self::GroupsView => Key::PermissionGroupsView,
            Self::GroupsJoin => Key::PermissionGroupsJoin,
            Self::GroupsEdit => Key::PermissionGroupsEdit,
            Self::ActivityView => Key::PermissionActivityView,
            Self::ClientEdit => Key::PermissionClientEdit,
        }
    }

    /// What it lets people do, in a sentence.
    #[must_use]
    pub const fn sentence(self) -> Key {
        match self {
            Self::UsersView => Key::PermissionUsersViewText,
            Self::UsersEdit => Key::PermissionUsersEditText,
            Self::GuestsInvite => Key::PermissionGuestsInviteText,
            Self::GroupsView => Key::PermissionGroupsViewText,
            Self::GroupsJoin => Key::PermissionGroupsJoinText,
            Self::GroupsEdit => Key::PermissionGroupsEditText,
            Self::ActivityView => Key::PermissionActivityViewText,
            Self::ClientEdit => Key::PermissionClientEditText,
        }
    }

    /// Without which other permission it is of no use: its pages are reached by those of that one.
    #[must_use]
    pub const fn needs(self) -> Option<Self> {
        match self {
            Self::UsersEdit => Some(Self::UsersView),
            Self::GroupsEdit => Some(Self::GroupsView),
            _ => None,
        }
    }

    /// These permissions, and those without which they are of no use.
    #[must_use]
    pub fn with_needed(permissions: &[Self]) -> Vec<Self> {
        let needed = permissions.iter().filter_map(|permission| permission.needs());
        permissions.iter().copied().chain(needed).collect()
    }

    /// The permission of a code, if it is on the list.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.code() == code)
    }

    /// A list as stored: codes with a blank between them, each once.
    #[must_use]
    pub fn write_list(permissions: &[Self]) -> String {
        let codes = Self::ALL.into_iter().filter(|permission| permissions.contains(permission)).map(Self::code);
        codes.collect::<Vec<_>>().join(" ")
    }

    /// Reads a stored list; what is not on the closed list permits nothing.
    #[must_use]
    pub fn read_list(stored: &str) -> Vec<Self> {
        let mut list: Vec<_> =
            Self::ALL.into_iter().filter(|wanted| stored.split(' ').any(|code| code == wanted.code())).collect();
        list.sort_unstable();
        list
    }
}

/// The four groups that stand in each client and cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BuiltinGroup {
    /// Everything.
    FullAccess,
    /// Users and guests.
    Management,
    /// Their own account.
    User,
    /// People of another client.
    Guest,
}

impl BuiltinGroup {
    /// All four.
    pub const ALL: [Self; 4] = [Self::FullAccess, Self::Management, Self::User, Self::Guest];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FullAccess => "full_access",
            Self::Management => "management",
            Self::User => "user",
            Self::Guest => "guest",
        }
    }

    /// The group of a stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.code() == code)
    }

    /// Name and sentence.
    #[must_use]
    pub const fn keys(self) -> (Key, Key) {
        match self {
            Self::FullAccess => (Key::BuiltinFullAccess, Key::BuiltinFullAccessText),
            Self::Management => (Key::BuiltinManagement, Key::BuiltinManagementText),
            Self::User => (Key::BuiltinUser, Key::BuiltinUserText),
            Self::Guest => (Key::BuiltinGuest, Key::BuiltinGuestText),
        }
    }

    /// What a group is called in a language: one of the four by its name there, all others by their own.
    #[must_use]
    pub fn name_of(builtin: Option<Self>, own: &str, language: Language) -> String {
        builtin.map_or_else(|| own.to_owned(), |builtin| language.text(builtin.keys().0).to_owned())
    }

    /// What it permits.
    #[must_use]
    pub fn permissions(self) -> Vec<Permission> {
        use Permission as P;
        match self {
            Self::FullAccess => P::ALL.to_vec(),
            Self::Management => {
                vec![P::UsersView, P::UsersEdit, P::GuestsInvite, P::GroupsView, P::GroupsJoin, P::ActivityView]
            }
            Self::User => vec![P::GroupsView, P::GroupsJoin],
            Self::Guest => vec![P::GroupsView],
        }
    }
}
