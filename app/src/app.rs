//! The pages that wake in the browser: every route as one list. The others stand in `plain.rs`.

use domain::Key;
use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, path};

use crate::form::{Changes, LastForm};
use crate::pages::account::{accounts, activity, groups, password, personal, security};
use crate::pages::{sign_in, sign_in_code, signed_in};
use crate::parts::{Gate, Refusal};
use crate::place;
use crate::words::{t, title_of};

/// The application, the same on both sides.
#[component]
pub fn App() -> impl IntoView {
    provide_context(place::language());
    provide_context(Changes(RwSignal::new(0)));
    provide_context(LastForm(StoredValue::new(place::flash())));
    view! {
        <Router>
            <a class="skip" href="#main">
                {t(Key::CommonSkipToContent)}
            </a>
            <Arrival />
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in") view=sign_in::Page ssr=SsrMode::Async />
                <Route path=path!("/sign-in/code") view=sign_in_code::Page ssr=SsrMode::Async />
                <ParentRoute path=path!("/c/:slug") view=signed_in::Layout ssr=SsrMode::Async>
                    <Route path=path!("/account") view=personal::Page ssr=SsrMode::Async />
                    <Route path=path!("/account/email") view=personal::EmailPage ssr=SsrMode::Async />
                    <Route path=path!("/account/security") view=security::Page ssr=SsrMode::Async />
                    <Route path=path!("/account/security/password") view=password::Page ssr=SsrMode::Async />
                    <Route path=path!("/account/security/activity") view=activity::Page ssr=SsrMode::Async />
                    <Route path=path!("/account/groups") view=groups::Page ssr=SsrMode::Async />
                    <Route path=path!("/account/accounts") view=accounts::Page ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// Not found, as far as this list goes: a link in the browser may lead to what only the server knows.
#[component]
fn NotFound() -> impl IntoView {
    if place::is_awake() {
        let location = use_location();
        let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
        place::leave_for(&if search.is_empty() { path } else { format!("{path}?{search}") });
        return ().into_any();
    }
    view! {
        <Gate>
            <Refusal error=domain::Error::NotFound />
        </Gate>
    }
    .into_any()
}

/// After a step from page to page in the browser: the title follows, and the focus goes to the heading.
#[component]
fn Arrival() -> impl IntoView {
    let path = use_location().pathname;
    let language = crate::words::language();
    let last = use_context::<LastForm>();
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            if let Some(LastForm(last)) = last {
                last.set_value(None);
            }
            if let Some(key) = name(&path) {
                place::set_title(&title_of(key, language));
            }
            place::focus("main h1, dialog[open] [autofocus]");
        }
        path
    });
}

/// The title of the page at `path`: always from the catalogue, never what somebody typed.
#[must_use]
pub fn title(path: &str, language: domain::Language) -> String {
    title_of(name(path).unwrap_or(Key::ErrorNotFoundTitle), language)
}

/// The name of the page at `path`, if it is on this list.
fn name(path: &str) -> Option<Key> {
    let mut parts = path.trim_end_matches('/').split('/').skip(1);
    match [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some("sign-in"), None, ..] => Some(Key::SignInTitle),
        [Some("sign-in"), Some("code"), None, ..] => Some(Key::SignInCodeTitle),
        [Some("c"), Some(_), Some("account"), None | Some(""), _] => Some(Key::TabsPersonalDetails),
        [Some("c"), Some(_), Some("account"), Some("email"), _] => Some(Key::EmailChangeTitle),
        [Some("c"), Some(_), Some("account"), Some("security"), None] => Some(Key::TabsSecurity),
        [Some("c"), Some(_), Some("account"), Some("security"), Some("password")] => Some(Key::PasswordTitle),
        [Some("c"), Some(_), Some("account"), Some("security"), Some("activity")] => Some(Key::ActivityTitle),
        [Some("c"), Some(_), Some("account"), Some("groups"), _] => Some(Key::TabsUserGroups),
        [Some("c"), Some(_), Some("account"), Some("accounts"), _] => Some(Key::TabsAccounts),
        _ => None,
    }
}
