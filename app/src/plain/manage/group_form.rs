//! What one says of a user group: name, description, whether people may join it, what it permits.

use domain::view::{GroupDetails, Permission};
use domain::{Field, Key};
use leptos::prelude::*;

use super::{Choice, tree::Tree};
use crate::form::FormState;
use crate::parts::TextInput;
use crate::words::t;

/// The fields, with what holds so far where the group exists.
#[component]
pub fn GroupFields(
    /// The form they belong to.
    state: FormState,
    /// The group, where there is one already.
    #[prop(optional)]
    group: Option<GroupDetails>,
    /// What whoever fills them in may not do.
    lacks: Vec<Permission>,
) -> impl IntoView {
    let (name, description, open, permitted) = match group {
        Some(group) => (group.name, group.description, group.open, group.permissions),
        None => (String::new(), String::new(), false, Vec::new()),
    };
    view! {
        <TextInput
            state=state
            field=Field::GroupName
            label=Key::PlainGroupName
            autocomplete="off"
            value=name
        />
        <TextInput
            state=state
            field=Field::Description
            label=Key::PlainGroupDescription
            autocomplete="off"
            value=description
            may_be_empty=true
        />
        <Choice
            state=state
            name="open"
            label=Key::PlainGroupOpen
            help=t(Key::PlainGroupOpenText)
            ticked=open
        />
        <Tree state=state permitted=permitted lacks=lacks />
    }
}
