//! The user groups of the client.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::flows::group_edit::{self, NewGroup};
use domain::view::{BuiltinGroup, GroupDetails};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Shown, done, json};
use super::caller::Caller;
use super::codes::{self, codes_of, permissions_of};
use super::input::{Json, Seen, given};
use super::problem::Refused;
use super::repeats::{New, once};

/// A user group.
#[derive(Serialize, ToSchema)]
pub struct Group {
    /// The id.
    id: String,
    /// Which of the four that stand in each client and cannot be changed, if one of them.
    #[schema(schema_with = codes::builtin)]
    builtin: Option<&'static str>,
    /// Its name; of one of the four, in the language of the reader.
    name: String,
    /// What it is for, likewise.
    description: String,
    /// What it permits.
    #[schema(schema_with = codes::permissions)]
    permissions: Vec<&'static str>,
    /// Whether people may join and leave it by themselves.
    open: bool,
    /// How many are in it; 1000 stands for that many and more.
    members: u32,
}

impl From<&GroupDetails> for Group {
    fn from(group: &GroupDetails) -> Self {
        Self {
            id: group.id.clone(),
            builtin: group.builtin.map(BuiltinGroup::code),
            name: group.name.clone(),
            description: group.description.clone(),
            permissions: codes_of(&group.permissions),
            open: group.open,
            members: group.members,
        }
    }
}

/// All user groups.
#[derive(Serialize, ToSchema)]
pub struct GroupList {
    /// The four that stand in each client first, then by name.
    items: Vec<Group>,
}

/// A group to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupNew {
    /// Its name, unlike that of any other.
    #[schema(schema_with = codes::name)]
    name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
    /// What it is to permit.
    #[serde(default)]
    #[schema(schema_with = codes::permissions)]
    permissions: Vec<String>,
    /// Whether people may join and leave it by themselves.
    #[serde(default)]
    open: bool,
}

/// What is to be otherwise; the rest stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupEdit {
    /// Its name, unlike that of any other.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 500, nullable = false)]
    description: Option<String>,
    /// What it is to permit.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = codes::permissions)]
    permissions: Option<Vec<String>>,
    /// Whether people may join and leave it by themselves.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    open: Option<bool>,
}

fn shown(caller: &Caller, group: &GroupDetails) -> Result<Shown, Refused> {
    Shown::new(caller, &group_edit::version(caller, group), &Group::from(group))
}

/// List groups.
#[utoipa::path(get, path = "/groups", responses((status = 200, description = "All groups.", body = GroupList)))]
pub async fn list_groups(caller: Caller) -> Result<Response, Refused> {
    let groups = group_edit::list(&caller, &caller.home().await?).await?;
    json(StatusCode::OK, &GroupList { items: groups.iter().map(Group::from).collect() })
}

/// Make a group.
#[utoipa::path(post, path = "/groups", request_body = GroupNew, responses(
    (status = 201, description = "The new group.", body = Group),
))]
pub async fn create_group(caller: Caller, new: New<GroupNew>) -> Result<Response, Refused> {
    let (what, by) = (new.what, caller.clone());
    let make = async move {
        let (member, permissions) = (by.home().await?, permissions_of(&what.permissions)?);
        let GroupNew { name, description, open, .. } = &what;
        let group = NewGroup { name, description, open: *open, permissions: &permissions };
        let id = group_edit::create(&by, &member, &group).await?;
        let group = group_edit::one(&by, &member, &id).await?;
        Ok::<_, Refused>(shown(&by, &group)?.made(&format!("/groups/{id}")))
    };
    once(&caller, new.once, make).await
}

/// One group.
#[utoipa::path(get, path = "/groups/{id}", params(("id" = String, Path, description = "The id of the group.")),
    responses((status = 200, description = "The group.", body = Group)))]
pub async fn read_group(caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Refused> {
    let group = group_edit::one(&caller, &caller.home().await?, &id).await?;
    Ok(shown(&caller, &group)?.unless_known(&headers))
}

/// Change a group.
#[utoipa::path(patch, path = "/groups/{id}", params(("id" = String, Path, description = "The id of the group.")),
    request_body = GroupEdit, responses((status = 200, description = "The group as it is by now.", body = Group)))]
pub async fn edit_group(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(edit): Json<GroupEdit>,
) -> Result<Response, Refused> {
    let seen = Seen::must(&headers)?;
    let member = caller.home().await?;
    let group = group_edit::one(&caller, &member, &id).await?;
    let now = group_edit::version(&caller, &group);
    seen.is(&now)?;
    let permissions = match &edit.permissions {
        Some(codes) => permissions_of(codes)?,
        None => group.permissions.clone(),
    };
    let new = NewGroup {
        name: edit.name.as_deref().unwrap_or(&group.name),
        description: edit.description.as_deref().unwrap_or(&group.description),
        open: edit.open.unwrap_or(group.open),
        permissions: &permissions,
    };
    group_edit::save_seen(&caller, &member, &id, Some(&now), &new).await?;
    Ok(shown(&caller, &group_edit::one(&caller, &member, &id).await?)?.answer())
}

/// Delete a group.
///
/// Its members lose at once what only it permits, and open invitations into it end.
#[utoipa::path(delete, path = "/groups/{id}", params(("id" = String, Path, description = "The id of the group.")),
    responses((status = 204, description = "The group is gone.")))]
pub async fn delete_group(caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Refused> {
    let member = caller.home().await?;
    let mut now = None;
    if let Some(seen) = Seen::read(&headers) {
        let version = group_edit::version(&caller, &group_edit::one(&caller, &member, &id).await?);
        seen.is(&version)?;
        now = Some(version);
    }
    group_edit::delete_seen(&caller, &member, &id, now.as_deref()).await?;
    Ok(done())
}
