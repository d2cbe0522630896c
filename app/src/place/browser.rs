//! The browser's side: the document says what the server knew.

use domain::Language;
use leptos::prelude::*;

use crate::flash::Flash;

fn root() -> Option<web_sys::HtmlElement> {
    use leptos::wasm_bindgen::JsCast as _;
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

/// What became of the form before, as the server wrote it into the document.
#[must_use]
pub fn flash() -> Option<Flash> {
    serde_json::from_str(&root()?.dataset().get("flash")?).ok()
}

/// Loads another document.
pub fn leave_for(url: &str) {
    let _ = window().location().set_href(url);
}

/// Turns a dialog that stands open in the page into a modal one.
pub fn opened(dialog: &NodeRef<leptos::html::Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
        let _ = dialog.show_modal();
    }
}

/// Moves the focus to the first element that matches.
pub fn focus(selector: &str) {
    use leptos::wasm_bindgen::JsCast as _;
    if let Ok(Some(element)) = document().query_selector(selector)
        && let Ok(element) = element.dyn_into::<web_sys::HtmlElement>()
    {
        let _ = element.focus();
    }
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
