//! `/undo-email/{token}`: the former address back, for somebody whose account was taken.

use domain::view::UndoEmail;
use domain::{Error, Key};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{gone, own_data, part};
use crate::form::{Form, FormState, form};
use crate::parts::{
    Button, ButtonKind, CodeInput, CodeKind, FormRefusal, Gate, NewPassword, Notice, NoticeKind, UserNameForManagers,
    loaded,
};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

/// What the link would bring back. Looking does not use it up.
async fn undoes(token: String) -> Answer<Option<UndoEmail>> {
    match domain::flows::undo_email::look(&place::backend()?, &token).await {
        Ok(undo) => Ok(Some(undo)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A new password, twice, and a code where the app is asked for; with it the former address holds again. It signs
/// nobody in.
#[server(prefix = "/do", endpoint = "undo_email_change")]
#[allow(unused_variables, reason = "`with` is what the page finds again after a refusal")]
pub async fn undo_email_change(
    token: String,
    #[server(default)] new_password: String,
    #[server(default)] repeat_password: String,
    #[server(default)] code: String,
    #[server(default)] with: String,
) -> Answer<()> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    domain::flows::undo_email::finish(&backend, &visitor, &token, &new_password, &repeat_password, &code).await?;
    place::go_to("/sign-in?notice=email-undone");
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let state = form("/do/undo_email_change");
    let token = part("token");
    let data = own_data(token.clone(), undoes);
    view! {
        <Gate>
            {loaded(
                data,
                move |undo: Option<UndoEmail>| {
                    let Some(undo) = undo else {
                        return gone(Key::PlainUndoGoneText, "/sign-in/forgot", Key::SignInForgotten);
                    };
                    let content = if undo.free { put_back(state, token.clone(), &undo) } else { taken(&undo) };
                    view! {
                        <div class="card">
                            <header>
                                <h1 tabindex="-1">{t(Key::PlainUndoTitle)}</h1>
                            </header>
                            {content}
                        </div>
                    }
                        .into_any()
                },
            )}
        </Gate>
    }
}

fn put_back(state: FormState, token: String, undo: &UndoEmail) -> AnyView {
    let lead = fill(Key::PlainUndoLead, &[("email", &undo.email)]);
    let (email, min, asks_app) = (undo.email.clone(), undo.rules.min, undo.asks_app);
    let begins_here = !asks_app;
    view! {
        <p>{lead}</p>
        <p>{t(Key::PlainUndoText)}</p>
        <FormRefusal state=state />
        <Form state=state>
            <input type="hidden" name="token" value=token />
            {asks_app.then(|| code(state))}
            <UserNameForManagers email=email />
            <NewPassword state=state min=min autofocus=begins_here />
            <div class="actions">
                <Button label=Key::PlainUndoButton kind=ButtonKind::Primary pending=state.pending />
            </div>
        </Form>
    }
    .into_any()
}

/// Where the app was there before the change, the mailbox alone is not enough.
fn code(state: FormState) -> AnyView {
    let with = use_query_map().with_untracked(|query| query.get("with").unwrap_or_default());
    let recovery = state.typed("with", &with) == "recovery";
    let (label, kind) = if recovery {
        (Key::PlainRecoverySignInField, CodeKind::Recovery)
    } else {
        (Key::SignInCodeAppField, CodeKind::App)
    };
    let (other, link) =
        if recovery { ("?", Key::PlainRecoverySignInApp) } else { ("?with=recovery", Key::SignInCodeRecovery) };
    view! {
        <p>{t(Key::PlainUndoApp)}</p>
        {recovery.then(|| view! { <input type="hidden" name="with" value="recovery" /> })}
        <CodeInput state=state label=label kind=kind autofocus=true />
        <p>
            <a href=other>{t(link)}</a>
        </p>
    }
    .into_any()
}

/// Somebody else has the address by now: nothing a form could do.
fn taken(undo: &UndoEmail) -> AnyView {
    let text = fill(Key::PlainUndoTaken, &[("email", &undo.email)]);
    view! {
        <Notice kind=NoticeKind::Error>
            <p>{text}</p>
        </Notice>
        <div class="actions">
            <a class="button" href="/sign-in">
                {t(Key::SignInTitle)}
            </a>
        </div>
    }
    .into_any()
}
