//! `/activate/{token}`: a new user chooses a password.

use domain::view::Activation;
use domain::{Error, Field, Key};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::data::page_data;
use crate::form::{Form, FormState, form};
use crate::parts::{Button, ButtonKind, FormRefusal, Gate, Help, TextInput, UserNameForManagers, loaded};
use crate::place;
use crate::refused::{Answer, Refused};
use crate::words::{fill, t};

/// Who the link is for. Looking does not use it up.
#[server(prefix = "/do", endpoint = "load_activation")]
pub async fn load_activation(token: String) -> Answer<Option<Activation>> {
    match domain::flows::activation::view(&place::backend()?, &token).await {
        Ok(activation) => Ok(Some(activation)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The chosen password, twice.
#[server(prefix = "/do", endpoint = "activate")]
pub async fn activate(
    token: String,
    #[server(default)] new_password: String,
    #[server(default)] repeat_password: String,
) -> Answer<()> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    domain::flows::activation::finish(&backend, &visitor, &token, &new_password, &repeat_password).await?;
    place::go_to("/sign-in?notice=activated");
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let state = form("/do/activate");
    let token = use_params_map().with_untracked(|params| params.get("token").unwrap_or_default());
    let asked = token.clone();
    let asked = Memo::new(move |_| asked.clone());
    let activation = page_data("/do/load_activation", ("token", asked), load_activation);
    view! {
        <Gate>
            {loaded(
                activation,
                move |activation: Option<Activation>| {
                    let Some(activation) = activation else {
                        return gone(Key::ActivateGoneTitle, Key::ActivateGoneText);
                    };
                    let who = [("client", activation.client.as_str()), ("name", activation.name.as_str())];
                    let (token, lead) = (token.clone(), fill(Key::ActivateLead, &who));
                    view! {
                        <div class="card">
                            <header>
                                <h1 tabindex="-1">{t(Key::ActivateTitle)}</h1>
                                <p>{lead}</p>
                            </header>
                            <FormRefusal state=state />
                            <Form state=state>
                                <input type="hidden" name="token" value=token />
                                <UserNameForManagers email=activation.email.clone() />
                                <NewPassword state=state min=activation.min_password />
                                <div class="actions">
                                    <Button
                                        label=Key::CommonSubmit
                                        kind=ButtonKind::Primary
                                        pending=state.pending
                                    />
                                </div>
                            </Form>
                        </div>
                    }
                        .into_any()
                },
            )}
        </Gate>
    }
}

/// The two fields of a new password, with the rules.
#[component]
pub fn NewPassword(
    /// The form.
    state: FormState,
    /// The fewest code points.
    min: u32,
) -> impl IntoView {
    let rules = Help(fill(Key::ActivateRules, &[("min", &min.to_string())]));
    view! {
        <TextInput
            state=state
            field=Field::NewPassword
            label=Key::ActivateNewPassword
            kind="password"
            autocomplete="new-password"
            help=rules
        />
        <TextInput
            state=state
            field=Field::RepeatPassword
            label=Key::ActivateRepeatPassword
            kind="password"
            autocomplete="new-password"
        />
    }
}

/// A link that does not work: never said whether it ever did.
pub fn gone(title: Key, text: Key) -> AnyView {
    place::set_status(Refused(Error::NotFound).0.status());
    view! {
        <div class="card">
            <header>
                <h1 tabindex="-1">{t(title)}</h1>
                <p>{t(text)}</p>
            </header>
            <div class="actions">
                <a class="button" href="/sign-in">
                    {t(Key::SignInTitle)}
                </a>
            </div>
        </div>
    }
    .into_any()
}
