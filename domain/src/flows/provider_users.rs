//! What the operator does for users whose sign-in a provider manages.

use serde_json::json;

use super::activity::{self, Entry, Kind, OPERATOR};
use super::{security_events, users as making};
use crate::backend::Backend;
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::Recipient;
use crate::mail::outbox;
use crate::store::users::User;
use crate::store::{Tx, provider_trips, tenants, users};
use crate::text::Language;

/// Forgets the identity of a user who has another one at the provider by now, ends everything of theirs, and mails a
/// new link by which they bind that one. Somebody who was never bound gets the new link alone.
///
/// # Errors
/// [`Error::NotFound`], also for a user who signs in by password or is disabled; or the database's.
pub async fn unbind(backend: &Backend, user_id: &str) -> Result<()> {
    let home = users::by_id(&backend.db, user_id).await?.ok_or(Error::NotFound)?.home_tenant_id;
    let tenant = tenants::by_id(&backend.db, &home).await?.ok_or(Error::NotFound)?;
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    let user = users::by_id_in(&mut tx, user_id).await?.filter(|user| user.disabled_at.is_none());
    let user = user.ok_or(Error::NotFound)?;
    let provider = user.provider.as_deref().ok_or(Error::NotFound)?;
    security_events::end_everything(&mut tx, user_id, None).await?;
    users::unbind(&mut tx, user_id).await?;
    making::mail_link(&mut tx, backend, user_id, recipient(&user), &tenant.name).await?;
    if user.provider_bound_at.is_some() {
        let detail = json!({ "provider": backend.settings.provider_name(provider) }).to_string();
        by_operator(&mut tx, backend, user_id, Kind::ProviderUnbound, &detail).await?;
    }
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "provider_unbound", user = user_id, "identity forgotten by the operator");
    Ok(())
}

/// Sets who manages the sign-in of a user who has neither a password nor an identity yet; `None` is the user, with a
/// password. A link that was mailed leads there from now on. Says nothing where it is so already.
///
/// # Errors
/// At [`Field::Method`] for a provider that the operator's file does not name, [`Error::ManagedByProvider`] for a user
/// who is bound already, [`Error::NotFound`], also for one with a password; or the database's.
pub async fn set(backend: &Backend, user_id: &str, provider: Option<&str>) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, user_id).await?;
    let user = users::by_id_in(&mut tx, user_id).await?.ok_or(Error::NotFound)?;
    if change(&mut tx, backend, &user, provider).await? {
        tell(&mut tx, backend, &user, provider).await?;
    }
    tx.commit().await
}

/// As [`set`], within a transaction and after [`security_events::one_at_a_time`]; says whether it was another one.
pub(super) async fn change(tx: &mut Tx, backend: &Backend, user: &User, provider: Option<&str>) -> Result<bool> {
    if provider.is_some_and(|id| backend.settings.provider(id).is_none()) {
        return Err(Error::at(Field::Method, Problem::NotOffered));
    }
    if user.provider_bound_at.is_some() {
        return Err(Error::ManagedByProvider);
    }
    if user.password_hash.is_some() {
        return Err(Error::NotFound);
    }
    if user.provider.as_deref() == provider {
        return Ok(false);
    }
    provider_trips::end_all(tx, &user.id).await?;
    users::set_provider(tx, &user.id, provider, backend.clock.now()).await?;
    Ok(true)
}

/// What the activity says of what [`change`] has changed: names of providers, and nothing for a password.
pub(super) fn changed(backend: &Backend, user: &User, provider: Option<&str>) -> String {
    let name = |id: Option<&str>| id.map_or_else(String::new, |id| backend.settings.provider_name(id));
    json!({ "from": name(user.provider.as_deref()), "to": name(provider) }).to_string()
}

/// Puts what [`change`] has changed into the activity. Comes last in its transaction.
pub(super) async fn tell(tx: &mut Tx, backend: &Backend, user: &User, provider: Option<&str>) -> Result<()> {
    let detail = changed(backend, user, provider);
    by_operator(tx, backend, &user.id, Kind::MethodChanged, &detail).await?;
    tracing::info!(event = "method_changed", user = user.id, "way to sign in set by the operator");
    Ok(())
}

fn recipient(user: &User) -> Recipient<'_> {
    let language = user.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
    Recipient { email: &user.email, name: &user.first_name, language }
}

async fn by_operator(tx: &mut Tx, backend: &Backend, user_id: &str, kind: Kind, detail: &str) -> Result<()> {
    let entry = Entry { user_id, kind, visitor: None, by: Some(OPERATOR), tenant_id: None, detail };
    activity::note(tx, backend, &entry).await
}
