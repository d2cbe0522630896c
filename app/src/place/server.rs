//! The server's side: who asks, and what goes into the answer's head.

use domain::actor::{Actor, Member};
use domain::backend::Backend;
use domain::flows::sign_in::Finished;
use domain::view::Provider;
use domain::visitor::Visitor;
use domain::{Error, Language};
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use serde::Serialize;

use crate::cookies::{Kind, of_session};
use crate::data::{Coming, Data, Loader};
use crate::flash::Flash;
use crate::refused::Answer;

/// The profile picture while it is chosen, cropped and sent: nothing, on the server.
#[path = "picture_server.rs"]
pub mod picture;

/// What the server found out about a request before any page sees it.
#[derive(Clone)]
pub struct Asked {
    /// From where.
    pub visitor: Visitor,
    /// Who, if signed in.
    pub actor: Option<Actor>,
    /// Whether the browser has the cookie of a session, which may have ended.
    pub had_session: bool,
    /// The cookie of a sign-in half-way.
    pub sign_in: Option<String>,
    /// The cookie of a key for programs that was just made.
    pub new_key: Option<String>,
    /// What became of the form before.
    pub flash: Option<Flash>,
    /// The chosen theme.
    pub theme: Option<&'static str>,
    /// The number of the request, under which the log tells more.
    pub number: String,
}

/// The hashed names of the assets.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The stylesheet.
    pub css: String,
    /// The glue; empty where the site was not built.
    pub js: String,
    /// The wasm.
    pub wasm: String,
}

fn asked() -> Option<Asked> {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<Asked>().cloned())
}

/// The handle to everything.
///
/// # Errors
/// [`Error::Internal`] outside a request.
pub fn backend() -> Answer<Backend> {
    Ok(use_context::<Backend>().ok_or(Error::internal())?)
}

/// From where somebody asks.
///
/// # Errors
/// [`Error::Internal`] outside a request.
pub fn visitor() -> Answer<Visitor> {
    let asked = asked().ok_or(Error::internal())?;
    Ok(asked.actor.map_or(asked.visitor, |actor| actor.visitor().clone()))
}

/// Who asks.
///
/// # Errors
/// [`Error::SignedOut`].
pub fn actor() -> Answer<Actor> {
    Ok(asked().and_then(|asked| asked.actor).ok_or(Error::SignedOut)?)
}

/// Who asks, as a member of the client with this slug.
///
/// # Errors
/// [`Error::SignedOut`], [`Error::NotFound`], or the database's.
pub async fn member(slug: &str) -> Answer<Member> {
    Ok(actor()?.member(&backend()?, slug).await?)
}

/// The cookie of a sign-in half-way; empty when there is none.
#[must_use]
pub fn sign_in_cookie() -> String {
    asked().and_then(|asked| asked.sign_in).unwrap_or_default()
}

/// The cookie of a key for programs that was just made, sealed as it is.
#[must_use]
pub fn new_key_cookie() -> Option<String> {
    asked().and_then(|asked| asked.new_key)
}

/// Sets a cookie of ours.
///
/// # Errors
/// [`Error::Internal`] outside a request.
pub fn set_cookie(kind: Kind, value: &str) -> Answer<()> {
    append_cookie(&kind.set(value, backend()?.settings.is_https()))
}

/// Removes a cookie of ours.
///
/// # Errors
/// [`Error::Internal`] outside a request.
pub fn clear_cookie(kind: Kind) -> Answer<()> {
    append_cookie(&kind.clear(backend()?.settings.is_https()))
}

fn append_cookie(cookie: &str) -> Answer<()> {
    let options = use_context::<ResponseOptions>().ok_or(Error::internal())?;
    options.append_header(SET_COOKIE, HeaderValue::from_str(cookie).map_err(|_| Error::internal())?);
    Ok(())
}

/// A session begins: its cookies, and on to the page somebody wanted to see.
///
/// # Errors
/// [`Error::Internal`] outside a request.
pub fn enter(finished: Finished) -> Answer<()> {
    for cookie in of_session(&finished, backend()?.settings.is_https()) {
        append_cookie(&cookie)?;
    }
    go_to(&format!("/welcome?next={}", finished.next_path.unwrap_or_default()));
    Ok(())
}

/// What came of the second step of a sign-in; one that is over leads back to the password.
///
/// # Errors
/// What `finished` says, but for [`Error::AttemptOver`].
pub fn enter_or_back(finished: domain::Result<Finished>) -> Answer<()> {
    match finished {
        Ok(finished) => enter(finished),
        Err(Error::AttemptOver) => {
            clear_cookie(Kind::SignIn)?;
            go_to("/sign-in?notice=attempt-over");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Leads on to a page of ours; what is not a path of ours leads home (WEB-7).
pub fn go_to(path: &str) {
    leptos_axum::redirect(own_path(path).unwrap_or("/"));
}

/// An attempt that is over leads on to a page that says so; everything else is answered as it is.
///
/// # Errors
/// What `done` says, but for [`Error::AttemptOver`].
pub fn over_or(path: &str, done: domain::Result<()>) -> Answer<()> {
    match done {
        Err(Error::AttemptOver) => {
            go_to(path);
            Ok(())
        }
        done => Ok(done?),
    }
}

/// A path of our own: one slash first, and nothing by which a browser could take it for another host.
#[must_use]
pub fn own_path(path: &str) -> Option<&str> {
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let lower = path.to_ascii_lowercase();
    let disguised = ["//", "/%2f", "/%5c", "/."].iter().any(|start| lower.starts_with(start));
    (path.starts_with('/') && plain && !disguised && path.len() <= 500).then_some(path)
}

/// Sets the status of the page.
pub fn set_status(status: u16) {
    if let (Some(options), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        options.set_status(status);
    }
}

/// The language to answer in.
#[must_use]
pub fn language() -> Language {
    asked()
        .map(|asked| asked.actor.map_or(asked.visitor.language, |actor| actor.visitor().language))
        .unwrap_or_default()
}

/// The chosen theme, or none.
#[must_use]
pub fn theme() -> Option<&'static str> {
    asked().and_then(|asked| asked.theme)
}

/// The number of this request, under which the log tells more.
#[must_use]
pub fn number() -> String {
    asked().map(|asked| asked.number).unwrap_or_default()
}

/// Those who may manage somebody's sign-in.
#[must_use]
pub fn providers() -> Vec<Provider> {
    backend().map(|backend| backend.settings.providers.clone()).unwrap_or_default()
}

/// What became of the form before.
#[must_use]
pub fn flash() -> Option<Flash> {
    asked().and_then(|asked| asked.flash)
}

/// Calls the server function; only the browser has to ask for it.
pub fn loader<T, F>(
    _url: &'static str,
    _names: &'static str,
    call: impl Fn(String) -> F + Send + Sync + 'static,
) -> Loader
where
    F: Future<Output = Answer<T>> + Send + 'static,
    T: Serialize + 'static,
{
    Box::new(move |values| -> Coming {
        let asked = call(values);
        Box::pin(async move { Data::of(asked.await) })
    })
}

/// Only the browser sends forms itself.
pub fn send(_event: &SubmitEvent, _action: &str, _answered: impl FnOnce(Result<Option<String>, Error>) + 'static) {}

/// Only the browser leaves a page by itself.
pub fn leave_for(_url: &str) {}

/// Only the browser has a document.
pub fn opened(_dialog: &NodeRef<leptos::html::Dialog>) {}

/// Only the browser has a focus.
pub fn focus(_selector: &str) {}

/// Only the browser has fields in which somebody types.
#[must_use]
pub const fn typed(_id: &str) -> String {
    String::new()
}

/// Only the browser shows a title of its own.
pub fn set_title(_title: &str) {}

/// Only the browser wakes a page.
#[must_use]
pub const fn is_awake() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_paths_of_our_own() {
        for right in ["/", "/c/acme/account", "/c/acme/account?x=%2F"] {
            assert_eq!(own_path(right), Some(right));
        }
        for wrong in
            ["", "//evil", "/\\evil", "/%2f%2fevil", "/%5Cevil", "https://evil", "evil", "/a\r\nb", "/ü", "/.//evil"]
        {
            assert_eq!(own_path(wrong), None, "{wrong}");
        }
    }
}
