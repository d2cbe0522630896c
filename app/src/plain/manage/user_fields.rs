//! What one says of a user: language, user groups, and who manages the sign-in.

use domain::view::{Provider, UserGroup};
use domain::{Field, Key, Language};
use leptos::prelude::*;

use super::{Pick, locked};
use crate::form::{FormState, sentence_at};
use crate::parts::permits;
use crate::words::{fill, t};

/// The languages, each named in itself.
const LANGUAGES: [(Language, &str); 2] = [(Language::En, "English"), (Language::De, "Deutsch")];
/// The name of the boxes of groups in a form.
const GROUPS: &str = "group[]";
/// What stands before the id of a provider where it is one of the ways to sign in.
pub const PROVIDER: &str = "provider:";

/// The language in which somebody gets pages and mails; without one it is that of their browser.
#[must_use]
pub fn language_choice(state: FormState, chosen: Option<Language>) -> AnyView {
    let chosen = state.typed("language", chosen.map_or("", Language::tag));
    let languages = LANGUAGES.map(|(language, name)| {
        let (tag, is_chosen) = (language.tag(), language.tag() == chosen);
        view! {
            <option value=tag lang=tag selected=is_chosen>
                {name}
            </option>
        }
    });
    view! {
        <div class="field">
            <label for="language">{t(Key::LookLanguage)}</label>
            <select id="language" name="language">
                <option value="">{t(Key::PlainUserNewBrowserLanguage)}</option>
                {languages}
            </select>
        </div>
    }
    .into_any()
}

/// The user groups of the client, of which somebody is in at least one; `fixed` where none of it can be changed.
#[must_use]
pub fn group_choice(state: FormState, groups: Vec<UserGroup>, fixed: bool) -> AnyView {
    let error = sentence_at(state, Field::Group).get_untracked();
    let boxes: Vec<_> = groups.into_iter().enumerate().map(|(n, group)| group_box(state, n, group, fixed)).collect();
    let described = error.is_some().then_some("group-error");
    view! {
        <fieldset class="options" id="group" aria-describedby=described>
            <legend>{t(Key::GroupsTitle)}</legend>
            {boxes}
            {error.map(|text| view! { <p class="field-error" id="group-error">{text}</p> })}
        </fieldset>
    }
    .into_any()
}

/// One group. What is above one's own rights can be neither given nor taken (GRP-1).
fn group_box(state: FormState, n: usize, group: UserGroup, fixed: bool) -> AnyView {
    let UserGroup { id: value, name, description, permissions, chosen, above, .. } = group;
    let fixed = fixed || above.is_some();
    let ticked = if fixed { chosen } else { state.ticked(GROUPS, &value, chosen) };
    // No browser sends a box that is locked, and what is not sent would be taken.
    let kept = (fixed && chosen).then(|| kept(GROUPS, value.clone()));
    view! {
        <Pick kind="checkbox" id=format!("group-{n}") name=GROUPS value=value label=name picked=ticked fixed=fixed>
            {(!description.is_empty()).then(|| view! { <p class="help">{description}</p> })}
            {permits(&permissions)}
            {above.map(locked)}
            {kept}
        </Pick>
    }
    .into_any()
}

/// A provider as one of the ways to sign in, of which the one with this value is chosen.
#[must_use]
pub fn provider_choice(provider: Provider, chosen: &str) -> AnyView {
    let Provider { id, name } = provider;
    let (element, value) = (format!("method-provider-{id}"), format!("{PROVIDER}{id}"));
    let (help, picked) = (fill(Key::PlainUserNewMethodProvider, &[("provider", &name)]), value == chosen);
    view! {
        <Pick kind="radio" id=element name=Field::Method.name() value=value label=name picked=picked>
            <p class="help">{help}</p>
        </Pick>
    }
    .into_any()
}

/// A value that is sent as it is.
#[must_use]
pub fn kept(name: &'static str, value: String) -> AnyView {
    view! { <input type="hidden" name=name value=value /> }.into_any()
}
