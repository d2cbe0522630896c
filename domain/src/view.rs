//! What pages show: plain data that crosses the wire. Times are ready to read, and nothing in here is secret but what
//! the set-up of an app has to show, which is never printed.

mod activity;
mod api;
mod factor;
mod groups;
mod invitations;
mod manage;
mod passwords;
mod permissions;
mod providers;
mod user_query;
mod users;

use serde::{Deserialize, Serialize};

pub use activity::{ActivityEntry, ActivityFilter, ActivityPage, DeviceSession, SignedInBy};
pub use api::{ApiKey, ApiKeys};
pub use factor::{FactorChange, FactorOptions, LostApp, RecoveryChange};
pub use groups::{
    ClientActivity, ClientEntry, ClientFilter, ClientSettings, GroupDetails, GroupLoss, GroupLosses, GroupMember,
    GroupMembers, GroupsTab, MANY, MyGroup, OpenGroup, PermissionBranch, PersonLoss, Tick, colour_name,
};
pub use invitations::{
    AccountLoss, Guest, GuestPage, Invitation, InvitationLink, InviteGroup, Invited, Inviting, RejectedInvitation,
    SentInvitation,
};
pub use manage::ManagePage;
pub use passwords::{NotMe, PasswordChange, PasswordRules, Reset, UndoEmail};
pub use permissions::{BuiltinGroup, Permission};
pub use providers::Provider;
pub use user_query::{SEARCH_MAX, UserFilter, UserQuery, UserSort};
pub use users::{Created, ListedUser, ManagedUser, NewUserChoices, UserGroup, UserPage, UserState};

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
    /// The pages of those who look after the client, as far as they are open to this person.
    pub manage: Vec<ManagePage>,
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
    /// The name of the provider that manages sign-in and address, where one does (OIDC-3).
    pub provider: Option<String>,
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
    /// The name of the provider that manages the sign-in, where one does: then there is neither a password nor a second
    /// factor here (OIDC-3).
    pub provider: Option<String>,
    /// Whether the person may use the API.
    pub api_access: bool,
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
    /// The provider that is to manage the sign-in; without one, a password is chosen.
    pub provider: Option<Provider>,
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
