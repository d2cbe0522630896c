//! `/invitation/{token}`: where the mail of an invitation leads. Looking answers nothing; whoever has no account makes
//! one here, and answers after a sign-in like everybody else (INV-1).

use domain::flows::guest_account;
use domain::view::{InvitationLink, Invited};
use domain::{Error, Field, Key};
use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::{gone, invitations, own_data, part};
use crate::form::{Form, FormState, form, sentence_at};
use crate::parts::{
    Button, ButtonKind, FormRefusal, Gate, NameFields, NewPassword, Notice, NoticeKind, UserNameForManagers, loaded,
};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

/// What the link is about, however often somebody looks.
async fn look(token: String) -> Answer<Option<InvitationLink>> {
    match domain::flows::invitations::find(&place::backend()?, &place::visitor()?, &token).await {
        Ok(link) => Ok(Some(link)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An account for whoever was invited and has none. It signs nobody in.
#[server(prefix = "/do", endpoint = "sign_up")]
pub async fn sign_up(
    token: String,
    #[server(default)] first_name: String,
    #[server(default)] last_name: String,
    #[server(default)] new_password: String,
    #[server(default)] repeat_password: String,
) -> Answer<()> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    let form = guest_account::Form {
        first_name: &first_name,
        last_name: &last_name,
        password: &new_password,
        repeated: &repeat_password,
    };
    guest_account::sign_up(&backend, &visitor, &token, &form).await?;
    place::go_to("/sign-in?next=/invitations&notice=signed-up");
    Ok(())
}

/// The page. Whoever is signed in as the person who was invited has another one to answer on.
#[component]
pub fn Page() -> impl IntoView {
    let (state, token) = (form("/do/sign_up"), part("token"));
    let me = place::actor().ok().map(|actor| {
        let session = actor.session();
        (session.email.clone(), session.current_slug.clone())
    });
    let data = own_data(token.clone(), look);
    view! {
        <Gate>
            {loaded(
                data,
                move |link: Option<InvitationLink>| {
                    let Some(link) = link else {
                        return gone(Key::PlainInvitationGoneText, "/invitations", Key::MenuInvitations);
                    };
                    let way = match &me {
                        Some((email, slug)) if *email == link.email => {
                            return view! { <Redirect path=invitations::path(slug) /> }.into_any();
                        }
                        Some((email, _)) => for_another(email, &link),
                        None => match link.invited {
                            Invited::Nobody => make_account(state, token.clone(), &link),
                            Invited::NotActivated => choose_password(&link),
                            Invited::Account => sign_in(&link),
                        },
                    };
                    card(&link, way)
                },
            )}
        </Gate>
    }
}

fn card(link: &InvitationLink, way: AnyView) -> AnyView {
    let invitation = &link.invitation;
    let about = [("inviter", invitation.inviter.as_str()), ("client", invitation.client.name.as_str())];
    let lead = fill(Key::PlainInvitationLead, &about);
    view! {
        <div class="card">
            <header>
                <h1 tabindex="-1">{t(Key::PlainInvitationTitle)}</h1>
                <p>{lead}</p>
            </header>
            {invitations::facts(invitation)}
            {way}
        </div>
    }
    .into_any()
}

/// The mail was forwarded, or the person has two accounts.
fn for_another(email: &str, link: &InvitationLink) -> AnyView {
    let text = fill(Key::PlainInvitationOther, &[("own", email), ("email", link.email.as_str())]);
    view! {
        <Notice kind=NoticeKind::Warning>
            <p>{text}</p>
        </Notice>
        <form class="actions" method="post" action="/sign-out">
            <button class="button">{t(Key::MenuSignOut)}</button>
        </form>
    }
    .into_any()
}

fn sign_in(link: &InvitationLink) -> AnyView {
    let text = fill(Key::PlainInvitationKnown, &[("email", &link.email)]);
    view! {
        <p>{text}</p>
        <div class="actions">
            <a class="button" data-kind="primary" href="/sign-in?next=/invitations">
                {t(Key::SignInTitle)}
            </a>
        </div>
    }
    .into_any()
}

/// Somebody has made the account, and its password is still to be chosen by a mailed link.
fn choose_password(link: &InvitationLink) -> AnyView {
    let text = fill(Key::PlainInvitationNotActivated, &[("email", &link.email)]);
    view! {
        <p>{text}</p>
        <div class="actions">
            <a class="button" data-kind="primary" href="/sign-in/forgot">
                {t(Key::PlainForgotTitle)}
            </a>
        </div>
    }
    .into_any()
}

fn make_account(state: FormState, token: String, link: &InvitationLink) -> AnyView {
    let text = fill(Key::PlainInvitationUnknown, &[("email", &link.email)]);
    let (email, min) = (link.email.clone(), link.min_password);
    // There is no field for the address, which came with the link.
    let taken = sentence_at(state, Field::Email).get_untracked();
    let taken = taken.map(|text| view! { <Notice kind=NoticeKind::Error><p>{text}</p></Notice> });
    view! {
        <p>{text}</p>
        <FormRefusal state=state />
        {taken}
        <Form state=state>
            <input type="hidden" name="token" value=token />
            <NameFields state=state own=true autofocus=true />
            <UserNameForManagers email=email />
            <NewPassword state=state min=min />
            <div class="actions">
                <Button label=Key::PlainInvitationButton kind=ButtonKind::Primary pending=state.pending />
            </div>
        </Form>
    }
    .into_any()
}
