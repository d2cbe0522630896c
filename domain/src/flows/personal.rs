//! The tab Personal details: who one is.

use super::change_email;
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Field, Result};
use crate::store::users;
use crate::validate;
use crate::view::PersonalDetails;

/// What the tab shows.
///
/// # Errors
/// The database's.
pub async fn view(backend: &Backend, actor: &Actor) -> Result<PersonalDetails> {
    Ok(PersonalDetails {
        person: actor.person(),
        first_name: actor.session().first_name.clone(),
        last_name: actor.session().last_name.clone(),
        email_change: change_email::state(backend, actor).await?,
    })
}

/// Sets first and last name.
///
/// # Errors
/// At the fields, or the database's.
pub async fn save_names(backend: &Backend, actor: &Actor, first_name: &str, last_name: &str) -> Result<()> {
    let (first, last) = (validate::name(first_name), validate::name(last_name));
    validate::all(vec![
        (Field::FirstName, first.as_ref().err().copied()),
        (Field::LastName, last.as_ref().err().copied()),
    ])?;
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    users::set_names(&backend.db, actor.user_id(), &first, &last).await?;
    tracing::info!(event = "name_changed", user = actor.user_id(), "name changed");
    Ok(())
}
