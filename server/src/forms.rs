//! Forms without JavaScript: the same server functions, answered with a page in place of data.
//!
//! The framework would send the error along in the URL and lose what was typed. Here it travels in a sealed cookie
//! of one use (see [`app::flash`]). Answers to our own code get the status of their error, which the framework does
//! not set either.

use app::cookies::Kind;
use app::flash::Flash;
use app::place::{Asked, own_path};
use app::refused::Refused;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Error;
use domain::secrets::token;
use domain::visitor::Device;

use crate::asked::{FLASH, KEPT, accepts_html, append, page_before};
use crate::guard::{FORM_MAX, RequestId};
use crate::{House, fields, plain};

/// What fits into a cookie once it is sealed and encoded; beyond it the reason is kept and what was typed is not.
const FLASH_MAX: usize = 2_800;
const REDIRECT: &str = "serverfnredirect";

/// Answers server functions to people without JavaScript, and gives errors their status.
pub async fn without_javascript(State(house): State<House>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let id = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone());
    let (mut parts, body) = request.into_parts();
    let body = match to_bytes(body, FORM_MAX).await {
        Ok(body) => body,
        Err(error) if error.to_string().contains("length limit") => {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    if !parts.uri.path().starts_with("/do/") {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    let foreign = fields::has_foreign(parts.uri.path(), &body).then_some(Error::UnknownField);
    if !accepts_html(&parts.headers) {
        return match foreign {
            Some(error) => (plain::status_of(&error), axum::Json(error)).into_response(),
            None => with_status(next.run(Request::from_parts(parts, Body::from(body))).await, &id).await,
        };
    }
    let (action, back) = (parts.uri.path().to_owned(), back(&house, &parts.headers));
    let whose = parts.extensions.get::<Asked>().and_then(whose);
    let typed = url::form_urlencoded::parse(&body).into_owned().collect();
    if foreign.is_some() {
        return led_back(&house, &back, &Flash::new(&action, foreign, typed), None);
    }
    parts.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    let led_on = answer.headers().get(LOCATION).filter(|_| answer.headers().contains_key(REDIRECT)).cloned();
    let cookies: Vec<_> = answer.headers().get_all(SET_COOKIE).iter().cloned().collect();
    let refused = error_of(answer, &id).await.err();
    let led_on = led_on.filter(|_| refused != Some(Error::SignedOut));
    let led_on = led_on.and_then(|to| own_path(to.to_str().unwrap_or("")).map(str::to_owned));
    let mut page = match led_on {
        Some(led_on) => Redirect::to(&led_on).into_response(),
        None => led_back(&house, &back, &Flash::new(&action, refused, typed), whose),
    };
    for cookie in cookies {
        page.headers_mut().append(SET_COOKIE, cookie);
    }
    page
}

/// Leads to the page `back`, which says what became of its form. A stranger is led to the sign-in; where the sign-in of
/// `whose` mark has ended, they are told so, and find what was typed on the page afterwards.
#[must_use]
pub fn led_back(house: &House, back: &str, flash: &Flash, whose: Option<String>) -> Response {
    let to_sign_in = format!("/sign-in?next={back}");
    match (&flash.refused, whose) {
        (Some(Error::SignedOut), None) => Redirect::to(&to_sign_in).into_response(),
        (Some(Error::SignedOut), Some(whose)) => {
            let kept = Flash { refused: Some(Error::WasSignedOut), ..flash.clone() };
            let mut page = Redirect::to(&format!("{to_sign_in}&notice=ended")).into_response();
            append(&mut page, SET_COOKIE, &sealed(house, Kind::Kept, &kept, &format!("{KEPT}{whose}")));
            page
        }
        _ => {
            let mut page = Redirect::to(back).into_response();
            append(&mut page, SET_COOKIE, &sealed(house, Kind::Flash, flash, FLASH));
            page
        }
    }
}

/// The mark of whoever was signed in there before, as far as the browser says.
#[must_use]
pub fn whose(asked: &Asked) -> Option<String> {
    let device = asked.visitor.device.as_ref();
    asked.had_session.then(|| device.and_then(Device::last).unwrap_or_default().to_owned())
}

fn sealed(house: &House, kind: Kind, flash: &Flash, purpose: &str) -> String {
    let mut plain = serde_json::to_vec(flash).unwrap_or_default();
    if plain.len() > FLASH_MAX {
        let bare = Flash { typed: Vec::new(), ..flash.clone() };
        plain = serde_json::to_vec(&bare).unwrap_or_default();
    }
    let sealed = house.backend.keys.seal(&house.backend.rng, purpose, &plain);
    kind.set(&token::encode(&sealed), house.backend.settings.is_https())
}

/// Where a form leads back to: the path alone, because what brought somebody there before has been said.
#[must_use]
pub fn back(house: &House, headers: &HeaderMap) -> String {
    let before = page_before(house, headers);
    before.as_ref().and_then(|url| own_path(url.path())).unwrap_or("/").to_owned()
}

/// The error in an answer of a server function, with the request's number in it where the fault is ours.
async fn error_of(answer: Response, id: &str) -> Result<Response, Error> {
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let body = to_bytes(answer.into_body(), FORM_MAX).await.unwrap_or_default();
    Err(match serde_json::from_slice::<Refused>(&body) {
        Ok(Refused(error)) => error.numbered(id),
        Err(_) if status == StatusCode::SERVICE_UNAVAILABLE => Error::Unavailable,
        Err(_) => Error::BadRequest,
    })
}

async fn with_status(answer: Response, id: &str) -> Response {
    let headers = answer.headers().clone();
    match error_of(answer, id).await {
        Ok(answer) => answer,
        Err(error) => {
            let body = serde_json::to_vec(&error).unwrap_or_default();
            let mut answer = (plain::status_of(&error), body).into_response();
            *answer.headers_mut() = headers;
            answer.headers_mut().remove(CONTENT_LENGTH);
            answer.headers_mut().insert(axum::http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if let Some(wait) = error.retry_after_s() {
                append(&mut answer, RETRY_AFTER, &wait.to_string());
            }
            answer
        }
    }
}
