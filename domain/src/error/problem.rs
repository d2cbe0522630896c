//! What can be wrong with a field.

use serde::{Deserialize, Serialize};

use crate::text::{Key, Language};

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
    /// No whole number from `min` to `max`.
    OutOfRange {
        /// The least there must be.
        min: u32,
        /// The most there may be.
        max: u32,
    },
    /// Somebody has as many keys for programs as one person may have.
    TooManyKeys,
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
            Self::OutOfRange { min, max } => {
                let (min, max) = (min.to_string(), max.to_string());
                return language.fill(Key::ProblemOutOfRange, &[("min", min.as_str()), ("max", max.as_str())]);
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
            Self::TooManyKeys => Key::ProblemTooManyKeys,
        };
        language.text(key).to_owned()
    }

    /// The HTTP status of a form with this problem: RFC 9110 has names for two of them.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::FileTooLarge { .. } => 413,
            Self::NotAPicture => 415,
            _ => 422,
        }
    }
}
