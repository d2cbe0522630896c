//! `/set-up/{token}`: the first client and its first user.

use domain::view::SetUp;
use domain::{Field, Key};
use leptos::prelude::*;

use super::{gone, own_data, part};
use crate::form::{Form, FormState, form};
use crate::parts::{Button, ButtonKind, FormRefusal, Gate, Help, NewPassword, TextInput, loaded};
use crate::refused::Answer;
use crate::words::t;

/// Whether the link still works. Looking does not use it up.
async fn rules(token: String) -> Answer<Option<SetUp>> {
    match domain::flows::set_up::view(&crate::place::backend()?, &token).await {
        Ok(set_up) => Ok(Some(set_up)),
        Err(domain::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Makes the first client and its first user.
#[server(name = SetUpForm, prefix = "/do", endpoint = "set_up")]
pub async fn set_up(
    token: String,
    #[server(default)] client_name: String,
    #[server(default)] email: String,
    #[server(default)] first_name: String,
    #[server(default)] last_name: String,
    #[server(default)] new_password: String,
    #[server(default)] repeat_password: String,
) -> Answer<()> {
    let (backend, visitor) = (crate::place::backend()?, crate::place::visitor()?);
    let form = domain::flows::set_up::Form {
        client_name: &client_name,
        email: &email,
        first_name: &first_name,
        last_name: &last_name,
        password: &new_password,
        repeated: &repeat_password,
    };
    domain::flows::set_up::finish(&backend, &visitor, &token, &form).await?;
    crate::place::go_to("/sign-in?notice=set-up");
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let state = form("/do/set_up");
    let token = part("token");
    let data = own_data(token.clone(), rules);
    view! {
        <Gate>
            {loaded(
                data,
                move |set_up: Option<SetUp>| {
                    let Some(set_up) = set_up else {
                        return gone(Key::PlainSetUpGoneText, "/sign-in", Key::SignInTitle);
                    };
                    let token = token.clone();
                    view! {
                        <div class="card">
                            <header>
                                <h1 tabindex="-1">{t(Key::PlainSetUpTitle)}</h1>
                                <p>{t(Key::PlainSetUpLead)}</p>
                            </header>
                            <FormRefusal state=state />
                            <Form state=state>
                                <input type="hidden" name="token" value=token />
                                <Person state=state />
                                <NewPassword state=state min=set_up.min_password />
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

#[component]
fn Person(
    /// The form.
    state: FormState,
) -> impl IntoView {
    view! {
        <TextInput
            state=state
            field=Field::ClientName
            label=Key::PlainSetUpClientName
            autocomplete="organization"
            help=Help(t(Key::PlainSetUpClientHelp).to_owned())
            autofocus=true
        />
        <TextInput state=state field=Field::Email label=Key::SignInEmail kind="email" autocomplete="username" />
        <div class="field-row">
            <TextInput
                state=state
                field=Field::FirstName
                label=Key::PersonalFirstName
                autocomplete="given-name"
            />
            <TextInput
                state=state
                field=Field::LastName
                label=Key::PersonalLastName
                autocomplete="family-name"
            />
        </div>
    }
}
