//! What happened in a client: to itself and its groups, and to its people as far as it was done there.

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// An entry to be.
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// The client.
    pub tenant_id: &'a str,
    /// Its id.
    pub id: &'a str,
    /// What, as a code of the closed list.
    pub kind: &'a str,
    /// Who did it.
    pub actor_id: &'a str,
    /// From which network address.
    pub address: &'a str,
    /// With which browser and system.
    pub browser: &'a str,
    /// More, as JSON.
    pub detail: &'a str,
}

/// Adds an entry.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, entry: &NewEntry<'_>, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO tenant_activity (tenant_id, id, at, kind, actor_id, address, browser, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        entry.tenant_id,
        entry.id,
        now,
        entry.kind,
        entry.actor_id,
        entry.address,
        entry.browser,
        entry.detail,
    )?;
    Ok(())
}

/// Where an entry stands among all of a client, in the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx_macros::FromRow)]
pub struct Place {
    /// When.
    pub at: Millis,
    /// Whose activity it stands in, or its own id.
    pub id: String,
    /// Its number there, or 0.
    pub seq: i64,
}

/// An entry of a client, as it is shown.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Shown {
    /// Where it stands.
    #[sqlx(flatten)]
    pub place: Place,
    /// What, as a code of one of the two closed lists.
    pub kind: String,
    /// The name of whom it concerns; nobody where it concerns the client itself.
    pub person: Option<String>,
    /// Who did it, where it was not the person.
    pub actor_id: Option<String>,
    /// The name of whoever did it, while their account is there.
    pub actor_name: Option<String>,
    /// From which network address.
    pub address: String,
    /// With which browser and system.
    pub browser: String,
    /// More, as JSON; or nothing.
    pub detail: String,
}

/// Up to `most` entries of people before `before`, newest first: those of `kinds`, a list with a blank around each, or
/// all where it is empty.
///
/// # Errors
/// The database's.
pub async fn of_people(db: &Db, tenant_id: &str, before: &Place, kinds: &str, most: i64) -> Result<Vec<Shown>> {
    fetch!(
        db.read(),
        fetch_all,
        Shown,
        "SELECT a.at, a.user_id AS id, a.seq, a.kind, u.first_name || ' ' || u.last_name AS person,
                a.actor_id, o.first_name || ' ' || o.last_name AS actor_name, a.address, a.browser, a.detail
           FROM activity a JOIN users u ON u.id = a.user_id LEFT JOIN users o ON o.id = a.actor_id
          WHERE a.tenant_id = $1 AND (a.at, a.user_id, a.seq) < ($2, $3, $4)
            AND ($5 = '' OR $5 LIKE '% ' || a.kind || ' %')
          ORDER BY a.at DESC, a.user_id DESC, a.seq DESC LIMIT $6",
        tenant_id,
        before.at,
        before.id.as_str(),
        before.seq,
        kinds,
        most,
    )
}

/// The same of the client itself.
///
/// # Errors
/// The database's.
pub async fn of_client(db: &Db, tenant_id: &str, before: &Place, kinds: &str, most: i64) -> Result<Vec<Shown>> {
    fetch!(
        db.read(),
        fetch_all,
        Shown,
        "SELECT a.at, a.id, CAST(0 AS BIGINT) AS seq, a.kind, CAST(NULL AS TEXT) AS person,
                a.actor_id, o.first_name || ' ' || o.last_name AS actor_name, a.address, a.browser, a.detail
           FROM tenant_activity a LEFT JOIN users o ON o.id = a.actor_id
          WHERE a.tenant_id = $1 AND (a.at, a.id) < ($2, $3)
            AND ($4 = '' OR $4 LIKE '% ' || a.kind || ' %')
          ORDER BY a.at DESC, a.id DESC LIMIT $5",
        tenant_id,
        before.at,
        before.id.as_str(),
        kinds,
        most,
    )
}
