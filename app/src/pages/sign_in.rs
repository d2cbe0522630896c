//! `/sign-in`: e-mail address and password, or a provider.

use domain::view::Provider;
use domain::{Field, Key};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::form::{Form, form};
use crate::parts::{Button, ButtonKind, FormRefusal, Gate, Notice, NoticeKind, TextInput};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

/// The first step: right, it leads to the code, or into the account of somebody who has no second factor.
#[server(prefix = "/do", endpoint = "sign_in")]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Answer<()> {
    use domain::flows::sign_in::Begun;
    let next = place::own_path(&next).filter(|next| *next != "/");
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    match domain::flows::sign_in::begin(&backend, &visitor, &email, &password, next).await? {
        Begun::Half(token) => {
            place::set_cookie(crate::cookies::Kind::SignIn, token.reveal())?;
            place::go_to("/sign-in/code");
            Ok(())
        }
        Begun::SignedIn(finished) => place::enter(finished),
    }
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<(NoticeKind, Key)> {
    match notice {
        "signed-out" => Some((NoticeKind::Info, Key::SignInSignedOut)),
        "ended" => Some((NoticeKind::Info, Key::ErrorSignedOut)),
        "attempt-over" => Some((NoticeKind::Error, Key::SignInAttemptOver)),
        "activated" => Some((NoticeKind::Success, Key::SignInActivated)),
        "signed-up" => Some((NoticeKind::Success, Key::SignInSignedUp)),
        "set-up" => Some((NoticeKind::Success, Key::SignInSetUp)),
        "reset" => Some((NoticeKind::Success, Key::SignInReset)),
        "email-undone" => Some((NoticeKind::Success, Key::SignInEmailUndone)),
        "not-me" => Some((NoticeKind::Success, Key::SignInNotMe)),
        _ => None,
    }
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let state = form("/do/sign_in");
    let query = use_query_map();
    let next = query.with_untracked(|query| query.get("next").unwrap_or_default());
    let next = state.typed("next", &next);
    let providers = providers(&next);
    let notice = query.with_untracked(|query| query.get("notice").and_then(|notice| arrival(&notice)));
    view! {
        <Gate>
            <div class="card">
                <header>
                    <h1 tabindex="-1">{t(Key::SignInTitle)}</h1>
                    <p>{t(Key::SignInLead)}</p>
                </header>
                {move || {
                    notice
                        .filter(|_| state.refused.get().is_none())
                        .map(|(kind, text)| {
                            view! {
                                <Notice kind=kind>
                                    <p>{t(text)}</p>
                                </Notice>
                            }
                        })
                }}
                <FormRefusal state=state />
                <Form state=state>
                    <input type="hidden" name="next" value=next />
                    <TextInput
                        state=state
                        field=Field::Email
                        label=Key::SignInEmail
                        kind="email"
                        autocomplete="username"
                        autofocus=true
                    />
                    <TextInput
                        state=state
                        field=Field::Password
                        label=Key::SignInPassword
                        kind="password"
                        autocomplete="current-password"
                    />
                    <div class="actions">
                        <Button label=Key::SignInButton kind=ButtonKind::Primary pending=state.pending />
                    </div>
                </Form>
                <p>
                    <a href="/sign-in/forgot" rel="external">
                        {t(Key::SignInForgotten)}
                    </a>
                </p>
                {providers}
            </div>
        </Gate>
    }
}

/// The ways in by those who manage sign-ins. Each is a form that the browser sends by itself: it leads to another site.
fn providers(next: &str) -> Vec<AnyView> {
    let button = |Provider { id, name }| {
        let (with, next) = (fill(Key::SignInWith, &[("provider", &name)]), next.to_owned());
        view! {
            <form class="actions" method="post" action="/oidc/begin">
                <input type="hidden" name="purpose" value="sign-in" />
                <input type="hidden" name="provider" value=id />
                <input type="hidden" name="next" value=next />
                <button class="button">{with}</button>
            </form>
        }
        .into_any()
    };
    place::providers().into_iter().map(button).collect()
}
