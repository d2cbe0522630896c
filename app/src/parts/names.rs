//! The name of a person.

use domain::{Field, Key};
use leptos::prelude::*;

use super::TextInput;
use crate::form::FormState;

/// First and last name, side by side.
#[component]
pub fn NameFields(
    /// The form they belong to.
    state: FormState,
    /// What stands in them before anybody types.
    #[prop(optional)]
    names: (String, String),
    /// Whether they are those of whoever fills them in, so that a browser may do it.
    #[prop(optional)]
    own: bool,
    /// Whether the page begins here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let (first_name, last_name) = names;
    let (first_fills, last_fills) = if own { ("given-name", "family-name") } else { ("off", "off") };
    view! {
        <div class="field-row">
            <TextInput
                state=state
                field=Field::FirstName
                label=Key::PersonalFirstName
                autocomplete=first_fills
                value=first_name
                autofocus=autofocus
            />
            <TextInput
                state=state
                field=Field::LastName
                label=Key::PersonalLastName
                autocomplete=last_fills
                value=last_name
            />
        </div>
    }
}
