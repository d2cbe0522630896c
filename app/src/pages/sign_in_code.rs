//! `/sign-in/code`: the code that was mailed, or that the app shows.

use domain::Key;
use domain::view::{CodePrompt, SecondFactor};
use leptos::prelude::*;

use crate::data::page_data;
use crate::form::{Form, FormState, form};
use crate::parts::{Button, ButtonKind, CodeInput, CodeKind, FormRefusal, Gate, Notice, NoticeKind, loaded};
use crate::refused::Answer;
use crate::words::{fill, language, t};

/// Where the code went, and when another may be sent.
#[server(prefix = "/do", endpoint = "load_sign_in_code")]
pub async fn load_sign_in_code() -> Answer<CodePrompt> {
    let (backend, visitor) = (crate::place::backend()?, crate::place::visitor()?);
    Ok(domain::flows::sign_in::prompt(&backend, &visitor, &crate::place::sign_in_cookie()).await?)
}

/// The second step: right, it leads into the account. The fifth wrong code leads back to the password.
#[server(prefix = "/do", endpoint = "sign_in_code")]
pub async fn sign_in_code(#[server(default)] code: String) -> Answer<()> {
    let (backend, visitor) = (crate::place::backend()?, crate::place::visitor()?);
    let cookie = crate::place::sign_in_cookie();
    crate::place::enter_or_back(domain::flows::sign_in::finish(&backend, &visitor, &cookie, &code).await)
}

/// Has another code sent.
#[server(prefix = "/do", endpoint = "resend_sign_in_code")]
pub async fn resend_sign_in_code() -> Answer<()> {
    let (backend, visitor) = (crate::place::backend()?, crate::place::visitor()?);
    let done = domain::flows::sign_in::resend(&backend, &visitor, &crate::place::sign_in_cookie()).await;
    crate::place::over_or("/sign-in?notice=attempt-over", done)
}

/// Gives the sign-in up.
#[server(prefix = "/do", endpoint = "cancel_sign_in")]
pub async fn cancel_sign_in() -> Answer<()> {
    domain::flows::sign_in::cancel(&crate::place::backend()?, &crate::place::sign_in_cookie()).await?;
    crate::place::clear_cookie(crate::cookies::Kind::SignIn)?;
    crate::place::go_to("/sign-in");
    Ok(())
}

/// The forms of the page.
#[derive(Clone, Copy)]
struct Forms {
    code: FormState,
    again: FormState,
    cancel: FormState,
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let forms = Forms {
        code: form("/do/sign_in_code"),
        again: form("/do/resend_sign_in_code"),
        cancel: form("/do/cancel_sign_in"),
    };
    let prompt = page_data("/do/load_sign_in_code", ("", Memo::new(|_| String::new())), |_| load_sign_in_code());
    view! {
        <Gate>
            {loaded(
                prompt,
                move |prompt: CodePrompt| match prompt.by {
                    SecondFactor::App => forms.app(),
                    SecondFactor::Off | SecondFactor::Email => forms.mail(&prompt),
                },
            )}
        </Gate>
    }
}

impl Forms {
    /// The code was mailed.
    fn mail(self, prompt: &CodePrompt) -> AnyView {
        let (state, again, wait) = (self.code, self.again, prompt.resend_in_s);
        let key = if prompt.sent { Key::SignInCodeLead } else { Key::SignInCodeLeadWaiting };
        let lead = fill(key, &[("email", &prompt.sent_to)]);
        view! {
            <div class="card">
                <header>
                    <h1 tabindex="-1">{t(Key::SignInCodeTitle)}</h1>
                    <p>{lead}</p>
                </header>
                <SentAgain state=again />
                <FormRefusal state=state />
                <FormRefusal state=again />
                <Form state=state>
                    <CodeInput state=state label=Key::SignInCodeField autofocus=true />
                    <div class="actions">
                        <Button label=Key::CommonContinue kind=ButtonKind::Primary pending=state.pending />
                        <SendAgain wait=wait pending=again.pending />
                        <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="cancel" />
                    </div>
                    <Wait seconds=wait />
                </Form>
                <Form state=again id="send-again" hidden=true>
                    ""
                </Form>
                {self.cancel_form()}
            </div>
        }
        .into_any()
    }

    /// The app has the code; whoever does not have the app has two other ways.
    fn app(self) -> AnyView {
        let state = self.code;
        view! {
            <div class="card">
                <header>
                    <h1 tabindex="-1">{t(Key::SignInCodeAppTitle)}</h1>
                    <p>{t(Key::SignInCodeAppLead)}</p>
                </header>
                <FormRefusal state=state />
                <Form state=state>
                    <CodeInput state=state label=Key::SignInCodeAppField kind=CodeKind::App autofocus=true />
                    <div class="actions">
                        <Button label=Key::CommonContinue kind=ButtonKind::Primary pending=state.pending />
                        <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="cancel" />
                    </div>
                </Form>
                <ul class="ways" role="list">
                    <li>
                        <a href="/sign-in/recovery" rel="external">
                            {t(Key::SignInCodeRecovery)}
                        </a>
                    </li>
                    <li>
                        <a href="/sign-in/lost" rel="external">
                            {t(Key::SignInCodeLost)}
                        </a>
                    </li>
                </ul>
                {self.cancel_form()}
            </div>
        }
        .into_any()
    }

    fn cancel_form(self) -> AnyView {
        view! {
            <Form state=self.cancel id="cancel" hidden=true>
                ""
            </Form>
        }
        .into_any()
    }
}

/// Says that a new code is on its way.
#[component]
pub fn SentAgain(
    /// The form that asked for it.
    state: FormState,
) -> impl IntoView {
    move || {
        state.accepted.get().then(|| {
            view! {
                <Notice kind=NoticeKind::Success>
                    <p>{t(Key::SignInCodeSentAgain)}</p>
                </Notice>
            }
        })
    }
}

/// Counts the seconds down while somebody looks.
fn countdown(seconds: u32) -> RwSignal<u32> {
    let left = RwSignal::new(seconds);
    Effect::new(move |_| {
        if seconds == 0 {
            return;
        }
        let tick = move || {
            if let Some(now) = left.try_get_untracked() {
                left.set(now.saturating_sub(1));
            }
        };
        if let Ok(handle) = set_interval_with_handle(tick, std::time::Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    });
    left
}

/// The button that has another code sent; it says when it may not yet.
#[component]
pub fn SendAgain(
    /// Seconds until it may.
    wait: u32,
    /// Whether it is under way.
    pending: RwSignal<bool>,
) -> impl IntoView {
    let left = countdown(wait);
    let waits = Signal::derive(move || left.get() > 0);
    view! { <Button label=Key::CommonSendAgain pending=pending form="send-again" waits=waits described_by="wait" /> }
}

/// When another code may be sent, or what to do if none has come.
#[component]
pub fn Wait(
    /// Seconds until it may.
    seconds: u32,
) -> impl IntoView {
    let (left, language) = (countdown(seconds), language());
    view! {
        <p class="help" id="wait">
            {move || match left.get() {
                0 => language.text(Key::SignInCodeResendHint).to_owned(),
                left => language.fill(Key::SignInCodeResendWait, &[("seconds", &left.to_string())]),
            }}
        </p>
    }
}
