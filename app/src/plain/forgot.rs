//! `/sign-in/forgot`: a link to a new password, by e-mail.

use domain::{Field, Key};
use leptos::prelude::*;

use super::notice;
use crate::form::{Form, form};
use crate::parts::{Button, ButtonKind, FormRefusal, Gate, TextInput};
use crate::place;
use crate::refused::Answer;
use crate::words::t;

/// Asks for a link; whether anybody has the address, the answer does not tell (ENUM-2).
#[server(prefix = "/do", endpoint = "ask_for_reset")]
pub async fn ask_for_reset(#[server(default)] email: String) -> Answer<()> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    domain::flows::recover::ask(&backend, &visitor, &email).await?;
    place::go_to("/sign-in/forgot?notice=sent");
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let content = if notice() == "sent" { sent() } else { ask() };
    view! { <Gate>{content}</Gate> }
}

fn ask() -> AnyView {
    let state = form("/do/ask_for_reset");
    view! {
        <div class="card">
            <header>
                <h1 tabindex="-1">{t(Key::PlainForgotTitle)}</h1>
                <p>{t(Key::PlainForgotLead)}</p>
            </header>
            <FormRefusal state=state />
            <Form state=state>
                <TextInput
                    state=state
                    field=Field::Email
                    label=Key::SignInEmail
                    kind="email"
                    autocomplete="username"
                    autofocus=true
                />
                <div class="actions">
                    <Button label=Key::PlainForgotButton kind=ButtonKind::Primary pending=state.pending />
                </div>
            </Form>
            <p>
                <a href="/sign-in">{t(Key::PlainForgotBack)}</a>
            </p>
        </div>
    }
    .into_any()
}

fn sent() -> AnyView {
    view! {
        <div class="card">
            <header>
                <h1 tabindex="-1">{t(Key::PlainForgotSentTitle)}</h1>
                <p role="status">{t(Key::PlainForgotSentText)}</p>
            </header>
            <p class="help">{t(Key::PlainForgotSentHint)}</p>
            <div class="actions">
                <a class="button" href="/sign-in">
                    {t(Key::PlainForgotBack)}
                </a>
                <a class="button" data-kind="quiet" href="/sign-in/forgot">
                    {t(Key::PlainForgotAgain)}
                </a>
            </div>
        </div>
    }
    .into_any()
}
