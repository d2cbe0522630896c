//! What happened in the client.

use axum::http::Uri;
use axum::response::Response;
use domain::flows::client_activity;
use domain::view::{ClientEntry, ClientFilter};
use serde::Serialize;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};

use super::answer::page;
use super::caller::Caller;
use super::codes;
use super::input::Query;
use super::problem::Refused;

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub struct Entry {
    /// When.
    #[schema(format = "date-time")]
    at: String,
    /// What, in the language of the reader.
    what: String,
    /// More about it, likewise; may be empty.
    detail: String,
    /// Whom it concerns; nobody where it concerns the client itself.
    person: Option<String>,
    /// Who did it.
    by: String,
    /// Browser and system, or program; may be empty.
    browser: String,
    /// Network address; may be empty.
    address: String,
}

impl From<ClientEntry> for Entry {
    fn from(entry: ClientEntry) -> Self {
        let ClientEntry { what, detail, at, person, by, browser, address } = entry;
        Self { at: at.machine, what, detail, person, by, browser, address }
    }
}

/// A page of the activity.
#[derive(Serialize, ToSchema)]
pub struct ActivityPage {
    /// At most 25, the newest first.
    items: Vec<Entry>,
    /// What to send as `before` for the next page, where there is one.
    next: Option<String>,
}

/// What the activity takes.
pub struct ActivityQuery;

impl IntoParams for ActivityQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![codes::parameter("filter", "A part of it.", codes::client_filter()), codes::place("before")]
    }
}

/// List activity.
#[utoipa::path(get, path = "/activity", params(ActivityQuery),
    responses((status = 200, description = "A page of what happened.", body = ActivityPage)))]
pub async fn list_activity(caller: Caller, uri: Uri) -> Result<Response, Refused> {
    let query = Query::read(&uri, &["filter", "before"])?;
    let filter = query.on_list("filter", ClientFilter::read)?;
    let found = client_activity::page(&caller, &caller.home().await?, filter, query.get("before")).await?;
    let next = found.older.as_deref().map(|older| query.with("before", older));
    let items = found.entries.into_iter().map(Entry::from).collect();
    page("/activity", next.as_deref(), &ActivityPage { items, next: found.older })
}
