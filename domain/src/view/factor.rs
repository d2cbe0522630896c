//! The second factor: which one is in use, and how a change of it, its recovery codes and a lost app stand.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Moment, SecondFactor};

impl SecondFactor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Email, Self::App];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Email => "email",
            Self::App => "app",
        }
    }

    /// Of a stored code; what is none of ours asks for a mailed code, never for nothing.
    #[must_use]
    pub fn read(code: &str) -> Self {
        Self::ALL.into_iter().find(|factor| factor.code() == code).unwrap_or(Self::Email)
    }
}

/// What may be chosen as second factor, and what there is to know of the one in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorOptions {
    /// The factor in use.
    pub factor: SecondFactor,
    /// Whether every client of the person allows none at all (TOTP-6).
    pub may_be_off: bool,
    /// How many recovery codes are unused; `None` where the factor is no app.
    pub recovery_left: Option<u32>,
    /// Whether so few are left that new ones are advised (REC-1).
    pub recovery_low: bool,
    /// When codes come by e-mail again, where somebody has said that the app is lost.
    pub reset_due: Option<Moment>,
}

/// How far a change of the second factor has come (TOTP-4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactorChange {
    /// None under way.
    Idle,
    /// The sign-in is too old, the password comes first (SESS-9).
    PasswordFirst,
    /// A code of the factor in use is awaited; a recovery code does as well where that is the app.
    AwaitsCode {
        /// Where the code comes from: by e-mail, also where no factor is in use, or from the app.
        by: SecondFactor,
        /// Where mailed codes go.
        sent_to: String,
        /// Whether one was sent for this change, or has to wait for its turn (CODE-7); no for the app.
        sent: bool,
        /// Seconds until another may be sent; 0 for the app.
        resend_in_s: u32,
        /// The factor to be.
        target: SecondFactor,
    },
    /// The app is to be set up. This is the one view that holds a secret: until the set-up is through, on this page,
    /// and never again.
    SetUp {
        /// To be posted back, so that of two set-ups only the newer one comes true.
        id: String,
        /// The secret and all that goes with it as a QR code: SVG, black on white, with its quiet zone.
        qr_svg: String,
        /// The secret in base32, in groups of four.
        secret_groups: Vec<String>,
        /// As the app names us.
        issuer: String,
        /// As the app names the account.
        account: String,
        /// The recovery codes to be kept.
        recovery_codes: Vec<String>,
    },
}

impl fmt::Debug for FactorChange {
    /// Nothing of a set-up is ever printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle => f.write_str("Idle"),
            Self::PasswordFirst => f.write_str("PasswordFirst"),
            Self::AwaitsCode { by, sent_to, sent, resend_in_s, target } => {
                write!(f, "AwaitsCode {{ {by:?}, {sent_to}, {sent}, {resend_in_s} s, {target:?} }}")
            }
            Self::SetUp { .. } => f.write_str("SetUp { .. }"),
        }
    }
}

/// How far new recovery codes have come (REC-1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecoveryChange {
    /// None under way.
    Idle,
    /// The sign-in is too old, the password comes first (SESS-9).
    PasswordFirst,
    /// A code of the app is awaited, or one of the recovery codes of before.
    AwaitsCode,
    /// The new codes, until the person says that they are kept; the codes of before hold until then.
    Shown {
        /// To be posted back.
        id: String,
        /// As people read them.
        codes: Vec<String>,
    },
}

impl fmt::Debug for RecoveryChange {
    /// No code is ever printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::PasswordFirst => "PasswordFirst",
            Self::AwaitsCode => "AwaitsCode",
            Self::Shown { .. } => "Shown { .. }",
        })
    }
}

/// The way back in for somebody who has lost the app, at the second step of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LostApp {
    /// Nothing was asked for.
    Idle {
        /// Where the code will go.
        send_to: String,
        /// Seconds until one may be sent.
        wait_s: u32,
    },
    /// A code was mailed and is awaited; with it the wait begins.
    AwaitsCode {
        /// Where it went.
        sent_to: String,
        /// Seconds until another may be sent.
        resend_in_s: u32,
    },
    /// From then on, codes come by e-mail at sign-in.
    Waits {
        /// When.
        until: Moment,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_read_as_it_is_stored_and_what_is_none_is_never_off() {
        for factor in SecondFactor::ALL {
            assert_eq!(SecondFactor::read(factor.code()), factor);
        }
        assert_eq!(["", "Off", "none"].map(SecondFactor::read), [SecondFactor::Email; 3]);
    }

    #[test]
    fn what_is_secret_is_not_printed() {
        let secret = || "SECRET".to_owned();
        let set_up = FactorChange::SetUp {
            id: secret(),
            qr_svg: secret(),
            secret_groups: vec![secret()],
            issuer: secret(),
            account: secret(),
            recovery_codes: vec![secret()],
        };
        let shown = RecoveryChange::Shown { id: secret(), codes: vec![secret()] };
        assert!(!format!("{set_up:?} {shown:?}").contains("SECRET"));
    }
}
