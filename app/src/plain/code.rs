//! Having a code mailed once more, from a plain page.

use domain::Key;
use leptos::prelude::*;

use crate::form::{Form, FormState};
use crate::pages::sign_in_code::SentAgain;
use crate::parts::{Button, FormRefusal};
use crate::words::{fill, t};

/// A form of its own, below the one that takes the code. The page's script counts the seconds down; without it the
/// number stands as it was.
#[component]
pub fn SendAgain(
    /// The form.
    state: FormState,
    /// Seconds until another code may be sent.
    wait: u32,
    /// The client's slug, where there is one.
    #[prop(optional)]
    slug: Option<String>,
) -> impl IntoView {
    let waits = wait > 0;
    let hint = t(Key::SignInCodeResendHint);
    let text = if waits { fill(Key::SignInCodeResendWait, &[("seconds", &wait.to_string())]) } else { hint.to_owned() };
    view! {
        <SentAgain state=state />
        <FormRefusal state=state />
        <Form state=state>
            {slug.map(|slug| view! { <input type="hidden" name="slug" value=slug /> })}
            <p
                class="help"
                id="wait"
                data-wait=waits.then(|| wait.to_string())
                data-text=waits.then(|| t(Key::SignInCodeResendWait))
                data-then=waits.then_some(hint)
            >
                {text}
            </p>
            <div class="actions">
                <Button label=Key::CommonSendAgain pending=state.pending described_by="wait" />
            </div>
        </Form>
    }
}
