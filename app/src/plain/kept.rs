//! Recovery codes while they are shown, and the box that says that they are kept (REC-1).

use domain::{Field, Key};
use leptos::prelude::*;

use crate::form::{FormState, sentence_at};
use crate::words::{fill, t};

/// The codes, with three ways to keep them. Copying and printing need the page's script; the file does not. On paper
/// they stand below the same words as in the file, which the style sheet keeps from the screen.
#[component]
pub fn RecoveryCodes(
    /// The codes.
    codes: Vec<String>,
    /// The e-mail address of the account that they open.
    email: String,
) -> impl IntoView {
    let head = fill(Key::PlainKeptFileHead, &[("product", t(Key::CommonProduct)), ("email", &email)]);
    let codes = codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view();
    view! {
        <p class="codes-head">{head}</p>
        <ol class="codes" id="codes" role="list" translate="no">
            {codes}
        </ol>
        <form class="actions" method="post" action="/recovery-codes">
            <button
                class="button"
                type="button"
                data-copy="#codes li"
                data-done=t(Key::PlainKeptCopied)
                hidden
            >
                {t(Key::PlainKeptCopy)}
            </button>
            <button class="button">{t(Key::PlainKeptDownload)}</button>
            <button class="button" type="button" data-print="" hidden>
                {t(Key::PlainKeptPrint)}
            </button>
            <span class="status" role="status"></span>
        </form>
    }
}

/// A box to tick.
#[component]
pub fn Tick(
    /// The form it belongs to.
    state: FormState,
    /// Which field.
    field: Field,
    /// What one says with it.
    label: Key,
    /// Whether the page begins here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let name = field.name();
    let error = sentence_at(state, field).get_untracked();
    let (wrong, described) = (error.is_some(), format!("{name}-error"));
    let ticked = state.typed(name, "") == "true";
    view! {
        <div class="field tick">
            <input
                type="checkbox"
                id=name
                name=name
                value="true"
                checked=ticked
                required
                autofocus=autofocus
                aria-invalid=wrong.then_some("true")
                aria-describedby=wrong.then(|| described.clone())
            />
            <label for=name>{t(label)}</label>
            {error.map(|text| view! { <p class="field-error" id=described>{text}</p> })}
        </div>
    }
}
