//! What pages show: plain data that crosses the wire. Times are ready to read, and nothing in here is secret but what
//! the set-up of an app has to show, which is never printed.

mod activity;
mod factor;
mod passwords;

use serde::{Deserialize, Serialize};

use crate::text::{Key, Language};

pub use activity::{ActivityEntry, ActivityFilter, ActivityPage, DeviceSession, SignedInBy};
pub use factor::{FactorChange, FactorOptions, LostApp, RecoveryChange};
pub use passwords::{NotMe, PasswordChange, PasswordRules, Reset, UndoEmail};

/// The longest a signed-in person's own words get here is what [`crate::validate`] lets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// First and last name.
    pub name: String,
    /// The one e-mail address.
    pub email: String,
    /// At most two letters that stand for the person.
    pub initials: String,
    /// A hue of their own, 0 to 11, made from the user's id.
    pub hue: u8,
    /// The id of their profile picture, for [`crate::picture::url`]; without one the initials stand for them.
    pub picture: Option<String>,
}

/// A client as pages name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its part of the URL.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its colour, one of the palette in `style/tokens.css`.
    pub colour: String,
}

/// What stands around each signed-in page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Who is signed in.
    pub person: Person,
    /// The client of this page.
    pub client: Client,
    /// How many invitations are open.
    pub open_invitations: u32,
}

/// A moment, formatted in the reader's language and time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// RFC 3339, for `<time datetime>`.
    pub machine: String,
    /// For people.
    pub human: String,
}

/// The tab Personal details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalDetails {
    /// As in the header.
    pub person: Person,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The e-mail change under way, if one is.
    pub email_change: EmailChange,
}

/// How far a change of the e-mail address has come (EM-1, EM-2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EmailChange {
    /// None under way.
    Idle,
    /// The sign-in is too old, the password comes first (SESS-9).
    PasswordFirst,
    /// A code went to the address that holds; it and the new address are awaited.
    AwaitsAddress {
        /// Where the code went.
        sent_to: String,
        /// Whether one was sent for this change, or has to wait for its turn (CODE-7).
        sent: bool,
        /// Seconds until another may be sent.
        resend_in_s: u32,
    },
    /// A code went to the new address and is awaited; until then the old one holds.
    AwaitsProof {
        /// The address to be.
        new_email: String,
        /// Whether one was sent for this change, or has to wait for its turn (CODE-7).
        sent: bool,
        /// Seconds until another may be sent.
        resend_in_s: u32,
    },
}

/// A page that asks for a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePrompt {
    /// Where the code comes from: by e-mail or from the app.
    pub by: SecondFactor,
    /// Where mailed codes go.
    pub sent_to: String,
    /// Whether one was sent for what is under way, or has to wait for its turn (CODE-7).
    pub sent: bool,
    /// Seconds until another may be sent.
    pub resend_in_s: u32,
}

/// A second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecondFactor {
    /// None.
    Off,
    /// Codes by e-mail.
    Email,
    /// Codes of an authenticator app.
    App,
}

/// The tab Security.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Security {
    /// The factor in use.
    pub factor: SecondFactor,
    /// Where mailed codes go.
    pub email: String,
    /// Since when the factor is in use.
    pub factor_since: Moment,
    /// How many recovery codes are unused; `None` where the factor is no app.
    pub recovery_left: Option<u32>,
    /// Whether so few are left that new ones are advised (REC-1).
    pub recovery_low: bool,
    /// When the password was last set.
    pub password_since: Option<Moment>,
    /// Until when what is sensitive may be done without the password; `None` where it is asked for first (SESS-9).
    pub unlocked_until: Option<Moment>,
    /// Everywhere the person is signed in, here first (SESS-7).
    pub devices: Vec<DeviceSession>,
    /// When this sign-in ends at the latest (SESS-4).
    pub ends_at: Moment,
    /// The fewest code points of a new password, where the dialog that changes it stands in front of the tab.
    pub min_password: Option<u32>,
    /// The code that this dialog asks for, once the new password was typed (PW-4).
    pub password_code: Option<CodePrompt>,
}

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
    /// Users, guests and groups.
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

/// A group the person is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// One of the four, whose name and description come from the catalogue.
    pub builtin: Option<BuiltinGroup>,
    /// Its own name.
    pub name: String,
    /// Its own description.
    pub description: String,
    /// What it permits.
    pub permissions: Vec<Permission>,
    /// Since when the person is in it.
    pub since: Moment,
}

impl Group {
    /// Name and description in `language`.
    #[must_use]
    pub fn titles(&self, language: Language) -> (String, String) {
        match self.builtin {
            Some(builtin) => {
                let (name, text) = builtin.keys();
                (language.text(name).to_owned(), language.text(text).to_owned())
            }
            None => (self.name.clone(), self.description.clone()),
        }
    }
}

/// A client the person belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The client.
    pub client: Client,
    /// Home or guest.
    pub home: bool,
    /// Whether it is the client of this page.
    pub current: bool,
    /// The groups there.
    pub groups: Vec<String>,
    /// When the person last entered it.
    pub last_entered: Option<Moment>,
}

/// Who a one-use activation link is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The home client.
    pub client: String,
    /// The fewest code points of a password.
    pub min_password: u32,
}

/// The fewest code points of a password, for the set-up page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUp {
    /// In code points.
    pub min_password: u32,
}

/// A sent mail, as the demo shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMail {
    /// The recipient.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// When it was handed over.
    pub at: Moment,
}
