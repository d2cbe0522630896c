//! Signing in and out of the API (API-1, API-2). Whoever may not is told nothing of why (API-3).

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::clock::machine;
use domain::flows::api_login::{self, Begun, SignedIn};
use domain::view::SecondFactor;
use domain::visitor::Visitor;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{done, json};
use super::caller::Caller;
use super::codes;
use super::input::Json;
use super::problem::Refused;
use super::reasons::Reason;
use crate::House;

/// The first step of a sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The one e-mail address of the user.
    #[schema(schema_with = codes::email)]
    email: String,
    /// The password.
    #[schema(max_length = 128, format = "password")]
    password: String,
}

/// The second step.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginCode {
    /// What the first step gave.
    #[schema(max_length = 64)]
    login: String,
    /// The code from the mail or the app; in place of one of the app, a recovery code.
    #[schema(max_length = 64)]
    code: String,
}

/// A sign-in that is done.
#[derive(Serialize, ToSchema)]
pub struct Token {
    /// To be sent as `Authorization: Bearer`.
    token: String,
    /// Always `Bearer`.
    token_type: String,
    /// Until when it holds.
    #[schema(format = "date-time")]
    expires_at: String,
}

/// Where the code comes from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CodeFrom {
    /// By e-mail.
    Email,
    /// From the app.
    App,
}

/// A sign-in that waits for its second step.
#[derive(Serialize, ToSchema)]
pub struct LoginBegun {
    /// To be sent with the code.
    login: String,
    /// Where the code comes from.
    factor: CodeFrom,
    /// Until when the code may be sent.
    #[schema(format = "date-time")]
    expires_at: String,
}

/// Sign in: first step.
///
/// Whoever has a second factor gets a code, and sends it with the second step. Refusals are all alike. Only users with
/// API access sign in here; those whose sign-in a provider manages use API keys.
#[utoipa::path(post, path = "/login", request_body = Login, responses(
    (status = 200, description = "Signed in.", body = Token),
    (status = 202, description = "The second step comes next.", body = LoginBegun),
))]
pub async fn log_in(
    State(house): State<House>,
    Extension(visitor): Extension<Visitor>,
    Json(Login { email, password }): Json<Login>,
) -> Result<Response, Refused> {
    match api_login::begin(&house.backend, &visitor, &email, &password).await? {
        Begun::SignedIn(signed_in) => token(&signed_in),
        Begun::Code { login, by, expires_at } => {
            let factor = if by == SecondFactor::App { CodeFrom::App } else { CodeFrom::Email };
            let begun = LoginBegun { login: login.reveal().to_owned(), factor, expires_at: machine(expires_at) };
            json(StatusCode::ACCEPTED, &begun)
        }
    }
}

/// Sign in: second step.
#[utoipa::path(post, path = "/login/code", request_body = LoginCode, responses(
    (status = 200, description = "Signed in.", body = Token),
))]
pub async fn log_in_code(
    State(house): State<House>,
    Extension(visitor): Extension<Visitor>,
    Json(LoginCode { login, code }): Json<LoginCode>,
) -> Result<Response, Refused> {
    let signed_in = api_login::finish(&house.backend, &visitor, &login, &code).await?;
    token(&signed_in)
}

fn token(signed_in: &SignedIn) -> Result<Response, Refused> {
    let SignedIn { token, expires_at } = signed_in;
    let token =
        Token { token: token.reveal_bearer(), token_type: "Bearer".to_owned(), expires_at: machine(*expires_at) };
    json(StatusCode::OK, &token)
}

/// Sign out: the token ends.
///
/// API keys have no end here; their owner ends them under Security.
#[utoipa::path(post, path = "/logout", responses((status = 204, description = "The token holds no longer.")))]
pub async fn log_out(caller: Caller) -> Result<Response, Refused> {
    if caller.actor().bearer().is_some_and(|bearer| bearer.is_key) {
        return Err(Refused::by(Reason::NotALogin));
    }
    api_login::end(&caller, caller.actor()).await?;
    Ok(done())
}
