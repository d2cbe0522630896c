//! `/sign-in/recovery`: a recovery code in place of one of the app.

use domain::Key;
use domain::view::{CodePrompt, SecondFactor};
use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::own_data;
use crate::form::{Form, FormState, form};
use crate::parts::{Button, ButtonKind, CodeInput, CodeKind, FormRefusal, Gate, loaded};
use crate::place;
use crate::refused::Answer;
use crate::words::t;

async fn prompt() -> Answer<CodePrompt> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    Ok(domain::flows::sign_in::prompt(&backend, &visitor, &place::sign_in_cookie()).await?)
}

/// The second step, by recovery code: each works once. The fifth wrong one leads back to the password.
#[server(prefix = "/do", endpoint = "sign_in_recovery")]
pub async fn sign_in_recovery(#[server(default)] code: String) -> Answer<()> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    let cookie = place::sign_in_cookie();
    place::enter_or_back(domain::flows::sign_in::finish_with_recovery(&backend, &visitor, &cookie, &code).await)
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let state = form("/do/sign_in_recovery");
    let data = own_data(String::new(), |_| prompt());
    view! {
        <Gate>
            {loaded(
                data,
                move |prompt: CodePrompt| match prompt.by {
                    SecondFactor::App => card(state),
                    SecondFactor::Off | SecondFactor::Email => view! { <Redirect path="/sign-in/code" /> }.into_any(),
                },
            )}
        </Gate>
    }
}

fn card(state: FormState) -> AnyView {
    view! {
        <div class="card">
            <header>
                <h1 tabindex="-1">{t(Key::PlainRecoverySignInTitle)}</h1>
                <p>{t(Key::PlainRecoverySignInLead)}</p>
            </header>
            <FormRefusal state=state />
            <Form state=state>
                <CodeInput
                    state=state
                    label=Key::PlainRecoverySignInField
                    kind=CodeKind::Recovery
                    autofocus=true
                />
                <div class="actions">
                    <Button label=Key::CommonContinue kind=ButtonKind::Primary pending=state.pending />
                </div>
            </Form>
            <ul class="ways" role="list">
                <li>
                    <a href="/sign-in/code">{t(Key::PlainRecoverySignInApp)}</a>
                </li>
                <li>
                    <a href="/sign-in/lost">{t(Key::SignInCodeLost)}</a>
                </li>
            </ul>
        </div>
    }
    .into_any()
}
