//! `/reset/{token}`: a new password in place of one that was forgotten.

use domain::view::Reset;
use domain::{Error, Key};
use leptos::prelude::*;

use super::{gone, own_data, part};
use crate::form::{Form, form};
use crate::parts::{Button, ButtonKind, FormRefusal, Gate, NewPassword, UserNameForManagers, loaded};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

/// Who the link is for. Looking does not use it up (PW-7).
async fn owner(token: String) -> Answer<Option<Reset>> {
    match domain::flows::recover::look(&place::backend()?, &token).await {
        Ok(reset) => Ok(Some(reset)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The new password, twice. It signs nobody in.
#[server(prefix = "/do", endpoint = "reset_password")]
pub async fn reset_password(
    token: String,
    #[server(default)] new_password: String,
    #[server(default)] repeat_password: String,
) -> Answer<()> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    domain::flows::recover::finish(&backend, &visitor, &token, &new_password, &repeat_password).await?;
    place::go_to("/sign-in?notice=reset");
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let state = form("/do/reset_password");
    let token = part("token");
    let data = own_data(token.clone(), owner);
    view! {
        <Gate>
            {loaded(
                data,
                move |reset: Option<Reset>| {
                    let Some(reset) = reset else {
                        return gone(Key::PlainResetGoneText, "/sign-in/forgot", Key::PlainResetGoneLink);
                    };
                    let (token, lead) = (token.clone(), fill(Key::PlainResetLead, &[("email", &reset.email)]));
                    view! {
                        <div class="card">
                            <header>
                                <h1 tabindex="-1">{t(Key::PlainResetTitle)}</h1>
                                <p>{lead}</p>
                            </header>
                            <FormRefusal state=state />
                            <Form state=state>
                                <input type="hidden" name="token" value=token />
                                <UserNameForManagers email=reset.email.clone() />
                                <NewPassword state=state min=reset.rules.min autofocus=true />
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
