//! A form and what becomes of it, with JavaScript and without.
//!
//! Every form is a plain POST to a server function. In the browser one function sends them all: the framework's
//! `ActionForm` would bring a copy of itself for each server function, a third of the wasm.

use domain::{Error, Field};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::flash::{Flash, LEFT_OUT};
use crate::place;
use crate::words::language;

/// Counts changes; what shows data of the person loads again when it moves.
#[derive(Clone, Copy)]
pub struct Changes(pub RwSignal<u32>);

/// What became of the form before, if it was sent without JavaScript.
#[derive(Clone, Copy)]
pub struct LastForm(pub StoredValue<Option<Flash>>);

/// The state of one form.
#[derive(Clone, Copy)]
pub struct FormState {
    action: &'static str,
    /// Why it was refused, if it was.
    pub refused: RwSignal<Option<Error>>,
    /// Whether it was accepted.
    pub accepted: RwSignal<bool>,
    /// Whether it is under way.
    pub pending: RwSignal<bool>,
    typed: StoredValue<Vec<(String, String)>>,
}

impl FormState {
    /// What was typed before the refusal, else `otherwise`.
    #[must_use]
    pub fn typed(&self, name: &str, otherwise: &str) -> String {
        self.typed.with_value(|typed| {
            typed.iter().find(|(typed, _)| typed == name).map_or(otherwise, |(_, value)| value.as_str()).to_owned()
        })
    }

    /// Whether a box was ticked before the refusal, else `otherwise`: what is not ticked is not sent.
    #[must_use]
    pub fn ticked(&self, name: &str, value: &str, otherwise: bool) -> bool {
        self.typed.with_value(|typed| {
            let sent = |value: &str| typed.iter().any(|(typed, ticked)| typed == name && ticked == value);
            if typed.is_empty() || sent(LEFT_OUT) { otherwise } else { sent(value) }
        })
    }

    /// A form in a state of one's choice: for the page that shows all states.
    #[must_use]
    pub fn shown(refused: Option<Error>, pending: bool) -> Self {
        Self {
            action: "",
            refused: RwSignal::new(refused),
            accepted: RwSignal::new(false),
            pending: RwSignal::new(pending),
            typed: StoredValue::new(Vec::new()),
        }
    }
}

/// The state of a form that is sent to `action`.
#[must_use]
pub fn form(action: &'static str) -> FormState {
    let last = use_context::<LastForm>().and_then(|last| last.0.get_value());
    let last = last.filter(|flash| flash.action == action);
    FormState {
        action,
        accepted: RwSignal::new(last.as_ref().is_some_and(|flash| flash.refused.is_none())),
        refused: RwSignal::new(last.as_ref().and_then(|flash| flash.refused.clone())),
        pending: RwSignal::new(false),
        typed: StoredValue::new(last.map(|flash| flash.typed).unwrap_or_default()),
    }
}

/// A form. The browser's own bubbles are off: ours stand at the field, in the language of the page.
#[component]
pub fn Form(
    /// Its state.
    state: FormState,
    /// Its id, where buttons elsewhere send it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Whether it is nothing but such a form.
    #[prop(optional)]
    hidden: bool,
    /// Fields and buttons.
    children: Children,
) -> impl IntoView {
    let (navigate, changes) = (use_navigate(), use_context::<Changes>());
    let load_again = move || {
        if let Some(Changes(count)) = changes {
            count.update(|count| *count += 1);
        }
    };
    let answered = move |answer: Result<Option<String>, Error>| {
        state.pending.set(false);
        match answer {
            Ok(lead_on) => {
                state.refused.set(None);
                state.accepted.set(true);
                // What leads out of the account leaves nothing behind that would have to load again.
                if lead_on.as_deref().is_none_or(|path| path.starts_with("/c/")) {
                    load_again();
                }
                if let Some(path) = lead_on {
                    navigate(&path, Default::default());
                }
            }
            Err(error) => {
                state.accepted.set(false);
                // The page may still say that no password is needed.
                if matches!(error, Error::ReauthenticationNeeded) {
                    load_again();
                }
                state.refused.set(Some(error));
                place::focus("[aria-invalid=true]");
            }
        }
    };
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        if !state.pending.get_untracked() {
            state.pending.set(true);
            place::send(&event, state.action, answered.clone());
        }
    };
    view! {
        <form
            class=(!hidden).then_some("form")
            method="post"
            action=state.action
            id=id
            hidden=hidden
            novalidate
            on:submit=send
        >
            {children()}
        </form>
    }
}

/// The sentence at `field`, if there is one.
#[must_use]
pub fn sentence_at(state: FormState, field: Field) -> Signal<Option<String>> {
    let language = language();
    Signal::derive(move || state.refused.with(|error| error.as_ref()?.sentence_at(field, language)))
}

/// The sentence for the whole form, if there is one.
#[must_use]
pub fn sentence(state: FormState) -> Signal<Option<String>> {
    let language = language();
    Signal::derive(move || state.refused.with(|error| error.as_ref()?.sentence(language)))
}
