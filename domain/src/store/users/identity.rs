//! Whose sign-in a provider manages, and who they are there (OIDC-2, OIDC-3).

use crate::clock::Millis;
use crate::error::Result;
use crate::store::{Db, Either, Tx, execute, fetch, in_time, is_unique_violation, refused, user_list};
use crate::view::SecondFactor;

/// Sets who manages the sign-in; `None` is the user, with a password. An identity that was bound is forgotten, and the
/// second factor is the provider's matter, or a code by e-mail again.
///
/// # Errors
/// The database's.
pub async fn set_provider(tx: &mut Tx, id: &str, provider: Option<&str>, now: Millis) -> Result<()> {
    let factor = if provider.is_some() { SecondFactor::Off } else { SecondFactor::Email };
    execute!(
        tx.on(),
        "UPDATE users SET provider = $2, provider_issuer = NULL, provider_subject = NULL, provider_bound_at = NULL,
                second_factor = $3, second_factor_set_at = $4
          WHERE id = $1",
        id,
        provider,
        factor.code(),
        now,
    )?;
    user_list::refresh(tx, id).await
}

/// Binds an identity to a user whose mailed link was used, which has proved the address as well; says whether nobody
/// had it yet.
///
/// # Errors
/// The database's.
pub async fn bind(tx: &mut Tx, id: &str, issuer: &str, subject: &str, now: Millis) -> Result<bool> {
    const SQL: &str = "UPDATE users SET provider_issuer = $2, provider_subject = $3, provider_bound_at = $4,
            email_proved_at = COALESCE(email_proved_at, $4)
      WHERE id = $1";
    let done = match tx.on() {
        Either::Sqlite(on) => {
            let bound = sqlx::query(SQL).bind(id).bind(issuer).bind(subject).bind(now).execute(on);
            in_time(bound).await.map(|_| ())
        }
        Either::Postgres(on) => {
            let bound = sqlx::query(SQL).bind(id).bind(issuer).bind(subject).bind(now).execute(on);
            in_time(bound).await.map(|_| ())
        }
    };
    match done {
        Ok(()) => user_list::refresh(tx, id).await.map(|()| true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(refused(error)),
    }
}

/// Forgets the identity of a user, who keeps the provider and needs a new link to it.
///
/// # Errors
/// The database's.
pub async fn unbind(tx: &mut Tx, id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE users SET provider_issuer = NULL, provider_subject = NULL, provider_bound_at = NULL WHERE id = $1",
        id,
    )?;
    user_list::refresh(tx, id).await
}

/// How many users each provider manages, by the ids of the providers.
///
/// # Errors
/// The database's.
pub async fn by_provider(db: &Db) -> Result<Vec<(String, i64)>> {
    fetch!(
        db.read(),
        fetch_all,
        (String, i64),
        "SELECT provider, COUNT(*) FROM users WHERE provider IS NOT NULL GROUP BY provider ORDER BY provider",
    )
}
