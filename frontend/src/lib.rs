//! Wakes the page that the server rendered, nothing else.
#![cfg(target_arch = "wasm32")]

use leptos::mount::hydrate_body;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the script in the document once the wasm is there.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    hydrate_body(app::app::App);
    let root = document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(root) = root {
        // Shown once: a page that is visited later must not find it again.
        root.dataset().delete("flash");
        let _ = root.dataset().set("hydrated", "1");
    }
    keep_time_zone();
}

/// Tells the server the time zone, so that it can format times for this reader.
fn keep_time_zone() {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    let zone = js_sys::Reflect::get(&options, &"timeZone".into()).ok().and_then(|zone| zone.as_string());
    let document = document().dyn_into::<web_sys::HtmlDocument>();
    if let (Some(zone), Ok(document)) = (zone, document) {
        let _ = document.set_cookie(&format!("selfsame-zone={zone}; Path=/; SameSite=Lax; Max-Age=31536000"));
    }
}
