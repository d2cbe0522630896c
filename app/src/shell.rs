//! The documents around the pages. They are never hydrated, so they may say what only the server knows.

use domain::{Key, Language};
use http::request::Parts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::app::{App, title};
use crate::place::{self, Assets};
use crate::plain::{self, PlainApp};

/// The document of a page that wakes.
pub fn shell() -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    let language = place::language();
    let flash = place::flash().and_then(|flash| serde_json::to_string(&flash).ok());
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() data-theme=place::theme() data-flash=flash data-providers=providers()>
            <head>
                <Head title=title css=assets.css.clone() />
                <Wake assets=assets />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Who else may manage sign-ins, for the page that has a button for each. From the second step of a sign-in it is
/// reached without a new document; no other page has any use for it.
fn providers() -> Option<String> {
    let providers: Vec<_> = place::providers().into_iter().map(|provider| (provider.id, provider.name)).collect();
    let signs_in = path() == "/sign-in" || path().starts_with("/sign-in/");
    if signs_in && !providers.is_empty() { serde_json::to_string(&providers).ok() } else { None }
}

fn path() -> String {
    use_context::<Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default()
}

/// The document of a plain page: it is what it is, and its one script only does what helps.
pub fn plain_shell() -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    let language = place::language();
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() data-theme=place::theme()>
            <head>
                <Head title=plain::title css=assets.css />
                <script defer src="/plain.js" nonce=use_nonce()></script>
            </head>
            <body>
                <PlainApp />
            </body>
        </html>
    }
}

/// What stands in the head of every document.
#[component]
fn Head(
    /// The title of a path.
    title: fn(&str, Language) -> String,
    /// The stylesheet.
    css: String,
) -> impl IntoView {
    let (path, language) = (path(), place::language());
    // As markup, because the framework would put its own marks behind the text; it comes from the catalogue only.
    let title = title(&path, language);
    view! {
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content=language.text(Key::CommonProduct) />
        <title inner_html=title></title>
        <link rel="stylesheet" href=css />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    }
}

/// Loads the wasm and wakes the page. Nothing of it holds up the first paint.
#[component]
fn Wake(
    /// The hashed names.
    assets: Assets,
) -> impl IntoView {
    let Assets { js, wasm, .. } = assets;
    (!js.is_empty()).then(|| {
        let script =
            format!("import(\"{js}\").then(m=>m.default({{module_or_path:\"{wasm}\"}}).then(()=>m.hydrate()))");
        view! {
            <link rel="modulepreload" href=js crossorigin="anonymous" />
            <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
            <script type="module" nonce=use_nonce()>
                {script}
            </script>
        }
    })
}
