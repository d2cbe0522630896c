//! What happened to somebody's account. The entries of each user are a chain: each one's hash holds the one before
//! it, with a key from outside the database, so that an entry that somebody changed there is found (LOG-1).

mod log;

use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::Result;
use crate::secrets::Keys;
use crate::store::Tx;
use crate::store::activity::{self, Chain};
use crate::text::Key;
use crate::view::ActivityFilter;
use crate::visitor::Visitor;

pub use log::{SHOWN, page};

/// So many rows are read at a time.
const PAGE: i64 = 500;
/// Who did it, where it was the operator on the command line.
pub const OPERATOR: &str = "operator";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A session began. Detail: how, and whether in a new browser.
    SignedIn,
    /// The password was wrong, or the user may not sign in.
    SignInFailed,
    /// The password was right, and no right code followed.
    CodeNotEntered,
    /// The person ended the session they were in.
    SignedOut,
    /// The person ended another session. Detail: which browser, and where.
    SessionEnded,
    /// The person ended all other sessions.
    SessionsEnded,
    /// First or last name. Detail: from and to.
    NameChanged,
    /// The e-mail address. Detail: from and to.
    EmailChanged,
    /// The former e-mail address holds again. Detail: from and to.
    EmailChangeUndone,
    /// A wrong one was typed where a session asked for it.
    WrongPassword,
    /// The password, by somebody who knew the former one.
    PasswordChanged,
    /// A link to a new password was asked for.
    PasswordResetAsked,
    /// The password, by such a link.
    PasswordReset,
    /// The second factor. Detail: from and to.
    FactorChanged,
    /// Ten new recovery codes.
    RecoveryRenewed,
    /// A recovery code was used. Detail: how many are left.
    RecoveryUsed,
    /// The app was reported as lost.
    FactorResetAsked,
    /// And found again.
    FactorResetCancelled,
    /// The second factor is e-mail again. Detail: from and to.
    FactorReset,
    /// "This wasn't me": all sessions ended, and a new password.
    NotMe,
    /// A profile picture.
    PictureSet,
    /// No profile picture any more.
    PictureRemoved,
}

impl Kind {
    /// The whole closed list.
    pub const ALL: [Self; 22] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::CodeNotEntered,
        Self::SignedOut,
        Self::SessionEnded,
        Self::SessionsEnded,
        Self::NameChanged,
        Self::EmailChanged,
        Self::EmailChangeUndone,
        Self::WrongPassword,
        Self::PasswordChanged,
        Self::PasswordResetAsked,
        Self::PasswordReset,
        Self::FactorChanged,
        Self::RecoveryRenewed,
        Self::RecoveryUsed,
        Self::FactorResetAsked,
        Self::FactorResetCancelled,
        Self::FactorReset,
        Self::NotMe,
        Self::PictureSet,
        Self::PictureRemoved,
    ];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::CodeNotEntered => "code_not_entered",
            Self::SignedOut => "signed_out",
            Self::SessionEnded => "session_ended",
            Self::SessionsEnded => "sessions_ended",
            Self::NameChanged => "name_changed",
            Self::EmailChanged => "email_changed",
            Self::EmailChangeUndone => "email_change_undone",
            Self::WrongPassword => "wrong_password",
            Self::PasswordChanged => "password_changed",
            Self::PasswordResetAsked => "password_reset_asked",
            Self::PasswordReset => "password_reset",
            Self::FactorChanged => "factor_changed",
            Self::RecoveryRenewed => "recovery_renewed",
            Self::RecoveryUsed => "recovery_used",
            Self::FactorResetAsked => "factor_reset_asked",
            Self::FactorResetCancelled => "factor_reset_cancelled",
            Self::FactorReset => "factor_reset",
            Self::NotMe => "not_me",
            Self::PictureSet => "picture_set",
            Self::PictureRemoved => "picture_removed",
        }
    }

    /// Of a stored code, if it is on the list.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The sentence that says it.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::SignedIn => Key::ActivitySignedIn,
            Self::SignInFailed => Key::ActivitySignInFailed,
            Self::CodeNotEntered => Key::ActivityCodeNotEntered,
            Self::SignedOut => Key::ActivitySignedOut,
            Self::SessionEnded => Key::ActivitySessionEnded,
            Self::SessionsEnded => Key::ActivitySessionsEnded,
            Self::NameChanged => Key::ActivityNameChanged,
            Self::EmailChanged => Key::ActivityEmailChanged,
            Self::EmailChangeUndone => Key::ActivityEmailChangeUndone,
            Self::WrongPassword => Key::ActivityWrongPassword,
            Self::PasswordChanged => Key::ActivityPasswordChanged,
            Self::PasswordResetAsked => Key::ActivityPasswordResetAsked,
            Self::PasswordReset => Key::ActivityPasswordReset,
            Self::FactorChanged => Key::ActivityFactorChanged,
            Self::RecoveryRenewed => Key::ActivityRecoveryRenewed,
            Self::RecoveryUsed => Key::ActivityRecoveryUsed,
            Self::FactorResetAsked => Key::ActivityFactorResetAsked,
            Self::FactorResetCancelled => Key::ActivityFactorResetCancelled,
            Self::FactorReset => Key::ActivityFactorReset,
            Self::NotMe => Key::ActivityNotMe,
            Self::PictureSet => Key::ActivityPictureSet,
            Self::PictureRemoved => Key::ActivityPictureRemoved,
        }
    }

    /// Under which part of the activity it is shown.
    #[must_use]
    pub const fn filter(self) -> ActivityFilter {
        match self {
            Self::SignedIn
            | Self::SignInFailed
            | Self::CodeNotEntered
            | Self::SignedOut
            | Self::SessionEnded
            | Self::SessionsEnded
            | Self::NotMe => ActivityFilter::SignIns,
            Self::NameChanged
            | Self::EmailChanged
            | Self::EmailChangeUndone
            | Self::PictureSet
            | Self::PictureRemoved => ActivityFilter::Details,
            Self::WrongPassword | Self::PasswordChanged | Self::PasswordResetAsked | Self::PasswordReset => {
                ActivityFilter::Password
            }
            Self::FactorChanged
            | Self::RecoveryRenewed
            | Self::RecoveryUsed
            | Self::FactorResetAsked
            | Self::FactorResetCancelled
            | Self::FactorReset => ActivityFilter::Factor,
        }
    }
}

/// Something to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Whose account.
    pub user_id: &'a str,
    /// What happened.
    pub kind: Kind,
    /// From where, where it was by a browser.
    pub visitor: Option<&'a Visitor>,
    /// Who did it, where it was somebody else: a user's id or [`OPERATOR`].
    pub by: Option<&'a str>,
    /// The client it was done in, where it belongs to one.
    pub tenant_id: Option<&'a str>,
    /// More about it, as small JSON such as `{"from":"email","to":"app"}`; may be empty. Never a secret.
    pub detail: &'a str,
}

/// Records what somebody did to their own account, as [`note`].
///
/// # Errors
/// The database's.
pub async fn record(tx: &mut Tx, backend: &Backend, actor: &Actor, kind: Kind) -> Result<()> {
    let (user_id, visitor) = (actor.user_id(), Some(actor.visitor()));
    note(tx, backend, &Entry { user_id, kind, visitor, by: None, tenant_id: None, detail: "" }).await
}

/// Records what happened to somebody's account. It is the last step of its transaction: whoever holds the end of a
/// chain waits for nothing else.
///
/// # Errors
/// The database's; a user who does not exist is a fault.
pub async fn note(tx: &mut Tx, backend: &Backend, entry: &Entry<'_>) -> Result<()> {
    let (seq, former) = activity::hold(tx, entry.user_id).await?;
    let visitor = entry.visitor;
    let mut row = activity::Entry {
        seq,
        at: backend.clock.now(),
        kind: entry.kind.code().to_owned(),
        actor_id: entry.by.map(str::to_owned),
        tenant_id: entry.tenant_id.map(str::to_owned),
        address: visitor.map_or_else(String::new, |visitor| visitor.address.to_canonical().to_string()),
        browser: visitor.map_or_else(String::new, |visitor| visitor.browser.clone()),
        detail: entry.detail.to_owned(),
        hash: Vec::new(),
    };
    row.hash = hash(&backend.keys, entry.user_id, &former.unwrap_or_default(), &row);
    activity::append(tx, entry.user_id, &row).await
}

fn hash(keys: &Keys, user_id: &str, former: &[u8], row: &activity::Entry) -> Vec<u8> {
    let activity::Entry { seq, at, kind, actor_id, tenant_id, address, browser, detail, hash: _ } = row;
    // Nobody is told apart from somebody without a name.
    let [actor, tenant] = [actor_id, tenant_id].map(|id| id.as_ref().map_or_else(String::new, |id| format!("+{id}")));
    keys.activity_mac(&[
        former,
        user_id.as_bytes(),
        seq.to_be_bytes().as_slice(),
        at.to_be_bytes().as_slice(),
        kind.as_bytes(),
        actor.as_bytes(),
        tenant.as_bytes(),
        address.as_bytes(),
        browser.as_bytes(),
        detail.as_bytes(),
    ])
}

/// What became of looking through all entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many entries there are.
    pub entries: i64,
    /// The ids of those whose chain does not hold.
    pub broken: Vec<String>,
}

/// Looks through the entries of all users: changed, lost and foreign ones are found. What is not found is a chain
/// that was put back to what it once was, in both tables.
///
/// # Errors
/// The database's.
pub async fn verify(backend: &Backend) -> Result<Looked> {
    let mut looked = Looked::default();
    let mut after = String::new();
    loop {
        let chains = activity::chains(&backend.db, &after, PAGE).await?;
        let Some(last) = chains.last() else { return Ok(looked) };
        after.clone_from(&last.user_id);
        for chain in chains {
            looked.entries += chain.length;
            if !holds(backend, &chain).await? {
                looked.broken.push(chain.user_id);
            }
        }
    }
}

async fn holds(backend: &Backend, chain: &Chain) -> Result<bool> {
    let (mut seq, mut former, mut ends_right) = (0, Vec::new(), false);
    loop {
        let entries = activity::after(&backend.db, &chain.user_id, seq, PAGE).await?;
        if entries.is_empty() {
            return Ok(ends_right);
        }
        for entry in entries {
            seq += 1;
            if entry.seq != seq || entry.hash != hash(&backend.keys, &chain.user_id, &former, &entry) {
                return Ok(false);
            }
            // Entries that were appended meanwhile come after the end that the chain had.
            ends_right |= seq == chain.length && chain.head.as_ref() == Some(&entry.hash);
            former = entry.hash;
        }
    }
}
