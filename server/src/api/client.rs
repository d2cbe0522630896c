//! The home client of whoever calls.

use axum::http::HeaderMap;
use axum::response::Response;
use domain::flows::client::{self, Edit};
use domain::view::ClientSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Shown;
use super::caller::Caller;
use super::codes;
use super::input::{Json, Seen, given};
use super::problem::Refused;

/// A client.
#[derive(Serialize, ToSchema)]
pub struct Client {
    /// Its part of URLs.
    slug: String,
    /// Its name.
    name: String,
    /// Its colour.
    #[schema(schema_with = codes::colour)]
    colour: String,
    /// Whether everybody who belongs to it needs a second factor.
    requires_second_factor: bool,
}

/// What is to be otherwise; the rest stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientEdit {
    /// Its name.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    /// Its colour, one of the palette.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = codes::colour)]
    colour: Option<String>,
    /// Whether everybody who belongs to it needs a second factor. Who has none gets codes by e-mail.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    requires_second_factor: Option<bool>,
}

fn shown(caller: &Caller, settings: ClientSettings) -> Result<Shown, Refused> {
    let version = client::version(caller, &settings);
    let ClientSettings { client, requires_second_factor, .. } = settings;
    let client = Client { slug: client.slug, name: client.name, colour: client.colour, requires_second_factor };
    Shown::new(caller, &version, &client)
}

/// The client.
#[utoipa::path(get, path = "/client", responses((status = 200, description = "The home client.", body = Client)))]
pub async fn read_client(caller: Caller, headers: HeaderMap) -> Result<Response, Refused> {
    let settings = client::view(&caller, &caller.home().await?).await?;
    Ok(shown(&caller, settings)?.unless_known(&headers))
}

/// Change the client.
#[utoipa::path(patch, path = "/client", request_body = ClientEdit, responses(
    (status = 200, description = "The client as it is by now.", body = Client),
))]
pub async fn edit_client(
    caller: Caller,
    headers: HeaderMap,
    Json(edit): Json<ClientEdit>,
) -> Result<Response, Refused> {
    let seen = Seen::must(&headers)?;
    let member = caller.home().await?;
    let settings = client::view(&caller, &member).await?;
    let now = client::version(&caller, &settings);
    seen.is(&now)?;
    let new = Edit {
        name: edit.name.as_deref().unwrap_or(&settings.client.name),
        colour: edit.colour.as_deref().unwrap_or(&settings.client.colour),
        requires_second_factor: edit.requires_second_factor.unwrap_or(settings.requires_second_factor),
    };
    client::save_seen(&caller, &member, Some(&now), &new).await?;
    Ok(shown(&caller, client::view(&caller, &member).await?)?.answer())
}
