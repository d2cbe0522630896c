//! The tab Personal details: who one is.

use super::activity::Kind;
use super::{change_email, guest_account, security_events};
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Error, Field, Result};
use crate::store::{memberships, users};
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

/// Sets first and last name; where they are so already, nothing happened.
///
/// # Errors
/// At the fields, [`Error::SignedOut`], or the database's.
pub async fn save_names(backend: &Backend, actor: &Actor, first_name: &str, last_name: &str) -> Result<()> {
    let (first, last) = (validate::name(first_name), validate::name(last_name));
    validate::all(vec![
        (Field::FirstName, first.as_ref().err().copied()),
        (Field::LastName, last.as_ref().err().copied()),
    ])?;
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let mut tx = backend.db.begin().await?;
    security_events::still_here(&mut tx, backend, actor).await?;
    let user = users::by_id_in(&mut tx, actor.user_id()).await?.ok_or(Error::SignedOut)?;
    if (&user.first_name, &user.last_name) == (&first, &last) {
        return Ok(());
    }
    memberships::rename_personal(&mut tx, &user.id, &guest_account::name_of(&first, &last)).await?;
    users::set_names(&mut tx, &user.id, &first, &last).await?;
    let (from, to) = (format!("{} {}", user.first_name, user.last_name), format!("{first} {last}"));
    let detail = serde_json::json!({ "from": from, "to": to }).to_string();
    security_events::record(&mut tx, backend, actor.visitor(), &user.id, Kind::NameChanged, &detail).await?;
    tx.commit().await?;
    tracing::info!(event = "name_changed", user = actor.user_id(), "name changed");
    Ok(())
}
