//! Passwords, and the ways back in.

use serde::{Deserialize, Serialize};

use super::{Moment, SecondFactor};

/// What a new password must be, as far as it can be told before it is typed (PW-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordRules {
    /// The fewest code points.
    pub min: u32,
    /// The most code points.
    pub max: u32,
}

/// How far a change of the password has come (PW-4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordChange {
    /// None under way.
    Idle,
    /// A code went to the address that holds and is awaited; until then the old password holds.
    AwaitsCode {
        /// Where the code went.
        sent_to: String,
        /// Whether one was sent for this change, or has to wait for its turn (CODE-7).
        sent: bool,
        /// Seconds until another may be sent.
        resend_in_s: u32,
    },
}

/// Who a link to a new password is for (PW-7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// The address.
    pub email: String,
    /// What the new password must be.
    pub rules: PasswordRules,
}

/// What a link that undoes a change of the e-mail address would bring back (EM-4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoEmail {
    /// The former address.
    pub email: String,
    /// Whether nobody else has it by now.
    pub free: bool,
    /// Whether a code of the app, or a recovery code, is asked for as well: the app was there before the change.
    pub asks_app: bool,
    /// What the new password must be.
    pub rules: PasswordRules,
}

/// The page "This wasn't me".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotMe {
    /// Where the code goes.
    pub sent_to: String,
    /// Whether one was sent from here and still works.
    pub sent: bool,
    /// Seconds until another may be sent.
    pub resend_in_s: u32,
    /// The second factor in use; is it the person's own?
    pub factor: SecondFactor,
    /// Since when it is in use.
    pub factor_since: Moment,
    /// What the new password must be.
    pub rules: PasswordRules,
}
