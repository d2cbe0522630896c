//! A form and what becomes of it, with JavaScript and without.

use domain::{Error, Field};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::flash::Flash;
use crate::refused::Answer;
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
    /// Why it was refused, if it was.
    pub refused: Signal<Option<Error>>,
    /// Whether it was accepted.
    pub accepted: Signal<bool>,
    /// Whether it is under way.
    pub pending: Signal<bool>,
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

    /// A form that nothing has become of yet, in a state of one's choice: for the page that shows all states.
    #[must_use]
    pub fn shown(refused: Option<Error>, pending: bool) -> Self {
        Self {
            refused: Signal::stored(refused),
            accepted: Signal::stored(false),
            pending: Signal::stored(pending),
            typed: StoredValue::new(Vec::new()),
        }
    }
}

/// An action and the state of its form. Create it inside a route's view.
#[must_use]
pub fn form<S, T>() -> (ServerAction<S>, FormState)
where
    S: ServerFn<Output = T, Error = crate::refused::Refused> + Clone + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    let action = ServerAction::<S>::new();
    let flash = use_context::<LastForm>()
        .and_then(|last| last.0.get_value())
        .filter(|flash| flash.action == S::url());
    let (accepted_before, refused_before) = (
        flash.as_ref().is_some_and(|flash| flash.refused.is_none()),
        flash.as_ref().and_then(|flash| flash.refused.clone()),
    );
    let value = action.value();
    let state = FormState {
        refused: Signal::derive(move || match value.get() {
            Some(answer) => error_of(answer),
            None if action.version().get() == 0 => refused_before.clone(),
            None => None,
        }),
        accepted: Signal::derive(move || match value.get() {
            Some(answer) => answer.is_ok(),
            None => action.version().get() == 0 && accepted_before,
        }),
        pending: action.pending().into(),
        typed: StoredValue::new(flash.map(|flash| flash.typed).unwrap_or_default()),
    };
    on_answer(move || value.with(Option::is_some), state);
    (action, state)
}

fn error_of<T>(answer: Answer<T>) -> Option<Error> {
    answer.err().map(|refused| refused.0)
}

/// After an answer in the browser: data loads again, or the focus goes to what is wrong.
fn on_answer(answered: impl Fn() -> bool + Send + Sync + 'static, state: FormState) {
    let changes = use_context::<Changes>();
    Effect::new(move |_| {
        if !answered() {
            return;
        }
        if state.accepted.get() {
            if let Some(Changes(count)) = changes {
                count.update(|count| *count += 1);
            }
        } else if state.refused.get().is_some() {
            request_animation_frame(|| crate::place::focus("[aria-invalid=true]"));
        }
    });
}

/// The sentence at `field`, if there is one.
#[must_use]
pub fn sentence_at(state: FormState, field: Field) -> Signal<Option<String>> {
    let language = language();
    Signal::derive(move || state.refused.get().and_then(|error| error.sentence_at(field, language)))
}

/// The sentence for the whole form, if there is one.
#[must_use]
pub fn sentence(state: FormState) -> Signal<Option<String>> {
    let language = language();
    Signal::derive(move || state.refused.get().and_then(|error| error.sentence(language)))
}
