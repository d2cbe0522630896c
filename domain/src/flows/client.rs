//! The page of the client: its name, its colour, and whether everybody needs a second factor (TOTP-6).

use serde_json::json;

use super::client_activity::{self, Event};
use super::tenants::COLOURS;
use super::{late_entries, limits, rights};
use crate::actor::Member;
use crate::backend::Backend;
use crate::error::{Error, Field, Problem, Result};
use crate::mail::outbox;
use crate::store::tenant_settings::{self, Settings};
use crate::store::{self, Tx, api_tokens};
use crate::validate;
use crate::view::{Client, ClientSettings, MANY, Permission};

/// What the page shows.
///
/// # Errors
/// [`Error::NotPermitted`], or the database's.
pub async fn view(backend: &Backend, member: &Member) -> Result<ClientSettings> {
    rights::need(member, Permission::ClientEdit)?;
    let shown =
        tenant_settings::shown(&backend.db, member.tenant_id(), i64::from(MANY)).await?.ok_or(Error::NotFound)?;
    let Settings { name, colour, requires_second_factor } = shown.settings;
    Ok(ClientSettings {
        client: Client { slug: member.client().slug, name, colour },
        colours: COLOURS.map(str::to_owned).to_vec(),
        requires_second_factor,
        without_factor: u32::try_from(shown.without_factor).unwrap_or(MANY),
    })
}

/// Stands for all that the page lets people change: another one, whoever changed it and wherever, is another version.
#[must_use]
pub fn version(backend: &Backend, shown: &ClientSettings) -> String {
    version_of(backend, &shown.client.name, &shown.client.colour, shown.requires_second_factor)
}

fn version_of(backend: &Backend, name: &str, colour: &str, requires_second_factor: bool) -> String {
    backend.keys.limit_key("version", &json!(["client", name, colour, requires_second_factor]).to_string())
}

/// What the page lets people change, as typed and chosen.
#[derive(Clone, Copy, Debug)]
pub struct Edit<'a> {
    /// The name.
    pub name: &'a str,
    /// One of the palette.
    pub colour: &'a str,
    /// Whether everybody needs a second factor.
    pub requires_second_factor: bool,
}

/// Saves all of it where it still is as the [`version`] that was `seen` stands for; each thing that becomes another is
/// an entry of the client's activity. Where a second factor is required from now on, those without one get codes by
/// e-mail and are told; of their sign-ins only those of programs end.
///
/// # Errors
/// [`Error::NotPermitted`]; at the fields; [`Error::EditedMeanwhile`]; [`Error::TooMany`]; or the database's.
pub async fn save(backend: &Backend, member: &Member, seen: &str, edit: &Edit<'_>) -> Result<()> {
    save_seen(backend, member, Some(seen), edit).await
}

/// As [`save`]; where nothing was `seen`, whatever version there is becomes this.
///
/// # Errors
/// As [`save`].
pub async fn save_seen(backend: &Backend, member: &Member, seen: Option<&str>, edit: &Edit<'_>) -> Result<()> {
    rights::need(member, Permission::ClientEdit)?;
    limits::try_by(backend, member.actor()).await?;
    let Edit { name, colour, requires_second_factor } = *edit;
    let name = validate::name(name);
    let offered = COLOURS.contains(&colour);
    validate::all(vec![
        (Field::ClientName, name.as_ref().err().copied()),
        (Field::Colour, (!offered).then_some(Problem::NotOffered)),
    ])?;
    let to = Settings { name: name.unwrap_or_default(), colour: colour.to_owned(), requires_second_factor };
    let mut tx = backend.db.begin().await?;
    rights::need_now(&mut tx, backend, member, Permission::ClientEdit).await?;
    let from = tenant_settings::get(&mut tx, member.tenant_id()).await?.ok_or(Error::NotFound)?;
    let now = version_of(backend, &from.name, &from.colour, from.requires_second_factor);
    if seen.is_some_and(|seen| seen != now) {
        return Err(Error::EditedMeanwhile);
    }
    if from == to {
        return Ok(());
    }
    tenant_settings::set(&mut tx, member.tenant_id(), &to).await?;
    if to.requires_second_factor && !from.requires_second_factor {
        // Two clients that share guests would else wait for each other's.
        store::limits::hold(&mut tx, "give_factor", backend.clock.now()).await?;
        late_entries::factor_required(&mut tx, backend, member).await?;
        api_tokens::end_of_those_without_factor(&mut tx, member.tenant_id()).await?;
        tenant_settings::give_factor(&mut tx, member.tenant_id(), backend.clock.now()).await?;
    }
    record(&mut tx, backend, member, &from, &to).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(
        event = "client_changed",
        user = member.actor().user_id(),
        tenant = member.tenant_id(),
        "client changed"
    );
    Ok(())
}

async fn record(tx: &mut Tx, backend: &Backend, member: &Member, from: &Settings, to: &Settings) -> Result<()> {
    let factor = if to.requires_second_factor { Event::FactorRequired } else { Event::FactorFreed };
    let from_to = |from: &str, to: &str| json!({ "from": from, "to": to }).to_string();
    let changes = [
        (from.name != to.name, Event::Renamed, from_to(&from.name, &to.name)),
        (from.colour != to.colour, Event::Recoloured, from_to(&from.colour, &to.colour)),
        (from.requires_second_factor != to.requires_second_factor, factor, String::new()),
    ];
    for (_, event, detail) in changes.iter().filter(|(changed, ..)| *changed) {
        client_activity::record(tx, backend, member, *event, detail).await?;
    }
    Ok(())
}
