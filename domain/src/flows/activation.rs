//! The one-use link by which a new user chooses a password (PW-1 to PW-3, PW-6), or is led to a provider (OIDC-2).

use super::{limits, security_events};
use crate::backend::{Backend, PRODUCT};
use crate::error::{Error, Field, Problem, Result};
use crate::secrets::password::Password;
use crate::secrets::token::Token;
use crate::store::users::User;
use crate::store::{activations, tenants, users};
use crate::validate;
use crate::view::{Activation, Provider};
use crate::visitor::Visitor;

async fn owner(backend: &Backend, link: &str) -> Result<(String, User)> {
    let token = Token::read(link).ok_or(Error::NotFound)?;
    let activation = activations::live(&backend.db, &token.hash(), backend.clock.now()).await?;
    let activation = activation.ok_or(Error::NotFound)?;
    let user = users::by_id(&backend.db, &activation.user_id.ok_or(Error::NotFound)?).await?;
    Ok((activation.id, user.filter(|user| user.disabled_at.is_none()).ok_or(Error::NotFound)?))
}

async fn client_name(backend: &Backend, user: &User) -> Result<String> {
    Ok(tenants::by_id(&backend.db, &user.home_tenant_id).await?.ok_or(Error::NotFound)?.name)
}

/// Who a link is for. Looking does not use it up.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work, whatever the reason; or the database's.
pub async fn view(backend: &Backend, link: &str) -> Result<Activation> {
    let (_, user) = owner(backend, link).await?;
    let named = |id: String| Provider { name: backend.settings.provider_name(&id), id };
    Ok(Activation {
        client: client_name(backend, &user).await?,
        name: user.first_name,
        email: user.email,
        min_password: backend.settings.min_password,
        provider: user.provider.map(named),
    })
}

/// A new password, judged with the words that belong to its owner (PW-3).
///
/// # Errors
/// At the field.
pub(super) fn judged(backend: &Backend, password: &str, repeated: &str, own: &[&str]) -> Result<Password> {
    validate::new_password(password, repeated, backend.settings.min_password)?;
    let password = Password::read(password).ok_or(Error::BadRequest)?;
    let min = backend.settings.min_password;
    if password.length() < min as usize {
        return Err(Error::at(Field::NewPassword, Problem::TooShort { min }));
    }
    let words: Vec<&str> = own.iter().copied().chain([PRODUCT]).collect();
    password.judge(&words).map_err(|problem| Error::at(Field::NewPassword, problem))?;
    Ok(password)
}

/// The chosen password, twice. The link is used up in the transaction that sets it.
///
/// # Errors
/// At the fields, and then the link still works; [`Error::ManagedByProvider`] for whoever signs in elsewhere (OIDC-3);
/// [`Error::NotFound`]; [`Error::TooMany`]; or the database's.
pub async fn finish(backend: &Backend, visitor: &Visitor, link: &str, password: &str, repeated: &str) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let (id, user) = owner(backend, link).await?;
    by_password(&user)?;
    let client = client_name(backend, &user).await?;
    let local_part = user.email.split('@').next().unwrap_or("");
    let own = [user.first_name.as_str(), &user.last_name, local_part, &client];
    let password = judged(backend, password, repeated, &own)?;
    let hash = backend.hasher.hash(password, &backend.rng).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &user.id).await?;
    by_password(&users::by_id_in(&mut tx, &user.id).await?.ok_or(Error::NotFound)?)?;
    if !activations::use_up(&mut tx, &id, now).await? {
        return Err(Error::NotFound);
    }
    users::activate(&mut tx, &user.id, &hash, true, now).await?;
    tx.commit().await?;
    tracing::info!(event = "activated", user = user.id, address = %visitor.address, "account activated");
    Ok(())
}

/// Lets through whoever is to sign in by a password, as things stand.
fn by_password(user: &User) -> Result<()> {
    if user.provider.is_some() { Err(Error::ManagedByProvider) } else { Ok(()) }
}
