//! Invitations of guests into the client.

use axum::extract::Path;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use domain::Error;
use domain::flows::inviting;
use domain::view::SentInvitation;
use serde::{Deserialize, Serialize};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Made, done, json, page};
use super::caller::Caller;
use super::codes;
use super::input::{Query, given};
use super::problem::Refused;
use super::repeats::{New, once};

/// An open invitation.
#[derive(Serialize, ToSchema)]
pub struct Invitation {
    /// The id.
    id: String,
    /// Whom.
    email: String,
    /// The name of the group, in the language of the reader.
    group: String,
    /// The name of whoever invites.
    inviter: String,
    /// When it was last sent.
    #[schema(format = "date-time")]
    sent: String,
    /// Until when it is open.
    #[schema(format = "date-time")]
    until: String,
}

impl From<SentInvitation> for Invitation {
    fn from(SentInvitation { id, email, group, inviter, sent, until }: SentInvitation) -> Self {
        Self { id, email, group, inviter, sent: sent.machine, until: until.machine }
    }
}

/// A page of the open invitations.
#[derive(Serialize, ToSchema)]
pub struct InvitationPage {
    /// At most 50, the newest first.
    items: Vec<Invitation>,
    /// What to send as `after` for the next page, where there is one.
    next: Option<String>,
}

/// An invitation to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationNew {
    /// Whom.
    #[schema(schema_with = codes::email)]
    email: String,
    /// The id of the group they are to be in; the group Guest unless it is said.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    group: Option<String>,
}

/// What the list of invitations takes.
pub struct InvitationQuery;

impl IntoParams for InvitationQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![codes::place("after")]
    }
}

/// List open invitations.
#[utoipa::path(get, path = "/invitations", params(InvitationQuery),
    responses((status = 200, description = "A page of the open invitations.", body = InvitationPage)))]
pub async fn list_invitations(caller: Caller, uri: Uri) -> Result<Response, Refused> {
    let query = Query::read(&uri, &["after"])?;
    // The first page begins after nothing.
    let after = query.get("after").filter(|after| !after.is_empty());
    let found = inviting::open(&caller, &caller.home().await?, after).await?;
    let next = found.older.as_deref().map(|older| query.with("after", older));
    let items = found.open.into_iter().map(Invitation::from).collect();
    page("/invitations", next.as_deref(), &InvitationPage { items, next: found.older })
}

/// Invite a guest.
///
/// Whatever was open for this address ends. Whether anybody has an account with it is not told.
#[utoipa::path(post, path = "/invitations", request_body = InvitationNew, responses(
    (status = 201, description = "The invitation is open.", body = Invitation),
))]
pub async fn create_invitation(caller: Caller, new: New<InvitationNew>) -> Result<Response, Refused> {
    let (InvitationNew { email, group }, by) = (new.what, caller.clone());
    let make = async move {
        let member = by.home().await?;
        let group = match group {
            Some(group) => group,
            None => {
                let groups = inviting::groups_to_choose(&by, &member).await?;
                groups.into_iter().find(|group| group.preselected).ok_or(Error::internal())?.id
            }
        };
        let sent = Invitation::from(inviting::invite_new(&by, &member, &email, &group).await?);
        Made::new(&format!("/invitations/{}", sent.id), &sent)
    };
    once(&caller, new.once, make).await
}

/// One open invitation.
#[utoipa::path(get, path = "/invitations/{id}",
    params(("id" = String, Path, description = "The id of the invitation.")),
    responses((status = 200, description = "The invitation.", body = Invitation)))]
pub async fn find_invitation(caller: Caller, Path(id): Path<String>) -> Result<Response, Refused> {
    let sent = inviting::one(&caller, &caller.home().await?, &id).await?;
    json(StatusCode::OK, &Invitation::from(sent))
}

/// Send an invitation again.
///
/// It is open for another seven days, and the former link is dead.
#[utoipa::path(post, path = "/invitations/{id}/send-again",
    params(("id" = String, Path, description = "The id of the invitation.")),
    responses((status = 204, description = "It is open for another seven days.")))]
pub async fn send_invitation_again(caller: Caller, Path(id): Path<String>) -> Result<Response, Refused> {
    inviting::send_again(&caller, &caller.home().await?, &id).await?;
    Ok(done())
}

/// Withdraw an invitation.
#[utoipa::path(delete, path = "/invitations/{id}",
    params(("id" = String, Path, description = "The id of the invitation.")),
    responses((status = 204, description = "It is no longer open.")))]
pub async fn withdraw_invitation(caller: Caller, Path(id): Path<String>) -> Result<Response, Refused> {
    inviting::withdraw(&caller, &caller.home().await?, &id).await?;
    Ok(done())
}
