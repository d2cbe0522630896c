//! `/activate/{token}`: a new user chooses a password.

use domain::view::Activation;
use domain::{Error, Key};
use leptos::prelude::*;

use super::{gone, own_data, part};
use crate::form::{Form, form};
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
