//! `/c/{slug}/manage`: the pages of those who look after a client, and what stands around them.

pub mod activity;
pub mod client;
pub mod group;
pub mod group_delete;
mod group_form;
pub mod group_members;
pub mod group_new;
pub mod groups;
pub mod guests;
mod tree;
pub mod user;
pub mod user_access;
mod user_fields;
pub mod user_method;
pub mod user_new;
pub mod users;

use domain::view::{Frame, ManagePage, Permission};
use domain::{Error, Key};
use leptos::prelude::*;

use crate::form::FormState;
use crate::parts::{Badge, BadgeKind, Notice, NoticeKind};
use crate::words::{fill, language, t};

/// The path of one of these pages, or of one behind it.
#[must_use]
pub fn path(slug: &str, page: ManagePage, rest: &str) -> String {
    format!("/c/{slug}/manage/{}{rest}", page.path())
}

/// A page of those who look after a client: heading, tabs, panels.
#[component]
pub fn Managing(
    /// Who looks, and at which client.
    frame: Frame,
    /// Which tab.
    tab: ManagePage,
    /// Its heading, where it is a page behind the tab.
    #[prop(optional, into)]
    title: Option<String>,
    /// The panels.
    children: Children,
) -> impl IntoView {
    let Frame { client, manage, .. } = frame;
    let heading = fill(Key::ManageHeading, &[("client", &client.name)]);
    let label = heading.clone();
    let tabs = manage.into_iter().map(|page| {
        view! {
            <li>
                <a href=path(&client.slug, page, "") aria-current=(page == tab).then_some("page")>
                    {t(page.key())}
                </a>
            </li>
        }
    });
    view! {
        <header class="page-head">
            <p>{heading}</p>
            <h1 tabindex="-1">{title.unwrap_or_else(|| t(tab.key()).to_owned())}</h1>
        </header>
        <nav class="tabs" aria-label=label>
            <ul role="list">{tabs.collect_view()}</ul>
        </nav>
        {children()}
    }
}

/// A link to another page of a list.
#[must_use]
pub fn link(path: String, name: Key) -> AnyView {
    view! {
        <a class="button" href=path>
            {t(name)}
        </a>
    }
    .into_any()
}

/// The ways to the first page of a list and to the next one, as far as there are any.
#[must_use]
pub fn pages(first: Option<AnyView>, next: Option<AnyView>) -> Option<AnyView> {
    let links: Vec<_> = first.into_iter().chain(next).collect();
    (!links.is_empty()).then(|| view! { <div class="actions">{links}</div> }.into_any())
}

/// Says what became of what somebody did on the page before.
#[must_use]
pub fn done(text: Key) -> AnyView {
    view! {
        <Notice kind=NoticeKind::Success>
            <p>{t(text)}</p>
        </Notice>
    }
    .into_any()
}

/// Says that something is locked: which permission is missing, and who can give it.
#[must_use]
pub fn locked(lacks: Permission) -> AnyView {
    view! { <p class="locked">{Error::NotPermitted(lacks).sentence(language())}</p> }.into_any()
}

/// A step that takes something away, asked once: the form appears, without a script, when its name is chosen.
#[must_use]
pub fn confirmed(name: Key, text: String, form: AnyView) -> AnyView {
    view! {
        <details class="confirm">
            <summary class="button">{t(name)}</summary>
            <div class="stack">
                <p>{text}</p>
                {form}
            </div>
        </details>
    }
    .into_any()
}

/// Says of somebody that they are a guest.
#[must_use]
pub fn guest(is_guest: bool) -> Option<AnyView> {
    is_guest.then(|| view! { <Badge text=t(Key::AccountsKindGuest) kind=BadgeKind::Accent /> }.into_any())
}

/// One of several to choose from, and what there is to know of it.
#[component]
pub fn Pick(
    /// `radio` for one of them, `checkbox` for as many as one likes.
    kind: &'static str,
    /// The element id.
    #[prop(into)]
    id: String,
    /// The name of the input.
    name: &'static str,
    /// What is sent.
    #[prop(into)]
    value: String,
    /// What it is called.
    #[prop(into)]
    label: String,
    /// Whether it is chosen before anybody touches it.
    picked: bool,
    /// Whether it cannot be changed.
    #[prop(optional)]
    fixed: bool,
    /// What there is to know.
    children: Children,
) -> impl IntoView {
    let (label_for, help) = (id.clone(), format!("{id}-help"));
    let described = help.clone();
    view! {
        <div class="option">
            <input
                type=kind
                id=id
                name=name
                value=value
                checked=picked
                disabled=fixed
                aria-describedby=described
            />
            <div>
                <label for=label_for>{label}</label>
                <div class="stack" id=help>
                    {children()}
                </div>
            </div>
        </div>
    }
}

/// A box to tick, with a line of help.
#[component]
pub fn Choice(
    /// The form it belongs to.
    state: FormState,
    /// The name of the input, which is also its element id.
    name: &'static str,
    /// What one says with it.
    label: Key,
    /// A line of help.
    #[prop(into)]
    help: String,
    /// Whether it is ticked before anybody touches it.
    ticked: bool,
) -> impl IntoView {
    let described = format!("{name}-help");
    let help_id = described.clone();
    view! {
        <div class="field tick">
            <input
                type="checkbox"
                id=name
                name=name
                value="true"
                checked=state.ticked(name, "true", ticked)
                aria-describedby=described
            />
            <label for=name>{t(label)}</label>
            <p class="help" id=help_id>
                {help}
            </p>
        </div>
    }
}
