//! `/not-me` and `/c/{slug}/account/security/not-me`: one page for somebody whose account was entered by others.

use domain::Key;
use domain::view::{NotMe, SecondFactor};
use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::around::{BehindSecurity, Panel, security};
use super::code::SendAgain;
use super::managed::{self, OrProvider};
use super::unlock::ProviderFirst;
use super::{own_data, part};
use crate::cookies::Kind;
use crate::form::{Form, FormState, form};
use crate::parts::{
    Button, ButtonKind, CodeInput, FormRefusal, Gate, NewPassword, Status, UserNameForManagers, When, loaded,
};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

const PATH: &str = "/not-me";

/// What the page shows; of somebody whose sign-in a provider manages, whether their last proof is fresh (SESS-9), too.
async fn state(slug: String) -> Answer<(OrProvider<NotMe>, bool)> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let (actor, fresh) = (member.actor(), member.actor().is_fresh(backend.clock.now()));
    if let Some(provider) = managed::provider(&backend, actor) {
        return Ok((Err(provider), fresh));
    }
    Ok((Ok(domain::flows::not_me::state(&backend, actor).await?), fresh))
}

/// Has a code mailed; the page asks for it then.
#[server(prefix = "/do", endpoint = "begin_not_me")]
pub async fn begin_not_me(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::not_me::begin(&place::backend()?, member.actor()).await?;
    place::go_to(&security(&slug, PATH));
    Ok(())
}

/// Has another code mailed.
#[server(prefix = "/do", endpoint = "resend_not_me")]
pub async fn resend_not_me(slug: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    Ok(domain::flows::not_me::resend(&place::backend()?, member.actor()).await?)
}

/// The code and a new password, twice: all sign-ins end, this one as well.
#[server(prefix = "/do", endpoint = "finish_not_me")]
pub async fn finish_not_me(
    slug: String,
    #[server(default)] code: String,
    #[server(default)] new_password: String,
    #[server(default)] repeat_password: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    let (backend, actor) = (place::backend()?, member.actor());
    let done = domain::flows::not_me::finish(&backend, actor, &new_password, &repeat_password, &code).await;
    if done.is_ok() {
        place::clear_cookie(Kind::Session)?;
        place::go_to("/sign-in?notice=not-me");
    }
    Ok(done?)
}

/// What mails link to: it knows no client, and whoever reads it may be unable to sign in.
#[component]
pub fn Door() -> impl IntoView {
    if let Ok(actor) = place::actor() {
        return view! { <Redirect path=security(&actor.session().current_slug, PATH) /> }.into_any();
    }
    view! {
        <Gate>
            <div class="card">
                <header>
                    <h1 tabindex="-1">{t(Key::PlainNotMeTitle)}</h1>
                    <p>{t(Key::PlainNotMeDoorLead)}</p>
                </header>
                <div class="actions">
                    <a class="button" data-kind="primary" href="/sign-in?next=/not-me">
                        {t(Key::SignInTitle)}
                    </a>
                </div>
                <p class="help">{t(Key::PlainNotMeDoorHint)}</p>
                <p>
                    <a href="/sign-in/forgot">{t(Key::SignInForgotten)}</a>
                </p>
            </div>
        </Gate>
    }
    .into_any()
}

/// The page of somebody who is signed in.
#[component]
pub fn Page() -> impl IntoView {
    let (begin, again, finish) = (form("/do/begin_not_me"), form("/do/resend_not_me"), form("/do/finish_not_me"));
    let (others, slug) = (form("/do/end_other_sessions"), part("slug"));
    let data = own_data(slug.clone(), state);
    loaded(data, move |(shown, fresh): (OrProvider<NotMe>, bool)| {
        let not_me = match shown {
            Ok(not_me) => not_me,
            Err(provider) => return by_provider(others, &slug, &provider, fresh),
        };
        let step =
            if not_me.sent { end_all(&slug, &not_me, finish, again) } else { send(&slug, &not_me, begin, finish) };
        view! {
            <BehindSecurity slug=slug.clone() title=Key::PlainNotMeTitle>
                <Panel id="end" title=Key::PlainNotMeEndHeading lead=t(Key::PlainNotMeEndText)>
                    {step}
                </Panel>
                <Panel id="factor" title=Key::SecurityFactorHeading lead=t(Key::PlainNotMeFactorLead)>
                    {factor(&not_me)}
                </Panel>
            </BehindSecurity>
        }
        .into_any()
    })
}

/// What there is to do here for somebody whose password is elsewhere: everybody else is signed out.
fn by_provider(state: FormState, slug: &str, provider: &str, fresh: bool) -> AnyView {
    let about = [("provider", provider)];
    let (managed, first) = (fill(Key::SecurityManaged, &about), fill(Key::PlainManagedNotMe, &about));
    let (own_slug, slug, provider) = (slug.to_owned(), slug.to_owned(), provider.to_owned());
    let (end, proof) = if fresh {
        (Some(end_others(state, slug)), None)
    } else {
        (None, Some(view! { <ProviderFirst slug=slug page="not-me" provider=provider /> }.into_any()))
    };
    view! {
        <BehindSecurity slug=own_slug title=Key::PlainNotMeTitle>
            <Panel id="end" title=Key::DevicesByProvider lead=managed>
                <p>{first}</p>
                {end}
                <Status state=state done=Key::DevicesOthersEnded />
            </Panel>
            {proof}
        </BehindSecurity>
    }
    .into_any()
}

fn end_others(state: FormState, slug: String) -> AnyView {
    view! {
        <FormRefusal state=state />
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            <div class="actions">
                <Button label=Key::PlainManagedEndOthers kind=ButtonKind::Primary pending=state.pending />
            </div>
        </Form>
    }
    .into_any()
}

/// Also where one comes back to after too many wrong codes.
fn send(slug: &str, not_me: &NotMe, state: FormState, over: FormState) -> AnyView {
    let (slug, back) = (slug.to_owned(), security(slug, ""));
    let text = fill(Key::PlainNotMeSends, &[("email", &not_me.sent_to)]);
    view! {
        <p>{text}</p>
        <FormRefusal state=over />
        <FormRefusal state=state />
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            <div class="actions">
                <Button label=Key::PlainCodeSend kind=ButtonKind::Primary pending=state.pending />
                <a class="button" data-kind="quiet" href=back>
                    {t(Key::CommonCancel)}
                </a>
            </div>
        </Form>
    }
    .into_any()
}

fn end_all(slug: &str, not_me: &NotMe, state: FormState, again: FormState) -> AnyView {
    let (form_slug, back) = (slug.to_owned(), security(slug, ""));
    let text = fill(Key::PlainNotMeSent, &[("email", &not_me.sent_to)]);
    let (email, min, wait) = (not_me.sent_to.clone(), not_me.rules.min, not_me.resend_in_s);
    let again_slug = slug.to_owned();
    view! {
        <p>{text}</p>
        <FormRefusal state=state />
        <Form state=state>
            <input type="hidden" name="slug" value=form_slug />
            <CodeInput state=state label=Key::EmailChangeCode autofocus=true />
            <UserNameForManagers email=email />
            <NewPassword state=state min=min />
            <div class="actions">
                <Button label=Key::PlainNotMeButton kind=ButtonKind::Primary pending=state.pending />
                <a class="button" data-kind="quiet" href=back>
                    {t(Key::CommonCancel)}
                </a>
            </div>
        </Form>
        <SendAgain state=again wait=wait slug=again_slug />
    }
    .into_any()
}

/// Which second step there is, since when, and what to do if somebody else has set it up.
fn factor(not_me: &NotMe) -> AnyView {
    let (method, advice) = match not_me.factor {
        SecondFactor::Off => (Key::SecurityFactorOff, Key::PlainNotMeFactorOff),
        SecondFactor::Email => (Key::SecurityFactorEmail, Key::PlainNotMeFactorEmail),
        SecondFactor::App => (Key::SecurityFactorApp, Key::PlainNotMeFactorApp),
    };
    view! {
        <dl class="facts">
            <div>
                <dt>{t(Key::SecurityFactor)}</dt>
                <dd>{t(method)}</dd>
            </div>
            <div>
                <dt>{t(Key::SecuritySince)}</dt>
                <dd>
                    <When at=not_me.factor_since.clone() />
                </dd>
            </div>
        </dl>
        <p class="help">{t(advice)}</p>
    }
    .into_any()
}
