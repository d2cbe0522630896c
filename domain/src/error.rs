//! The one error: a closed list of refusals. It crosses the wire as codes; sentences are chosen where it is shown.

use serde::{Deserialize, Serialize};

use crate::text::{Key, Language};
use crate::view::{BuiltinGroup, Permission};

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
    /// Colour of a client.
    Colour,
    /// How somebody is to sign in.
    Method,
    /// Why an invitation is rejected.
    Reason,
    /// The part of the URL of a client.
    Slug,
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
            Self::Colour => "colour",
            Self::Method => "method",
            Self::Reason => "reason",
            Self::Slug => "slug",
        }
    }

    /// Whether what was typed there may be shown again after a refusal.
    #[must_use]
    pub fn is_secret(name: &str) -> bool {
        ["password", "current_password", "new_password", "repeat_password", "code", "token"].contains(&name)
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// Nothing in it.
    Empty,
    /// More than `max` code points.
    TooLong {
        /// The most there may be.
        max: u32,
    },
    /// Fewer than `min` code points.
    TooShort {
        /// The least there must be.
        min: u32,
    },
    /// Not one e-mail address.
    NotAnAddress,
    /// The address that holds already.
    OwnAddress,
    /// Control characters, bidirectional or invisible marks.
    ForbiddenCharacters,
    /// On the list of common or breached passwords (PW-3).
    CommonPassword,
    /// Holds the own name, address, client or product (PW-3).
    ContainsOwn,
    /// Too few guesses would find it (PW-3).
    Guessable,
    /// The repetition differs.
    Different,
    /// The current password is not right.
    WrongPassword,
    /// Somebody has it already.
    Taken,
    /// It looks like that of another.
    LooksTaken,
    /// The new password is the one that holds already.
    SameAsOld,
    /// The former address cannot be put back: somebody has it by now.
    NoLongerFree,
    /// Recovery codes are not said to be kept.
    NotKept,
    /// No file was chosen.
    NoPicture,
    /// A file without a byte.
    EmptyFile,
    /// More than `max_mib` MiB (UPL-1).
    FileTooLarge {
        /// The most there may be, in MiB.
        max_mib: u32,
    },
    /// Larger than a decoder is let near (UPL-3).
    TooManyPixels {
        /// The most there may be on a side.
        max_side: u32,
        /// The most there may be in all, in millions.
        max_megapixels: u32,
    },
    /// Neither PNG nor JPEG nor WebP, whatever its name says (UPL-2).
    NotAPicture,
    /// A picture that no decoder can read to its end.
    Damaged,
    /// One of the four groups that stand in each client.
    Builtin,
    /// A group that people cannot join or leave by themselves (GRP-1).
    NotOpen,
    /// Nobody in this client has the address: whether anybody elsewhere has is not said (TEN-1).
    NobodyHere,
    /// None of those that can be chosen.
    NotOffered,
    /// Nobody is in no group at all.
    NoGroup,
    /// Somebody with this address belongs to the client already.
    AlreadyMember,
    /// The address cannot get a new account here; its owner may be invited as a guest. No more is told (ENUM-2).
    Elsewhere,
    /// The client has as many groups as it may have.
    TooManyGroups {
        /// The most there may be.
        max: u32,
    },
    /// Not what URLs bear, or a word that stands in other URLs.
    NotASlug,
}

impl Problem {
    /// The sentence that stands at the field.
    #[must_use]
    pub fn sentence(self, language: Language) -> String {
        let key = match self {
            Self::TooLong { max } => return language.fill(Key::ProblemTooLong, &[("max", &max.to_string())]),
            Self::TooShort { min } => return language.fill(Key::ProblemTooShort, &[("min", &min.to_string())]),
            Self::TooManyGroups { max } => {
                return language.fill(Key::ProblemTooManyGroups, &[("max", &max.to_string())]);
            }
            Self::FileTooLarge { max_mib } => {
                return language.fill(Key::ProblemFileTooLarge, &[("max_mib", &max_mib.to_string())]);
            }
            Self::TooManyPixels { max_side, max_megapixels } => {
                let (side, megapixels) = (max_side.to_string(), max_megapixels.to_string());
                let filling = [("max_side", side.as_str()), ("max_megapixels", megapixels.as_str())];
                return language.fill(Key::ProblemTooManyPixels, &filling);
            }
            Self::Empty => Key::ProblemEmpty,
            Self::NotAnAddress => Key::ProblemNotAnAddress,
            Self::OwnAddress => Key::ProblemOwnAddress,
            Self::ForbiddenCharacters => Key::ProblemForbiddenCharacters,
            Self::CommonPassword => Key::ProblemCommonPassword,
            Self::ContainsOwn => Key::ProblemContainsOwn,
            Self::Guessable => Key::ProblemGuessable,
            Self::Different => Key::ProblemDifferent,
            Self::WrongPassword => Key::ProblemWrongPassword,
            Self::Taken => Key::ProblemTaken,
            Self::LooksTaken => Key::ProblemLooksTaken,
            Self::SameAsOld => Key::ProblemSameAsOld,
            Self::NoLongerFree => Key::ProblemNoLongerFree,
            Self::NotKept => Key::ProblemNotKept,
            Self::NoPicture => Key::ProblemNoPicture,
            Self::EmptyFile => Key::ProblemEmptyFile,
            Self::NotAPicture => Key::ProblemNotAPicture,
            Self::Damaged => Key::ProblemDamaged,
            Self::Builtin => Key::ProblemBuiltin,
            Self::NotOpen => Key::ProblemNotOpen,
            Self::NobodyHere => Key::ProblemNobodyHere,
            Self::NotOffered => Key::ProblemNotOffered,
            Self::NoGroup => Key::ProblemNoGroup,
            Self::AlreadyMember => Key::ProblemAlreadyMember,
            Self::Elsewhere => Key::ProblemElsewhere,
            Self::NotASlug => Key::ProblemNotASlug,
        };
        language.text(key).to_owned()
    }

    /// The HTTP status of a form with this problem: RFC 9110 has names for two of them.
    const fn status(self) -> u16 {
        match self {
            Self::FileTooLarge { .. } => 413,
            Self::NotAPicture => 415,
            _ => 422,
        }
    }
}

impl Error {
    /// One problem at one field.
    #[must_use]
    pub fn at(field: Field, problem: Problem) -> Self {
        Self::Invalid(vec![(field, problem)])
    }

    /// A fault of ours; the request id is filled in where the answer leaves the house.
    #[must_use]
    pub const fn internal() -> Self {
        Self::Internal { id: String::new() }
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
            Self::ReauthenticationNeeded | Self::NotPermitted(_) => 403,
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
