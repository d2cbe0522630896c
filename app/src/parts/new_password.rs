//! The two fields of a new password.

use domain::{Field, Key};
use leptos::prelude::*;

use super::{Help, TextInput};
use crate::form::FormState;
use crate::words::fill;

/// The two fields of a new password, with the rules (PW-1, PW-2).
#[component]
pub fn NewPassword(
    /// The form.
    state: FormState,
    /// The fewest code points.
    min: u32,
    /// Whether the page begins here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let rules = Help(fill(Key::ActivateRules, &[("min", &min.to_string())]));
    view! {
        <TextInput
            state=state
            field=Field::NewPassword
            label=Key::ActivateNewPassword
            kind="password"
            autocomplete="new-password"
            help=rules
            autofocus=autofocus
        />
        <TextInput
            state=state
            field=Field::RepeatPassword
            label=Key::ActivateRepeatPassword
            kind="password"
            autocomplete="new-password"
        />
    }
}
