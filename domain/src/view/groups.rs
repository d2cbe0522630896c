//! User groups, and what people and clients may do with them.

use serde::{Deserialize, Serialize};

use super::{BuiltinGroup, Client, Moment, Permission, Person};
use crate::text::{Key, Language};

/// From so many members on, no page counts on.
pub const MANY: u32 = 1_000;

/// The tab User groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsTab {
    /// The groups the person is in, by name.
    pub mine: Vec<MyGroup>,
    /// Other groups that are open to joining, by name; none are told to those who may not join.
    pub others: Vec<OpenGroup>,
    /// Whether the person may join and leave groups at all ([`Permission::GroupsJoin`]).
    pub may_join: bool,
}

/// A group the person is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyGroup {
    /// Its id.
    pub id: String,
    /// Its name, in the reader's language where it is one of the four.
    pub name: String,
    /// Its description, likewise.
    pub description: String,
    /// What it permits.
    pub permissions: Vec<Permission>,
    /// Since when the person is in it.
    pub since: Moment,
    /// Whether the person may leave it: only what one can join can be left.
    pub may_leave: bool,
}

/// A group the person is not in, open to joining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenGroup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// What it permits.
    pub permissions: Vec<Permission>,
    /// A permission of the group that the person lacks: then they cannot join by themselves (GRP-1).
    pub lacks: Option<Permission>,
}

/// What somebody loses who leaves a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupLoss {
    /// The group's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it can be left: only what one can join can be.
    pub open: bool,
    /// Whether they are in no other group of the client.
    pub last: bool,
    /// What none of their other groups permits.
    pub loses: Vec<Permission>,
}

/// A group as those see it who look after groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupDetails {
    /// Its id.
    pub id: String,
    /// Which of the four that cannot be changed, if one of them.
    pub builtin: Option<BuiltinGroup>,
    /// Its name, in the reader's language where it is one of the four.
    pub name: String,
    /// Its description, likewise.
    pub description: String,
    /// What it permits.
    pub permissions: Vec<Permission>,
    /// Whether people may join and leave it by themselves.
    pub open: bool,
    /// How many are in it; [`MANY`] stands for that many and more.
    pub members: u32,
    /// The permission that the reader lacks to change its members and, unless it is one of the four, all else of it.
    pub lacks: Option<Permission>,
}

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {
    /// The user's id.
    pub id: String,
    /// Who.
    pub person: Person,
    /// Whether they are a guest of the client.
    pub guest: bool,
    /// Since when they are in the group.
    pub since: Moment,
}

/// A page of the members of a group, those who came last first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMembers {
    /// At most 50.
    pub members: Vec<GroupMember>,
    /// After what the next page goes on, where there is more.
    pub older: Option<String>,
}

/// Who loses what when a group is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupLosses {
    /// The group.
    pub group: GroupDetails,
    /// At most 50 of its members, those who came last first.
    pub people: Vec<PersonLoss>,
    /// How many open invitations into it end.
    pub invitations: u32,
}

/// What somebody loses with a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLoss {
    /// Who.
    pub person: Person,
    /// What none of their other groups permits; may be nothing.
    pub loses: Vec<Permission>,
}

/// A branch of the tree of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PermissionBranch {
    /// Users and guests.
    People,
    /// User groups.
    Groups,
    /// The client itself.
    Client,
}

/// How much of a branch is permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tick {
    /// All of it.
    Full,
    /// Some of it.
    Mixed,
    /// Nothing.
    Empty,
}

impl PermissionBranch {
    /// All branches; each permission is in one of them.
    pub const ALL: [Self; 3] = [Self::People, Self::Groups, Self::Client];

    /// Its name.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::People => Key::PermissionBranchPeople,
            Self::Groups => Key::PermissionBranchGroups,
            Self::Client => Key::PermissionBranchClient,
        }
    }

    /// Its permissions, in the order in which they are shown.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::People => &[P::UsersView, P::UsersEdit, P::GuestsInvite],
            Self::Groups => &[P::GroupsView, P::GroupsJoin, P::GroupsEdit],
            Self::Client => &[P::ActivityView, P::ClientEdit],
        }
    }

    /// How much of it stands in a list.
    #[must_use]
    pub fn tick(self, permitted: &[Permission]) -> Tick {
        let all = self.permissions();
        match all.iter().filter(|permission| permitted.contains(permission)).count() {
            0 => Tick::Empty,
            some if some < all.len() => Tick::Mixed,
            _ => Tick::Full,
        }
    }
}

/// A client as those see it who may change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSettings {
    /// The client.
    pub client: Client,
    /// The palette.
    pub colours: Vec<String>,
    /// Whether everybody who belongs to it needs a second factor (TOTP-6).
    pub requires_second_factor: bool,
    /// How many of those at home have none, and would get codes by e-mail; [`MANY`] stands for that many and more.
    pub without_factor: u32,
}

/// What a colour of the palette is called; `None` for what is none of it.
#[must_use]
pub fn colour_name(code: &str, language: Language) -> Option<&'static str> {
    Some(language.text(match code {
        "blue" => Key::ColourBlue,
        "green" => Key::ColourGreen,
        "amber" => Key::ColourAmber,
        "red" => Key::ColourRed,
        "violet" => Key::ColourViolet,
        "teal" => Key::ColourTeal,
        "slate" => Key::ColourSlate,
        "pink" => Key::ColourPink,
        _ => return None,
    }))
}

/// Which part of a client's activity is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientFilter {
    /// Users: their details, how they get in, what they may.
    Users,
    /// Guests: who entered, left, was invited.
    Guests,
    /// Groups, and who is in them.
    Groups,
    /// The client itself.
    Client,
}

impl ClientFilter {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Users, Self::Guests, Self::Groups, Self::Client];

    /// As it stands in URLs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Guests => "guests",
            Self::Groups => "groups",
            Self::Client => "client",
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
            Self::Users => Key::ClientActivityShowUsers,
            Self::Guests => Key::ClientActivityShowGuests,
            Self::Groups => Key::ClientActivityShowGroups,
            Self::Client => Key::ClientActivityShowClient,
        }
    }
}

/// Something that happened in a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientEntry {
    /// What happened, in the reader's language.
    pub what: String,
    /// More about it, in the reader's language; may be empty.
    pub detail: String,
    /// When.
    pub at: Moment,
    /// Whom it concerns; nobody where it concerns the client itself.
    pub person: Option<String>,
    /// Who did it.
    pub by: String,
    /// Browser and system; empty where nobody asked by a browser.
    pub browser: String,
    /// Network address; empty where nobody asked from one.
    pub address: String,
}

/// A page of a client's activity, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientActivity {
    /// At most 25.
    pub entries: Vec<ClientEntry>,
    /// Before what the next page goes on, where there is more.
    pub older: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permission_is_in_one_branch() {
        let mut all: Vec<_> = PermissionBranch::ALL.iter().flat_map(|branch| branch.permissions()).copied().collect();
        all.sort_unstable();
        assert_eq!(all, Permission::ALL);
    }

    #[test]
    fn a_branch_is_ticked_as_far_as_it_is_permitted() {
        let tick = |permitted: &[Permission]| PermissionBranch::ALL.map(|branch| branch.tick(permitted));
        assert_eq!(tick(&[]), [Tick::Empty; 3]);
        assert_eq!(tick(&Permission::ALL), [Tick::Full; 3]);
        assert_eq!(tick(&BuiltinGroup::Management.permissions()), [Tick::Full, Tick::Mixed, Tick::Mixed]);
    }

    #[test]
    fn filters_read_back() {
        for filter in ClientFilter::ALL {
            assert_eq!(ClientFilter::read(filter.code()), Some(filter));
        }
        assert_eq!(ClientFilter::read("Users"), None);
    }
}
