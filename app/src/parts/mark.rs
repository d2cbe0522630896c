//! Small signs: the mark of the product, a person's picture or initials, a client's tile, a badge.

use domain::picture::{self, LARGE, SMALL};
use domain::view::Person;
use leptos::prelude::*;

/// The mark of the product.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
            <path d="M20 2.5V11H6.75a4.25 4.25 0 0 1 0-8.5Z"></path>
            <path d="M4 21.5V13h13.25a4.25 4.25 0 0 1 0 8.5Z"></path>
        </svg>
    }
}

/// A person's picture, or their initials on a colour of their own. The name stands beside it.
#[component]
pub fn Avatar(
    /// Whose.
    person: Person,
    /// `small`, `large`, `huge`; 32 px otherwise.
    #[prop(optional)]
    size: Option<&'static str>,
) -> impl IntoView {
    let Person { picture, hue, initials, .. } = person;
    match picture {
        Some(id) => {
            let side = if size == Some("huge") { LARGE } else { SMALL };
            view! { <img class="avatar" src=picture::url(&id, side) data-size=size alt="" /> }.into_any()
        }
        None => view! {
            <span class="avatar" data-hue=hue.to_string() data-size=size aria-hidden="true">
                {initials}
            </span>
        }
        .into_any(),
    }
}

/// A client's first letter on its colour.
#[component]
pub fn Tile(
    /// Its name.
    name: String,
    /// Its colour.
    colour: String,
) -> impl IntoView {
    let letter: String = name.chars().find(|letter| letter.is_alphanumeric()).into_iter().collect();
    view! {
        <span class="tile" data-colour=colour aria-hidden="true">
            {letter.to_uppercase()}
        </span>
    }
}

/// What a badge says by its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadgeKind {
    /// Just a word.
    #[default]
    Neutral,
    /// The one that is meant.
    Accent,
    /// Good.
    Success,
    /// Look here.
    Warning,
    /// Bad.
    Error,
}

impl BadgeKind {
    /// As in `data-kind`.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Neutral => None,
            Self::Accent => Some("accent"),
            Self::Success => Some("success"),
            Self::Warning => Some("warning"),
            Self::Error => Some("error"),
        }
    }
}

/// A word with a colour.
#[component]
pub fn Badge(
    /// The word.
    #[prop(into)]
    text: String,
    /// The colour.
    #[prop(optional)]
    kind: BadgeKind,
) -> impl IntoView {
    view! {
        <span class="badge" data-kind=kind.code()>
            {text}
        </span>
    }
}
