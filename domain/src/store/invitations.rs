//! Invitations of guests.

use super::{Tx, execute};
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

/// Adds an open invitation.
///
/// # Errors
/// The database's.
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
