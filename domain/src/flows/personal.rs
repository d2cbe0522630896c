//! The tab Personal details: who one is.

use super::activity::{self, Kind};
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

/// Sets first and last name, where they are others than before.
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
    let session = actor.session();
    if (&first, &last) == (&session.first_name, &session.last_name) {
        return Ok(());
    }
    let mut tx = backend.db.begin().await?;
    users::set_names(&mut tx, actor.user_id(), &first, &last).await?;
    activity::record(&mut tx, backend, actor, Kind::NameChanged).await?;
    tx.commit().await?;
    tracing::info!(event = "name_changed", user = actor.user_id(), "name changed");
    Ok(())
}
