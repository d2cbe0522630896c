//! The first start: a one-use link makes the first client and its first user. There is no default account (PW-6).

use super::activation::judged;
use super::users::Invitee;
use super::{limits, tenants, users};
use crate::backend::Backend;
use crate::clock::DAY;
use crate::error::{Error, Result};
use crate::secrets::token::Token;
use crate::store::{self, activations};
use crate::view::{BuiltinGroup, SetUp};
use crate::visitor::Visitor;

/// The link of an empty database, anew at each start; `None` once there is a client.
///
/// # Errors
/// The database's.
pub async fn link(backend: &Backend) -> Result<Option<String>> {
    let now = backend.clock.now();
    let token = Token::new(&backend.rng);
    let mut tx = backend.db.begin().await?;
    if store::tenants::any(&mut tx).await? {
        return Ok(None);
    }
    activations::insert(&mut tx, &backend.rng.id(now), &token.hash(), None, now, now + DAY).await?;
    tx.commit().await?;
    Ok(Some(backend.settings.link(&format!("/set-up/{}", token.reveal()))))
}

async fn live(backend: &Backend, link: &str) -> Result<String> {
    let token = Token::read(link).ok_or(Error::NotFound)?;
    let found = activations::live(&backend.db, &token.hash(), backend.clock.now()).await?;
    Ok(found.filter(|found| found.user_id.is_none()).ok_or(Error::NotFound)?.id)
}

/// What the page needs. Looking does not use the link up.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work; or the database's.
pub async fn view(backend: &Backend, link: &str) -> Result<SetUp> {
    live(backend, link).await?;
    Ok(SetUp { min_password: backend.settings.min_password })
}

/// What was typed.
#[derive(Clone, Debug)]
pub struct Form<'a> {
    /// Name of the client.
    pub client_name: &'a str,
    /// Address of the first user.
    pub email: &'a str,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// The chosen password.
    pub password: &'a str,
    /// Again.
    pub repeated: &'a str,
}

/// Makes the first client and its first user, who has full access; all or nothing.
///
/// # Errors
/// At the fields, and then the link still works; [`Error::NotFound`]; [`Error::TooMany`]; or the database's.
pub async fn finish(backend: &Backend, visitor: &Visitor, link: &str, form: &Form<'_>) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let id = live(backend, link).await?;
    let checked = crate::validate::all(field_problems(form));
    let local_part = form.email.split('@').next().unwrap_or("");
    let own = [form.client_name, form.first_name, form.last_name, local_part];
    let password = together(checked, judged(backend, form.password, form.repeated, &own))?;
    let hash = backend.hasher.hash(password, &backend.rng).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    // Two instances may each have said a link; only one of them sets up.
    let first = store::meta::keep(&mut tx, store::meta::SET_UP, &id).await? == id;
    if !first || !activations::use_up(&mut tx, &id, now).await? || store::tenants::any(&mut tx).await? {
        return Err(Error::NotFound);
    }
    let slug = tenants::slug_of(form.client_name);
    let tenant = tenants::create(&mut tx, backend, form.client_name, &slug, tenants::COLOURS[0]).await?;
    let invitee = Invitee {
        email: form.email,
        first_name: form.first_name,
        last_name: form.last_name,
        language: None,
        tenant_id: &tenant.id,
        group: BuiltinGroup::FullAccess,
    };
    let user = users::add(&mut tx, backend, &invitee).await?;
    store::users::activate(&mut tx, &user, &hash, false, now).await?;
    tx.commit().await?;
    tracing::info!(event = "set_up", user, tenant = tenant.id, address = %visitor.address, "first client made");
    Ok(())
}

fn field_problems(form: &Form<'_>) -> Vec<(crate::Field, Option<crate::Problem>)> {
    use crate::Field;
    vec![
        (Field::ClientName, crate::validate::name(form.client_name).err()),
        (Field::Email, crate::mail::address::canonical(form.email).err()),
        (Field::FirstName, crate::validate::name(form.first_name).err()),
        (Field::LastName, crate::validate::name(form.last_name).err()),
    ]
}

/// Both answers in one, so that a person sees every problem at once.
pub(super) fn together<T>(fields: Result<()>, password: Result<T>) -> Result<T> {
    match (fields, password) {
        (Err(Error::Invalid(mut problems)), Err(Error::Invalid(more))) => {
            problems.extend(more);
            Err(Error::Invalid(problems))
        }
        (Err(error), _) => Err(error),
        (Ok(()), password) => password,
    }
}
