//! The API for programs: JSON over the same flows as the pages. No cookie counts here (API-2), and there is nothing but
//! the home client of whoever calls (API-1).

mod activity;
mod answer;
mod caller;
mod client;
mod codes;
pub mod cors;
mod groups;
mod input;
mod invitations;
mod login;
mod me;
mod members;
pub mod openapi;
pub mod page;
pub mod problem;
mod reasons;
mod repeats;
mod user_body;
mod users;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::House;

/// Where the API is.
pub const BASE: &str = "/api/v2";
/// Where it is as well: whoever names a minor version gets the same.
pub const ALSO: [&str; 7] = ["/api/v2.0", "/api/v2.1", "/api/v2.2", "/api/v2.3", "/api/v2.4", "/api/v2.5", "/api/v2.6"];

/// Whether a path belongs to the API, in whatever version.
#[must_use]
pub fn is_api(path: &str) -> bool {
    path.starts_with("/api/v")
}

/// What strangers may call.
fn open() -> OpenApiRouter<House> {
    OpenApiRouter::default().routes(routes!(login::log_in)).routes(routes!(login::log_in_code))
}

/// What asks for a token.
fn closed() -> OpenApiRouter<House> {
    OpenApiRouter::default()
        .routes(routes!(login::log_out))
        .routes(routes!(me::read_me, me::edit_me))
        .routes(routes!(client::read_client, client::edit_client))
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(users::read_user, users::edit_user))
        .routes(routes!(users::disable_user))
        .routes(routes!(users::enable_user))
        .routes(routes!(users::send_activation))
        .routes(routes!(groups::list_groups, groups::create_group))
        .routes(routes!(groups::read_group, groups::edit_group, groups::delete_group))
        .routes(routes!(members::list_members, members::add_member))
        .routes(routes!(members::remove_member))
        .routes(routes!(invitations::list_invitations, invitations::create_invitation))
        .routes(routes!(invitations::send_invitation_again))
        .routes(routes!(invitations::find_invitation, invitations::withdraw_invitation))
        .routes(routes!(activity::list_activity))
}

/// The routes as they describe themselves.
fn documented() -> OpenApi {
    open().merge(closed()).into_openapi()
}

/// Every route of the API, in every version.
pub fn router(house: &House) -> Router<House> {
    let closed: Router<House> = closed().into();
    let open: Router<House> = open().into();
    let all = closed
        .route_layer(from_fn_with_state(house.clone(), caller::known))
        .merge(open)
        .route("/openapi.json", get(openapi::show))
        .layer(from_fn_with_state(house.clone(), input::received));
    let nowhere = Router::new().route("/api/{*rest}", any(|| async { StatusCode::NOT_FOUND }));
    [BASE].into_iter().chain(ALSO).fold(nowhere, |router, path| router.nest(path, all.clone()))
}
