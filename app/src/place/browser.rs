//! The browser's side: the document says what the server knew.

use domain::view::Provider;
use domain::{Error, Language};
use gloo_net::http::{Request, Response};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast as _;
use send_wrapper::SendWrapper;

use crate::data::{Coming, Data, Loader};
use crate::flash::Flash;
use crate::refused::Refused;

#[path = "canvas_browser.rs"]
mod canvas;
/// The profile picture while it is chosen, cropped and sent.
#[path = "picture_browser.rs"]
pub mod picture;

fn root() -> Option<web_sys::HtmlElement> {
    document().document_element()?.dyn_into().ok()
}

/// Only the server answers with a status.
pub fn set_status(_status: u16) {}

/// The language the page was rendered in.
#[must_use]
pub fn language() -> Language {
    root().and_then(|root| Language::from_tag(&root.lang())).unwrap_or_default()
}

/// The chosen theme stands in the document already.
#[must_use]
pub const fn theme() -> Option<&'static str> {
    None
}

/// Only the server numbers requests; its answers name the number.
#[must_use]
pub const fn number() -> String {
    String::new()
}

/// What became of the form before, as the server wrote it into the document.
#[must_use]
pub fn flash() -> Option<Flash> {
    serde_json::from_str(&root()?.dataset().get("flash")?).ok()
}

/// Those who may manage somebody's sign-in, as the server wrote them into the document: pairs of id and name, of which
/// the browser reads a list already.
#[must_use]
pub fn providers() -> Vec<Provider> {
    let written = root().and_then(|root| root.dataset().get("providers")).unwrap_or_default();
    let pairs: Vec<(String, String)> = serde_json::from_str(&written).unwrap_or_default();
    pairs.into_iter().map(|(id, name)| Provider { id, name }).collect()
}

/// Loads another document.
pub fn leave_for(url: &str) {
    let _ = window().location().set_href(url);
}

/// Turns a dialog that stands open in the page into a modal one, once it is in the document.
pub fn opened(dialog: &NodeRef<leptos::html::Dialog>) {
    let dialog = *dialog;
    request_animation_frame(move || {
        if let Some(dialog) = dialog.try_get_untracked().flatten().filter(|dialog| dialog.is_connected()) {
            dialog.close();
            let _ = dialog.show_modal();
        }
    });
}

/// Moves the focus to the first element that matches, once what was just set is on the page.
/// Whoever has gone to another field by then is left there.
pub fn focus(selector: &'static str) {
    let before = document().active_element();
    request_animation_frame(move || {
        let now = document().active_element();
        let elsewhere = now != before && now.as_ref().is_some_and(|now| now.matches("body *").unwrap_or_default());
        if !elsewhere
            && let Ok(Some(element)) = document().query_selector(selector)
            && let Ok(element) = element.dyn_into::<web_sys::HtmlElement>()
        {
            let _ = element.focus();
        }
    });
}

/// Sets the title of the document.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Whether the page the server rendered has been woken.
#[must_use]
pub fn is_awake() -> bool {
    root().is_some_and(|root| root.dataset().get("hydrated").is_some())
}

async fn post(url: &str, fields: &web_sys::UrlSearchParams) -> Result<Response, Error> {
    let request =
        Request::post(url).header("Accept", "application/json").body(fields).map_err(|_| Error::BadRequest)?;
    let answer = request.send().await.map_err(|_| Error::Offline)?;
    if answer.ok() {
        return Ok(answer);
    }
    Err(refusal(&answer.text().await.unwrap_or_default()))
}

/// The error in the body of an answer.
fn refusal(body: &str) -> Error {
    serde_json::from_str::<Refused>(body).map_or_else(|_| Error::internal(), |refused| refused.0)
}

/// Asks for the data of a page.
pub fn loader<C>(url: &'static str, names: &'static str, _call: C) -> Loader {
    asking(url, names)
}

fn asking(url: &'static str, names: &'static str) -> Loader {
    Box::new(move |values| -> Coming {
        Box::pin(SendWrapper::new(async move { Data(load(url, names, &values).await) }))
    })
}

async fn load(url: &str, names: &str, values: &str) -> Result<String, Error> {
    let fields = web_sys::UrlSearchParams::new().map_err(|_| Error::internal())?;
    // What takes nothing is sent nothing: a field without a name is refused as well (ADM-1).
    for (name, value) in names.split('&').zip(values.split('&')).filter(|(name, _)| !name.is_empty()) {
        fields.append(name, value);
    }
    post(url, &fields).await?.text().await.map_err(|_| Error::Offline)
}

/// What stands in the field with this id.
#[must_use]
pub fn typed(id: &str) -> String {
    let field = document().get_element_by_id(id).and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
    field.map(|field| field.value()).unwrap_or_default()
}

/// Sends a form, and says where the answer leads on to, or why it was refused.
pub fn send(event: &SubmitEvent, action: &'static str, answered: impl FnOnce(Result<Option<String>, Error>) + 'static) {
    let form = event.target().and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok());
    let fields = form
        .and_then(|form| web_sys::FormData::new_with_form(&form).ok())
        .and_then(|data| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok());
    spawn_local(async move {
        let Some(fields) = fields else { return answered(Err(Error::BadRequest)) };
        let answer = post(action, &fields).await;
        answered(answer.map(|answer| {
            let headers = answer.headers();
            headers.get("serverfnredirect").and_then(|_| headers.get("location"))
        }));
    });
}
