//! `/sign-in/lost`: for somebody who has lost the app; after a day's wait codes come by e-mail again.

use domain::Key;
use domain::view::{LostApp, Moment};
use leptos::prelude::*;

use super::code::SendAgain;
use super::own_data;
use crate::form::{Form, FormState, form};
use crate::parts::{Button, ButtonKind, CodeInput, FormRefusal, Gate, Notice, NoticeKind, loaded};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

const PATH: &str = "/sign-in/lost";
const BACK: &str = "/sign-in?notice=attempt-over";

async fn state() -> Answer<LostApp> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    Ok(domain::flows::lost_app::state(&backend, &visitor, &place::sign_in_cookie()).await?)
}

/// Has a code mailed.
#[server(prefix = "/do", endpoint = "ask_for_lost_app")]
pub async fn ask_for_lost_app() -> Answer<()> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    let done = domain::flows::lost_app::ask(&backend, &visitor, &place::sign_in_cookie()).await;
    if done.is_ok() {
        place::go_to(PATH);
    }
    place::over_or(BACK, done)
}

/// Has another code mailed.
#[server(prefix = "/do", endpoint = "resend_lost_app_code")]
pub async fn resend_lost_app_code() -> Answer<()> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    place::over_or(BACK, domain::flows::lost_app::ask(&backend, &visitor, &place::sign_in_cookie()).await)
}

/// The mailed code: the wait begins. The fifth wrong one leads back to the password.
#[server(prefix = "/do", endpoint = "confirm_lost_app")]
pub async fn confirm_lost_app(#[server(default)] code: String) -> Answer<()> {
    let (backend, visitor) = (place::backend()?, place::visitor()?);
    let done = domain::flows::lost_app::confirm(&backend, &visitor, &place::sign_in_cookie(), &code).await;
    if done.is_ok() {
        place::go_to(PATH);
    }
    place::over_or(BACK, done)
}

/// The forms of the page.
#[derive(Clone, Copy)]
struct Forms {
    ask: FormState,
    again: FormState,
    confirm: FormState,
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let forms = Forms {
        ask: form("/do/ask_for_lost_app"),
        again: form("/do/resend_lost_app_code"),
        confirm: form("/do/confirm_lost_app"),
    };
    let data = own_data(String::new(), |_| state());
    view! {
        <Gate>
            {loaded(
                data,
                move |lost: LostApp| {
                    let step = match &lost {
                        LostApp::Idle { send_to, .. } => forms.plan(send_to),
                        LostApp::AwaitsCode { sent_to, resend_in_s } => forms.enter(sent_to, *resend_in_s),
                        LostApp::Waits { until } => waits(until),
                    };
                    view! {
                        <div class="card">
                            <header>
                                <h1 tabindex="-1">{t(Key::PlainLostTitle)}</h1>
                            </header>
                            {step}
                            <ul class="ways" role="list">
                                <li>
                                    <a href="/sign-in/code">{t(Key::PlainRecoverySignInApp)}</a>
                                </li>
                                <li>
                                    <a href="/sign-in/recovery">{t(Key::SignInCodeRecovery)}</a>
                                </li>
                            </ul>
                        </div>
                    }
                        .into_any()
                },
            )}
        </Gate>
    }
}

impl Forms {
    /// What is going to happen, before it does.
    fn plan(self, send_to: &str) -> AnyView {
        let state = self.ask;
        let first = fill(Key::PlainLostFirst, &[("email", send_to)]);
        view! {
            <ol class="plan">
                <li>{first}</li>
                <li>{t(Key::PlainLostSecond)}</li>
                <li>{t(Key::PlainLostThird)}</li>
            </ol>
            <p>{t(Key::PlainLostCannotWait)}</p>
            <FormRefusal state=state />
            <Form state=state>
                <div class="actions">
                    <Button label=Key::PlainCodeSend kind=ButtonKind::Primary pending=state.pending />
                </div>
            </Form>
        }
        .into_any()
    }

    fn enter(self, sent_to: &str, wait: u32) -> AnyView {
        let (state, again) = (self.confirm, self.again);
        let lead = fill(Key::PlainLostCodeLead, &[("email", sent_to)]);
        view! {
            <p>{lead}</p>
            <FormRefusal state=state />
            <Form state=state>
                <CodeInput state=state label=Key::EmailChangeCode autofocus=true />
                <div class="actions">
                    <Button label=Key::PlainLostButton kind=ButtonKind::Primary pending=state.pending />
                </div>
            </Form>
            <SendAgain state=again wait=wait />
        }
        .into_any()
    }
}

fn waits(until: &Moment) -> AnyView {
    let text = fill(Key::PlainLostWaits, &[("until", &until.human)]);
    view! {
        <Notice kind=NoticeKind::Info>
            <p>{text}</p>
        </Notice>
        <p>{t(Key::PlainLostWaitsText)}</p>
        <p>{t(Key::PlainLostCannotWait)}</p>
    }
    .into_any()
}
