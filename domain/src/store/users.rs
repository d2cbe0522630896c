//! People.

mod identity;

use super::{Db, Tx, execute, fetch, in_time, is_unique_violation, refused, user_list};
use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::store::Either;
use crate::view::SecondFactor;

pub use identity::{bind, by_provider, set_provider, unbind};

/// A user. It cannot be serialised: what pages show of it is chosen in [`crate::view`].
#[derive(Clone, sqlx_macros::FromRow)]
pub struct User {
    /// The id.
    pub id: String,
    /// The one address, canonical.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Argon2id hash, once there is a password.
    pub password_hash: Option<String>,
    /// When the password was last set.
    pub password_set_at: Option<Millis>,
    second_factor: String,
    /// The chosen language.
    pub language: Option<String>,
    /// The chosen theme.
    pub theme: Option<String>,
    /// The home client.
    pub home_tenant_id: String,
    /// Since when the user may not sign in.
    pub disabled_at: Option<Millis>,
    /// Whether programs may act for the user.
    pub api_access: bool,
    /// The id of the provider that manages the sign-in; `None` for sign-in by password (OIDC-3).
    pub provider: Option<String>,
    /// Who vouches for the identity that was bound at the activation.
    pub provider_issuer: Option<String>,
    /// Who the user is there.
    pub provider_subject: Option<String>,
    /// When it was bound.
    pub provider_bound_at: Option<Millis>,
}

impl User {
    /// The second factor in use.
    #[must_use]
    pub fn factor(&self) -> SecondFactor {
        SecondFactor::read(&self.second_factor)
    }

    /// Whether the user has a way in: a password, or an identity at a provider.
    #[must_use]
    pub const fn is_activated(&self) -> bool {
        self.password_hash.is_some() || self.provider_bound_at.is_some()
    }
}

/// The one text by which a [`User`] is read.
macro_rules! users_where {
    ($which:literal) => {
        concat!(
            "SELECT id, email, first_name, last_name, password_hash, password_set_at, second_factor, language, theme,
                    home_tenant_id, disabled_at, api_access, provider, provider_issuer, provider_subject,
                    provider_bound_at
               FROM users WHERE ",
            $which
        )
    };
}

const BY_EMAIL: &str = users_where!("email = $1");
const BY_ID: &str = users_where!("id = $1");
const BY_IDENTITY: &str = users_where!("provider_issuer = $1 AND provider_subject = $2");

/// The user with this canonical address.
///
/// # Errors
/// The database's.
pub async fn by_email(db: &Db, email: &str) -> Result<Option<User>> {
    fetch!(db.read(), fetch_optional, User, BY_EMAIL, email)
}

/// As [`by_email`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn by_email_in(tx: &mut Tx, email: &str) -> Result<Option<User>> {
    fetch!(tx.on(), fetch_optional, User, BY_EMAIL, email)
}

/// The user with this id.
///
/// # Errors
/// The database's.
pub async fn by_id(db: &Db, id: &str) -> Result<Option<User>> {
    fetch!(db.read(), fetch_optional, User, BY_ID, id)
}

/// As [`by_id`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn by_id_in(tx: &mut Tx, id: &str) -> Result<Option<User>> {
    fetch!(tx.on(), fetch_optional, User, BY_ID, id)
}

/// The user to whom this identity was bound, never one with the same address (OIDC-2).
///
/// # Errors
/// The database's.
pub async fn by_identity(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<User>> {
    fetch!(tx.on(), fetch_optional, User, BY_IDENTITY, issuer, subject)
}

/// A user to be.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// The id.
    pub id: &'a str,
    /// The canonical address.
    pub email: &'a str,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// The chosen language.
    pub language: Option<&'a str>,
    /// The home client.
    pub home_tenant_id: &'a str,
}

/// Adds a user, with codes by e-mail as second factor from the first day; says whether the address was free. One that
/// a link still leads back to is not: nobody keeps its owner from coming back by making an account for it (EM-4).
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, user: &NewUser<'_>, now: Millis) -> Result<bool> {
    let added = execute!(
        tx.on(),
        "INSERT INTO users (id, email, first_name, last_name, second_factor, second_factor_set_at, language,
                            home_tenant_id, current_tenant_id, api_access, created_at)
         VALUES ($1, $2, $3, $4, 'email', $5, $6, $7, $7, FALSE, $5) ON CONFLICT (email) DO NOTHING",
        user.id,
        user.email,
        user.first_name,
        user.last_name,
        now,
        user.language,
        user.home_tenant_id,
    )?;
    // Asked afterwards: the insert may have waited for the change of an address that leaves such a link behind.
    let taken_back = execute!(
        tx.on(),
        "DELETE FROM users WHERE id = $1
            AND EXISTS (SELECT 1 FROM links WHERE kind = 'undo_email' AND email = $2 AND expires_at > $3)",
        user.id,
        user.email,
        now,
    )?;
    Ok(added == 1 && taken_back == 0)
}

/// Sets first and last name.
///
/// # Errors
/// The database's.
pub async fn set_names(tx: &mut Tx, id: &str, first_name: &str, last_name: &str) -> Result<()> {
    execute!(tx.on(), "UPDATE users SET first_name = $2, last_name = $3 WHERE id = $1", id, first_name, last_name)?;
    user_list::refresh(tx, id).await
}

/// The address of a user, where they have proved it and are not disabled (INV-1).
///
/// # Errors
/// The database's.
pub async fn proved_address(tx: &mut Tx, id: &str) -> Result<Option<String>> {
    let row = fetch!(
        tx.on(),
        fetch_optional,
        (String,),
        "SELECT email FROM users WHERE id = $1 AND email_proved_at IS NOT NULL AND disabled_at IS NULL",
        id,
    )?;
    Ok(row.map(|(email,)| email))
}

/// Remembers that a user has signed in; says whether it was for the first time. By then a mailed link or a mailed code
/// has proved the address.
///
/// # Errors
/// The database's.
pub async fn first_sign_in(tx: &mut Tx, id: &str, now: Millis) -> Result<bool> {
    let first = execute!(
        tx.on(),
        "UPDATE users SET first_signed_in_at = $2, email_proved_at = COALESCE(email_proved_at, $2)
          WHERE id = $1 AND first_signed_in_at IS NULL",
        id,
        now,
    )?;
    Ok(first == 1)
}

/// Sets a proved address; says whether it was still free.
///
/// # Errors
/// The database's.
pub async fn set_email(tx: &mut Tx, id: &str, email: &str, now: Millis) -> Result<bool> {
    const SQL: &str = "UPDATE users SET email = $2, email_proved_at = $3 WHERE id = $1";
    let done = match tx.on() {
        Either::Sqlite(on) => in_time(sqlx::query(SQL).bind(id).bind(email).bind(now).execute(on)).await.map(|_| ()),
        Either::Postgres(on) => in_time(sqlx::query(SQL).bind(id).bind(email).bind(now).execute(on)).await.map(|_| ()),
    };
    match done {
        Ok(()) => user_list::refresh(tx, id).await.map(|()| true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(refused(error)),
    }
}

/// Sets the password of an account that has one.
///
/// # Errors
/// [`Error::ManagedByProvider`] for whoever signs in elsewhere, whatever led here (OIDC-3); or the database's.
pub async fn set_password(tx: &mut Tx, id: &str, hash: &str, now: Millis) -> Result<()> {
    let set = execute!(
        tx.on(),
        "UPDATE users SET password_hash = $2, password_set_at = $3 WHERE id = $1 AND provider IS NULL",
        id,
        hash,
        now,
    )?;
    if set == 1 { Ok(()) } else { Err(Error::ManagedByProvider) }
}

/// Sets the password of an account that is being activated. Whoever came by a mailed link has proved the address.
///
/// # Errors
/// As [`set_password`].
pub async fn activate(tx: &mut Tx, id: &str, hash: &str, proved: bool, now: Millis) -> Result<()> {
    let set = execute!(
        tx.on(),
        "UPDATE users SET password_hash = $2, password_set_at = $3, email_proved_at = COALESCE(email_proved_at, $4)
          WHERE id = $1 AND provider IS NULL",
        id,
        hash,
        now,
        proved.then_some(now),
    )?;
    if set == 1 { user_list::refresh(tx, id).await } else { Err(Error::ManagedByProvider) }
}

/// Replaces a hash by one of the same password at another cost, unless the password was changed meanwhile.
///
/// # Errors
/// The database's.
pub async fn rehash(db: &Db, id: &str, from: &str, to: &str) -> Result<()> {
    execute!(db.write(), "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2", id, from, to,)?;
    Ok(())
}

/// Sets the second factor in use. Whoever has one chosen needs no offer any more.
///
/// # Errors
/// The database's.
pub async fn set_second_factor(tx: &mut Tx, id: &str, factor: SecondFactor, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE users SET second_factor = $2, second_factor_set_at = $3,
                factor_offered_at = COALESCE(factor_offered_at, $3)
          WHERE id = $1",
        id,
        factor.code(),
        now,
    )?;
    user_list::refresh(tx, id).await
}

/// Whether the app was offered to a user before.
///
/// # Errors
/// The database's.
pub async fn factor_was_offered(db: &Db, id: &str) -> Result<bool> {
    let (offered,) = fetch!(
        db.read(),
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND factor_offered_at IS NOT NULL)",
        id,
    )?;
    Ok(offered)
}

/// Remembers that the app was offered to a user.
///
/// # Errors
/// The database's.
pub async fn offered_factor(db: &Db, id: &str, now: Millis) -> Result<()> {
    execute!(
        db.write(),
        "UPDATE users SET factor_offered_at = $2 WHERE id = $1 AND factor_offered_at IS NULL",
        id,
        now,
    )?;
    Ok(())
}

/// Keeps the chosen language and theme; `None` follows the browser again.
///
/// # Errors
/// The database's.
pub async fn set_look(db: &Db, id: &str, language: Option<&str>, theme: Option<&str>) -> Result<()> {
    execute!(db.write(), "UPDATE users SET language = $2, theme = $3 WHERE id = $1", id, language, theme)?;
    Ok(())
}

/// Disables a user.
///
/// # Errors
/// The database's.
pub async fn disable(tx: &mut Tx, id: &str, now: Millis) -> Result<()> {
    execute!(tx.on(), "UPDATE users SET disabled_at = $2 WHERE id = $1", id, now)?;
    user_list::refresh(tx, id).await
}

/// Remembers which client `/` leads to.
///
/// # Errors
/// The database's.
pub async fn set_current_tenant(tx: &mut Tx, id: &str, tenant_id: &str) -> Result<()> {
    execute!(tx.on(), "UPDATE users SET current_tenant_id = $2 WHERE id = $1", id, tenant_id)?;
    Ok(())
}

/// Whether there is any user.
///
/// # Errors
/// The database's.
pub async fn any(db: &Db) -> Result<bool> {
    let (any,) = fetch!(db.read(), fetch_one, (bool,), "SELECT EXISTS (SELECT 1 FROM users)")?;
    Ok(any)
}
