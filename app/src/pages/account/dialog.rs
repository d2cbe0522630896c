//! Dialogs in front of a tab.

use domain::Key;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::form::FormState;
use crate::pages::sign_in_code::{SendAgain, Wait};
use crate::parts::{Button, ButtonKind};
use crate::place;
use crate::words::t;

/// The buttons of a step that asks for a mailed code: `go` on, have it sent again, give up.
pub(super) fn step_buttons(go: Key, state: FormState, again: FormState, wait: u32) -> AnyView {
    view! {
        <div class="actions">
            <Button label=go kind=ButtonKind::Primary pending=state.pending />
            <SendAgain wait=wait pending=again.pending />
            <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="cancel" />
        </div>
        <Wait seconds=wait />
    }
    .into_any()
}

/// A dialog that the server sends open, as part of the page; in the browser it becomes modal, and Escape leads `back`.
pub(super) fn modal(back: String, title: Key, lead: String, content: AnyView) -> AnyView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if dialog.get().is_some() {
            place::opened(&dialog);
        }
    });
    let navigate = use_navigate();
    view! {
        <dialog
            class="dialog"
            aria-labelledby="dialog-title"
            open
            node_ref=dialog
            on:cancel=move |event: leptos::web_sys::Event| {
                event.prevent_default();
                navigate(&back, Default::default());
            }
        >
            <header>
                <h2 id="dialog-title">{t(title)}</h2>
                <p>{lead}</p>
            </header>
            {content}
        </dialog>
    }
    .into_any()
}
