//! Invitations of guests (INV-1, INV-2). One that has run out, and one that was ended, are no longer open.

use super::tenants::Tenant;
use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A new invitation.
#[derive(Clone, Debug)]
pub struct NewInvitation<'a> {
    /// The client that invites.
    pub tenant_id: &'a str,
    /// Its id.
    pub id: &'a str,
    /// Whom: a canonical address.
    pub email: &'a str,
    /// Into which group.
    pub group_id: &'a str,
    /// Who invites.
    pub invited_by: &'a str,
}

/// Adds an open invitation, so far without a link.
///
/// # Errors
/// The database's; a second open one of this client to the same address is refused there.
pub async fn insert(tx: &mut Tx, invitation: &NewInvitation<'_>, now: Millis, expires_at: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO invitations (tenant_id, id, email, group_id, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        invitation.tenant_id,
        invitation.id,
        invitation.email,
        invitation.group_id,
        invitation.invited_by,
        now,
        expires_at,
    )?;
    Ok(())
}

/// Gives an open invitation a link, by which a former one is dead; whoever sends it vouches for it from now on. Says
/// whether the invitation was still open.
///
/// # Errors
/// The database's.
pub async fn set_link(
    tx: &mut Tx,
    invitation: &NewInvitation<'_>,
    token_hash: &[u8],
    now: Millis,
    expires_at: Millis,
) -> Result<bool> {
    let set = execute!(
        tx.on(),
        "UPDATE invitations SET token_hash = $3, invited_by = $4, created_at = $5, expires_at = $6
          WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $5",
        invitation.tenant_id,
        invitation.id,
        token_hash,
        invitation.invited_by,
        now,
        expires_at,
    )?;
    Ok(set == 1)
}

/// Remembers whether it was a program that sent an invitation: then the right to use the API vouches for it, and no
/// group does (INV-2).
///
/// # Errors
/// The database's.
pub async fn set_by_api(tx: &mut Tx, tenant_id: &str, id: &str, by_api: bool) -> Result<()> {
    execute!(tx.on(), "UPDATE invitations SET by_api = $3 WHERE tenant_id = $1 AND id = $2", tenant_id, id, by_api,)?;
    Ok(())
}

/// An invitation, open or not.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Invitation {
    /// The client that invites.
    pub tenant_id: String,
    /// Its id.
    pub id: String,
    /// Whom: a canonical address.
    pub email: String,
    /// Into which group.
    pub group_id: String,
    /// What that group permits, as stored.
    pub permissions: String,
    /// Who invites.
    pub invited_by: String,
    /// Whether they did so by a program.
    pub by_api: bool,
    /// When it was ended.
    pub ended_at: Option<Millis>,
    /// Until when it is open.
    pub expires_at: Millis,
}

impl Invitation {
    /// Whether it can still be answered.
    #[must_use]
    pub const fn is_open(&self, now: Millis) -> bool {
        self.ended_at.is_none() && self.expires_at > now
    }
}

/// An invitation of this client.
///
/// # Errors
/// The database's.
pub async fn by_id(tx: &mut Tx, tenant_id: &str, id: &str) -> Result<Option<Invitation>> {
    fetch!(
        tx.on(),
        fetch_optional,
        Invitation,
        "SELECT i.tenant_id, i.id, i.email, i.group_id, g.permissions, i.invited_by, i.by_api, i.ended_at,
                i.expires_at
           FROM invitations i JOIN groups g ON g.tenant_id = i.tenant_id AND g.id = i.group_id
          WHERE i.tenant_id = $1 AND i.id = $2",
        tenant_id,
        id,
    )
}

/// The client with this slug, where it has an invitation with this id to the proved address of a user. One read for
/// both, so that a client of others costs what none at all does (TEN-1).
///
/// # Errors
/// The database's.
pub async fn to_user(tx: &mut Tx, slug: &str, id: &str, user_id: &str) -> Result<Option<Tenant>> {
    fetch!(
        tx.on(),
        fetch_optional,
        Tenant,
        "SELECT t.id, t.slug, t.name, t.colour
           FROM tenants t JOIN invitations i ON i.tenant_id = t.id AND i.id = $2
                JOIN users u ON u.email = i.email AND u.id = $3
          WHERE t.slug = $1 AND u.email_proved_at IS NOT NULL AND u.disabled_at IS NULL",
        slug,
        id,
        user_id,
    )
}

/// What ended an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The invited person became a guest.
    Accepted,
    /// The invited person did not want to.
    Rejected,
    /// The client took it back.
    Withdrawn,
    /// A newer one of the same client took its place.
    Replaced,
    /// Whoever invited may no longer do so, or there is nothing to accept.
    Void,
}

impl Outcome {
    const fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Replaced => "replaced",
            Self::Void => "void",
        }
    }
}

/// Ends an open invitation; says whether this was the one call that did. `answer` is who accepted it, or why it was
/// rejected.
///
/// # Errors
/// The database's.
pub async fn end(
    tx: &mut Tx,
    invitation: &Invitation,
    outcome: Outcome,
    answer: Option<&str>,
    now: Millis,
) -> Result<bool> {
    let (accepted, rejected) = (outcome == Outcome::Accepted, outcome == Outcome::Rejected);
    let ended = execute!(
        tx.on(),
        "UPDATE invitations SET ended_at = $3, outcome = $4, accepted_by = $5, reason = $6
          WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $3",
        invitation.tenant_id.as_str(),
        invitation.id.as_str(),
        now,
        outcome.code(),
        answer.filter(|_| accepted),
        answer.filter(|_| rejected),
    )?;
    Ok(ended == 1)
}

/// Ends what this client has open for an address, before a newer one takes its place.
///
/// # Errors
/// The database's.
pub async fn replace(tx: &mut Tx, tenant_id: &str, email: &str, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE invitations SET ended_at = $3, outcome = $4 WHERE tenant_id = $1 AND email = $2 AND ended_at IS NULL",
        tenant_id,
        email,
        now,
        Outcome::Replaced.code(),
    )?;
    Ok(())
}

/// An open invitation, as the invited person sees it.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Received {
    /// Its id.
    pub id: String,
    /// The client that invites.
    pub tenant_id: String,
    /// The client's part of the URL.
    pub slug: String,
    /// The client's name.
    pub client: String,
    /// The client's colour.
    pub colour: String,
    /// Whom: a canonical address.
    pub email: String,
    /// The name of whoever invites.
    pub inviter: String,
    /// Which of the four groups, if one of them.
    pub builtin: Option<String>,
    /// The group's own name.
    pub group_name: String,
    /// What the group permits, as stored.
    pub permissions: String,
    /// Until when it is open.
    pub expires_at: Millis,
}

/// Whether whoever sent the invitation `i` may still invite at all: by a group, or where a program sent it by the right
/// to use the API. The rest is settled where it is accepted (INV-2).
macro_rules! vouched {
    () => {
        "EXISTS (SELECT 1 FROM users v
                  WHERE v.id = i.invited_by AND v.disabled_at IS NULL
                    AND (i.by_api AND v.api_access AND v.home_tenant_id = i.tenant_id
                         OR NOT i.by_api AND EXISTS (SELECT 1 FROM group_members vm
                              JOIN groups vg ON vg.tenant_id = vm.tenant_id AND vg.id = vm.group_id
                             WHERE vm.tenant_id = i.tenant_id AND vm.user_id = v.id
                               AND ' ' || vg.permissions || ' ' LIKE '% guests.invite %')))"
    };
}

pub(super) use vouched;

/// The one text that reads them, with what tells which.
macro_rules! received {
    ($($which:tt)*) => {
        concat!(
            "SELECT i.id, i.tenant_id, t.slug, t.name AS client, t.colour, i.email,
                    u.first_name || ' ' || u.last_name AS inviter, g.builtin, g.name AS group_name, g.permissions,
                    i.expires_at
               FROM invitations i JOIN tenants t ON t.id = i.tenant_id JOIN users u ON u.id = i.invited_by
                    JOIN groups g ON g.tenant_id = i.tenant_id AND g.id = i.group_id
              WHERE i.ended_at IS NULL AND i.expires_at > $2 AND ",
            $($which)*,
            " ORDER BY i.created_at DESC, i.id"
        )
    };
}

/// What is open for an address, the newest first, as far as whoever invites may still do so.
///
/// # Errors
/// The database's.
pub async fn to_address(db: &Db, email: &str, now: Millis) -> Result<Vec<Received>> {
    fetch!(db.read(), fetch_all, Received, received!("i.email = $1 AND ", vouched!()), email, now)
}

/// The open invitation with this link.
///
/// # Errors
/// The database's.
pub async fn by_token(db: &Db, token_hash: &[u8], now: Millis) -> Result<Option<Received>> {
    fetch!(db.read(), fetch_optional, Received, received!("i.token_hash = $1"), token_hash, now)
}

/// An open invitation, as the client sees it.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Sent {
    /// Its id.
    pub id: String,
    /// Whom: a canonical address.
    pub email: String,
    /// The name of whoever invites.
    pub inviter: String,
    /// Which of the four groups, if one of them.
    pub builtin: Option<String>,
    /// The group's own name.
    pub group_name: String,
    /// When it was last sent.
    pub created_at: Millis,
    /// Until when it is open.
    pub expires_at: Millis,
}

/// The one text by which a [`Sent`] is read.
macro_rules! sent {
    ($which:literal) => {
        concat!(
            "SELECT i.id, i.email, u.first_name || ' ' || u.last_name AS inviter, g.builtin, g.name AS group_name,
                    i.created_at, i.expires_at
               FROM invitations i JOIN users u ON u.id = i.invited_by
                    JOIN groups g ON g.tenant_id = i.tenant_id AND g.id = i.group_id
              WHERE i.tenant_id = $1 AND i.ended_at IS NULL AND i.expires_at > $3 AND ",
            $which
        )
    };
}

/// Up to `most` open invitations of a client, the newest first: from the newest on, or from those before the one with
/// the id `before`.
///
/// # Errors
/// The database's.
pub async fn open(db: &Db, tenant_id: &str, before: &str, now: Millis, most: i64) -> Result<Vec<Sent>> {
    let sql = sent!("($2 = '' OR i.id < $2) ORDER BY i.id DESC LIMIT $4");
    fetch!(db.read(), fetch_all, Sent, sql, tenant_id, before, now, most)
}

/// The invitation of a client with this id, if it is open.
///
/// # Errors
/// The database's.
pub async fn open_one(db: &Db, tenant_id: &str, id: &str, now: Millis) -> Result<Option<Sent>> {
    fetch!(db.read(), fetch_optional, Sent, sent!("i.id = $2"), tenant_id, id, now)
}

/// A rejected invitation.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Rejected {
    /// Who rejected it.
    pub email: String,
    /// What they wrote.
    pub reason: Option<String>,
    /// When.
    pub ended_at: Millis,
}

/// Up to `most` invitations by this inviter that were rejected since, the newest first.
///
/// # Errors
/// The database's.
pub async fn rejected(db: &Db, tenant_id: &str, invited_by: &str, since: Millis, most: i64) -> Result<Vec<Rejected>> {
    fetch!(
        db.read(),
        fetch_all,
        Rejected,
        "SELECT email, reason, ended_at FROM invitations
          WHERE tenant_id = $1 AND invited_by = $2 AND outcome = 'rejected' AND ended_at > $3
          ORDER BY ended_at DESC, id DESC LIMIT $4",
        tenant_id,
        invited_by,
        since,
        most,
    )
}

/// Removes invitations that would have run out by then.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, expired_before: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM invitations WHERE expires_at <= $1", expired_before)
}
