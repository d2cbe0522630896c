//! Pages that need no page code: for when there is none to run.

use app::cookies::Kind;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::{Error, Key, Language};

use crate::House;

/// The language of a request: the chosen one, else the browser's.
#[must_use]
pub fn language(headers: &HeaderMap) -> Language {
    let cookies = headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let chosen = [true, false].iter().find_map(|https| Kind::Language.read(cookies, *https));
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    chosen.and_then(|tag| Language::from_tag(&tag)).or_else(|| Language::from_accept(wanted)).unwrap_or_default()
}

/// A page with one sentence about `status`, and the number of the request where a fault is ours.
#[must_use]
pub fn page(house: &House, status: StatusCode, language: Language, request_id: &str) -> Response {
    let (title, text) = match status.as_u16() {
        404 => (Key::ErrorNotFoundTitle, language.text(Key::ErrorNotFound).to_owned()),
        403 => (Key::ErrorRefusedTitle, language.text(Key::ErrorCrossSite).to_owned()),
        503 => (Key::ErrorUnavailableTitle, language.text(Key::ErrorUnavailable).to_owned()),
        421 => (Key::ErrorRefusedTitle, house.backend.settings.link("/")),
        500.. => (Key::ErrorInternalTitle, language.fill(Key::ErrorInternal, &[("id", request_id)])),
        _ => (Key::ErrorInternalTitle, language.text(Key::ErrorBadRequest).to_owned()),
    };
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title} · {}</title><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"{}\"></head><body><main id=\"main\" class=\"gate\">\
         <div class=\"card\"><header><p class=\"help\">{}</p><h1>{title}</h1><p>{text}</p></header>\
         <div class=\"actions\"><a class=\"button\" data-kind=\"primary\" href=\"/\">{}</a></div></div></main>\
         </body></html>",
        language.tag(),
        language.text(Key::CommonProduct),
        house.assets.css,
        language.fill(Key::ErrorNumber, &[("number", status.as_str())]),
        language.text(Key::ErrorHome),
        title = language.text(title),
    );
    let mut answer = (status, html).into_response();
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    answer
}

/// The status of an error of ours.
#[must_use]
pub fn status_of(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
