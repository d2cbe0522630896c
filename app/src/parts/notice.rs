//! Notices, and what became of a form.

use domain::{Error, Key};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use crate::form::{FormState, sentence};
use crate::words::t;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Good to know.
    Info,
    /// It worked.
    Success,
    /// Look here.
    Warning,
    /// It did not work.
    Error,
}

/// A few words in a box.
#[component]
pub fn Notice(
    /// What it is about.
    kind: NoticeKind,
    /// The words.
    children: Children,
) -> impl IntoView {
    let (code, role) = match kind {
        NoticeKind::Info => ("info", None),
        NoticeKind::Success => ("success", Some("status")),
        NoticeKind::Warning => ("warning", None),
        NoticeKind::Error => ("error", Some("alert")),
    };
    view! {
        <div class="notice" data-kind=code role=role>
            {children()}
        </div>
    }
}

/// What brought somebody to a page, as the `notice` in its URL; `list` is a closed one.
pub fn arrived(list: fn(&str) -> Option<(NoticeKind, Key)>) -> AnyView {
    let query = use_query_map();
    view! {
        {move || {
            let (kind, text) = query.with(|query| query.get_str("notice").and_then(list))?;
            Some(
                view! {
                    <Notice kind=kind>
                        <p>{t(text)}</p>
                    </Notice>
                }
                    .into_any(),
            )
        }}
    }
    .into_any()
}

/// Why a form was refused, where the reason belongs to no field. Who was signed out meanwhile signs in beside the
/// page, so that what was typed stays.
#[component]
pub fn FormRefusal(
    /// The form.
    state: FormState,
) -> impl IntoView {
    let (text, here) = (sentence(state), use_location().pathname);
    move || {
        text.get().map(|text| {
            let signed_out = state.refused.with(|error| matches!(error, Some(Error::SignedOut)));
            let again = signed_out.then(|| sign_in_again(&here.get_untracked()));
            view! {
                <Notice kind=NoticeKind::Error>
                    <p>{text} {again}</p>
                </Notice>
            }
        })
    }
}

fn sign_in_again(here: &str) -> AnyView {
    let sign_in = format!("/sign-in?next={here}");
    view! {
        " "
        <a href=sign_in target="_blank">
            {t(Key::ErrorSignInAgain)}
        </a>
        " "
        {t(Key::ErrorInNewTab)}
    }
    .into_any()
}

/// A line that says that a form was accepted; empty and without height until then.
#[component]
pub fn Status(
    /// The form.
    state: FormState,
    /// What to say.
    done: Key,
) -> impl IntoView {
    let text = t(done);
    view! {
        <p class="status" role="status">
            {move || state.accepted.get().then_some(text)}
        </p>
    }
}
