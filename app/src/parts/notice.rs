//! Notices, and what became of a form.

use domain::Key;
use leptos::prelude::*;

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

/// Why a form was refused, where the reason belongs to no field.
#[component]
pub fn FormRefusal(
    /// The form.
    state: FormState,
) -> impl IntoView {
    let text = sentence(state);
    move || {
        text.get().map(|text| {
            view! {
                <Notice kind=NoticeKind::Error>
                    <p>{text}</p>
                </Notice>
            }
        })
    }
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
