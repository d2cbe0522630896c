//! The password, or the way to the provider, once more, before what needs a fresh sign-in (SESS-9).

use domain::{Field, Key};
use leptos::prelude::*;

use super::around::{Panel, security};
use crate::cookies::Kind;
use crate::form::{Form, FormState};
use crate::parts::{Button, ButtonKind, FormRefusal, TextInput, UserNameForManagers};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

/// The pages that ask for it, from a closed list.
fn asked_by(page: &str) -> &'static str {
    match page {
        "keys" => "/keys",
        "not-me" => "/not-me",
        "recovery" => "/recovery",
        _ => "/factor",
    }
}

/// The password; right, it leads back to the page that asked. The session has a new token then (SESS-3).
#[server(prefix = "/do", endpoint = "unlock_for")]
pub async fn unlock_for(
    slug: String,
    #[server(default)] page: String,
    #[server(default)] current_password: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    let token =
        domain::flows::reauthenticate::with_password(&place::backend()?, member.actor(), &current_password).await?;
    place::set_cookie(Kind::Session, token.reveal())?;
    place::go_to(&security(&slug, asked_by(&page)));
    Ok(())
}

/// Asks for the password.
#[component]
pub fn PasswordFirst(
    /// The form.
    state: FormState,
    /// The client's slug.
    slug: String,
    /// The page that asks.
    page: &'static str,
    /// Whose password.
    email: String,
) -> impl IntoView {
    let back = security(&slug, "");
    let lead = if page == "keys" { Key::PlainKeysUnlock } else { Key::PlainUnlockLead };
    view! {
        <Panel id="unlock" title=Key::EmailChangePasswordTitle lead=t(lead)>
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="page" value=page />
                <UserNameForManagers email=email />
                <TextInput
                    state=state
                    field=Field::CurrentPassword
                    label=Key::EmailChangeCurrentPassword
                    kind="password"
                    autocomplete="current-password"
                    autofocus=true
                />
                <div class="actions">
                    <Button label=Key::CommonContinue kind=ButtonKind::Primary pending=state.pending />
                    <a class="button" data-kind="quiet" href=back>
                        {t(Key::CommonCancel)}
                    </a>
                </div>
            </Form>
        </Panel>
    }
}

/// Leads to the provider, which asks the person, and from there back to the page.
#[component]
pub fn ProviderFirst(
    /// The client's slug.
    slug: String,
    /// The page that asks.
    page: &'static str,
    /// The name of the provider.
    provider: String,
) -> impl IntoView {
    let (back, cancel) = (security(&slug, asked_by(page)), security(&slug, ""));
    let lead = fill(Key::PlainManagedUnlock, &[("provider", &provider)]);
    let with = fill(Key::SignInWith, &[("provider", &provider)]);
    view! {
        <Panel id="unlock" title=Key::EmailChangePasswordTitle lead=lead>
            <form class="actions" method="post" action="/oidc/begin">
                <input type="hidden" name="purpose" value="unlock" />
                <input type="hidden" name="back" value=back />
                <button class="button" data-kind="primary">
                    {with}
                </button>
                <a class="button" data-kind="quiet" href=cancel>
                    {t(Key::CommonCancel)}
                </a>
            </form>
        </Panel>
    }
}
