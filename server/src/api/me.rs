//! Whoever calls.

use axum::http::HeaderMap;
use axum::response::Response;
use domain::clock::machine;
use domain::flows::personal;
use domain::text::Language;
use domain::view::{self, SecondFactor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Shown;
use super::caller::Caller;
use super::codes::{self, Method, Tongue};
use super::input::{Json, Seen, given};
use super::problem::Refused;

/// Whoever calls.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// The id.
    id: String,
    /// The one e-mail address; it is changed on the pages, with a proof.
    email: String,
    /// First name.
    first_name: String,
    /// Last name.
    last_name: String,
    /// The chosen language; none follows the browser.
    language: Option<Tongue>,
    /// The home client, on whose data the API works.
    client: ClientName,
    /// How the user signs in.
    sign_in: SignIn,
    /// Whether the user may use the API.
    api_access: bool,
    /// The token of this request.
    token: TokenKind,
}

/// A client by its names.
#[derive(Serialize, ToSchema)]
pub struct ClientName {
    /// Its part of URLs.
    slug: String,
    /// Its name.
    name: String,
    /// Its colour.
    #[schema(schema_with = codes::colour)]
    colour: String,
}

impl From<view::Client> for ClientName {
    fn from(view::Client { slug, name, colour }: view::Client) -> Self {
        Self { slug, name, colour }
    }
}

/// How somebody signs in.
#[derive(Serialize, ToSchema)]
pub struct SignIn {
    /// In which manner.
    pub method: Method,
    /// The id of the provider, where it is one.
    pub provider: Option<String>,
}

/// What kind of token somebody shows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Of a sign-in.
    Login,
    /// An API key.
    Key,
}

/// The token of a request.
#[derive(Serialize, ToSchema)]
pub struct TokenKind {
    /// Its kind.
    kind: Kind,
    /// Until when it holds.
    #[schema(format = "date-time")]
    expires_at: String,
}

/// What is to be otherwise; the rest stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeEdit {
    /// First name.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    first_name: Option<String>,
    /// Last name.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    last_name: Option<String>,
}

async fn shown(caller: &Caller) -> Result<Shown, Refused> {
    let (actor, session) = (caller.actor(), caller.actor().session());
    let member = caller.home().await?;
    let sign_in = match actor.provider() {
        Some(provider) => SignIn { method: Method::Provider, provider: Some(provider.to_owned()) },
        None => SignIn { method: SecondFactor::read(&session.second_factor).into(), provider: None },
    };
    let (is_key, expires_at) = actor.bearer().map_or((false, 0), |bearer| (bearer.is_key, bearer.expires_at));
    let me = Me {
        id: actor.user_id().to_owned(),
        email: session.email.clone(),
        first_name: session.first_name.clone(),
        last_name: session.last_name.clone(),
        language: session.language.as_deref().and_then(Language::from_tag).map(Tongue::from),
        client: member.client().into(),
        sign_in,
        api_access: session.api_access,
        token: TokenKind { kind: if is_key { Kind::Key } else { Kind::Login }, expires_at: machine(expires_at) },
    };
    Shown::new(caller, &personal::version(caller, actor), &me)
}

/// Whoever calls.
#[utoipa::path(get, path = "/me", responses((status = 200, description = "The user of this token.", body = Me)))]
pub async fn read_me(caller: Caller, headers: HeaderMap) -> Result<Response, Refused> {
    Ok(shown(&caller).await?.unless_known(&headers))
}

/// Change the own name.
#[utoipa::path(patch, path = "/me", request_body = MeEdit, responses(
    (status = 200, description = "The user as they are by now.", body = Me),
))]
pub async fn edit_me(caller: Caller, headers: HeaderMap, Json(edit): Json<MeEdit>) -> Result<Response, Refused> {
    let seen = Seen::must(&headers)?;
    let (actor, now) = (caller.actor(), personal::version(&caller, caller.actor()));
    seen.is(&now)?;
    let first = edit.first_name.as_deref().unwrap_or(&actor.session().first_name);
    let last = edit.last_name.as_deref().unwrap_or(&actor.session().last_name);
    personal::save_seen(&caller, actor, Some(&now), first, last).await?;
    Ok(shown(&caller.again(&headers).await?).await?.answer())
}
