//! The closed list of what is recorded.

use crate::text::Key;
use crate::view::ActivityFilter;

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
    /// The person joined a group. Detail: which.
    GroupJoined,
    /// The person left a group. Detail: which.
    GroupLeft,
    /// Somebody put the person into a group. Detail: which.
    GroupAdded,
    /// Somebody took the person out of a group, or deleted it. Detail: which.
    GroupTaken,
    /// The person entered a client. Detail: which.
    ClientEntered,
    /// The person left a client as its guest. Detail: which.
    ClientLeft,
    /// The person invited somebody as a guest. Detail: whom, and into which client.
    Invited,
    /// The person took an invitation back. Detail: of whom, and into which client.
    InvitationWithdrawn,
    /// The person became a guest of a client. Detail: which.
    InvitationAccepted,
    /// The person did not want to be a guest of a client. Detail: which.
    InvitationRejected,
    /// Somebody ended that the person is a guest of a client. Detail: which.
    GuestRemoved,
    /// Somebody who looks after users made the account.
    UserCreated,
    /// Somebody had another activation link mailed.
    ActivationSent,
    /// Somebody changed the name or the language. Detail: from and to.
    UserEdited,
    /// Somebody ended that the person may sign in.
    UserDisabled,
    /// Somebody let the person sign in again.
    UserEnabled,
    /// Somebody gave or took the right to use the API. Detail: which.
    ApiAccessChanged,
    /// Somebody asks for a second factor of the person, or no longer does. Detail: which.
    FactorRequired,
    /// Somebody had wrong codes forgotten, which had locked the second factor or were about to.
    FactorOpened,
    /// A program signed in to the API. Detail: how.
    ApiSignedIn,
    /// The person made a key for a program. Detail: its name, and until when it holds.
    ApiKeyMade,
    /// The person ended a key. Detail: its name.
    ApiKeyEnded,
    /// The identity at a provider was bound to the account. Detail: which provider.
    ProviderBound,
    /// The people who run this service took it off again. Detail: which provider.
    ProviderUnbound,
    /// Somebody chose another way to sign in for the person. Detail: from and to; nothing stands for the password.
    MethodChanged,
}

impl Kind {
    /// The whole closed list.
    pub const ALL: [Self; 47] = [
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
        Self::GroupJoined,
        Self::GroupLeft,
        Self::GroupAdded,
        Self::GroupTaken,
        Self::ClientEntered,
        Self::ClientLeft,
        Self::Invited,
        Self::InvitationWithdrawn,
        Self::InvitationAccepted,
        Self::InvitationRejected,
        Self::GuestRemoved,
        Self::UserCreated,
        Self::ActivationSent,
        Self::UserEdited,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::ApiAccessChanged,
        Self::FactorRequired,
        Self::FactorOpened,
        Self::ApiSignedIn,
        Self::ApiKeyMade,
        Self::ApiKeyEnded,
        Self::ProviderBound,
        Self::ProviderUnbound,
        Self::MethodChanged,
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
            Self::GroupJoined => "group_joined",
            Self::GroupLeft => "group_left",
            Self::GroupAdded => "group_added",
            Self::GroupTaken => "group_taken",
            Self::ClientEntered => "client_entered",
            Self::ClientLeft => "client_left",
            Self::Invited => "invited",
            Self::InvitationWithdrawn => "invitation_withdrawn",
            Self::InvitationAccepted => "invitation_accepted",
            Self::InvitationRejected => "invitation_rejected",
            Self::GuestRemoved => "guest_removed",
            Self::UserCreated => "user_created",
            Self::ActivationSent => "activation_sent",
            Self::UserEdited => "user_edited",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::ApiAccessChanged => "api_access_changed",
            Self::FactorRequired => "own_factor_required",
            Self::FactorOpened => "factor_opened",
            Self::ApiSignedIn => "api_signed_in",
            Self::ApiKeyMade => "api_key_made",
            Self::ApiKeyEnded => "api_key_ended",
            Self::ProviderBound => "provider_bound",
            Self::ProviderUnbound => "provider_unbound",
            Self::MethodChanged => "method_changed",
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
            Self::GroupJoined => Key::ActivityGroupJoined,
            Self::GroupLeft => Key::ActivityGroupLeft,
            Self::GroupAdded => Key::ActivityGroupAdded,
            Self::GroupTaken => Key::ActivityGroupTaken,
            Self::ClientEntered => Key::ActivityClientEntered,
            Self::ClientLeft => Key::ActivityClientLeft,
            Self::Invited => Key::ActivityInvited,
            Self::InvitationWithdrawn => Key::ActivityInvitationWithdrawn,
            Self::InvitationAccepted => Key::ActivityInvitationAccepted,
            Self::InvitationRejected => Key::ActivityInvitationRejected,
            Self::GuestRemoved => Key::ActivityGuestRemoved,
            Self::UserCreated => Key::ActivityUserCreated,
            Self::ActivationSent => Key::ActivityActivationSent,
            Self::UserEdited => Key::ActivityUserEdited,
            Self::UserDisabled => Key::ActivityUserDisabled,
            Self::UserEnabled => Key::ActivityUserEnabled,
            Self::ApiAccessChanged => Key::ActivityApiAccessChanged,
            Self::FactorRequired => Key::ActivityFactorRequired,
            Self::FactorOpened => Key::ActivityFactorOpened,
            Self::ApiSignedIn => Key::ActivityApiSignedIn,
            Self::ApiKeyMade => Key::ActivityApiKeyMade,
            Self::ApiKeyEnded => Key::ActivityApiKeyEnded,
            Self::ProviderBound => Key::ActivityProviderBound,
            Self::ProviderUnbound => Key::ActivityProviderUnbound,
            Self::MethodChanged => Key::ActivityMethodChanged,
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
            | Self::NotMe
            | Self::UserDisabled
            | Self::UserEnabled
            | Self::ProviderBound
            | Self::ProviderUnbound => ActivityFilter::SignIns,
            Self::NameChanged
            | Self::EmailChanged
            | Self::EmailChangeUndone
            | Self::PictureSet
            | Self::PictureRemoved
            | Self::UserCreated
            | Self::ActivationSent
            | Self::UserEdited
            | Self::MethodChanged => ActivityFilter::Details,
            Self::WrongPassword | Self::PasswordChanged | Self::PasswordResetAsked | Self::PasswordReset => {
                ActivityFilter::Password
            }
            Self::FactorChanged
            | Self::RecoveryRenewed
            | Self::RecoveryUsed
            | Self::FactorResetAsked
            | Self::FactorResetCancelled
            | Self::FactorReset
            | Self::FactorRequired
            | Self::FactorOpened => ActivityFilter::Factor,
            Self::ApiAccessChanged | Self::ApiSignedIn | Self::ApiKeyMade | Self::ApiKeyEnded => ActivityFilter::Api,
            Self::GroupJoined | Self::GroupLeft | Self::GroupAdded | Self::GroupTaken => ActivityFilter::Groups,
            Self::ClientEntered
            | Self::ClientLeft
            | Self::Invited
            | Self::InvitationWithdrawn
            | Self::InvitationAccepted
            | Self::InvitationRejected
            | Self::GuestRemoved => ActivityFilter::Clients,
        }
    }
}
