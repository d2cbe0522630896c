//! What programs show in place of a session: tokens of a sign-in, and keys that people made (API-1, API-2). Nothing of
//! them is kept outside the database, so one that is gone is gone at the next request, on every instance (SESS-6).

use super::sessions::LiveSession;
use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A sign-in to the API.
    Login,
    /// Its owner made it for a program that runs alone.
    Key,
}

impl Kind {
    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Key => "key",
        }
    }

    /// Of a stored code; what is no key ends like a sign-in.
    #[must_use]
    pub fn read(code: &str) -> Self {
        if code == Self::Key.code() { Self::Key } else { Self::Login }
    }
}

/// A live token and its user, in one read.
#[derive(Clone, sqlx_macros::FromRow)]
pub struct LiveToken {
    /// The token's id; the token itself is elsewhere.
    pub id: String,
    kind: String,
    /// Until when it holds.
    pub expires_at: Millis,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Millis>,
    /// What is known of the user. The id of the session is that of the token, the current client is the home client,
    /// and nobody has proved anything lately.
    #[sqlx(flatten)]
    pub session: LiveSession,
}

impl LiveToken {
    /// Where it came from.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::read(&self.kind)
    }
}

/// The token with this hash, if it has not ended and its user may use the API and is not disabled.
///
/// # Errors
/// The database's.
pub async fn live(db: &Db, token_hash: &[u8], now: Millis) -> Result<Option<LiveToken>> {
    fetch!(
        db.read(),
        fetch_optional,
        LiveToken,
        "SELECT k.id, k.kind, k.expires_at, k.last_used_at, k.user_id, k.browser, k.address, k.created_at,
                COALESCE(k.last_used_at, k.created_at) AS last_seen_at, CAST(0 AS BIGINT) AS authenticated_at,
                u.email, u.first_name, u.last_name, p.id AS picture, u.language, u.theme, u.second_factor,
                u.second_factor_set_at, u.password_set_at, u.provider, u.api_access, t.slug AS current_slug,
                CAST(0 AS BIGINT) AS open_invitations
           FROM api_tokens k JOIN users u ON u.id = k.user_id JOIN tenants t ON t.id = u.home_tenant_id
                LEFT JOIN pictures p ON p.user_id = u.id
          WHERE k.token_hash = $1 AND k.expires_at > $2 AND u.api_access AND u.disabled_at IS NULL",
        token_hash,
        now,
    )
}

/// Whether a token holds at this moment, as [`live`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn stands(tx: &mut Tx, id: &str, now: Millis) -> Result<bool> {
    let (stands,) = fetch!(
        tx.on(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM api_tokens k JOIN users u ON u.id = k.user_id
          WHERE k.id = $1 AND k.expires_at > $2 AND u.api_access AND u.disabled_at IS NULL)",
        id,
        now,
    )?;
    Ok(stands)
}

/// Whether a user may use the API, and that on the data of this client: their home client. Nobody who is disabled may.
///
/// # Errors
/// The database's.
pub async fn may_use(tx: &mut Tx, tenant_id: &str, user_id: &str) -> Result<bool> {
    let (may,) = fetch!(
        tx.on(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM users
          WHERE id = $2 AND home_tenant_id = $1 AND api_access AND disabled_at IS NULL)",
        tenant_id,
        user_id,
    )?;
    Ok(may)
}

/// Remembers that a token was used.
///
/// # Errors
/// The database's.
pub async fn touch(db: &Db, id: &str, now: Millis) -> Result<()> {
    execute!(
        db.write(),
        "UPDATE api_tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
        id,
        now,
    )?;
    Ok(())
}

/// A token to be.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// Its id.
    pub id: &'a str,
    /// SHA-256 of the token.
    pub token_hash: &'a [u8],
    /// Whose.
    pub user_id: &'a str,
    /// Where it comes from.
    pub kind: Kind,
    /// What its owner calls it; nothing for that of a sign-in.
    pub name: &'a str,
    /// Its last four letters; nothing for that of a sign-in.
    pub hint: &'a str,
    /// With what it was made.
    pub browser: &'a str,
    /// From which network address.
    pub address: &'a str,
    /// When its owner is to hear that it ends.
    pub warn_at: Option<Millis>,
}

/// Adds a token.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, token: &NewToken<'_>, now: Millis, expires_at: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO api_tokens (id, token_hash, user_id, kind, name, hint, browser, address, created_at, expires_at,
                                 warn_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        token.id,
        token.token_hash,
        token.user_id,
        token.kind.code(),
        token.name,
        token.hint,
        token.browser,
        token.address,
        now,
        expires_at,
        token.warn_at,
    )?;
    Ok(())
}

/// A key as its owner sees it.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct KeyRow {
    /// By which it is ended.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Its last four letters.
    pub hint: String,
    /// When it was made.
    pub created_at: Millis,
    /// Until when it holds.
    pub expires_at: Millis,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Millis>,
}

/// The keys of a user that have not ended, the newest first.
///
/// # Errors
/// The database's.
pub async fn keys(db: &Db, user_id: &str, now: Millis) -> Result<Vec<KeyRow>> {
    fetch!(
        db.read(),
        fetch_all,
        KeyRow,
        "SELECT id, name, hint, created_at, expires_at, last_used_at FROM api_tokens
          WHERE user_id = $1 AND kind = 'key' AND expires_at > $2 ORDER BY created_at DESC, id DESC",
        user_id,
        now,
    )
}

/// How many keys of a user have not ended.
///
/// # Errors
/// The database's.
pub async fn count_keys(tx: &mut Tx, user_id: &str, now: Millis) -> Result<i64> {
    let (count,) = fetch!(
        tx.on(),
        fetch_one,
        (i64,),
        "SELECT COUNT(*) FROM api_tokens WHERE user_id = $1 AND kind = 'key' AND expires_at > $2",
        user_id,
        now,
    )?;
    Ok(count)
}

/// Whether a key of a user that has not ended is called so.
///
/// # Errors
/// The database's.
pub async fn has_name(tx: &mut Tx, user_id: &str, name: &str, now: Millis) -> Result<bool> {
    let (has,) = fetch!(
        tx.on(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM api_tokens
          WHERE user_id = $1 AND kind = 'key' AND name = $2 AND expires_at > $3)",
        user_id,
        name,
        now,
    )?;
    Ok(has)
}

/// Ends a key of this user, and of nobody else; says what it was called.
///
/// # Errors
/// The database's.
pub async fn end_key(tx: &mut Tx, user_id: &str, id: &str) -> Result<Option<String>> {
    let ended = fetch!(
        tx.on(),
        fetch_optional,
        (String,),
        "DELETE FROM api_tokens WHERE user_id = $1 AND id = $2 AND kind = 'key' RETURNING name",
        user_id,
        id,
    )?;
    Ok(ended.map(|(name,)| name))
}

/// Ends a token; says whether it was still there.
///
/// # Errors
/// The database's.
pub async fn end_one(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(execute!(tx.on(), "DELETE FROM api_tokens WHERE id = $1", id)? == 1)
}

/// Ends all tokens and keys of a user (SESS-6); says how many there were.
///
/// # Errors
/// The database's.
pub async fn end_all(tx: &mut Tx, user_id: &str) -> Result<u64> {
    execute!(tx.on(), "DELETE FROM api_tokens WHERE user_id = $1", user_id)
}

/// Ends the sign-ins of a user to the API, and no key; says how many had not ended by time.
///
/// # Errors
/// The database's.
pub async fn end_logins(tx: &mut Tx, user_id: &str, now: Millis) -> Result<u64> {
    execute!(tx.on(), "DELETE FROM api_tokens WHERE user_id = $1 AND kind = 'login' AND expires_at > $2", user_id, now,)
}

/// Ends all tokens and keys of those who belong to a client and are about to be given a second factor.
///
/// # Errors
/// The database's.
pub async fn end_of_those_without_factor(tx: &mut Tx, tenant_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "DELETE FROM api_tokens WHERE user_id IN
           (SELECT u.id FROM memberships m JOIN users u ON u.id = m.user_id
             WHERE m.tenant_id = $1 AND u.second_factor = 'off' AND u.provider IS NULL)",
        tenant_id,
    )?;
    Ok(())
}

/// A key that ends soon.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct DueKey {
    /// Its id.
    pub id: String,
    /// Whose.
    pub user_id: String,
}

/// Up to a hundred keys whose owners are to hear that they end, those that end first first.
///
/// # Errors
/// The database's.
pub async fn due(db: &Db, now: Millis) -> Result<Vec<DueKey>> {
    fetch!(
        db.read(),
        fetch_all,
        DueKey,
        "SELECT id, user_id FROM api_tokens
          WHERE warn_at IS NOT NULL AND warned_at IS NULL AND warn_at <= $1 AND expires_at > $1
          ORDER BY warn_at, id LIMIT 100",
        now,
    )
}

/// Remembers that the owner of a key hears of its end; says its name and when that is, where this was the one call that
/// did.
///
/// # Errors
/// The database's.
pub async fn take_due(tx: &mut Tx, id: &str, now: Millis) -> Result<Option<(String, Millis)>> {
    fetch!(
        tx.on(),
        fetch_optional,
        (String, Millis),
        "UPDATE api_tokens SET warned_at = $2
          WHERE id = $1 AND warned_at IS NULL AND warn_at <= $2 AND expires_at > $2 RETURNING name, expires_at",
        id,
        now,
    )
}

/// Remembers from where a user has signed in to the API; says whether it was for the first time.
///
/// # Errors
/// The database's.
pub async fn seen_place(tx: &mut Tx, user_id: &str, place: &str, now: Millis) -> Result<bool> {
    let known = execute!(
        tx.on(),
        "UPDATE api_places SET seen_at = $3 WHERE user_id = $1 AND place = $2",
        user_id,
        place,
        now,
    )?;
    if known > 0 {
        return Ok(false);
    }
    let added = execute!(
        tx.on(),
        "INSERT INTO api_places (user_id, place, seen_at) VALUES ($1, $2, $3) ON CONFLICT (user_id, place) DO NOTHING",
        user_id,
        place,
        now,
    )?;
    Ok(added == 1)
}

/// Removes tokens and keys that ended by time.
///
/// # Errors
/// The database's.
pub async fn prune(db: &Db, now: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM api_tokens WHERE expires_at <= $1", now)
}

/// Forgets places from where nobody has signed in since.
///
/// # Errors
/// The database's.
pub async fn prune_places(db: &Db, before: Millis) -> Result<u64> {
    execute!(db.write(), "DELETE FROM api_places WHERE seen_at <= $1", before)
}
