//! Routes that are no pages.

use app::cookies::Kind;
use app::place::{Asked, own_path};
use axum::extract::{Extension, Form, Path, Query, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::actor::Actor;
use domain::flows::look::{self, Theme};
use domain::flows::{client_activity, recovery_codes as recovery, second_factor, sign_out as flow};
use domain::view::{ClientFilter, FactorChange, RecoveryChange};
use domain::{Error, Key, Language};
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

/// `/welcome`: on from the sign-in, with a document in the person's own language and theme. Who wanted to see nothing
/// else, and was never offered the app, is now.
pub async fn welcome(
    State(house): State<House>,
    Extension(asked): Extension<Asked>,
    Query(Next { next }): Query<Next>,
) -> Response {
    let Some(actor) = &asked.actor else { return home(Extension(asked)).await.into_response() };
    if let Some(next) = own_path(&next).filter(|next| *next != "/") {
        return Redirect::to(next).into_response();
    }
    let offered = second_factor::offer(&house.backend, actor).await;
    match offered {
        Ok(true) => {
            Redirect::to(&format!("/c/{}/account/security/offer", actor.session().current_slug)).into_response()
        }
        Ok(false) => home(Extension(asked)).await.into_response(),
        Err(error) => plain::page(&house, plain::status_of(&error), asked.visitor.language, &asked.number),
    }
}

/// `POST /recovery-codes`: those that are shown at this moment, as a file to keep (REC-1).
pub async fn recovery_codes(State(house): State<House>, Extension(asked): Extension<Asked>) -> Response {
    let Some(actor) = &asked.actor else { return Redirect::to("/sign-in").into_response() };
    let language = actor.visitor().language;
    match shown_codes(&house, actor).await {
        Ok(codes) => {
            let about = [("product", language.text(Key::CommonProduct)), ("email", actor.session().email.as_str())];
            let head = language.fill(Key::PlainKeptFileHead, &about);
            let text = format!("{head}\n\n{}\n\n{}\n", codes.join("\n"), language.text(Key::PlainKeptFileFoot));
            let file = "attachment; filename=\"selfsame-recovery-codes.txt\"";
            ([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CONTENT_DISPOSITION, file)], text).into_response()
        }
        Err(error) => plain::page(&house, plain::status_of(&error), language, &asked.number),
    }
}

async fn shown_codes(house: &House, actor: &Actor) -> domain::Result<Vec<String>> {
    if let FactorChange::SetUp { recovery_codes, .. } = second_factor::state(&house.backend, actor).await? {
        return Ok(recovery_codes);
    }
    match recovery::state(&house.backend, actor).await? {
        RecoveryChange::Shown { codes, .. } => Ok(codes),
        _ => Err(Error::NotFound),
    }
}

/// Which part of the activity is wanted; all of it where it names none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    #[serde(default)]
    kind: String,
}

/// `POST /c/{slug}/manage/activity.csv`: what happened in a client, as a file. Who may not see it is led to the page,
/// which says why.
pub async fn activity_file(
    State(house): State<House>,
    Extension(asked): Extension<Asked>,
    Path(slug): Path<String>,
    Form(Part { kind }): Form<Part>,
) -> Response {
    let Some(actor) = &asked.actor else { return Redirect::to("/sign-in").into_response() };
    let written = async {
        let member = actor.member(&house.backend, &slug).await?;
        let csv = client_activity::csv(&house.backend, &member, ClientFilter::read(&kind)).await?;
        Ok::<_, Error>((member.client().slug, csv))
    };
    match written.await {
        Ok((slug, csv)) => {
            let file = format!("attachment; filename=\"{slug}-activity.csv\"");
            ([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, file)], csv).into_response()
        }
        Err(Error::NotPermitted(_)) => Redirect::to(&format!("/c/{slug}/manage/activity")).into_response(),
        Err(error) => plain::page(&house, plain::status_of(&error), actor.visitor().language, &asked.number),
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
    append(&mut answer, SET_COOKIE, &Kind::Kept.clear(https));
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
