//! The site inside the binary: hashed names for ever, the rest by ETag, each as small as the browser takes it.

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;

use app::place::Assets;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "site/"]
#[allow_missing = true]
struct Site;

#[derive(Debug, Default, Deserialize)]
struct Manifest {
    css: String,
    js: String,
    wasm: String,
}

static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
    let file = Site::get("manifest.json");
    file.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
});

/// The hashed names; empty where the site was not built.
#[must_use]
pub fn assets() -> Assets {
    Assets { css: MANIFEST.css.clone(), js: MANIFEST.js.clone(), wasm: MANIFEST.wasm.clone() }
}

/// A file of the site, or else what `page` says.
pub fn file_or<F>(request: Request, page: F) -> Pin<Box<dyn Future<Output = Response> + Send>>
where
    F: Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>>,
{
    match file(&request) {
        Some(answer) => Box::pin(async { answer }),
        None => page(request),
    }
}

fn file(request: &Request) -> Option<Response> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let path = request.uri().path().trim_start_matches('/');
    let hidden = path == "manifest.json" || path.ends_with(".br") || path.ends_with(".gz");
    let original = Site::get(path).filter(|_| !hidden)?;
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (file, encoding) = smallest(path, accepted).map_or((original, None), |(file, name)| (file, Some(name)));
    let tag = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..15]);
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).ok()?;
    let known = request.headers().get(IF_NONE_MATCH).is_some_and(|known| known == tag);
    let body = if known { Body::empty() } else { Body::from(file.data.into_owned()) };
    let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut answer = (status, body).into_response();
    let headers = answer.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let for_ever = path.starts_with("pkg/");
    let cache = if for_ever { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(answer)
}

fn smallest(path: &str, accepted: &str) -> Option<(EmbeddedFile, &'static str)> {
    let takes = |name: &str| accepted.split(',').any(|part| part.split(';').next().is_some_and(|n| n.trim() == name));
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(name, _)| takes(name))
        .find_map(|(name, ending)| Some((Site::get(&format!("{path}.{ending}"))?, name)))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
