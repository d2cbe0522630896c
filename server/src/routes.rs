//! Routes that are no pages.

use app::cookies::Kind;
use app::place::{Asked, own_path};
use axum::extract::{Extension, Form, Query, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Language;
use domain::flows::look::{self, Theme};
use domain::flows::sign_out as flow;
use serde::Deserialize;

use crate::asked::{append, page_before};
use crate::{House, plain};

/// `/` and `/account`: into the client that was entered last, or to the sign-in.
pub async fn home(Extension(asked): Extension<Asked>) -> Redirect {
    match asked.actor {
        Some(actor) => Redirect::to(&format!("/c/{}/account", actor.session().current_slug)),
        None => Redirect::to("/sign-in"),
    }
}

/// Where somebody wanted to go before they signed in.
#[derive(Debug, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// `/welcome`: on from the sign-in, with a document in the person's own language and theme.
pub async fn welcome(Extension(asked): Extension<Asked>, Query(Next { next }): Query<Next>) -> Redirect {
    match own_path(&next).filter(|next| *next != "/") {
        Some(next) if asked.actor.is_some() => Redirect::to(next),
        _ => home(Extension(asked)).await,
    }
}

/// What was chosen; a field that is missing stays as it is.
#[derive(Debug, Deserialize)]
pub struct Look {
    language: Option<String>,
    theme: Option<String>,
}

/// `POST /preferences`: keeps language and theme in the browser, and with the person who is signed in.
pub async fn preferences(
    State(house): State<House>,
    Extension(asked): Extension<Asked>,
    headers: HeaderMap,
    Form(look): Form<Look>,
) -> Response {
    let https = house.backend.settings.is_https();
    let cookies = headers.get(axum::http::header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let kept = |kind: Kind| kind.read(cookies, https);
    let language = look.language.clone().or_else(|| kept(Kind::Language)).and_then(|tag| Language::from_tag(&tag));
    let theme = look.theme.clone().or_else(|| kept(Kind::Theme)).and_then(|code| Theme::read(&code));
    if let Some(actor) = &asked.actor
        && let Err(error) = look::choose(&house.backend, actor, language, theme).await
    {
        return plain::page(&house, plain::status_of(&error), asked.visitor.language, "");
    }
    let back = page_before(&house, &headers).map(|url| match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    });
    let back = back.as_deref().and_then(own_path).unwrap_or("/");
    let mut answer = Redirect::to(back).into_response();
    let chosen = [(Kind::Language, language.map(Language::tag)), (Kind::Theme, theme.map(Theme::code))];
    for (kind, chosen) in chosen {
        let cookie = chosen.map_or_else(|| kind.clear(https), |chosen| kind.set(chosen, https));
        append(&mut answer, SET_COOKIE, &cookie);
    }
    answer
}

/// `POST /sign-out`: ends the session here and in the browser (SESS-5).
pub async fn sign_out(State(house): State<House>, Extension(asked): Extension<Asked>) -> Response {
    if let Some(actor) = &asked.actor
        && let Err(error) = flow::sign_out(&house.backend, actor).await
    {
        return plain::page(&house, plain::status_of(&error), asked.visitor.language, "");
    }
    let https = house.backend.settings.is_https();
    let mut answer = Redirect::to("/sign-in?notice=signed-out").into_response();
    // The device stays known and the look stays chosen, so cookies go one by one; caches and storage go whole.
    append(&mut answer, SET_COOKIE, &Kind::Session.clear(https));
    append(&mut answer, SET_COOKIE, &Kind::SignIn.clear(https));
    append(&mut answer, axum::http::HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"");
    answer
}

/// `GET /health/live`: the process answers.
pub async fn live() -> StatusCode {
    StatusCode::OK
}

/// `GET /health/ready`: the database does too, within two seconds.
pub async fn ready(State(house): State<House>, _request: Request) -> Response {
    let ping = tokio::time::timeout(std::time::Duration::from_secs(2), house.backend.db.ping()).await;
    match ping {
        Ok(Ok(())) => (StatusCode::OK, "ready").into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response(),
    }
}
