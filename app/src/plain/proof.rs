//! Showing the second factor in use, before it or its recovery codes change.

use domain::Key;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::around::Panel;
use crate::form::{Form, FormState};
use crate::parts::{Button, ButtonKind, CodeInput, CodeKind, FormRefusal, Notice, NoticeKind};
use crate::words::t;

/// An attempt that is over led here: too many wrong codes, or too late.
pub fn over() -> AnyView {
    view! {
        <Notice kind=NoticeKind::Error>
            <p>{t(Key::ErrorAttemptOver)}</p>
        </Notice>
    }
    .into_any()
}

/// By a mailed code.
pub fn by_mail(state: FormState, slug: String) -> AnyView {
    by(state, slug, Key::EmailChangeCode, CodeKind::Mailed)
}

/// By a code of the app, or by a recovery code for somebody who does not have it at hand. `wanted` says what the code
/// confirms, where the page does not.
pub fn by_app(state: FormState, slug: String, wanted: Option<Key>) -> AnyView {
    let with = use_query_map().with_untracked(|query| query.get("with").unwrap_or_default());
    let recovery = state.typed("with", &with) == "recovery";
    let (label, kind, lead) = if recovery {
        (Key::PlainRecoverySignInField, CodeKind::Recovery, Key::PlainProofRecoveryLead)
    } else {
        (Key::SignInCodeAppField, CodeKind::App, Key::PlainProofAppLead)
    };
    let lead = wanted.map_or_else(|| t(lead).to_owned(), |wanted| format!("{} {}", t(wanted), t(lead)));
    let (other, link) =
        if recovery { ("?", Key::PlainRecoverySignInApp) } else { ("?with=recovery", Key::SignInCodeRecovery) };
    view! {
        <Panel id="prove" title=Key::EmailChangePasswordTitle lead=lead>
            {by(state, slug, label, kind)}
            <p>
                <a href=other>{t(link)}</a>
            </p>
        </Panel>
    }
    .into_any()
}

fn by(state: FormState, slug: String, label: Key, kind: CodeKind) -> AnyView {
    view! {
        <FormRefusal state=state />
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            {(kind == CodeKind::Recovery).then(|| view! { <input type="hidden" name="with" value="recovery" /> })}
            <CodeInput state=state label=label kind=kind autofocus=true />
            <div class="actions">
                <Button label=Key::CommonContinue kind=ButtonKind::Primary pending=state.pending />
                <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="cancel" />
            </div>
        </Form>
    }
    .into_any()
}
