//! The one error: a closed list of refusals. It crosses the wire as codes; sentences are chosen where it is shown.

mod field;
mod problem;

use serde::{Deserialize, Serialize};

use crate::text::{Key, Language};
use crate::view::{BuiltinGroup, Permission};

pub use field::Field;
pub use problem::Problem;

/// What every flow returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    /// Something is wrong with these fields; nothing was changed.
    Invalid(Vec<(Field, Problem)>),
    /// Unknown address, wrong password or disabled user: never said which (ENUM-1).
    SignInRefused,
    /// Wrong, expired, foreign or used code (CODE-2, CODE-3).
    CodeWrong {
        /// Tries left for this code.
        tries_left: u32,
    },
    /// A code of the app that would have been right some minutes ago or from now, so the clock of the phone is wrong
    /// (TOTP-2). It counts like any wrong one.
    ClockWrong {
        /// Tries left for this sign-in or change.
        tries_left: u32,
    },
    /// The attempt has ended: too many wrong codes, or too late (CODE-3).
    AttemptOver,
    /// Nobody is signed in.
    SignedOut,
    /// Nobody was signed in when this was sent; somebody is by now, and may send it again.
    WasSignedOut,
    /// The last authentication is too old for this (SESS-9).
    ReauthenticationNeeded,
    /// Does not exist, or belongs to somebody else: never said which (TEN-1).
    NotFound,
    /// A group has to permit this first, or it is above the actor's own rights (GRP-1).
    NotPermitted(Permission),
    /// Without this user nobody would be left with full access (TEN-3).
    LastFullAccess,
    /// What somebody wanted to change was changed meanwhile, and they have not seen it.
    EditedMeanwhile,
    /// One's own rights and sign-ins are changed by somebody else, or with a proof under Security.
    Oneself,
    /// A provider manages how this person signs in, and their address: here nobody can change it (OIDC-3).
    ManagedByProvider,
    /// The home client cannot be left (TEN-3).
    HomeClient,
    /// An invitation to this very person that can no longer be answered: never said why (INV-2).
    InvitationVoid,
    /// A limit was reached (RATE-1, RATE-2, CODE-4).
    TooMany {
        /// Seconds until the next try is allowed.
        retry_after_s: u32,
    },
    /// A queue does not move: that of password hashes (PW-5), that of pictures (UPL-3), or that of long searches.
    Busy,
    /// The database does not answer.
    Unavailable,
    /// The request could not be understood.
    BadRequest,
    /// A form with a field that does not belong to it (ADM-1).
    UnknownField,
    /// The browser could not reach the server.
    Offline,
    /// A fault of ours.
    Internal {
        /// The request id under which the log tells more.
        id: String,
    },
}

impl Error {
    /// One problem at one field.
    #[must_use]
    pub fn at(field: Field, problem: Problem) -> Self {
        Self::Invalid(vec![(field, problem)])
    }

    /// A fault of ours; see [`Self::numbered`].
    #[must_use]
    pub const fn internal() -> Self {
        Self::Internal { id: String::new() }
    }

    /// The same, with this request id in a fault of ours: filled in where the answer leaves the house.
    #[must_use]
    pub fn numbered(self, id: &str) -> Self {
        if matches!(self, Self::Internal { .. }) { Self::Internal { id: id.to_owned() } } else { self }
    }

    /// The problem at `field`, in words; a wrong code stands at the code field.
    #[must_use]
    pub fn sentence_at(&self, field: Field, language: Language) -> Option<String> {
        match self {
            Self::Invalid(problems) => {
                let (_, problem) = problems.iter().find(|(at, _)| *at == field)?;
                Some(problem.sentence(language))
            }
            Self::CodeWrong { tries_left } if field == Field::Code => {
                Some(language.fill(Key::ErrorCodeWrong, &[("tries", &tries_left.to_string())]))
            }
            Self::ClockWrong { tries_left } if field == Field::Code => {
                Some(language.fill(Key::ErrorClockWrong, &[("tries", &tries_left.to_string())]))
            }
            _ => None,
        }
    }

    /// The sentence for the whole form, where the error belongs to no field.
    #[must_use]
    pub fn sentence(&self, language: Language) -> Option<String> {
        let key = match self {
            Self::Invalid(_) | Self::CodeWrong { .. } | Self::ClockWrong { .. } => return None,
            Self::TooMany { retry_after_s: u32::MAX } => Key::ErrorLocked,
            Self::TooMany { retry_after_s } if *retry_after_s > 90 => {
                let minutes = retry_after_s.div_ceil(60).to_string();
                return Some(language.fill(Key::ErrorTooManyMinutes, &[("minutes", &minutes)]));
            }
            Self::TooMany { retry_after_s } => {
                return Some(language.fill(Key::ErrorTooMany, &[("seconds", &retry_after_s.to_string())]));
            }
            Self::Internal { id } => return Some(language.fill(Key::ErrorInternal, &[("id", id)])),
            Self::NotPermitted(permission) => {
                let (name, group) = (language.text(permission.key()), language.text(BuiltinGroup::FullAccess.keys().0));
                return Some(language.fill(Key::ErrorNotPermitted, &[("permission", name), ("group", group)]));
            }
            Self::LastFullAccess => Key::ErrorLastFullAccess,
            Self::EditedMeanwhile => Key::ErrorEditedMeanwhile,
            Self::Oneself => Key::ErrorOneself,
            Self::ManagedByProvider => Key::ErrorManagedByProvider,
            Self::HomeClient => Key::ErrorHomeClient,
            Self::InvitationVoid => Key::ErrorInvitationVoid,
            Self::SignInRefused => Key::ErrorSignInRefused,
            Self::AttemptOver => Key::ErrorAttemptOver,
            Self::SignedOut => Key::ErrorSignedOut,
            Self::WasSignedOut => Key::ErrorWasSignedOut,
            Self::ReauthenticationNeeded => Key::ErrorReauthentication,
            Self::NotFound => Key::ErrorNotFound,
            Self::Busy => Key::ErrorBusy,
            Self::Unavailable => Key::ErrorUnavailable,
            Self::BadRequest => Key::ErrorBadRequest,
            Self::UnknownField => Key::ErrorUnknownField,
            Self::Offline => Key::ErrorOffline,
        };
        Some(language.text(key).to_owned())
    }

    /// The HTTP status of this refusal (RFC 9110; 422 for fields, 429 for limits).
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid(problems) => problems.first().map_or(422, |(_, problem)| problem.status()),
            Self::SignInRefused | Self::CodeWrong { .. } | Self::ClockWrong { .. } | Self::AttemptOver => 422,
            Self::InvitationVoid | Self::UnknownField => 422,
            Self::SignedOut | Self::WasSignedOut => 401,
            Self::ReauthenticationNeeded | Self::NotPermitted(_) | Self::ManagedByProvider => 403,
            Self::LastFullAccess | Self::HomeClient | Self::EditedMeanwhile | Self::Oneself => 409,
            Self::NotFound => 404,
            Self::TooMany { .. } => 429,
            Self::BadRequest => 400,
            Self::Busy | Self::Unavailable | Self::Offline => 503,
            Self::Internal { .. } => 500,
        }
    }

    /// Seconds for the `Retry-After` header, where one is due.
    #[must_use]
    pub const fn retry_after_s(&self) -> Option<u32> {
        match self {
            // A locked factor has no time to name; a day is the longest wait there is.
            Self::TooMany { retry_after_s } => Some(if *retry_after_s > 86_400 { 86_400 } else { *retry_after_s }),
            Self::Busy | Self::Unavailable => Some(2),
            _ => None,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Error {}
