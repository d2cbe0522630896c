//! The fields of forms.

use serde::{Deserialize, Serialize};

/// A field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Field {
    /// E-mail address at sign-in or set-up.
    Email,
    /// Password at sign-in.
    Password,
    /// The password that holds now.
    CurrentPassword,
    /// The password to be.
    NewPassword,
    /// The password to be, again.
    RepeatPassword,
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// The e-mail address to be.
    NewEmail,
    /// A mailed code, one of the app, or a recovery code.
    Code,
    /// Whether recovery codes are kept.
    Kept,
    /// Name of a client.
    ClientName,
    /// The file of a profile picture.
    Picture,
    /// A user group.
    Group,
    /// Name of a user group.
    GroupName,
    /// What a user group is for.
    Description,
    /// What a user group permits.
    Permissions,
    /// Colour of a client.
    Colour,
    /// How somebody is to sign in.
    Method,
    /// Why an invitation is rejected.
    Reason,
    /// The part of the URL of a client.
    Slug,
    /// What a key for a program is called.
    KeyName,
    /// For how many days a key for a program is to hold.
    Days,
}

impl Field {
    /// The name of the input, which is also its element id.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Password => "password",
            Self::CurrentPassword => "current_password",
            Self::NewPassword => "new_password",
            Self::RepeatPassword => "repeat_password",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::NewEmail => "new_email",
            Self::Code => "code",
            Self::Kept => "kept",
            Self::ClientName => "client_name",
            Self::Picture => "picture",
            Self::Group => "group",
            Self::GroupName => "group_name",
            Self::Description => "description",
            Self::Permissions => "permissions",
            Self::Colour => "colour",
            Self::Method => "method",
            Self::Reason => "reason",
            Self::Slug => "slug",
            Self::KeyName => "key_name",
            Self::Days => "days",
        }
    }

    /// Whether what was typed there may be shown again after a refusal.
    #[must_use]
    pub fn is_secret(name: &str) -> bool {
        ["password", "current_password", "new_password", "repeat_password", "code", "token"].contains(&name)
    }
}
