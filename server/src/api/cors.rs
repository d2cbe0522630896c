//! Pages of other origins that may call the API: none, unless the operator named them. Cookies never count here, so
//! none are ever allowed.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::House;

/// What a page may read of an answer, beside what every page may.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Idempotency-Replayed",
);

/// Whether any page of another origin may call at all.
#[must_use]
pub fn is_open(house: &House) -> bool {
    !house.api_origins.is_empty()
}

/// The origin that a request comes from, where it may.
#[must_use]
pub fn origin(house: &House, headers: &HeaderMap) -> Option<HeaderValue> {
    let named = headers.get(ORIGIN)?;
    let allowed = house.api_origins.iter().any(|origin| origin.as_bytes() == named.as_bytes());
    allowed.then(|| named.clone())
}

/// Says in an answer who may read it.
pub fn allow(house: &House, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
    if !is_open(house) {
        return;
    }
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

/// What a browser asks before it sends what no form could: for ten minutes, an origin that was named may send all that
/// the API takes.
#[must_use]
pub fn preflight(house: &House, headers: &HeaderMap) -> Response {
    let mut answer = StatusCode::NO_CONTENT.into_response();
    if origin(house, headers).is_some() {
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PATCH, DELETE"),
            (
                ACCESS_CONTROL_ALLOW_HEADERS,
                "Authorization, Content-Type, Accept-Language, If-Match, If-None-Match, Idempotency-Key",
            ),
            (ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
    answer
}
