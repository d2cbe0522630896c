//! What stands around plain pages of somebody who is signed in.

use domain::Key;
use leptos::prelude::*;

use crate::words::t;

/// A page behind another one: the way back, the heading, the panels.
#[component]
pub fn Behind(
    /// The path of the page it is behind.
    path: String,
    /// What that one is called.
    name: Key,
    /// The heading.
    title: Key,
    /// The panels.
    children: Children,
) -> impl IntoView {
    view! {
        <header class="page-head">
            <p>
                <a href=path>{t(name)}</a>
            </p>
            <h1 tabindex="-1">{t(title)}</h1>
        </header>
        {children()}
    }
}

/// A page behind the tab Security.
#[component]
pub fn BehindSecurity(
    /// The client's slug.
    slug: String,
    /// The heading.
    title: Key,
    /// The panels.
    children: Children,
) -> impl IntoView {
    view! {
        <Behind path=security(&slug, "") name=Key::TabsSecurity title=title>
            {children()}
        </Behind>
    }
}

/// The path of a page behind the tab Security.
#[must_use]
pub fn security(slug: &str, rest: &str) -> String {
    format!("/c/{slug}/account/security{rest}")
}

/// One matter of a page: what it is about, and what one does about it.
#[component]
pub fn Panel(
    /// The id of its heading.
    id: &'static str,
    /// The heading.
    title: Key,
    /// A few words about it.
    #[prop(optional, into)]
    lead: Option<String>,
    /// What one does about it.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby=id>
            <div class="panel-head">
                <h2 id=id>{t(title)}</h2>
                {lead.map(|lead| view! { <p>{lead}</p> })}
            </div>
            <div class="stack">{children()}</div>
        </section>
    }
}
