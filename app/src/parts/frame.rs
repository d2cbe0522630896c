//! What stands around pages: the header with its menu, the tabs, the gate of those who are signed out.

use domain::view::{Client, Frame, ManagePage};
use domain::{Key, Language};
use leptos::prelude::*;

use super::{Avatar, Badge, BadgeKind, Mark};
use crate::place;
use crate::words::{fill, language, t};

/// The header of a signed-in page.
#[component]
pub fn Header(
    /// Who and where.
    frame: Frame,
) -> impl IntoView {
    let Client { slug, name, colour } = frame.client.clone();
    let menu = menu(frame);
    view! {
        <header class="site-head" data-colour=colour>
            <a class="brand" href=format!("/c/{slug}/account")>
                <Mark />
                <span class="wide-only">{t(Key::CommonProduct)}</span>
            </a>
            <p class="tenant">
                <span class="dot"></span>
                <span>{name}</span>
            </p>
            {menu}
        </header>
    }
}

/// Who is signed in, and where they can go from everywhere.
fn menu(frame: Frame) -> AnyView {
    let Frame { person, client, open_invitations, manage } = frame;
    let account = format!("/c/{}/account", client.slug);
    let managing = managing(&client, manage);
    let invitations = (open_invitations > 0).then(|| {
        view! {
            <a class="menu-item" href=format!("{account}/invitations") rel="external">
                {t(Key::MenuInvitations)}
                " "
                <Badge text=open_invitations.to_string() kind=BadgeKind::Accent />
            </a>
        }
    });
    view! {
        <details class="menu">
            <summary>
                <Avatar person=person.clone() />
                <span class="wide-only">{person.email.clone()}</span>
            </summary>
            <div class="menu-list">
                <p>
                    <strong>{person.name}</strong>
                    {person.email}
                </p>
                <nav aria-label=t(Key::MenuNav)>
                    <a class="menu-item" href=account>
                        {t(Key::MenuMyAccount)}
                    </a>
                    {invitations}
                </nav>
                {managing}
                <LookChoice />
                <form method="post" action="/sign-out">
                    <button class="menu-item">{t(Key::MenuSignOut)}</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}

/// The pages of those who look after the client; nothing where none is open.
fn managing(client: &Client, pages: Vec<ManagePage>) -> Option<AnyView> {
    let heading = fill(Key::ManageHeading, &[("client", &client.name)]);
    let link = |page: &ManagePage| {
        let path = format!("/c/{}/manage/{}", client.slug, page.path());
        view! {
            <a class="menu-item" href=path rel="external">
                {t(page.key())}
            </a>
        }
        .into_any()
    };
    (!pages.is_empty()).then(|| {
        view! {
            <div role="group" aria-labelledby="managing">
                <p id="managing">{heading}</p>
                {pages.iter().map(link).collect::<Vec<_>>()}
            </div>
        }
        .into_any()
    })
}

/// The choice of language and theme. It loads the page anew: the look belongs to the document.
#[component]
pub fn LookChoice() -> impl IntoView {
    let chosen = language();
    let languages = [(Language::En, "English"), (Language::De, "Deutsch")].map(|(language, name)| {
        view! {
            <button
                name="language"
                value=language.tag()
                lang=language.tag()
                aria-pressed=(language == chosen).to_string()
            >
                {name}
            </button>
        }
    });
    let theme = place::theme().unwrap_or("auto");
    let themes = [("light", Key::LookLight), ("dark", Key::LookDark), ("auto", Key::LookAutomatic)];
    let themes = themes.map(|(code, name)| {
        view! {
            <button name="theme" value=code aria-pressed=(code == theme).to_string()>
                {t(name)}
            </button>
        }
    });
    view! {
        <form class="choices" method="post" action="/preferences" aria-label=t(Key::LookHeading)>
            <fieldset class="choice">
                <legend class="visually-hidden">{t(Key::LookLanguage)}</legend>
                {languages}
            </fieldset>
            <fieldset class="choice">
                <legend class="visually-hidden">{t(Key::LookTheme)}</legend>
                {themes}
            </fieldset>
        </form>
    }
}

/// A tab of My account.
const TABS: [(&str, Key); 4] = [
    ("", Key::TabsPersonalDetails),
    ("/security", Key::TabsSecurity),
    ("/groups", Key::TabsUserGroups),
    ("/accounts", Key::TabsAccounts),
];

/// A page of My account: heading, tabs, content.
#[component]
pub fn AccountPage(
    /// The client's slug.
    slug: String,
    /// Which tab.
    tab: Key,
    /// Its heading, where it is a page behind the tab.
    #[prop(optional)]
    title: Option<Key>,
    /// The panels.
    children: Children,
) -> impl IntoView {
    let tabs = TABS.map(|(path, name)| {
        view! {
            <li>
                <a href=format!("/c/{slug}/account{path}") aria-current=(name == tab).then_some("page")>
                    {t(name)}
                </a>
            </li>
        }
    });
    view! {
        <header class="page-head">
            <p>{t(Key::CommonMyAccount)}</p>
            <h1 tabindex="-1">{t(title.unwrap_or(tab))}</h1>
        </header>
        <nav class="tabs" aria-label=t(Key::TabsLabel)>
            <ul role="list">{tabs}</ul>
        </nav>
        {children()}
    }
}

/// A page for those who are signed out.
#[component]
pub fn Gate(
    /// The card.
    children: Children,
) -> impl IntoView {
    view! {
        <header class="gate-head">
            <a class="brand" href="/sign-in">
                <Mark />
                <span>{t(Key::CommonProduct)}</span>
            </a>
        </header>
        <main id="main" class="gate">
            {children()}
        </main>
        <footer class="site-foot">
            <LookChoice />
        </footer>
    }
}
