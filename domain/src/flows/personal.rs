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
        provider: actor.provider().map(|id| backend.settings.provider_name(id)),
    })
}

/// Stands for first and last name: others are another version.
#[must_use]
pub fn version(backend: &Backend, actor: &Actor) -> String {
    version_of(backend, &actor.session().first_name, &actor.session().last_name)
}

fn version_of(backend: &Backend, first_name: &str, last_name: &str) -> String {
    backend.keys.limit_key("version", &serde_json::json!(["names", first_name, last_name]).to_string())
}

/// Sets first and last name; where they are so already, nothing happened.
///
/// # Errors
/// At the fields, [`Error::SignedOut`], or the database's.
pub async fn save_names(backend: &Backend, actor: &Actor, first_name: &str, last_name: &str) -> Result<()> {
    save_seen(backend, actor, None, first_name, last_name).await
}

/// As [`save_names`], where they are still what the person has seen, by their [`version`]. Of several at once the
/// second waits, and finds what the first has made.
///
/// # Errors
/// As [`save_names`], and [`Error::EditedMeanwhile`].
pub async fn save_seen(
    backend: &Backend,
    actor: &Actor,
    seen: Option<&str>,
    first_name: &str,
    last_name: &str,
) -> Result<()> {
    let (first, last) = (validate::name(first_name), validate::name(last_name));
    validate::all(vec![
        (Field::FirstName, first.as_ref().err().copied()),
        (Field::LastName, last.as_ref().err().copied()),
    ])?;
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let mut tx = backend.db.begin().await?;
    security_events::still_here(&mut tx, backend, actor).await?;
    let user = users::by_id_in(&mut tx, actor.user_id()).await?.ok_or(Error::SignedOut)?;
    if seen.is_some_and(|seen| seen != version_of(backend, &user.first_name, &user.last_name)) {
        return Err(Error::EditedMeanwhile);
    }
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
