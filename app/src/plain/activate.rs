//! `/activate/{token}`: a new user chooses a password, or is led to the provider that manages the sign-in (OIDC-2).

use domain::view::{Activation, Provider};
use domain::{Error, Key};
use leptos::prelude::*;

use super::{gone, own_data, part};
use crate::form::{Form, FormState, form};
use crate::parts::{Button, ButtonKind, FormRefusal, Gate, NewPassword, UserNameForManagers, loaded};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

/// Who the link is for. Looking does not use it up.
async fn activation(token: String) -> Answer<Option<Activation>> {
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
    let token = part("token");
    let data = own_data(token.clone(), activation);
    view! {
        <Gate>
            {loaded(
                data,
                move |activation: Option<Activation>| {
                    let Some(activation) = activation else {
                        return gone(Key::ActivateGoneText, "/sign-in", Key::SignInTitle);
                    };
                    match activation.provider.clone() {
                        Some(provider) => by_provider(state, token.clone(), &activation, provider),
                        None => by_password(state, token.clone(), &activation),
                    }
                },
            )}
        </Gate>
    }
}

fn by_password(state: FormState, token: String, activation: &Activation) -> AnyView {
    let who = [("client", activation.client.as_str()), ("name", activation.name.as_str())];
    let (lead, email, min) = (fill(Key::ActivateLead, &who), activation.email.clone(), activation.min_password);
    view! {
        <div class="card">
            <header>
                <h1 tabindex="-1">{t(Key::ActivateTitle)}</h1>
                <p>{lead}</p>
            </header>
            <FormRefusal state=state />
            <Form state=state>
                <input type="hidden" name="token" value=token />
                <UserNameForManagers email=email />
                <NewPassword state=state min=min />
                <div class="actions">
                    <Button label=Key::CommonSubmit kind=ButtonKind::Primary pending=state.pending />
                </div>
            </Form>
        </div>
    }
    .into_any()
}

/// One button, and no password. What was refused is a password that was sent all the same.
fn by_provider(state: FormState, token: String, activation: &Activation, provider: Provider) -> AnyView {
    let Provider { id, name } = provider;
    let (client, who) = (activation.client.as_str(), activation.name.as_str());
    let lead = fill(Key::PlainProviderConnectLead, &[("client", client), ("name", who), ("provider", &name)]);
    let with = fill(Key::SignInWith, &[("provider", &name)]);
    view! {
        <div class="card">
            <header>
                <h1 tabindex="-1">{t(Key::PlainProviderConnectTitle)}</h1>
                <p>{lead}</p>
            </header>
            <FormRefusal state=state />
            <form class="form" method="post" action="/oidc/begin">
                <input type="hidden" name="purpose" value="activate" />
                <input type="hidden" name="provider" value=id />
                <input type="hidden" name="token" value=token />
                <div class="actions">
                    <button class="button" data-kind="primary">
                        {with}
                    </button>
                </div>
            </form>
        </div>
    }
    .into_any()
}
