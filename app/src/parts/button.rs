//! Buttons.

use domain::Key;
use leptos::prelude::*;

use crate::words::t;

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// What most people want next; one a form.
    Primary,
    /// One of several.
    #[default]
    Plain,
    /// The way back.
    Quiet,
    /// Takes something away for good.
    Danger,
}

impl ButtonKind {
    /// As in `data-kind`.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Primary => Some("primary"),
            Self::Plain => None,
            Self::Quiet => Some("quiet"),
            Self::Danger => Some("danger"),
        }
    }
}

/// A button that sends a form. While the form is under way it says so, and keeps its width.
#[component]
pub fn Button(
    /// What it says.
    label: Key,
    /// How much it asks for attention.
    #[prop(optional)]
    kind: ButtonKind,
    /// Whether its form is under way.
    #[prop(optional, into)]
    pending: Option<Signal<bool>>,
    /// The id of the form it sends, if that is not the one around it.
    #[prop(optional)]
    form: Option<&'static str>,
    /// Whether it is too early for it.
    #[prop(optional, into)]
    waits: Option<Signal<bool>>,
    /// The id of a line that says more.
    #[prop(optional)]
    described_by: Option<&'static str>,
) -> impl IntoView {
    let busy = move || pending.is_some_and(|pending| pending.get()).then_some("true");
    view! {
        <button
            class="button"
            data-kind=kind.code()
            form=form
            aria-busy=busy
            aria-disabled=move || waits.is_some_and(|waits| waits.get()).then_some("true")
            aria-describedby=described_by
        >
            {t(label)}
        </button>
    }
}
