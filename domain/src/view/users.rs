//! The users of a client, as those who may look after them see them: the list, and the page of each.

use serde::{Deserialize, Serialize};

use super::{BuiltinGroup, Client, Moment, Permission, Person, Provider, SecondFactor, SignedInBy, UserQuery};
use crate::text::{Key, Language};

/// How it stands with a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserState {
    /// Can sign in.
    Active,
    /// Has no way in yet: neither a password nor an identity at a provider.
    NotActivated,
    /// May not sign in.
    Disabled,
    /// Is at home in another client, and how it stands there is no business of this one.
    Guest,
}

impl UserState {
    /// Its name.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Active => Key::UsersStateActive,
            Self::NotActivated => Key::UsersStateNotActivated,
            Self::Disabled => Key::UsersStateDisabled,
            Self::Guest => Key::UsersStateGuest,
        }
    }
}

/// A user in the list. Of guests there is no more than who they are, where they are at home, and their groups here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedUser {
    /// The id, for the URL of their page.
    pub id: String,
    /// Who.
    pub person: Person,
    /// How it stands with them.
    pub state: UserState,
    /// The home client; nothing for guests who are at home in no client of several people.
    pub home: Option<Client>,
    /// The names of their groups here, in the reader's language.
    pub groups: Vec<String>,
    /// How they sign in, once they can.
    pub method: Option<SignedInBy>,
    /// The second factor; nothing for those whose sign-in a provider manages.
    pub factor: Option<SecondFactor>,
    /// The name of the provider that manages the sign-in; of guests it is not told.
    pub provider: Option<String>,
    /// Whether they may use the API.
    pub api_access: bool,
    /// When they last signed in.
    pub last_sign_in: Option<Moment>,
    /// Since when they belong to the client.
    pub created: Moment,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPage {
    /// At most 50.
    pub users: Vec<ListedUser>,
    /// What was asked for.
    pub query: UserQuery,
    /// What to ask for next, where there are more.
    pub next: Option<UserQuery>,
}

/// A group of the client, as it is offered for a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserGroup {
    /// To be posted back.
    pub id: String,
    /// Which of the four, if one of them.
    pub builtin: Option<BuiltinGroup>,
    /// Its name, in the reader's language where it is one of the four.
    pub name: String,
    /// Its description, likewise.
    pub description: String,
    /// What it permits.
    pub permissions: Vec<Permission>,
    /// Whether the user is in it.
    pub chosen: bool,
    /// What it permits and the reader is not permitted, so that they can neither give nor take it (GRP-1).
    pub above: Option<Permission>,
}

/// A user, for their page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedUser {
    /// As in the list.
    pub listed: ListedUser,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The chosen language; of guests it is not told.
    pub language: Option<Language>,
    /// All groups of the client.
    pub groups: Vec<UserGroup>,
    /// Whether the client asks for a second factor of this user.
    pub requires_second_factor: bool,
    /// Whether the client asks for one of everybody anyway.
    pub client_requires_second_factor: bool,
    /// To be posted back, so that of two who edit at once neither overwrites what the other has done.
    pub version: String,
    /// The permission that the reader lacks to change anything here, if one.
    pub lacks: Option<Permission>,
    /// Whether it is the reader: their own rights and sign-ins are changed by somebody else, or under Security.
    pub oneself: bool,
    /// The id of the provider that manages the sign-in; of guests it is not told.
    pub provider: Option<String>,
    /// Those that may manage it.
    pub providers: Vec<Provider>,
    /// Whether it can still be chosen who does: they are at home here, and have no way in yet.
    pub method_open: bool,
    /// What the reader may not do, and so cannot let this user do by the API (GRP-1).
    pub api_above: Option<Permission>,
}

impl ManagedUser {
    /// Whether the reader may change their groups.
    #[must_use]
    pub fn groups_can_change(&self) -> bool {
        self.lacks.is_none() && !self.oneself
    }

    /// What the reader may not do and this user may, by the API: then the reader neither lets them in nor changes how
    /// they come in (GRP-1).
    #[must_use]
    pub fn above_by_api(&self) -> Option<Permission> {
        self.api_above.filter(|_| self.listed.api_access)
    }

    /// Whether the reader may change anything else: of guests, nobody here may.
    #[must_use]
    pub fn can_change(&self) -> bool {
        self.lacks.is_none() && self.listed.state != UserState::Guest
    }
}

/// What there is to choose for a user to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUserChoices {
    /// Where they will be at home: the button and the page name it.
    pub client: Client,
    /// All groups of the client; the group User is chosen.
    pub groups: Vec<UserGroup>,
    /// The ways to sign in, the safer one first. Only one where the client asks for a second factor of everybody.
    pub methods: Vec<SignedInBy>,
    /// Those who may manage the sign-in instead.
    pub providers: Vec<Provider>,
}

/// What became of a user to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Created {
    /// There is one more user.
    User {
        /// The id, for the URL of their page.
        id: String,
        /// Whether an activation letter is on its way.
        sent: bool,
    },
    /// This address cannot get a new account here; its owner may be invited as a guest. No more is told (ENUM-2).
    OfferInvitation {
        /// The canonical address.
        email: String,
    },
}
