//! Invitations, guests, and leaving a client.

use serde::{Deserialize, Serialize};

use super::{BuiltinGroup, Client, Moment, Permission, Person};

/// An open invitation of the person, on the page Invitations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id, by which it is answered together with the client's part of the URL.
    pub id: String,
    /// The client that invites.
    pub client: Client,
    /// The name of whoever invites.
    pub inviter: String,
    /// The group, in the reader's language.
    pub group: String,
    /// What it permits.
    pub permissions: Vec<Permission>,
    /// Until when it is open.
    pub until: Moment,
}

/// How far somebody is who was invited by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Invited {
    /// Nobody has an account with this address; whoever was invited makes one first.
    Nobody,
    /// There is an account, and nobody has chosen its password yet: that comes first.
    NotActivated,
    /// They sign in.
    Account,
}

/// What a mailed invitation leads to. Looking answers nothing and uses nothing up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationLink {
    /// Who invites, into what, and until when.
    pub invitation: Invitation,
    /// The address it was sent to, and the only one whose account can accept it (INV-1).
    pub email: String,
    /// Whether somebody has an account with this address.
    pub invited: Invited,
    /// The fewest code points of a password.
    pub min_password: u32,
}

/// A group to invite somebody into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteGroup {
    /// Its id.
    pub id: String,
    /// Which of the four, if one of them.
    pub builtin: Option<BuiltinGroup>,
    /// Its name, in the reader's language.
    pub name: String,
    /// What it permits.
    pub permissions: Vec<Permission>,
    /// Whether it is the one that is chosen until somebody chooses another.
    pub preselected: bool,
    /// A permission of the group that whoever invites lacks: then they cannot invite into it (GRP-1).
    pub lacks: Option<Permission>,
}

/// What a client has open, and what became of the reader's own invitations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inviting {
    /// At most 50, the newest first.
    pub open: Vec<SentInvitation>,
    /// Before which id the next page goes on, where there is more.
    pub older: Option<String>,
    /// The reader's own that were rejected in the last seven days, at most 20, the newest first.
    pub rejected: Vec<RejectedInvitation>,
}

/// An open invitation, as those see it who may invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentInvitation {
    /// Its id.
    pub id: String,
    /// Whom.
    pub email: String,
    /// The group, in the reader's language.
    pub group: String,
    /// The name of whoever invites.
    pub inviter: String,
    /// When it was last sent.
    pub sent: Moment,
    /// Until when it is open.
    pub until: Moment,
}

/// An invitation that was turned down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedInvitation {
    /// By whom.
    pub email: String,
    /// What they wrote; may hold line breaks.
    pub reason: Option<String>,
    /// When.
    pub at: Moment,
}

/// Guests of a client, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestPage {
    /// At most 50.
    pub guests: Vec<Guest>,
    /// After which the next page goes on, where there is more.
    pub more: Option<String>,
}

/// A guest of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// The user's id.
    pub id: String,
    /// Who.
    pub person: Person,
    /// The name of the home client; empty where it is of this one person alone.
    pub home: String,
    /// The groups here, in the reader's language.
    pub groups: Vec<String>,
    /// Since when.
    pub since: Moment,
    /// When they last entered this client.
    pub last_entered: Option<Moment>,
}

/// What a guest loses by leaving a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLoss {
    /// The client.
    pub client: Client,
    /// The groups there, in the reader's language.
    pub groups: Vec<String>,
    /// What they permit together.
    pub permissions: Vec<Permission>,
}
