//! Who is in a user group.

use axum::extract::Path;
use axum::http::Uri;
use axum::response::Response;
use domain::flows::group_edit;
use domain::view::GroupMember;
use serde::{Deserialize, Serialize};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};

use super::answer::{done, page};
use super::caller::Caller;
use super::codes;
use super::input::{Json, Query};
use super::problem::Refused;

/// Somebody in a group.
#[derive(Serialize, ToSchema)]
pub struct Member {
    /// The id of the user.
    id: String,
    /// First and last name.
    name: String,
    /// The e-mail address.
    email: String,
    /// Whether they are a guest of the client.
    guest: bool,
    /// Since when they are in the group.
    #[schema(format = "date-time")]
    since: String,
}

impl From<GroupMember> for Member {
    fn from(GroupMember { id, person, guest, since }: GroupMember) -> Self {
        Self { id, name: person.name, email: person.email, guest, since: since.machine }
    }
}

/// A page of the members of a group.
#[derive(Serialize, ToSchema)]
pub struct MemberPage {
    /// At most 50, those who came last first.
    items: Vec<Member>,
    /// What to send as `after` for the next page, where there is one.
    next: Option<String>,
}

/// Somebody who is to be in a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberNew {
    /// The address of somebody who belongs to the client already.
    #[schema(schema_with = codes::email)]
    email: String,
}

/// What the list of members takes.
pub struct MemberQuery;

impl IntoParams for MemberQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![codes::place("after")]
    }
}

/// List members of a group.
#[utoipa::path(get, path = "/groups/{id}/members",
    params(("id" = String, Path, description = "The id of the group."), MemberQuery),
    responses((status = 200, description = "A page of the members.", body = MemberPage)))]
pub async fn list_members(caller: Caller, Path(id): Path<String>, uri: Uri) -> Result<Response, Refused> {
    let query = Query::read(&uri, &["after"])?;
    let found = group_edit::members(&caller, &caller.home().await?, &id, query.get("after")).await?;
    let next = found.older.as_deref().map(|older| query.with("after", older));
    let items = found.members.into_iter().map(Member::from).collect();
    // The id is one that was found, so it stands in a URL as it is.
    page(&format!("/groups/{id}/members"), next.as_deref(), &MemberPage { items, next: found.older })
}

/// Put somebody into a group.
///
/// Whoever is in it already stays.
#[utoipa::path(post, path = "/groups/{id}/members",
    params(("id" = String, Path, description = "The id of the group.")), request_body = MemberNew,
    responses((status = 204, description = "They are in the group.")))]
pub async fn add_member(
    caller: Caller,
    Path(id): Path<String>,
    Json(MemberNew { email }): Json<MemberNew>,
) -> Result<Response, Refused> {
    group_edit::add_member(&caller, &caller.home().await?, &id, &email).await?;
    Ok(done())
}

/// Take somebody out of a group.
#[utoipa::path(delete, path = "/groups/{id}/members/{user}",
    params(
        ("id" = String, Path, description = "The id of the group."),
        ("user" = String, Path, description = "The id of the user."),
    ),
    responses((status = 204, description = "They are no longer in the group.")))]
pub async fn remove_member(caller: Caller, Path((id, user)): Path<(String, String)>) -> Result<Response, Refused> {
    group_edit::remove_member(&caller, &caller.home().await?, &id, &user).await?;
    Ok(done())
}
