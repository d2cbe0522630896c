//! Users, as the API shows and takes them.

use domain::view::{self, ListedUser, ManagedUser, UserState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::codes::{self, Method, Tongue, given_word, word, word_or_null};
use super::input::{given, object};
use super::me::{ClientName, SignIn};

/// How it stands with a user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Can sign in.
    Active,
    /// Was not activated yet.
    NotActivated,
    /// May not sign in.
    Disabled,
    /// Is at home in another client.
    Guest,
}

impl From<UserState> for State {
    fn from(state: UserState) -> Self {
        match state {
            UserState::Active => Self::Active,
            UserState::NotActivated => Self::NotActivated,
            UserState::Disabled => Self::Disabled,
            UserState::Guest => Self::Guest,
        }
    }
}

/// A user in the list.
#[derive(Serialize, ToSchema)]
pub struct UserEntry {
    /// The id.
    id: String,
    /// The one e-mail address.
    email: String,
    /// First and last name.
    name: String,
    /// How it stands with them.
    state: State,
    /// The home client; nothing for guests who are at home in no client of several people.
    home: Option<ClientName>,
    /// The names of their groups here, in the language of the reader.
    groups: Vec<String>,
    /// How they sign in, once they can; of guests it is not told.
    sign_in: Option<Method>,
    /// Whether they may use the API.
    api_access: bool,
    /// When they last signed in.
    #[schema(format = "date-time")]
    last_sign_in: Option<String>,
    /// Since when they belong to the client.
    #[schema(format = "date-time")]
    created: String,
}

impl From<ListedUser> for UserEntry {
    fn from(user: ListedUser) -> Self {
        Self {
            id: user.id,
            email: user.person.email,
            name: user.person.name,
            state: user.state.into(),
            home: user.home.map(ClientName::from),
            groups: user.groups,
            sign_in: user.method.map(Method::from),
            api_access: user.api_access,
            last_sign_in: user.last_sign_in.map(|at| at.machine),
            created: user.created.machine,
        }
    }
}

/// A page of the users.
#[derive(Serialize, ToSchema)]
pub struct UserPage {
    /// At most 50.
    pub items: Vec<UserEntry>,
    /// What to send as `after` for the next page, where there is one.
    pub next: Option<String>,
}

/// A group that a user is in.
#[derive(Serialize, ToSchema)]
pub struct UserGroup {
    /// The id.
    id: String,
    /// Its name; of one of the four, in the language of the reader.
    name: String,
}

/// A user. Of guests nothing is told that is a matter of their home client.
#[derive(Serialize, ToSchema)]
pub struct User {
    /// The id.
    id: String,
    /// The one e-mail address; nobody else can change it.
    email: String,
    /// First name.
    first_name: String,
    /// Last name.
    last_name: String,
    /// The chosen language; none follows the browser.
    language: Option<Tongue>,
    /// How it stands with them.
    state: State,
    /// The home client; nothing for guests who are at home in no client of several people.
    home: Option<ClientName>,
    /// Their groups here.
    groups: Vec<UserGroup>,
    /// How they sign in; of guests it is not told.
    sign_in: Option<SignIn>,
    /// Whether they may use the API.
    api_access: bool,
    /// Whether a second factor is asked of them, whatever the client asks of all.
    requires_second_factor: bool,
    /// When they last signed in.
    #[schema(format = "date-time")]
    last_sign_in: Option<String>,
    /// Since when they belong to the client.
    #[schema(format = "date-time")]
    created: String,
}

impl From<ManagedUser> for User {
    fn from(user: ManagedUser) -> Self {
        let ManagedUser { listed, first_name, last_name, language, groups, requires_second_factor, provider, .. } =
            user;
        let sign_in = match (provider, listed.factor) {
            (Some(provider), _) => Some(SignIn { method: Method::Provider, provider: Some(provider) }),
            (None, Some(factor)) => Some(SignIn { method: factor.into(), provider: None }),
            (None, None) => None,
        };
        let group = |view::UserGroup { id, name, .. }| UserGroup { id, name };
        Self {
            id: listed.id,
            email: listed.person.email,
            first_name,
            last_name,
            language: language.map(Tongue::from),
            state: listed.state.into(),
            home: listed.home.map(ClientName::from),
            groups: groups.into_iter().filter(|group| group.chosen).map(group).collect(),
            sign_in,
            api_access: listed.api_access,
            requires_second_factor,
            last_sign_in: listed.last_sign_in.map(|at| at.machine),
            created: listed.created.machine,
        }
    }
}

/// How a new user is to sign in.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NewMethod {
    /// With the password and a code by e-mail.
    Email,
    /// With the password alone, where the client allows it.
    Password,
    /// At a provider.
    Provider,
}

/// How a new user is to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInNew {
    /// In which manner.
    #[serde(deserialize_with = "word")]
    pub method: NewMethod,
    /// The id of the provider, where it is one.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub provider: Option<String>,
}

/// A user to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserNew {
    /// The one e-mail address.
    #[schema(schema_with = codes::email)]
    pub email: String,
    /// First name.
    #[schema(schema_with = codes::name)]
    pub first_name: String,
    /// Last name.
    #[schema(schema_with = codes::name)]
    pub last_name: String,
    /// Their language; none follows the browser.
    #[serde(default, deserialize_with = "word_or_null")]
    pub language: Option<Tongue>,
    /// The ids of the groups they are to be in; the group User unless it is said.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_items = 1, nullable = false)]
    pub groups: Option<Vec<String>>,
    /// How they are to sign in; with the password and a code by e-mail unless it is said.
    #[serde(default, deserialize_with = "object")]
    #[schema(nullable = false)]
    pub sign_in: Option<SignInNew>,
    /// Whether the activation letter goes out now; it does unless it is said.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub send_activation: Option<bool>,
}

/// How a user who was not activated yet is to sign in.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EditMethod {
    /// With the password and a code by e-mail.
    Email,
    /// At a provider.
    Provider,
}

/// How a user who was not activated yet is to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInEdit {
    /// In which manner.
    #[serde(deserialize_with = "word")]
    pub method: EditMethod,
    /// The id of the provider, where it is one.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub provider: Option<String>,
}

/// What is to be otherwise; the rest stays as it is. Of guests, only the groups here can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserEdit {
    /// First name.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub last_name: Option<String>,
    /// Their language; `null` follows the browser.
    #[serde(default, deserialize_with = "given_word")]
    #[schema(value_type = Option<Tongue>)]
    pub language: Option<Option<Tongue>>,
    /// The ids of all groups they are to be in.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_items = 1, nullable = false)]
    pub groups: Option<Vec<String>>,
    /// Whether they may use the API.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub api_access: Option<bool>,
    /// Whether a second factor is asked of them, whatever the client asks of all.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub requires_second_factor: Option<bool>,
    /// How they are to sign in; it is changed alone, and only until they were activated.
    #[serde(default, deserialize_with = "object")]
    #[schema(nullable = false)]
    pub sign_in: Option<SignInEdit>,
}

impl UserEdit {
    /// Whether it changes anything but how the user signs in.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.groups.is_some() || self.has_own()
    }

    /// Whether it changes anything that is a matter of the home client.
    #[must_use]
    pub const fn has_own(&self) -> bool {
        self.first_name.is_some()
            || self.last_name.is_some()
            || self.language.is_some()
            || self.api_access.is_some()
            || self.requires_second_factor.is_some()
    }
}
