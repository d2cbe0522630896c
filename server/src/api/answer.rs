//! What the API answers with: JSON, and a tag for what has a version.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK, LOCATION};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::Error;
use domain::backend::Backend;
use serde::Serialize;

use super::BASE;
use super::problem::Refused;
use crate::asked::append;

const CONTENT: &str = "application/json; charset=utf-8";

/// Something as it is shown, with its tag.
pub struct Shown {
    text: String,
    tag: String,
}

impl Shown {
    /// Writes `what`, which is `version` of something. The tag holds the version, and behind the dot what is shown of
    /// it, so that nobody keeps an old picture of what has changed without becoming another version.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn new(backend: &Backend, version: &str, what: &impl Serialize) -> Result<Self, Refused> {
        let text = text(what)?;
        let shown = backend.keys.limit_key("shown", &text);
        Ok(Self { tag: format!("\"{version}.{}\"", shown.trim_start_matches("shown:")), text })
    }

    /// As an answer to who asks for it; who has it already is told so (RFC 9110, 13.1.2).
    #[must_use]
    pub fn unless_known(self, headers: &HeaderMap) -> Response {
        let named = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let mut tags = named.flat_map(|value| value.split(',')).map(str::trim);
        if !tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag) {
            return self.answer();
        }
        let mut answer = StatusCode::NOT_MODIFIED.into_response();
        append(&mut answer, ETAG, &self.tag);
        answer
    }

    /// As an answer.
    #[must_use]
    pub fn answer(self) -> Response {
        written(StatusCode::OK, self.text, &[(ETAG, self.tag.as_str())])
    }

    /// As an answer to who has made it; it is found at `path` from now on.
    #[must_use]
    pub fn made(self, path: &str) -> Made {
        Made { location: format!("{BASE}{path}"), tag: Some(self.tag), text: self.text }
    }
}

/// Something that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Where it is found.
    pub location: String,
    /// Its tag, where it has versions.
    pub tag: Option<String>,
    /// As it is shown.
    pub text: String,
}

impl Made {
    /// As [`Shown::made`], for what has no versions.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn new(path: &str, what: &impl Serialize) -> Result<Self, Refused> {
        Ok(Self { location: format!("{BASE}{path}"), tag: None, text: text(what)? })
    }

    /// As an answer.
    #[must_use]
    pub fn answer(self) -> Response {
        let tag = self.tag.as_deref().map(|tag| (ETAG, tag));
        let headers: Vec<_> = tag.into_iter().chain([(LOCATION, self.location.as_str())]).collect();
        written(StatusCode::CREATED, self.text.clone(), &headers)
    }
}

/// JSON of something that has no version.
///
/// # Errors
/// A fault of ours.
pub fn json(status: StatusCode, what: &impl Serialize) -> Result<Response, Refused> {
    Ok(written(status, text(what)?, &[]))
}

/// A page of a list at `path`; `next` is the query of the one after it (RFC 8288).
///
/// # Errors
/// A fault of ours.
pub fn page(path: &str, next: Option<&str>, what: &impl Serialize) -> Result<Response, Refused> {
    let link = next.map(|query| format!("<{BASE}{path}?{query}>; rel=\"next\""));
    let links: Vec<_> = link.iter().map(|link| (LINK, link.as_str())).collect();
    Ok(written(StatusCode::OK, text(what)?, &links))
}

/// Nothing but that it was done.
#[must_use]
pub fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn text(what: &impl Serialize) -> Result<String, Refused> {
    serde_json::to_string(what).map_err(|error| {
        tracing::error!(%error, "an answer of the API cannot be written");
        Error::internal().into()
    })
}

fn written(status: StatusCode, text: String, headers: &[(HeaderName, &str)]) -> Response {
    let mut answer = (status, Body::from(text)).into_response();
    append(&mut answer, CONTENT_TYPE, CONTENT);
    for (name, value) in headers {
        append(&mut answer, name.clone(), value);
    }
    answer
}
