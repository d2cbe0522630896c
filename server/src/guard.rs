//! What stands around every route: origin, host, methods, limits, headers (WEB-1 to WEB-9).

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Language;
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use tracing::Instrument as _;

use crate::{House, api, plain};

/// The most bytes of a form (WEB-9).
pub const FORM_MAX: usize = 64 * 1024;
/// A body that rests longer is cut off.
const BODY_REST: Duration = Duration::from_secs(10);
/// No request takes longer.
const REQUEST: Duration = Duration::from_secs(30);
/// The name under which an answer tells its number.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Refuses bodies larger than a form. Uploads count for themselves what they take.
pub fn small_bodies<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(RequestBodyLimitLayer::new(FORM_MAX))
}

/// Puts the guards around a router; the last one here sees a request first.
pub fn around(router: Router, house: &House) -> Router {
    router
        .layer(RequestBodyTimeoutLayer::new(BODY_REST))
        .layer(from_fn_with_state(house.clone(), admit))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a handler panicked");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }))
        .layer(from_fn_with_state(house.clone(), head))
}

/// The number of a request, by which the log tells more.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Gives each request its number, and each answer the headers that all answers have (WEB-3).
async fn head(State(house): State<House>, mut request: Request, next: Next) -> Response {
    let id = house.backend.rng.id(house.backend.clock.now());
    request.extensions_mut().insert(RequestId(id.clone()));
    let (method, path) = (request.method().clone(), loggable(request.uri().path()));
    if api::is_api(&path) {
        return head_of_api(&house, request, next, &id).await;
    }
    let language = plain::language(request.headers());
    let mut answer = next.run(request).instrument(numbered(&id)).await;
    let status = answer.status();
    let is_bare = answer.headers().get(axum::http::header::CONTENT_TYPE).is_none()
        || answer
            .headers()
            .get(axum::http::header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "text/plain; charset=utf-8");
    if status.is_server_error() || (status.is_client_error() && is_bare) {
        tracing::info!(request = id, %method, path, status = status.as_u16(), "refused");
        // Whatever a library would say about the fault, people get our own words (WEB-5).
        if is_bare {
            let allowed = answer.headers().get(ALLOW).cloned();
            answer = plain::page(&house, status, language, &id).into_response();
            if let Some(allowed) = allowed {
                answer.headers_mut().insert(ALLOW, allowed);
            }
        }
    } else {
        tracing::debug!(request = id, %method, path, status = status.as_u16(), "answered");
    }
    common_headers(answer.headers_mut(), &house, &id);
    answer
}

/// What is logged while a request is answered bears its number, whatever is held back.
fn numbered(id: &str) -> tracing::Span {
    tracing::error_span!("answering", request = id)
}

/// As [`head`], for programs: whatever refuses, and wherever, they get a problem document (RFC 9457).
async fn head_of_api(house: &House, request: Request, next: Next, id: &str) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let wanted = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let language = Language::from_accept(wanted).unwrap_or_default();
    let origin = api::cors::origin(house, request.headers());
    let answer = next.run(request).instrument(numbered(id)).await;
    let status = answer.status().as_u16();
    if status >= 400 {
        tracing::info!(request = id, %method, path, status, "refused");
    } else {
        tracing::debug!(request = id, %method, path, status, "answered");
    }
    let mut answer = api::problem::told(house, language, id, answer);
    api::cors::allow(house, origin, answer.headers_mut());
    common_headers(answer.headers_mut(), house, id);
    answer
}

/// A path as the log may keep it: links that open something are secrets (CODE-8).
fn loggable(path: &str) -> String {
    for secret in ["/activate/", "/invitation/", "/reset/", "/set-up/", "/undo-email/"] {
        if path.starts_with(secret) {
            return format!("{secret}…");
        }
    }
    path.to_owned()
}

fn common_headers(headers: &mut HeaderMap, house: &House, id: &str) {
    const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, SAME_ORIGIN);
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), SAME_ORIGIN);
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), SAME_ORIGIN);
    if house.backend.settings.is_https() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// The policy of a page, with a nonce of its own (WEB-2); only one that wakes may run wasm, and forms may lead to these
/// `origins`, each with a blank before it. Called while the page is rendered.
pub fn content_policy(wakes: bool, origins: &str) {
    let (Some(nonce), Some(options)) = (use_nonce(), use_context::<ResponseOptions>()) else { return };
    let wasm = if wakes { " 'wasm-unsafe-eval'" } else { "" };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'{wasm}; style-src 'self'; \
         img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; \
         form-action 'self'{origins}; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        options.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Lets in what may come in at all.
async fn admit(State(house): State<House>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    if api::is_api(request.uri().path()) {
        return admit_to_api(&house, request, next).await;
    }
    if ![Method::GET, Method::HEAD, Method::POST].contains(&method) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD, POST")]).into_response();
    }
    if !request.uri().path().starts_with('/') {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if !is_our_host(&house, &request) && !request.uri().path().starts_with("/health/") {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    if method == Method::POST && !is_same_origin(&house, request.headers()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if let Some(clean) = without_framework_errors(request.uri()) {
        return Redirect::to(&clean).into_response();
    }
    next.run(request).await
}

/// As [`admit`], for programs: they come from anywhere, because no cookie counts there. Which methods a resource knows,
/// its route says.
async fn admit_to_api(house: &House, request: Request, next: Next) -> Response {
    if !is_our_host(house, &request) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    if request.method() == Method::OPTIONS && api::cors::is_open(house) {
        return api::cors::preflight(house, request.headers());
    }
    next.run(request).await
}

/// The host of the public URL and no other (WEB-8).
fn is_our_host(house: &House, request: &Request<Body>) -> bool {
    let ours = &house.backend.settings.public_url;
    let ours = match (ours.host_str(), ours.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => return false,
    };
    let named = request.headers().get_all(HOST).iter().collect::<Vec<_>>();
    let [named] = named.as_slice() else { return false };
    let default_port = if house.backend.settings.is_https() { ":443" } else { ":80" };
    named.to_str().is_ok_and(|named| {
        let named = named.to_ascii_lowercase();
        named.strip_suffix(default_port).unwrap_or(&named) == ours
    })
}

/// What writes comes from our own pages: fetch metadata say so, or else the origin does; neither is a no (WEB-1).
fn is_same_origin(house: &House, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let ours = house.backend.settings.public_url.origin().ascii_serialization();
    headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes() == ours.as_bytes())
}

/// The framework decodes errors from any URL; ours travel otherwise, so such a URL is somebody else's making (S4).
fn without_framework_errors(uri: &Uri) -> Option<String> {
    let query = uri.query()?;
    let theirs = |name: &str| name.starts_with("__err") || name.starts_with("__path");
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    if !pairs.iter().any(|(name, _)| theirs(name)) {
        return None;
    }
    let path = app::place::own_path(uri.path()).unwrap_or("/");
    let kept = pairs.iter().filter(|(name, _)| !theirs(name));
    let kept = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    Some(if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") })
}

#[cfg(test)]
mod tests {
    use super::loggable;

    #[test]
    fn no_link_that_opens_something_is_logged() {
        for door in ["activate", "invitation", "reset", "set-up", "undo-email"] {
            assert_eq!(loggable(&format!("/{door}/secret")), format!("/{door}/…"));
        }
        assert_eq!(loggable("/c/acme/account/invitations"), "/c/acme/account/invitations");
    }
}
