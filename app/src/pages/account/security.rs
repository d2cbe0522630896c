//! `/c/{slug}/account/security`: Security.

use domain::Key;
use domain::view::{SecondFactor, Security};
use leptos::prelude::*;

use crate::data::page_data;
use crate::pages::signed_in::slug;
use crate::parts::{AccountPage, Badge, BadgeKind, When, loaded};
use crate::refused::Answer;
use crate::words::{fill, t};

/// What the page shows.
#[server(prefix = "/do", endpoint = "load_security")]
pub async fn load_security(slug: String) -> Answer<Security> {
    Ok(domain::flows::security::view(crate::place::member(&slug).await?.actor()))
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let slug = slug();
    let security = page_data("/do/load_security", ("slug", slug), load_security);
    loaded(security, move |security: Security| {
        view! {
            <AccountPage slug=slug.get_untracked() tab=Key::TabsSecurity>
                {factor(&security)} {password(&security)} {session(&security)}
            </AccountPage>
        }
        .into_any()
    })
}

fn factor(security: &Security) -> AnyView {
    let (kind, state, method) = match security.factor {
        SecondFactor::Off => (BadgeKind::Warning, Key::SecurityFactorOff, None),
        SecondFactor::Email => (BadgeKind::Success, Key::SecurityOn, Some(Key::SecurityFactorEmail)),
        SecondFactor::App => (BadgeKind::Success, Key::SecurityOn, Some(Key::SecurityFactorApp)),
    };
    let by_mail = security.factor == SecondFactor::Email;
    view! {
        <section class="panel" aria-labelledby="factor">
            <div class="panel-head">
                <h2 id="factor">{t(Key::SecurityFactorHeading)}</h2>
                <p>{t(Key::SecurityFactorHint)}</p>
            </div>
            <div class="stack">
                <dl class="facts">
                    <div>
                        <dt>{t(Key::SecurityStatus)}</dt>
                        <dd>
                            <Badge text=t(state) kind=kind />
                        </dd>
                    </div>
                    {method
                        .map(|method| {
                            view! {
                                <div>
                                    <dt>{t(Key::SecurityFactor)}</dt>
                                    <dd>{t(method)}</dd>
                                </div>
                            }
                        })}
                    <div>
                        <dt>{t(Key::SecuritySince)}</dt>
                        <dd>
                            <When at=security.factor_since.clone() />
                        </dd>
                    </div>
                </dl>
                {by_mail.then(|| {
                    let text = fill(Key::SecurityFactorEmailText, &[("email", &security.email)]);
                    view! { <p class="help">{text}</p> }
                })}
            </div>
        </section>
    }
    .into_any()
}

fn password(security: &Security) -> AnyView {
    let since = security.password_since.clone();
    view! {
        <section class="panel" aria-labelledby="password">
            <div class="panel-head">
                <h2 id="password">{t(Key::SecurityPasswordHeading)}</h2>
            </div>
            <div class="stack">
                {since
                    .map(|at| {
                        view! { <p>{fill(Key::SecurityPasswordText, &[("date", &at.human)])}</p> }
                    })}
            </div>
        </section>
    }
    .into_any()
}

fn session(security: &Security) -> AnyView {
    let security = security.clone();
    view! {
        <section class="panel" aria-labelledby="session">
            <div class="panel-head">
                <h2 id="session">{t(Key::SecuritySessionHeading)}</h2>
            </div>
            <div class="stack">
                <dl class="facts">
                    <div>
                        <dt>{t(Key::SecuritySessionSince)}</dt>
                        <dd>
                            <When at=security.signed_in_since />
                        </dd>
                    </div>
                    <div>
                        <dt>{t(Key::SecurityEnds)}</dt>
                        <dd>
                            <When at=security.ends_at />
                        </dd>
                    </div>
                    <div>
                        <dt>{t(Key::SecuritySessionBrowser)}</dt>
                        <dd>{security.browser}</dd>
                    </div>
                    <div>
                        <dt>{t(Key::SecuritySessionAddress)}</dt>
                        <dd>{security.address}</dd>
                    </div>
                </dl>
            </div>
        </section>
    }
    .into_any()
}
