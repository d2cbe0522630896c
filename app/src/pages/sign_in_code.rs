//! `/sign-in/code`: the code that was mailed.

use domain::Key;
use domain::view::CodePrompt;
use leptos::prelude::*;

use crate::data::page_data;
use crate::form::{Form, FormState, form};
use crate::parts::{Button, ButtonKind, CodeInput, FormRefusal, Gate, Notice, NoticeKind, loaded};
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
    use crate::cookies::Kind;
    const BACK: &str = "/sign-in?notice=attempt-over";
    let (backend, visitor) = (crate::place::backend()?, crate::place::visitor()?);
    match domain::flows::sign_in::finish(&backend, &visitor, &crate::place::sign_in_cookie(), &code).await {
        Ok(finished) => {
            crate::place::clear_cookie(Kind::SignIn)?;
            crate::place::set_cookie(Kind::Session, finished.token.reveal())?;
            crate::place::set_cookie(Kind::Device, &finished.device.cookie())?;
            let (language, theme) = finished.look;
            for (kind, chosen) in [(Kind::Language, language), (Kind::Theme, theme)] {
                if let Some(chosen) = chosen {
                    crate::place::set_cookie(kind, &chosen)?;
                }
            }
            crate::place::go_to(&format!("/welcome?next={}", finished.next_path.unwrap_or_default()));
            Ok(())
        }
        Err(domain::Error::AttemptOver) => {
            crate::place::clear_cookie(Kind::SignIn)?;
            crate::place::go_to(BACK);
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
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

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (state, again_state) = (form("/do/sign_in_code"), form("/do/resend_sign_in_code"));
    let cancel = form("/do/cancel_sign_in");
    let prompt = page_data("/do/load_sign_in_code", ("", Memo::new(|_| String::new())), |_| load_sign_in_code());
    view! {
        <Gate>
            {loaded(
                prompt,
                move |prompt: CodePrompt| {
                    view! {
                        <div class="card">
                            <header>
                                <h1 tabindex="-1">{t(Key::SignInCodeTitle)}</h1>
                                <p>{lead(&prompt)}</p>
                            </header>
                            <SentAgain state=again_state />
                            <FormRefusal state=state />
                            <FormRefusal state=again_state />
                            <Form state=state>
                                <CodeInput state=state label=Key::SignInCodeField autofocus=true />
                                <div class="actions">
                                    <Button
                                        label=Key::CommonContinue
                                        kind=ButtonKind::Primary
                                        pending=state.pending
                                    />
                                    <SendAgain wait=prompt.resend_in_s pending=again_state.pending />
                                    <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="cancel" />
                                </div>
                                <Wait seconds=prompt.resend_in_s />
                            </Form>
                            <Form state=again_state id="send-again" hidden=true>
                                ""
                            </Form>
                            <Form state=cancel id="cancel" hidden=true>
                                ""
                            </Form>
                        </div>
                    }
                        .into_any()
                },
            )}
        </Gate>
    }
}

fn lead(prompt: &CodePrompt) -> String {
    let key = if prompt.sent { Key::SignInCodeLead } else { Key::SignInCodeLeadWaiting };
    fill(key, &[("email", &prompt.sent_to)])
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
